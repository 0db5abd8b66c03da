"""What the page shows of an answer that is on its way."""

import threading
from collections.abc import Iterator

import pytest

from rag.records import Checked, Delta, Event, Sentence
from ui.jobs.answers import AnswerJob

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
