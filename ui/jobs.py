"""Work that outlives a run of the page: an answer being written, an index being built.

Streamlit runs the page's script anew on every event and on every reload; a job runs in its own thread, keeps what has
come so far, and any run of any tab reads a snapshot of it. Errors stay in the job's future until the page shows them.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.build import BuildReport
from ingest.errors import AskNotesError
from rag.records import Answer, Checked, Delta, Event, Finished, Found, Searched, Sentence, Source

Result = TypeVar("Result")

_MARKS = re.compile(r"(?:[ \t]*\[[\d\s,，、;-]+\])+")  # citation marks as the model writes them
_TAIL_MARKS = re.compile(rf"{_MARKS.pattern}|[ \t]*\[[\d\s,，、;-]*$")  # and one that has only begun

ALONE_SECONDS, ALONE_STEPS = 1.6, 8  # how long an answer goes on when no tab shows it
FAILED = "Something went wrong inside; the terminal that runs the chat says what."


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as far as it has come. `tail` is text that no checked sentence holds yet; `seconds` since the start."""

    standalone_question: str = ""
    sources: tuple[Source, ...] | None = None
    extract: tuple[Sentence, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    tail: str = ""
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0
    stopping: bool = False


class AnswerJob:
    """One question being answered. `finish` gets the answer once, in the job's thread, so that it is kept."""

    def __init__(
        self,
        question: str,
        events: Callable[[threading.Event], Iterator[Event]],
        finish: Callable[[Answer], None],
        is_open: Callable[[str], bool] = lambda tab: True,
    ) -> None:
        """`is_open` tells whether a tab that called `seen_by` is still there: when none is, the job stops."""
        self.question = question
        self._is_open = is_open
        self._tabs: set[str] = set()
        self._events, self._finish = events, finish
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._searched = ""
        self._found: Found | None = None
        self._sentences: list[Sentence] = []
        self._written = ""
        self._answer: Answer | None = None
        self._started = time.monotonic()
        self._future = _start(self._run)
        threading.Thread(target=self._stop_when_alone, name="answer-watch", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether the thread has ended, well or not."""
        return self._future.done()

    def seen_by(self, tab: str) -> None:
        """A tab of the browser shows the job."""
        with self._lock:
            self._tabs.add(tab)

    def stop(self) -> None:
        """End the answer where it is; what has come is kept."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; whether it came."""
        return _wait(self._future, seconds)

    def draft(self) -> Draft:
        """What has come so far."""
        error = failure(self._future)
        with self._lock:
            return Draft(
                standalone_question=self._searched,
                sources=self._found.sources if self._found else None,
                extract=self._found.extract if self._found else (),
                sentences=tuple(self._sentences),
                tail=_TAIL_MARKS.sub("", self._written),
                answer=self._answer,
                error=error,
                seconds=time.monotonic() - self._started,
                stopping=self._stop.is_set(),
            )

    def _run(self) -> None:
        for event in self._events(self._stop):
            with self._lock:
                self._take(event)
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
            case Delta(text=text):
                self._written += text
            case Checked(sentence=sentence):
                self._sentences.append(sentence)
                self._written = _behind(self._written, sentence.lead + sentence.text)
            case Finished(answer=answer):
                self._answer = answer


def _behind(written: str, checked: str) -> str:
    """What of the model's text stands behind a checked sentence, which lacks the `[n]` marks that the model wrote."""
    at = 0
    for character in checked:
        found = written.find(character, at)
        if found >= 0:
            at = found + 1
    marks = _MARKS.match(written, at)
    return written[marks.end() if marks else at :]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a build is: `done` of `total` of the thing that `what` names."""

    what: str
    done: int
    total: int


@dataclass
class BuildJob(Generic[Result]):
    """A build of the index in its own thread."""

    work: Callable[[Callable[[str, int, int], None], threading.Event], Result]
    _step: Step = field(default=Step("", 0, 0), init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _future: Future[Result] = field(init=False)

    def __post_init__(self) -> None:
        self._future = _start(lambda: self.work(self._progress, self._stop))

    @property
    def step(self) -> Step:
        """How far it is now."""
        return self._step

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._future.done()

    @property
    def error(self) -> str:
        """Why it failed, for a person; '' when it did not."""
        return failure(self._future)

    def stop(self) -> None:
        """Cancel it; the index stays as it was."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; whether it came."""
        return _wait(self._future, seconds)

    def result(self) -> Result | None:
        """What it returned, when it has ended well."""
        return self._future.result() if self._future.done() and not self._future.exception() else None

    def _progress(self, what: str, done: int, total: int) -> None:
        self._step = Step(what, done, total)


def failure(future: Future[Result]) -> str:
    """Why the work failed, for a person: its own words when they are meant for people, else a general sentence."""
    error = future.exception() if future.done() else None
    if error is None:
        return ""
    return str(error) if isinstance(error, AskNotesError) else FAILED


def _wait(future: Future[Result], seconds: float) -> bool:
    try:
        future.exception(timeout=seconds)
    except TimeoutError:
        return False
    return True


def _start(work: Callable[[], Result]) -> Future[Result]:
    """Run `work` in a thread of its own. An error that is nobody's message goes to the log with its traceback."""
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(work)
    future.add_done_callback(_log)
    pool.shutdown(wait=False)
    return future


def _log(future: Future[Result]) -> None:
    import logging

    error = future.exception()
    if error is not None and not isinstance(error, AskNotesError):
        logging.getLogger(__name__).error("a job failed", exc_info=error)


class Jobs:
    """The jobs of this process, found again by every run of the page."""

    def __init__(self) -> None:
        self._answers: dict[str, AnswerJob] = {}
        self._lock = threading.Lock()
        self.build: BuildJob[BuildReport] | None = None

    def answer(self, conversation: str) -> AnswerJob | None:
        """The job that writes the next answer of a conversation, or wrote one that could not be kept."""
        return self._answers.get(conversation)

    def start_answer(self, conversation: str, job: AnswerJob) -> None:
        """Put a job in the place of the one before, which is told to stop."""
        with self._lock:
            before = self._answers.get(conversation)
            self._answers[conversation] = job
        if before:
            before.stop()

    def drop_answer(self, conversation: str) -> None:
        """Forget the job of a conversation."""
        with self._lock:
            self._answers.pop(conversation, None)
