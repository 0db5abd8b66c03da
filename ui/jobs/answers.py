"""Answers that outlive a run of the page, and all jobs of the process.

Streamlit runs the page's script anew on every event and on every reload; a job runs in its own thread, keeps what has
come so far, and any run of any tab reads a snapshot of it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.build.run import BuildReport
from ingest.config import IndexSettings
from ingest.errors import AskNotesError
from ingest.text.citation_marks import MARKS, strip_written_marks
from rag.history.pinned import Rebuilt
from rag.records import (
    Answer,
    Checked,
    Delta,
    Event,
    Excerpt,
    Finished,
    Found,
    Look,
    Looked,
    Searched,
    Sentence,
    Source,
    Waiting,
)
from ui.jobs.builds import BuildJob, WatchJob, Work
from ui.jobs.worker import failure, start, wait

ALONE_SECONDS, ALONE_STEPS = 1.6, 8  # how long an answer goes on when no tab shows it


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as far as it has come. `tail` is text that no checked sentence holds yet; `seconds` since the start."""

    standalone_question: str = ""
    sources: tuple[Source, ...] | None = None
    excerpts: tuple[Excerpt, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    tail: str = ""
    answer: Answer | None = None
    error: AskNotesError | None = None
    seconds: float = 0.0
    model: str = ""  # that sums up; '' when none is asked
    stopping: bool = False
    looks: tuple[Look, ...] = ()  # how the model looks further
    place: int = 0  # how many the model answers first


class AnswerJob:
    """One question being answered. `finish` gets the answer once, in the job's thread, so that it is kept."""

    def __init__(
        self,
        question: str,
        events: Callable[[threading.Event], Iterator[Event]],
        finish: Callable[[Answer], None],
        is_open: Callable[[str], bool] = lambda tab: True,
        model: str = "",
        found: Found | None = None,
    ) -> None:
        """`is_open` tells whether a tab that called `seen_by` is still there: when none is, the job stops. `model` is
        the one that is asked to sum up, `found` what is known to be found already."""
        self.question = question
        self._is_open = is_open
        self._tabs: set[str] = set()
        self._events, self._finish = events, finish
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._searched = ""
        self._found = found
        self._model = model
        self._looks: tuple[Look, ...] = ()
        self._place = 0
        self._writing = False
        self._has_found = threading.Event()
        self._sentences: list[Sentence] = []
        self._written = ""
        self._answer: Answer | None = None
        self._started = time.monotonic()
        self._future = start(self._run)
        threading.Thread(target=self._stop_when_alone, name="answer-watch", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether the thread has ended, well or not."""
        return self._future.done()

    @property
    def kept(self) -> bool:
        """Whether it has ended well, so that its answer is where answers are kept."""
        return self.done and failure(self._future) is None

    def seen_by(self, tab: str) -> None:
        """A tab of the browser shows the job."""
        with self._lock:
            self._tabs.add(tab)

    def stop(self) -> None:
        """End the answer where it is; what has come is kept."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; whether it came."""
        return wait(self._future, seconds)

    def wait_found(self, seconds: float) -> None:
        """Wait for the sources, or the end, at most `seconds`."""
        self._has_found.wait(seconds)

    def draft(self) -> Draft:
        """What has come so far."""
        error = failure(self._future)
        with self._lock:
            return Draft(
                standalone_question=self._searched,
                sources=self._found.sources if self._found else None,
                excerpts=self._found.excerpts if self._found else (),
                sentences=tuple(self._sentences),
                tail=strip_written_marks(self._written),
                answer=self._answer,
                error=error,
                seconds=time.monotonic() - self._started,
                model=self._model,
                stopping=self._stop.is_set(),
                looks=self._looks,
                place=self._place,
            )

    def _run(self) -> None:
        try:
            for event in self._events(self._stop):
                with self._lock:
                    self._take(event)
        finally:
            self._has_found.set()
        if self._answer:
            self._finish(self._answer)

    def _stop_when_alone(self) -> None:
        """Nobody reads on in a closed tab. A reload has a moment to come back, counted in steps that a stall holds."""
        alone = 0
        while not self._stop.wait(ALONE_SECONDS / ALONE_STEPS) and not self.done:
            with self._lock:
                tabs = list(self._tabs)
            alone = 0 if not tabs or any(map(self._is_open, tabs)) else alone + 1
            if alone >= ALONE_STEPS:
                self.stop()

    def _take(self, event: Event) -> None:
        match event:
            case Searched(standalone_question=question):
                self._searched = question
            case Found():
                self._found = event
                self._has_found.set()
            case Looked(look=look):
                self._looks = (*self._looks, look)
            case Waiting(place=place):
                self._place = place
            case Delta(text=text):
                self._writing = True
                self._written += text
            case Checked(sentence=sentence) if self._writing:  # else it is of the evidence, which is shown already
                self._sentences.append(sentence)
                self._written = _behind(self._written, sentence.lead + sentence.text)
            case Finished(answer=answer):
                self._answer = answer


def _behind(written: str, checked: str) -> str:
    """What of the model's text stands behind a checked sentence, which lacks the marks that the model wrote."""
    at = 0
    for character in checked:
        found = written.find(character, at)
        if found >= 0:
            at = found + 1
    marks = MARKS.match(written, at)
    return written[marks.end() if marks else at :]


class Jobs:
    """The jobs of this process, found again by every run of the page."""

    def __init__(self) -> None:
        self._answers: dict[str, AnswerJob] = {}
        self._lock = threading.Lock()
        self.build: BuildJob[Rebuilt] | None = None
        self.fetch: BuildJob[None] | None = None
        self.watch: WatchJob | None = None

    def answer(self, conversation: str) -> AnswerJob | None:
        """The job that writes the next answer of a conversation, or wrote one that could not be kept."""
        return self._answers.get(conversation)

    def start_answer(self, conversation: str, job: AnswerJob) -> None:
        """Put a job in the place of the one before, which is told to stop.

        Of answers that ended well, and are kept, no job stays: nobody may come back to a tab that was closed meanwhile.
        """
        with self._lock:
            before = self._answers.get(conversation)
            self._answers = {name: other for name, other in self._answers.items() if not other.kept}
            self._answers[conversation] = job
        if before:
            before.stop()

    @property
    def building(self) -> bool:
        """Whether the index is being built."""
        return self.build is not None and not self.build.done

    def start_build(self, work: Work[Rebuilt]) -> BuildJob[Rebuilt]:
        """Begin to build, unless that is going on; the job that does."""
        with self._lock:
            if self.build is None or self.build.done:
                self.build = BuildJob(work)
            return self.build

    def start_fetch(self, work: Work[None]) -> None:
        """Begin to fetch a model, unless that is going on."""
        with self._lock:
            if self.fetch is None or self.fetch.done:
                self.fetch = BuildJob(work)

    def cancel_build(self) -> None:
        """Stop the build, and the watch, which would begin it again."""
        if self.build:
            self.build.stop()
        self.stop_watch()

    def start_watch(
        self,
        settings: IndexSettings,
        changed: Callable[[], BuildReport],
        work: Work[Rebuilt],
    ) -> None:
        """Keep the index up to date from now on."""
        self.stop_watch()
        self.watch = WatchJob(settings, changed, lambda: self.start_build(work).outcome().report)

    def stop_watch(self) -> None:
        """Watch no longer."""
        if self.watch:
            self.watch.stop()
            self.watch = None

    def drop_answer(self, conversation: str) -> None:
        """Forget the job of a conversation."""
        with self._lock:
            self._answers.pop(conversation, None)
