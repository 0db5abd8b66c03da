"""The conversations that are kept: they outlast restarts and rebuilds."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from rag.history.kept import kept_answer
from rag.history.store import Store, now, storable
from rag.records import Answer
from rag.records_json import answer_to_record

MAX_TITLE = 60


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in the list."""

    id: str
    title: str
    pinned: bool = False


class History:
    """The conversations in a store; safe to use from threads and processes.

    Raises:
        HistoryError: from every method, when the store cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self, query: str = "") -> Sequence[Conversation]:
        """Pinned ones first, then the youngest; with `query` those whose title, questions or answers hold it."""
        pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        with self._store.reading() as base:
            rows = base.execute(
                "SELECT id, title, pinned FROM conversation AS c WHERE NOT deleted AND (title LIKE :q ESCAPE '\\' OR "
                "EXISTS (SELECT 1 FROM answer WHERE conversation = c.id AND "
                "(question LIKE :q ESCAPE '\\' OR text LIKE :q ESCAPE '\\'))) ORDER BY pinned DESC, changed DESC, id",
                {"q": pattern},
            ).fetchall()
        return [Conversation(name, title, bool(pinned)) for name, title, pinned in rows]

    def turns(self, conversation: str) -> Sequence[Answer] | None:
        """The answers of a conversation in order, or None when there is no such one."""
        with self._store.reading() as base:
            known = base.execute("SELECT 1 FROM conversation WHERE id = ? AND NOT deleted", (conversation,)).fetchone()
            query = "SELECT record, question, text FROM answer WHERE conversation = ? ORDER BY turn"
            rows = base.execute(query, (conversation,)).fetchall()
        return [kept_answer(record, question, text) for record, question, text in rows] if known else None

    def start(self, question: str) -> str:
        """A new conversation, named after its first question; its id."""
        name, at = uuid.uuid4().hex, now()
        title = " ".join(question.split())[:MAX_TITLE] or "…"
        with self._store.writing() as base:
            base.execute(
                "INSERT INTO conversation (id, title, created, changed) VALUES (?, ?, ?, ?)", (name, title, at, at)
            )
        return name

    def add(self, conversation: str, answer: Answer) -> None:
        """Append an answer."""
        record = json.dumps(answer_to_record(answer), ensure_ascii=True)
        with self._store.writing() as base:
            base.execute(
                "INSERT INTO answer SELECT ?, COALESCE(MAX(turn) + 1, 0), ?, ?, ? FROM answer WHERE conversation = ?",
                (conversation, storable(answer.question), storable(answer.text), record, conversation),
            )
            base.execute("UPDATE conversation SET changed = ? WHERE id = ?", (now(), conversation))

    def drop_last(self, conversation: str) -> None:
        """Remove the last answer, to be answered again; what was thought of it stays in the feedback."""
        where = "conversation = ? AND turn = (SELECT MAX(turn) FROM answer WHERE conversation = ?)"
        with self._store.writing() as base:
            base.execute(f"UPDATE rating SET turn = NULL WHERE {where}", (conversation, conversation))
            base.execute(f"DELETE FROM answer WHERE {where}", (conversation, conversation))

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

    def _set(self, conversation: str, column: str, value: object) -> None:
        with self._store.writing() as base:
            base.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, conversation))
