"""The one way to open a file of the notes folder: a regular file in it, whatever its name has become since."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ingest.errors import NoteError, NoteLeftOut
from ingest.messages import reason_of
from ingest.portable import READ

_FOLDER = getattr(os, "O_DIRECTORY", 0)


def read_within(folder: Path, path: str, most: int, *, follow: bool = False) -> bytes:
    """The bytes of the file at `path` (relative, with `/`) in `folder`, at most `most` of them.

    Links count as long as they stay in the folder; with `follow` those out of it too, but never a path that climbs out.

    Raises:
        NoteLeftOut: it is no regular file, is larger than `most`, or lies outside.
        NoteError: it is not there or cannot be read.
    """
    data = _within(folder, path, most + 1, follow, largest=most)
    if data is None or len(data) > most:
        raise NoteLeftOut("note.too_large", limit=most // 2**20)
    return data


def head_within(folder: Path, path: str, size: int, *, follow: bool = False) -> bytes:
    """The first `size` bytes of such a file, however large it is; raises as `read_within` does."""
    return _within(folder, path, size, follow) or b""


def _within(folder: Path, path: str, size: int, follow: bool, largest: int | None = None) -> bytes | None:
    try:
        straight = _straight(folder, path)
        if straight is not None:
            return _read(straight, size, largest)
        root = folder.resolve()
        return _read(_opened(root, _real(root, path, follow)), size, largest)
    except OSError as error:
        raise NoteError("note.unreadable", reason=reason_of(error)) from error
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a link to itself
        raise NoteLeftOut("note.not_regular") from error


def _read(handle: int, size: int, largest: int | None) -> bytes | None:
    """The first `size` bytes of an open file, and then it is closed; None when it is larger than `largest`."""
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise NoteLeftOut("note.not_regular")
        if largest is not None and about.st_size > largest:
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(min(size, about.st_size + 1))  # room for all that may be takes longer than most notes
            return data + file.read(size - len(data)) if len(data) > about.st_size else data
    finally:
        os.close(handle)


def _straight(folder: Path, path: str) -> int | None:
    """A handle of the file when no link is on the way to it from the folder, as with nearly all; None else."""
    *folders, name = path.split("/")
    if os.open not in os.supports_dir_fd or not _FOLDER or not {"", ".", ".."}.isdisjoint((*folders, name)):
        return None
    try:
        return _down(folder, folders, name)
    except OSError:  # the long way tells what is wrong
        return None


def _real(root: Path, path: str, follow: bool) -> Path:
    """Where the file really is."""
    if not Path(os.path.normpath(root / path.lstrip("/"))).is_relative_to(root) or path.startswith("/"):
        raise NoteLeftOut("note.link_out")
    real = (root / path).resolve(strict=True)
    if not follow and not real.is_relative_to(root):
        raise NoteLeftOut("note.link_out")
    if path.endswith("/"):
        raise NoteLeftOut("note.not_regular")
    return real


def _opened(root: Path, real: Path) -> int:
    """A file handle, folder by folder, so that none of them can be swapped for a link meanwhile."""
    if os.open not in os.supports_dir_fd or not real.is_relative_to(root):
        return os.open(real, READ)
    *folders, name = real.relative_to(root).parts or (".",)
    return _down(root, folders, name)


def _down(root: Path, folders: Iterable[str], name: str) -> int:
    at = os.open(root, os.O_RDONLY | _FOLDER)
    try:
        for folder in folders:
            inner = os.open(folder, READ | _FOLDER, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(name, READ, dir_fd=at)
    finally:
        os.close(at)
