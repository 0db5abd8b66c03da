"""What stands in the end: the written answer, or the quotes, or 'no'; and the answer made of it."""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.gate import CERTAIN, refusal
from rag.answer.repetition import without_echoes, without_repeats
from rag.answer.stages import Asked, Outcome, Retrieved, Written
from rag.citations.check import says_nothing
from rag.citations.conflicts import contradiction
from rag.model.language_model import ModelInfo
from rag.records import EXTRACTIVE, Answer, Change, Finished, Sentence


def refused(asked: Asked, found: Retrieved) -> Outcome:
    """The notes do not say."""
    return Outcome("refused", refusal(asked.tongue, found.sources), EXTRACTIVE)


def quoted(found: Retrieved, incomplete: str = "") -> Outcome:
    """The notes' own words stand; `incomplete` says why no model's do."""
    first = [replace(quote, lead=quote.lead.lstrip("\n")) for quote in found.quotes[:1]]
    return Outcome("quoted", (*first, *found.quotes[1:]), EXTRACTIVE, incomplete)


def concluded(asked: Asked, found: Retrieved, written: Written, model: ModelInfo) -> Outcome:
    """What the model wrote stands when some of it is in the notes; a small model's 'no' beside good evidence does not."""
    said = [sentence for sentence in written.sentences if sentence.text.strip()]
    if written.incomplete and not said:
        return quoted(found, written.incomplete)
    if written.incomplete or any(sentence.supported for sentence in said):
        return Outcome("written", written.sentences, model.name, written.incomplete)
    says_no = model.kind == "endpoint" and any(says_nothing(sentence.text) for sentence in said)
    return refused(asked, found) if found.chance < CERTAIN or says_no else quoted(found)


def finished(asked: Asked, found: Retrieved, written: Written | None, outcome: Outcome, generation: str) -> Finished:
    """The answer, and in what it differs from what was streamed (`written`; None when no model wrote)."""
    changes: list[Change] = []
    if written is not None and written.sentences and outcome.kind != "written":
        changes.append("quoted" if outcome.kind == "quoted" else "refused")
    once = without_repeats(outcome.sentences)
    kept = without_echoes(once, [asked.question, asked.searched, *(s.heading_path[-1] for s in found.sources)])
    if len(kept) < len(outcome.sentences):
        changes.append("repetition dropped")
    conflict = None if outcome.kind == "refused" else contradiction(found.ranked, asked.tongue)
    if conflict is not None:
        changes.append("conflict added")
        kept.append(conflict)
    return Finished(_answer(asked, found, written, outcome, kept, generation), tuple(changes))


def _answer(
    asked: Asked,
    found: Retrieved,
    written: Written | None,
    outcome: Outcome,
    sentences: Sequence[Sentence],
    generation: str,
) -> Answer:
    timings = {"retrieve_ms": found.milliseconds}
    if written is not None and written.first_token_ms is not None:
        timings["first_token_ms"] = written.first_token_ms
    return Answer(
        question=asked.question,
        standalone_question=asked.searched,
        text="".join(sentence.lead + sentence.text for sentence in sentences),
        refused=outcome.kind == "refused",
        sentences=tuple(sentences),
        sources=found.sources,
        model=outcome.model,
        generation=generation,
        timings=timings | {"total_ms": asked.milliseconds()},
        incomplete=outcome.incomplete,
        only=asked.only,
        excerpts=found.shown,
    )
