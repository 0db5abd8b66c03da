"""One writer at a time: a lock of the operating system, which is free as soon as its holder is gone."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import IndexBusy, NotesIndexError
from ingest.messages import Message, reason_of

LOCK_FILE = "build.lock"
HOLDER_FILE = "build.holder"  # who holds it, for the message only; what it says is never trusted


@contextmanager
def writer_lock(index_dir: Path) -> Iterator[None]:
    """Hold the writer's lock of an index, whose folder is made when it is missing.

    Raises:
        IndexBusy: at once, naming the holder, when another build holds the lock.
        NotesIndexError: when the folder cannot be made or written to.
    """
    lock = FileLock(index_dir / LOCK_FILE)
    try:
        index_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds the notes' texts
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy("index.busy", folder=index_dir, holder=holder(index_dir)) from error
    except OSError as error:
        raise NotesIndexError("index.folder", folder=index_dir, reason=reason_of(error)) from error
    try:
        _sign(index_dir)
        yield
    finally:
        lock.release()


def holder(index_dir: Path) -> Message:
    """`process 123 on host`, as the holder wrote it."""
    try:
        who = json.loads((index_dir / HOLDER_FILE).read_text(encoding="utf-8"))
        return Message("index.holder", pid=int(who["pid"]), host=who["host"])
    except (OSError, ValueError, KeyError, TypeError):  # just starting, or written by something else
        return Message("index.holder_unknown")


def _sign(index_dir: Path) -> None:
    try:
        who = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        (index_dir / HOLDER_FILE).write_text(who + "\n", encoding="utf-8")
    except OSError as error:
        raise NotesIndexError("index.folder_full", folder=index_dir, reason=reason_of(error)) from error
