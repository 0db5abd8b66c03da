"""Conversations and feedback in SQLite: they outlast restarts and rebuilds, and two processes may use them at once."""

import dataclasses
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import AskNotesError
from rag.history.feedback import Feedback
from rag.records import Answer, Turn
from rag.records_json import answer_from_record, answer_to_record

FILE = "conversations.sqlite3"
MAX_TITLE = 60
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS answer (
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (conversation, turn)
);
CREATE TABLE IF NOT EXISTS rating (
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    turn INTEGER, -- NULL once the answer was replaced by another one
    good INTEGER NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL, history TEXT NOT NULL,
    UNIQUE (conversation, turn)
);
"""


class HistoryError(AskNotesError):
    """The conversations cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in the list."""

    id: str
    title: str
    pinned: bool = False


class History:
    """The conversations kept in `folder`; safe to use from threads.

    Raises:
        HistoryError: from every method, when the file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._ready = False
        self._lock = threading.Lock()

    def listed(self, query: str = "") -> Sequence[Conversation]:
        """Pinned ones first, then the youngest; with `query` those whose title, questions or answers hold it."""
        pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        with self._open() as base:
            rows = base.execute(
                "SELECT id, title, pinned FROM conversation AS c WHERE NOT deleted AND (title LIKE :q ESCAPE '\\' OR "
                "EXISTS (SELECT 1 FROM answer WHERE conversation = c.id AND "
                "(question LIKE :q ESCAPE '\\' OR text LIKE :q ESCAPE '\\'))) ORDER BY pinned DESC, changed DESC, id",
                {"q": pattern},
            ).fetchall()
        return [Conversation(name, title, bool(pinned)) for name, title, pinned in rows]

    def turns(self, conversation: str) -> Sequence[Answer] | None:
        """The answers of a conversation in order, or None when there is no such one."""
        with self._open() as base:
            known = base.execute("SELECT 1 FROM conversation WHERE id = ? AND NOT deleted", (conversation,)).fetchone()
            query = "SELECT record FROM answer WHERE conversation = ? ORDER BY turn"
            rows = base.execute(query, (conversation,)).fetchall()
        return [answer_from_record(json.loads(record)) for (record,) in rows] if known else None

    def start(self, question: str) -> str:
        """A new conversation, named after its first question; its id."""
        name, now = uuid.uuid4().hex, _now()
        title = " ".join(question.split())[:MAX_TITLE] or "…"
        with self._open() as base:
            base.execute(
                "INSERT INTO conversation (id, title, created, changed) VALUES (?, ?, ?, ?)", (name, title, now, now)
            )
        return name

    def add(self, conversation: str, answer: Answer) -> None:
        """Append an answer."""
        record = json.dumps(answer_to_record(answer), ensure_ascii=True)
        with self._open() as base:
            base.execute(
                "INSERT INTO answer SELECT ?1, COALESCE(MAX(turn) + 1, 0), ?2, ?3, ?4 "
                "FROM answer WHERE conversation = ?1",
                (conversation, _storable(answer.question), _storable(answer.text), record),
            )
            base.execute("UPDATE conversation SET changed = ? WHERE id = ?", (_now(), conversation))

    def drop_last(self, conversation: str) -> None:
        """Remove the last answer, to be answered again; what was thought of it stays in `feedback`."""
        where = "conversation = ?1 AND turn = (SELECT MAX(turn) FROM answer WHERE conversation = ?1)"
        with self._open() as base:
            base.execute(f"UPDATE rating SET turn = NULL WHERE {where}", (conversation,))
            base.execute(f"DELETE FROM answer WHERE {where}", (conversation,))

    def rename(self, conversation: str, title: str) -> None:
        """Give it another name."""
        self._set(conversation, "title", " ".join(title.split())[:MAX_TITLE] or "…")

    def pin(self, conversation: str, pinned: bool) -> None:
        """Keep it at the top, or no longer."""
        self._set(conversation, "pinned", pinned)

    def delete(self, conversation: str) -> None:
        """Take it off the list; `restore` brings it back."""
        self._set(conversation, "deleted", True)

    def restore(self, conversation: str) -> None:
        """Undo `delete`."""
        self._set(conversation, "deleted", False)

    def rate(self, conversation: str, turn: int, good: bool, reason: str = "") -> None:
        """Keep what the reader thought of an answer (turns from 0), with the answer; a later opinion replaces it."""
        earlier = [dataclasses.asdict(said) for said in as_history((self.turns(conversation) or ())[:turn])]
        with self._open() as base:
            base.execute(
                "INSERT INTO rating (conversation, turn, good, reason, at, record, history) "
                "SELECT conversation, turn, ?, ?, ?, record, ? FROM answer WHERE conversation = ? AND turn = ? "
                "ON CONFLICT (conversation, turn) "
                "DO UPDATE SET good = excluded.good, reason = excluded.reason, at = excluded.at",
                (good, _storable(reason), _now(), json.dumps(earlier), conversation, turn),
            )

    def ratings(self, conversation: str) -> dict[int, tuple[bool, str]]:
        """What the reader thought of the answers of a conversation: (good, reason) by turn."""
        query = "SELECT turn, good, reason FROM rating WHERE conversation = ? AND turn IS NOT NULL"
        with self._open() as base:
            rows = base.execute(query, (conversation,)).fetchall()
        return {turn: (bool(good), reason) for turn, good, reason in rows}

    def feedback(self) -> list[Feedback]:
        """Every opinion with its answer, the oldest first; those of deleted conversations are left out."""
        query = (
            "SELECT r.id, good, reason, at, record, history FROM rating AS r "
            "JOIN conversation AS c ON c.id = conversation WHERE NOT deleted ORDER BY r.id"
        )
        with self._open() as base:
            rows = base.execute(query).fetchall()
        return [
            Feedback(n, bool(good), reason, at, answer_from_record(json.loads(record)), _turns(earlier))
            for n, good, reason, at, record, earlier in rows
        ]

    def _set(self, conversation: str, column: str, value: object) -> None:
        with self._open() as base:
            base.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, conversation))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are one transaction."""
        try:
            with self._lock:
                if not self._ready:
                    self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=10)) as base, base:
                base.execute("PRAGMA foreign_keys = ON")
                if not self._ready:
                    base.execute("PRAGMA journal_mode = WAL")
                    base.executescript(_SCHEMA)
                    self._ready = True
                yield base
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(
                f"The conversations in {self._file} cannot be used ({error}); check the disk and the file's rights, "
                "or move the file away to start anew."
            ) from error


def as_history(answers: Sequence[Answer]) -> list[Turn]:
    """The turns of a conversation, as retrieval and prompts read them."""
    return [
        turn
        for answer in answers
        for turn in (Turn("user", answer.standalone_question or answer.question), Turn("assistant", answer.text))
    ]


def _turns(rows: str) -> tuple[Turn, ...]:
    return tuple(Turn(**row) for row in json.loads(rows))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates, which file names that are not UTF-8 bring along."""
    return text.encode("utf-8", "replace").decode()
