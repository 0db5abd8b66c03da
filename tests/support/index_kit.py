"""What the tests of the index share: a small vault, an embedder to compute by hand, and a disk that breaks."""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.durable import Disk
from ingest.index.manifest import MANIFEST, parse_manifest, read_pointer

DIMENSION = 8
Progress = Callable[[int, int], None] | None


class FakeEmbedder:
    """Unit vectors from a hash of the text; `texts` are those it was given."""

    def __init__(self, model_id: str = "fake-1") -> None:
        self.model_id = model_id
        self.dimension = DIMENSION
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> npt.NDArray[np.float32]:
        for done, text in enumerate(texts, start=1):
            self.texts.append(text)
            if progress:
                progress(done, len(texts))
        return np.array([unit(text) for text in texts], np.float32).reshape(-1, DIMENSION)


class NoEmbedder(FakeEmbedder):
    """A model that must not be loaded."""

    def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> npt.NDArray[np.float32]:
        raise AssertionError(f"asked to embed {texts}")


def unit(text: str) -> npt.NDArray[np.float32]:
    """The vector that FakeEmbedder gives a text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    row = np.frombuffer(digest[:DIMENSION], np.uint8).astype(np.float32) + 1
    return row / np.linalg.norm(row)


def vault(folder: Path, notes: Mapping[str, str | bytes]) -> Settings:
    """Write the notes below `folder`/corpus; returns settings with an index beside it."""
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for path, text in notes.items():
        put(corpus / path, text)
    return Settings(corpus=corpus, index=folder / "index")


def put(file: Path, text: str | bytes) -> None:
    """Write a note as it stands, with the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


OLD = {
    "a.md": "# 甲\n\n旧的内容一。\n",
    "b.md": "# 乙\n\n不变的内容，这是足够长的第一句。不变的内容，这是足够长的第二句。\n",
    "sub/c.txt": "plain text about LoRA\n",
}
NEW = {"a.md": "# 甲\n\n新的内容。\n\n## 又一节\n\n更多。\n", "d.md": "# 丁\n\nadded later\n"}


def outdated(folder: Path) -> Settings:
    """An index of OLD, and notes that are now NEW over OLD."""
    config = vault(folder, OLD)
    build(config, FakeEmbedder(), disk=QuickDisk())
    for path, text in NEW.items():
        put(config.corpus / path, text)
    return config


def index_files(index_dir: Path, generation: str = "") -> list[Path]:
    """Every file of a generation, by default the one in use; its blocks among them."""
    pointer = read_pointer(index_dir)
    name = generation or (pointer.name if pointer else "")
    folder = index_dir / name
    listed = [index_dir / block.file for block in parse_manifest((folder / MANIFEST).read_bytes(), name).blocks]
    return [*sorted(folder.iterdir()), *sorted(set(listed))]


def index_bytes(index_dir: Path) -> dict[str, bytes]:
    """Every file of the generation in use, by name."""
    return {file.name: file.read_bytes() for file in index_files(index_dir)}


def leftovers(index_dir: Path) -> list[str]:
    """Names in the index folder that belong to no finished build."""
    pointer = read_pointer(index_dir)
    names = [name for name in (pointer.name, pointer.previous) if name] if pointer else []
    fine = {"CURRENT", "build.lock", "build.holder", "blocks", *names}
    needed = {file for name in names for file in index_files(index_dir, name)}
    found = [entry for entry in index_dir.iterdir() if entry.name not in fine]
    found += [file for file in index_dir.glob("blocks/*") if file not in needed]
    return sorted(entry.name for entry in found)


class QuickDisk(Disk):
    """Waits for no disk: for tests of many builds that no power cut ends."""

    def sync(self, handle: int) -> None:
        pass


class PowerCut(BaseException):
    """The machine stops here."""


class BreakingDisk(Disk):
    """Counts the primitive operations and does `fault(name)` in place of, or within, number `at` (from 1).

    A fault that returns lets the operation happen; after PowerCut none does anything any more. fsync only keeps the
    books: `synced` are the files whose bytes, `listed` those whose names the disk has promised to keep, `unnamed` the
    renames that it has not.
    """

    def __init__(self, at: int = 0, fault: Callable[[str], None] | None = None) -> None:
        self.log: list[str] = []
        self.at = at
        self.fault = fault
        self.dead = False
        self.synced: set[Path] = set()
        self.listed: set[Path] = set()
        self.unnamed: list[tuple[Path, bytes | None]] = []  # replaced names that no fsync of the folder followed
        self._open: dict[int, Path] = {}

    def _step(self, name: str, path: Path) -> bool:
        """Count one operation; returns whether the fault is due here."""
        if self.dead:
            raise OSError(errno.EIO, "the disk is gone", str(path))
        self.log.append(f"{name} {path.name}")
        return len(self.log) == self.at

    def _break(self, name: str) -> None:
        assert self.fault is not None
        try:
            self.fault(name)
        except PowerCut:
            self.dead = True
            raise

    def make_folder(self, folder: Path) -> None:
        if self._step("mkdir", folder):
            self._break("mkdir")
        super().make_folder(folder)

    def create(self, file: Path) -> int:
        if self._step("create", file):
            self._break("create")
        handle = super().create(file)
        self._open[handle] = file
        return handle

    def reopen(self, file: Path, size: int) -> int:
        if self._step("reopen", file):
            self._break("reopen")
        handle = super().reopen(file, size)
        self._open[handle] = file
        return handle

    def append(self, handle: int, data: memoryview) -> int:
        if self._step("write", self._open[handle]):
            super().append(handle, data[: len(data) // 2])
            self._break("write")
            data = data[len(data) // 2 :]
            return len(data) // 2 + super().append(handle, data)
        return super().append(handle, data)

    def sync(self, handle: int) -> None:
        path = self._open.get(handle) or Path(f"/proc/self/fd/{handle}").readlink()
        if self._step("fsync", path):
            self._break("fsync")
        if path.is_dir():
            self.unnamed = [(target, old) for target, old in self.unnamed if target.parent != path]
            self.listed |= set(path.iterdir())
        self.synced.add(path)

    def close(self, handle: int) -> None:
        path = self._open.pop(handle, Path("folder"))
        super().close(handle)
        if not self.dead and self._step("close", path):
            self._break("close")

    def replace(self, source: Path, target: Path) -> None:
        if self._step("rename", target):
            self._break("rename")
        self.unnamed.append((target, target.read_bytes() if target.is_file() else None))
        super().replace(source, target)
        for paths in (self.synced, self.listed):
            paths |= {target / path.relative_to(source) for path in paths if path.is_relative_to(source)}

    def remove(self, path: Path) -> None:
        if self._step("remove", path):
            self._break("remove")
        super().remove(path)


def kill(_: str) -> None:
    """SIGKILL to this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def cut(_: str) -> None:
    """Stop the machine."""
    raise PowerCut


def full(_: str) -> None:
    """No space is left."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def manifest_of(index_dir: Path) -> bytes:
    """The manifest of the generation in use."""
    return index_bytes(index_dir)[MANIFEST]


def in_use_folder(index_dir: Path) -> Path:
    """The folder of the generation in use."""
    pointer = read_pointer(index_dir)
    assert pointer is not None
    return index_dir / pointer.name


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system in memory of that size at a new folder; skips the test where mounting is not allowed."""
    import pytest  # the processes that tests start need no more of this file than it has else

    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small file system")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
