"""Questions that the notes did not answer, kept until they do: what to write a note about next."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.history.kept import kept_names
from rag.history.store import Store, now, storable
from rag.records import Answer, Source

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A stand-alone question that was refused; `asked` and `closed` are ISO 8601, UTC.

    `nearest` names the sections that came nearest, `closed_by` the one that answers it now ('' while none does).
    """

    question: str
    asked: str
    times: int
    nearest: tuple[str, ...]
    closed: str = ""
    closed_by: str = ""


# (stand-alone question) -> the section that answers it, None when none does.
Answered = Callable[[str], Source | None]


class GapList:
    """The gaps in a store; safe to use from threads and processes.

    Raises:
        HistoryError: from every method, when the store cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, answer: Answer) -> None:
        """Keep the question of a refused answer; other answers are not kept. A closed gap opens again."""
        if not answer.refused:
            return
        nearest = [named(source) for source in answer.sources[:_NEAREST]]
        with self._store.writing() as base:
            base.execute(
                "INSERT INTO gap (question, asked, times, nearest, checked) VALUES (?, ?, 1, ?, ?) "
                "ON CONFLICT (question) DO UPDATE SET asked = excluded.asked, times = times + 1, "
                "nearest = excluded.nearest, checked = excluded.checked, closed = '', closed_by = ''",
                (storable(answer.standalone_question), now(), json.dumps(nearest), answer.generation),
            )

    def listed(self) -> Sequence[Gap]:
        """Open gaps, the last asked first, then the closed ones, the last closed first."""
        with self._store.reading() as base:
            rows = base.execute(
                "SELECT question, asked, times, nearest, closed, closed_by FROM gap "
                "ORDER BY closed != '', CASE closed WHEN '' THEN asked ELSE closed END DESC, question"
            ).fetchall()
        return [
            Gap(question, asked, times, kept_names(nearest), closed, closed_by)
            for question, asked, times, nearest, closed, closed_by in rows
        ]

    def recheck(self, generation: str, answered: Answered) -> list[Gap]:
        """Ask the open gaps again that were last asked of another generation of the index; those closed by it."""
        with self._store.reading() as base:
            rows = base.execute("SELECT question FROM gap WHERE closed = '' AND checked != ?", (generation,)).fetchall()
        for (question,) in rows:
            source = answered(question)  # slow: not within a transaction
            closed, by = (now(), named(source)) if source else ("", "")
            with self._store.writing() as base:
                base.execute(
                    "UPDATE gap SET checked = ?, closed = ?, closed_by = ? WHERE question = ? AND closed = ''",
                    (generation, closed, by, question),
                )
        asked = {question for (question,) in rows}
        return [gap for gap in self.listed() if gap.closed and gap.question in asked]


def named(source: Source) -> str:
    """A section as people find it: heading path, file and lines."""
    return storable(f"{' > '.join(source.heading_path)} ({source.location})")
