"""Build again whenever notes change: a burst of changes gives one build, and no change is lost.

Every build reads all notes, so an event only says that it is time to look; a look now and then besides
catches what no event told (a network folder, an event queue that overflowed).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from ingest.build.run import BuildReport
from ingest.errors import AskNotesError, IndexBusy
from ingest.notes.convert import PICTURES
from ingest.notes.read import SUFFIXES

_READING = frozenset({"opened", "closed_no_write"})  # the build itself causes these


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of the watch."""

    quiet: float = 0.7  # without a change, then the build starts
    longest: float = 5.0  # from the first change, then it starts though changes go on
    look: float = 30.0  # without an event, then it looks all the same
    poll: float = 2.0  # between two looks at all files where the system reports no changes


class Changes:
    """Changes since the last build began, as told from another thread."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self._first: float | None = None
        self._last = 0.0
        self._stopped = False

    def note(self) -> None:
        """Something changed."""
        with self._told:
            self._last = time.monotonic()
            self._first = self._last if self._first is None else self._first
            self._told.notify_all()

    def stop(self) -> None:
        """End the watch."""
        with self._told:
            self._stopped = True
            self._told.notify_all()

    def wait(self, pace: Pace) -> bool:
        """Wait until it is time to build, then start afresh; False when the watch is to end."""
        began = time.monotonic()
        with self._told:
            while not self._stopped:
                if self._first is None:
                    due = began + pace.look
                else:
                    due = min(self._last + pace.quiet, self._first + pace.longest)
                left = due - time.monotonic()
                if left <= 0:
                    # Forgotten before the build reads the notes: what comes after this is for the next one.
                    self._first = None
                    return True
                self._told.wait(left)
        return False


def watch(
    corpus: Path, index_dir: Path, rebuild: Callable[[], None], changes: Changes, pace: Pace | None = None
) -> None:
    """Call `rebuild` at once and after every burst of changes, until `changes.stop()`.

    `rebuild` handles its own errors; what it raises ends the watch.
    """
    pace = pace or Pace()
    with _observing(corpus, _Handler(corpus, index_dir, changes), pace):
        rebuild()
        while changes.wait(pace):
            rebuild()


def keep_up(
    corpus: Path,
    index_dir: Path,
    build: Callable[[], BuildReport],
    changes: Changes,
    done: Callable[[BuildReport], None],
    failed: Callable[[AskNotesError], None],
    pace: Pace | None = None,
) -> None:
    """`watch` with what follows a build: its report to `done`, an error to `failed` once however often it comes back.

    A build that found another one at work, or notes edited while it read them, is soon followed by the next.
    """
    complaint = ""

    def rebuild() -> None:
        nonlocal complaint
        try:
            report = build()
        except AskNotesError as error:
            if str(error) != complaint:
                complaint = str(error)
                failed(error)
            if isinstance(error, IndexBusy):
                changes.note()
            return
        complaint = ""
        done(report)
        if report.edited:
            changes.note()

    watch(corpus, index_dir, rebuild, changes, pace)


class _Handler(FileSystemEventHandler):
    def __init__(self, corpus: Path, index_dir: Path, changes: Changes) -> None:
        self._corpus = corpus.resolve()
        self._index = index_dir.resolve()
        self._changes = changes

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = [_path(path) for path in (event.src_path, event.dest_path) if path]
        told = event.event_type not in _READING and not (event.is_directory and event.event_type == "modified")
        if told and any(self._matters(path, event.is_directory) for path in paths):
            self._changes.note()

    def _matters(self, path: Path, folder: bool) -> bool:
        """Whether it may be a note, or a folder that holds some; never the index, hidden files, or other kinds."""
        if path.is_relative_to(self._index) or not path.is_relative_to(self._corpus):
            return False
        hidden = any(part.startswith(".") for part in path.relative_to(self._corpus).parts)
        return not hidden and (folder or path.suffix.lower() in SUFFIXES | PICTURES)


@contextmanager
def _observing(corpus: Path, handler: FileSystemEventHandler, pace: Pace) -> Iterator[None]:
    observer: BaseObserver = Observer()
    try:
        _start(observer, corpus, handler)
    except OSError:  # no watches left, or a file system that reports nothing: look at the files instead
        observer = PollingObserver(timeout=pace.poll)
        _start(observer, corpus, handler)
    try:
        yield
    finally:
        observer.stop()
        observer.join()


def _start(observer: BaseObserver, corpus: Path, handler: FileSystemEventHandler) -> None:
    observer.schedule(handler, str(corpus.resolve()), recursive=True)
    observer.start()


def _path(name: Any) -> Path:
    return Path(name if isinstance(name, str) else bytes(name).decode("utf-8", "surrogateescape"))
