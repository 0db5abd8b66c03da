"""Builds of the index that outlive a run of the page, and the watch that begins them by itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from ingest.build.run import BuildReport
from ingest.build.watch import Changes, keep_up
from ingest.config import IndexSettings
from ingest.errors import AskNotesError
from ingest.progress import ProgressCall
from ui.jobs.worker import Result, failure, start, wait

Work = Callable[[ProgressCall, threading.Event], Result]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a build is: `done` of `total` of the thing that `what` names; `left` are seconds, -1 when not known."""

    what: str
    done: int
    total: int
    left: float = -1.0


class BuildJob(Generic[Result]):
    """Work with progress in its own thread: a build of the index, the download of a model, the check of a text."""

    def __init__(self, work: Work[Result], what: str = "") -> None:
        """`what` names the thing that it begins with."""
        self._stop = threading.Event()
        self._step = Step(what, 0, 0)
        self._first = (time.monotonic(), 0)  # when this stage began, and how far it was
        self._future = start(lambda: work(self._progress, self._stop))

    @property
    def step(self) -> Step:
        """How far it is now."""
        return self._step

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._future.done()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    @property
    def error(self) -> AskNotesError | None:
        """Why it failed, for a person."""
        return failure(self._future)

    def stop(self) -> None:
        """Cancel it; a build leaves the index as it was."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; whether it came."""
        return wait(self._future, seconds)

    def outcome(self) -> Result:
        """What it returned or raised, as soon as it has ended."""
        return self._future.result()

    def result(self) -> Result | None:
        """What it returned, when it has ended well."""
        return self._future.result() if self._future.done() and not self._future.exception() else None

    def _progress(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._step.what:
            self._first = (now, done)
        began, first = self._first
        left = (now - began) / (done - first) * (total - done) if done > first and now - began > 1 else -1.0
        self._step = Step(what, done, total, left)


class WatchJob:
    """Watches the notes in its own thread and builds whenever they have changed.

    `build` is called when there is something to do, and returns when that is done. `updates` counts those builds.
    """

    def __init__(
        self, settings: IndexSettings, changed: Callable[[], BuildReport], build: Callable[[], BuildReport]
    ) -> None:
        self._changes = Changes()
        self.updates = 0
        self.last: BuildReport | None = None
        self.at = 0.0  # seconds since the epoch
        self.error: AskNotesError | None = None

        def look() -> BuildReport:
            planned = changed()  # looks are frequent: a build that finds nothing to do should not show
            return planned if planned.unchanged else build()

        self._future = start(
            lambda: keep_up(settings.corpus, settings.index, look, self._changes, self._done, self._failed)
        )

    @property
    def on(self) -> bool:
        """Whether it goes on."""
        return not self._future.done()

    def stop(self) -> None:
        """End the watch; a build that is going on ends by itself."""
        self._changes.stop()

    def _done(self, report: BuildReport) -> None:
        self.error = None
        if not report.unchanged:
            self.last, self.at = report, time.time()
            self.updates += 1

    def _failed(self, error: AskNotesError) -> None:
        self.error = error
