"""Questions that the notes did not answer, kept until they do: what to write a note about next."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.history.conversations import HistoryError
from rag.records import Answer, Source

FILE = "gaps.sqlite3"
_NEAREST = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS gap (
    question TEXT PRIMARY KEY, asked TEXT NOT NULL, times INTEGER NOT NULL, nearest TEXT NOT NULL,
    checked TEXT NOT NULL, closed TEXT NOT NULL DEFAULT '', closed_by TEXT NOT NULL DEFAULT ''
)
"""


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
    """The gaps kept in `folder`; safe to use from threads and processes.

    Raises:
        HistoryError: from every method, when the file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def note(self, answer: Answer) -> None:
        """Keep the question of a refused answer; other answers are not kept. A closed gap opens again."""
        if not answer.refused:
            return
        nearest = [named(source) for source in answer.sources[:_NEAREST]]
        with self._open() as base:
            base.execute(
                "INSERT INTO gap (question, asked, times, nearest, checked) VALUES (?, ?, 1, ?, ?) "
                "ON CONFLICT (question) DO UPDATE SET asked = excluded.asked, times = times + 1, "
                "nearest = excluded.nearest, checked = excluded.checked, closed = '', closed_by = ''",
                (_storable(answer.standalone_question), _now(), json.dumps(nearest), answer.generation),
            )

    def listed(self) -> Sequence[Gap]:
        """Open gaps, the last asked first, then the closed ones, the last closed first."""
        with self._open() as base:
            rows = base.execute(
                "SELECT question, asked, times, nearest, closed, closed_by FROM gap "
                "ORDER BY closed != '', CASE closed WHEN '' THEN asked ELSE closed END DESC, question"
            ).fetchall()
        return [
            Gap(question, asked, times, tuple(json.loads(nearest)), closed, closed_by)
            for question, asked, times, nearest, closed, closed_by in rows
        ]

    def recheck(self, generation: str, answered: Answered) -> list[Gap]:
        """Ask the open gaps again that were last asked of another generation of the index; those closed by it."""
        with self._open() as base:
            rows = base.execute("SELECT question FROM gap WHERE closed = '' AND checked != ?", (generation,)).fetchall()
        for (question,) in rows:
            source = answered(question)  # slow: not within a transaction
            closed, by = (_now(), named(source)) if source else ("", "")
            with self._open() as base:
                base.execute(
                    "UPDATE gap SET checked = ?, closed = ?, closed_by = ? WHERE question = ? AND closed = ''",
                    (generation, closed, by, question),
                )
        asked = {question for (question,) in rows}
        return [gap for gap in self.listed() if gap.closed and gap.question in asked]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are one transaction."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=10)) as base, base:
                base.execute("PRAGMA journal_mode = WAL")
                base.execute(_SCHEMA)
                yield base
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(
                f"The gap list in {self._file} cannot be used ({error}); check the disk and the file's rights, "
                "or move the file away to start anew."
            ) from error


def named(source: Source) -> str:
    """A section as people find it: heading path, file and lines."""
    return _storable(f"{' > '.join(source.heading_path)} ({source.location})")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates, which file names that are not UTF-8 bring along."""
    return text.encode("utf-8", "replace").decode()
