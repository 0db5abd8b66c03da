"""What readers thought of answers, as evaluation questions: what was good tells which passages answer."""

from dataclasses import dataclass
from typing import Any

from ingest.text.scripts import language
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
