"""The two databases of before the one store, taken over once; the files stay beside it as they are."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from ingest.errors import HistoryError
from rag.history.kept import as_history, kept_answer

CONVERSATIONS, GAPS = "conversations.sqlite3", "gaps.sqlite3"
_COLUMNS = {
    "conversation": ("id", "title", "created", "changed", "pinned", "deleted"),
    "answer": ("conversation", "turn", "question", "text", "record"),
    "rating": ("id", "conversation", "turn", "good", "reason", "at", "record", "history"),
    "gap": ("question", "asked", "times", "nearest", "checked", "closed", "closed_by"),
}


def take_over(base: sqlite3.Connection, folder: Path) -> None:
    """Copy what the files of `folder` hold into the empty tables of form 1.

    Raises:
        HistoryError: a file is there and cannot be read.
    """
    with _earlier(folder / CONVERSATIONS) as (old, tables):
        for table in ("conversation", "answer", "rating"):
            if table in tables:
                _copy(old, base, table)
        # With a `rating` table beside it a later version went on, which no longer looked at `feedback`: its rows may be
        # about answers that were replaced since.
        if "feedback" in tables and "rating" not in tables:
            _copy_opinions(old, base)
    with _earlier(folder / GAPS) as (old, tables):
        if "gap" in tables:
            _copy(old, base, "gap")


@contextmanager
def _earlier(file: Path) -> Iterator[tuple[sqlite3.Connection, set[str]]]:
    """A file as it is at one moment, read only, and its tables; an empty database when there is no such file."""
    try:
        address = f"{file.absolute().as_uri()}?mode=ro" if file.exists() else ":memory:"
        with closing(sqlite3.connect(address, timeout=10, uri=True, isolation_level=None)) as old:
            old.execute("BEGIN")
            yield old, {name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, OSError) as error:
        raise HistoryError("history.not_taken_over", file=file, reason=error) from error


def _copy(old: sqlite3.Connection, base: sqlite3.Connection, table: str) -> None:
    columns = _COLUMNS[table]
    rows = old.execute(f"SELECT {', '.join(columns)} FROM {table}")
    base.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)


def _copy_opinions(old: sqlite3.Connection, base: sqlite3.Connection) -> None:
    """The opinions of the first version, which kept them without the answer and the turns before it."""
    rows = old.execute(
        "SELECT conversation, turn, good, reason, at, record FROM feedback JOIN answer USING (conversation, turn) ORDER BY at"
    )
    for conversation, turn, *opinion, record in rows.fetchall():
        query = "SELECT record, question, text FROM answer WHERE conversation = ? AND turn < ? ORDER BY turn"
        before = as_history([kept_answer(*row) for row in old.execute(query, (conversation, turn))])
        history = json.dumps([asdict(said) for said in before])
        base.execute(
            "INSERT INTO rating (conversation, turn, good, reason, at, record, history) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (conversation, turn, *opinion, record, history),
        )
