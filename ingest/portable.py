"""What systems do differently with files, in one place: how they are opened, flushed, and put in another's stead."""

import os
import time
from pathlib import Path

WINDOWS = os.name == "nt"
_BINARY = getattr(os, "O_BINARY", 0)  # without it Windows turns line ends, and ends a file at Ctrl-Z
READ = (  # of a file that others may have made: a pipe must not hold us up, and the last name is no link any more
    os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
WRITE = os.O_WRONLY | os.O_CREAT | _BINARY
NEW = WRITE | os.O_EXCL  # a file that must not be there yet
_PAUSES = (0.01, 0.03, 0.1, 0.3, 0.6)  # seconds


def to_sync(path: Path) -> int | None:
    """A handle of a file that is already written, or of a folder with its names, for `os.fsync`; None where there is none.

    Windows flushes what may be written to, and has no handles of folders.
    """
    if WINDOWS:
        return None if path.is_dir() else os.open(path, os.O_RDWR | _BINARY)
    return os.open(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Make renames in the folder last through a power cut, where the system can do it."""
    handle = to_sync(folder)
    if handle is not None:
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def replace(source: Path, target: Path) -> None:
    """Rename in one step; a file at `target` is replaced.

    On Windows nobody may have either open: readers here close at once, and a virus scanner after a moment.

    Raises:
        OSError: as `os.replace` does; on Windows after about a second.
    """
    for pause in _PAUSES if WINDOWS else ():
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)
