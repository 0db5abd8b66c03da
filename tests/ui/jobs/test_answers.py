"""What the page shows of an answer that is on its way."""

import threading
from collections.abc import Iterator

import pytest

from ingest.errors import HistoryError
from rag.records import Answer, Checked, Delta, Event, Finished, Sentence
from ui.jobs.answers import AnswerJob, Jobs

MOMENT = 10  # seconds that a step may take at most


class Steps:
    """Events that come one by one, each when the test asks for it."""

    def __init__(self, *events: Event) -> None:
        self._events = events
        self._go = threading.Semaphore(0)
        self._came = threading.Semaphore(0)

    def __call__(self, stop: threading.Event) -> Iterator[Event]:
        for event in self._events:
            self._go.acquire(timeout=MOMENT)
            yield event
            self._came.release()  # it was taken

    def next(self) -> None:
        self._go.release()
        assert self._came.acquire(timeout=MOMENT)


def test_no_mark_is_seen_while_the_answer_is_written() -> None:
    written = [
        "甲有两种[1]",
        "【2",
        "†source】。乙",
        "（来源",
        "：3）",
        "很快 [",
        "4](http://a",
        ".b/c)，见 `a[1]` （如下",
    ]
    steps = Steps(*map(Delta, written))
    job = AnswerJob("问", steps, lambda answer: None)
    seen = []
    for _ in written:
        steps.next()
        seen.append(job.draft().tail)
    job.wait(MOMENT)
    assert seen == [
        "甲有两种",
        "甲有两种",
        "甲有两种。乙",
        "甲有两种。乙",
        "甲有两种。乙",
        "甲有两种。乙很快",
        "甲有两种。乙很快",
        "甲有两种。乙很快，见 `a[1]` （如下",
    ]


@pytest.mark.parametrize("mark", ["[1]", " [1][2]", "【1】", "【3†source】", "（來源：1、2）", " (Source 2)"])
def test_a_checked_sentence_takes_its_marks_with_it(mark: str) -> None:
    steps = Steps(Delta(f"甲很快。{mark}乙"), Checked(Sentence("甲很快。", "", (1,), True, ())))
    job = AnswerJob("问", steps, lambda answer: None)
    steps.next()
    assert job.draft().tail == "甲很快。乙"
    steps.next()
    job.wait(MOMENT)
    assert job.draft().tail == "乙"
    assert [sentence.text for sentence in job.draft().sentences] == ["甲很快。"]


def test_of_answers_that_are_kept_no_job_stays() -> None:
    """Nobody comes back for it to a tab that was closed in mid-answer."""
    done = Finished(Answer("问", "问", "", False, (), (), "m", "g", {}))

    def full(answer: Answer) -> None:
        raise HistoryError("history.unusable", file="x", reason="disk full")

    jobs, whole = Jobs(), AnswerJob("问", lambda _: iter([done]), lambda _: None)
    broken = AnswerJob("问", lambda _: iter([done]), full)
    held = AnswerJob("问", Steps(done), lambda answer: None)
    for name, job in (("whole", whole), ("broken", broken), ("held", held)):
        jobs.start_answer(name, job)
    assert whole.wait(MOMENT) and broken.wait(MOMENT)
    jobs.start_answer("next", AnswerJob("问", lambda _: iter([done]), lambda _: None))
    assert jobs.answer("whole") is None
    assert jobs.answer("broken") is broken and jobs.answer("held") is held
