"""What the reader thought of single sections as sources for a question: kept until it is taken back."""

from collections.abc import Sequence

from ingest.errors import HistoryError
from rag.history.gaps import named
from rag.history.store import Store, now, storable
from rag.records import Mark, Source


class MarkList:
    """The marks in a store; safe to use from threads and processes.

    Raises:
        HistoryError: from every method, when the store cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, question: str, source: Source, good: bool) -> None:
        """Mark a section for a question that stands alone; a later mark replaces the earlier one."""
        with self._store.writing() as base:
            base.execute(
                "INSERT INTO mark (question, section, good, name, at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (question, section) DO UPDATE SET good = excluded.good, name = excluded.name, at = excluded.at",
                (storable(question), source.section_id, good, named(source), now()),
            )

    def remove(self, question: str, section_id: str) -> None:
        """Take a mark back; one that is not there is none."""
        with self._store.writing() as base:
            base.execute("DELETE FROM mark WHERE question = ? AND section = ?", (storable(question), section_id))

    def take_back(self, number: int) -> None:
        """Remove one by its place in `listed`, from 1. Raises HistoryError where there is none."""
        marks = self.listed()
        if not 1 <= number <= len(marks):
            raise HistoryError("mark.unknown", number=number, count=len(marks))
        mark = marks[number - 1]
        self.remove(mark.question, mark.section_id)

    def listed(self) -> Sequence[Mark]:
        """All of them, the last first."""
        if not self._store.there:  # a search leaves no file behind
            return ()
        with self._store.reading() as base:
            rows = base.execute("SELECT question, section, good, name, at FROM mark ORDER BY at DESC").fetchall()
        return [Mark(question, section, bool(good), name, at) for question, section, good, name, at in rows]
