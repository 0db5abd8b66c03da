"""Our records as JSON: what the command line prints (the names are part of the interface), and answers kept on disk."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from ingest.schema import Passage
from rag.judged import CheckedText, Judged
from rag.records import Answer, Correction, Excerpt, Hit, Look, Sentence, Source, Standing

Json = dict[str, Any]


def _whereabouts(passage: Passage) -> Json:
    return {
        "path": passage.path,
        "heading_path": list(passage.heading_path),
        "section_id": passage.section_id,
        "start_line": passage.start_line,
        "end_line": passage.end_line,
    }


def hit_to_json(hit: Hit) -> Json:
    """One hit of `search --json`."""
    passage = hit.passage
    return {
        **_whereabouts(passage),
        "location": str(passage.place),
        "text": passage.text,
        "score": hit.score,
        "ranks": dict(hit.ranks),
        "scores": dict(hit.scores),
        "shares": dict(hit.shares),
        "also_at": list(hit.also_at),
        "mark": hit.mark,
    }


def standing_to_json(standing: Standing) -> Json:
    """One passage of `search --why --json`."""
    return {
        **_whereabouts(standing.passage),
        "ranks": dict(standing.ranks),
        "scores": dict(standing.scores),
        "fused_rank": standing.fused_rank,
        "cut": standing.cut,
    }


def answer_to_json(answer: Answer, name: str = "") -> Json:
    """One line of `ask --json`."""
    return {
        "id": name,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "refused": answer.refused,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "sources": [_source(source) for source in answer.sources],
        "evidence": [_excerpt(excerpt, answer.sources) for excerpt in answer.excerpts],
        "model": answer.model,
        "timings": dict(answer.timings),
        "generation": answer.generation,
        "incomplete": answer.incomplete,
        "only": list(answer.only),
        "asked": answer.asked,
        "verdict": answer.verdict,
        "written": [_sentence(sentence) for sentence in answer.written],
        "differs": list(answer.differs),
        "corrections": corrections_to_json(answer.corrections),
        "tool": answer.tool,
        "looks": [look_to_json(look) for look in answer.looks],
    }


def look_to_json(look: Look) -> Json:
    """A step of a model that looked in the notes itself."""
    return {"tool": look.tool, "given": look.given, "found": list(look.found), "fault": look.fault}


def corrections_to_json(corrections: Sequence[Correction]) -> list[Json]:
    """The words of a question that were taken for others."""
    return [{"typed": one.typed, "meant": one.meant} for one in corrections]


def _sentence(sentence: Sentence) -> Json:
    """`supported` is true or false; a sentence that needs no citation counts as supported."""
    evidence = [
        {"n": e.n, "start_line": e.start_line, "end_line": e.end_line, "quote": e.quote} for e in sentence.evidence
    ]
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "supported": sentence.supported is not False,
        "evidence": evidence,
    }


def _excerpt(excerpt: Excerpt, sources: Sequence[Source]) -> Json:
    """What is shown of a source, as one text, and the spans of the source's own text that answer."""
    source = next(source for source in sources if source.n == excerpt.n)
    marked = [source.text[start - source.start : end - source.start] for start, end in excerpt.marked]
    return {"n": excerpt.n, "text": excerpt.text(source), "marked": marked, "folded": excerpt.folded}


def _source(source: Source) -> Json:
    return {
        "n": source.n,
        "path": source.path,
        "heading_path": list(source.heading_path),
        "section_id": source.section_id,
        "start_line": source.start_line,
        "end_line": source.end_line,
        "location": str(source.place),
        "text": source.text,
        "content_hash": source.content_hash,
        "inferred": source.inferred,
    }


def answer_to_record(answer: Answer) -> Json:
    """The whole answer, so that `answer_from_record` gives it back."""
    record: Json = dataclasses.asdict(answer, dict_factory=_plain)
    return record


def _plain(pairs: list[tuple[str, Any]]) -> Json:
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in pairs}


def answer_from_record(record: Mapping[str, Any]) -> Answer:
    """The answer that `answer_to_record` was given; unknown fields are ignored, missing ones at their defaults.

    Raises:
        ValueError: a field without a default is missing, or one is of the wrong type.
    """
    return answer_form().validate_python(record)


@functools.cache
def answer_form() -> TypeAdapter[Answer]:
    """How an answer is read and written; made when it is first needed."""
    return TypeAdapter(Answer)


def judged_to_json(judged: Judged, sources: Sequence[Source]) -> Json:
    """A sentence of `check --json`."""
    paths = {source.n: source.path for source in sources}
    return {
        "text": judged.text,
        "verdict": str(judged.support),
        "citations": list(judged.citations),
        "evidence": [
            {
                "n": span.n,
                "path": paths[span.n],
                "start_line": span.start_line,
                "end_line": span.end_line,
                "quote": span.quote,
            }
            for span in judged.evidence
        ],
    }


def checked_to_json(checked: CheckedText) -> list[Json]:
    """All sentences of a text."""
    return [judged_to_json(judged, checked.sources) for judged in checked.sentences]
