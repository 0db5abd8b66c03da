"""What readers thought of answers, as evaluation questions: what was good tells which passages answer."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from ingest.text.scripts import language
from rag.history.kept import as_history, kept_answer, kept_turns
from rag.history.store import Store, now, storable
from rag.records import Answer, Turn


@dataclass(frozen=True, slots=True)
class Feedback:
    """An opinion with all that it is about: the answer as it was given and the turns before it."""

    id: int
    good: bool
    reason: str
    at: str  # ISO 8601, UTC
    answer: Answer
    history: tuple[Turn, ...] = ()


class FeedbackList:
    """What readers thought of the answers in a store; safe to use from threads and processes.

    Raises:
        HistoryError: from every method, when the store cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def rate(self, conversation: str, turn: int, good: bool, reason: str = "") -> None:
        """Keep what the reader thought of an answer (turns from 0), with the answer; a later opinion replaces it."""
        with self._store.writing() as base:
            query = "SELECT record, question, text FROM answer WHERE conversation = ? AND turn < ? ORDER BY turn"
            before = as_history([kept_answer(*row) for row in base.execute(query, (conversation, turn))])
            base.execute(
                "INSERT INTO rating (conversation, turn, good, reason, at, record, history) "
                "SELECT conversation, turn, ?, ?, ?, record, ? FROM answer WHERE conversation = ? AND turn = ? "
                "ON CONFLICT (conversation, turn) "
                "DO UPDATE SET good = excluded.good, reason = excluded.reason, at = excluded.at",
                (good, storable(reason), now(), json.dumps([asdict(said) for said in before]), conversation, turn),
            )

    def ratings(self, conversation: str) -> dict[int, tuple[bool, str]]:
        """What the reader thought of the answers of a conversation: (good, reason) by turn."""
        query = "SELECT turn, good, reason FROM rating WHERE conversation = ? AND turn IS NOT NULL"
        with self._store.reading() as base:
            rows = base.execute(query, (conversation,)).fetchall()
        return {turn: (bool(good), reason) for turn, good, reason in rows}

    def listed(self) -> list[Feedback]:
        """Every opinion with its answer, the oldest first; those of deleted conversations are left out."""
        query = (
            "SELECT r.id, good, reason, at, record, history FROM rating AS r "
            "JOIN conversation AS c ON c.id = conversation WHERE NOT deleted ORDER BY r.id"
        )
        with self._store.reading() as base:
            rows = base.execute(query).fetchall()
        return [
            Feedback(n, bool(good), reason, at, kept_answer(record), kept_turns(history))
            for n, good, reason, at, record, history in rows
        ]


def as_question(feedback: Feedback) -> dict[str, Any]:
    """A line of a question set (as `rag.evaluate.retrieval` reads it), with the opinion and the answer's sources beside it.

    The quotes that a good answer cites are its gold passages; a good refusal is a question without an answer. What
    would have been right instead of a bad answer is not known: it has no gold, and a person is to add it.
    """
    answer, good = feedback.answer, feedback.good
    cited = {source.n: source.path for source in answer.sources}
    quotes = dict.fromkeys(
        (cited[e.n], e.quote) for sentence in answer.sentences for e in sentence.evidence if e.n in cited
    )
    gold = [{"file": path, "quote": quote} for path, quote in quotes] if good and not answer.refused else []
    return {
        "id": f"feedback-{feedback.id}",
        "question": answer.question,
        "lang": language(answer.question),
        "kind": "unanswerable" if good and answer.refused else "good" if good else "bad",
        "history": [{"role": turn.role, "content": turn.content} for turn in feedback.history],
        "gold": gold,
        "answer": answer.text if good else "",
        "must_include": [],
        "good": good,
        "reason": feedback.reason,
        "at": feedback.at,
        "given": answer.text,
        "searched": answer.standalone_question,
        "sources": [{"file": s.path, "start": s.start_line, "end": s.end_line} for s in answer.sources],
        "model": answer.model,
        "generation": answer.generation,
    }
