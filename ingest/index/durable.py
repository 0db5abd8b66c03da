"""The primitive operations of the write path, in one place so that a test can count each of them and break it.

A file counts as written only when its bytes and its name are on the disk: `fsync` of the file, then of its folder
(the rules of POSIX; see Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest import portable
from ingest.errors import NotesIndexError
from ingest.messages import reason_of

CHUNK = 2**20  # bytes of one write


class Disk:
    """Writes that last. Every method raises OSError with the name of the file it was about."""

    def make_folder(self, folder: Path) -> None:
        """Make one new folder; its parent is there."""
        folder.mkdir()

    def write(self, file: Path, data: bytes) -> None:
        """Make a new file of these bytes, and wait until the disk has them."""
        with naming(file):
            handle = self.create(file)
            try:
                view = memoryview(data)
                while view:
                    view = view[self.append(handle, view[:CHUNK]) :]
                self.sync(handle)
            finally:
                self.close(handle)

    def sync_path(self, path: Path) -> None:
        """Wait until the disk has a file that is already written, or the names in a folder."""
        with naming(path):
            handle = portable.to_sync(path)
            if handle is not None:
                try:
                    self.sync(handle)
                finally:
                    self.close(handle)

    def create(self, file: Path) -> int:
        """Open a file that must not be there yet."""
        return os.open(file, portable.NEW, 0o644)

    def reopen(self, file: Path, size: int) -> int:
        """Open a file, new or not, to go on after its first `size` bytes; what stands behind them is cut off."""
        handle = os.open(file, portable.WRITE | os.O_APPEND, 0o644)
        os.ftruncate(handle, size)
        return handle

    def append(self, handle: int, data: memoryview) -> int:
        """Write some of the bytes; returns how many."""
        return os.write(handle, data)

    def sync(self, handle: int) -> None:
        """Flush an open file or folder to the disk."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """Close an open file or folder."""
        os.close(handle)

    def replace(self, source: Path, target: Path) -> None:
        """Rename, in one step; a file at `target` is replaced."""
        portable.replace(source, target)

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all that it holds; nothing there is fine."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an OSError from a call that knows only a handle the name of its file."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def stated(folder: Path) -> Iterator[None]:
    """Turn an OSError of writing the index in `folder` into the sentence for people."""
    try:
        yield
    except OSError as error:
        raise NotesIndexError("index.unwritable", reason=reason_of(error), file=error.filename or folder) from error
