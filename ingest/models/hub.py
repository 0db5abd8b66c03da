"""A model's folder by the name or path in a setting: one of the user's own, or a copy from the model hub; and what loads it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

from ingest.errors import ModelError
from ingest.messages import Message
from ingest.progress import Report, SetupStep

Model = TypeVar("Model")
Setting = Literal["embedding_model", "reranker"]

MODEL_FILES = (".json", ".safetensors", ".txt", ".model")  # what a model's figures depend on; also what is downloaded
_CALLED = {"embedding_model": Message("model.embedding_model"), "reranker": Message("model.reranker")}
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


def model_folder(model: str, setting: Setting, report: Report) -> Path:
    """The folder of `model`, as the setting names it: a folder's path, or a name on the hub, whose local copy is used
    when there is one.

    Raises:
        ModelError: there is no such folder and no such model, or its weights are pickled.
    """
    folder = Path(model).expanduser()
    if not (model and folder.is_dir()):
        folder = _hub_folder(model, setting, report)
    _refuse_pickles(folder, setting)
    return folder


def _hub_folder(name: str, setting: Setting, report: Report) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    patterns = [f"*{ending}" for ending in MODEL_FILES]
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
    except FileNotFoundError:
        report(SetupStep("fetching", Message("fetch.hub", what=_CALLED[setting], name=name)))
    except HFValidationError as error:
        raise _unknown(name, setting, Message("model.no_name")) from error
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, etag_timeout=10))
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise _unknown(name, setting, Message("model.not_on_hub")) from error


def _unknown(name: str, setting: Setting, reason: Message) -> ModelError:
    return ModelError("model.unknown", what=_CALLED[setting], name=name, reason=reason, setting=setting)


def _refuse_pickles(folder: Path, setting: Setting) -> None:
    """Weights in pickles can run code, so that each folder inside needs safetensors."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICKLES and not any(path.parent.glob("*.safetensors")):
            raise ModelError("model.pickled", what=_CALLED[setting], path=path)


def load_from(folder: Path, make: Callable[..., Model], setting: Setting, name: str) -> Model:
    """A sentence-transformers model from its folder alone: no network, no code of its own, no pickles, float32.

    Raises:
        ModelError: naming the setting that wants the model, its `name`, and the folder.
    """
    import torch
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with told_when_unloadable(folder, setting, name):
            return make(
                str(folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )
    finally:
        if bars:
            logging.enable_progress_bar()


@contextmanager
def told_when_unloadable(folder: Path, setting: Setting, name: str) -> Iterator[None]:
    """Turn what goes wrong with a model's files into a ModelError that names the setting, the model and the folder."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise ModelError("model.unloadable", what=_CALLED[setting], name=name, folder=folder, reason=reason) from error
