"""What stands in the end: the written answer, or the quotes, or 'no'; and the answer made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.text.numbers import read_numbers
from ingest.text.words import bare
from rag.answer.gate import CERTAIN, refusal
from rag.answer.repetition import without_echoes, without_repeats
from rag.answer.stages import Asked, Outcome, Retrieved, Written, milliseconds_since
from rag.citations.check import says_nothing
from rag.citations.conflicts import contradiction
from rag.model.language_model import ModelInfo
from rag.records import (
    EXTRACTIVE,
    STOPPED,
    Answer,
    Change,
    Checked,
    Event,
    Finished,
    Found,
    Searched,
    Sentence,
    Verdict,
)
from rag.tools.desk import Told


def refused(asked: Asked, found: Retrieved) -> Outcome:
    """The notes do not say."""
    return Outcome("refused", refusal(asked.tongue, found.sources), EXTRACTIVE)


def quoted(found: Retrieved, incomplete: str = "") -> Outcome:
    """The notes' own words stand; `incomplete` says why no model's do."""
    first = [replace(quote, lead=quote.lead.lstrip("\n")) for quote in found.quotes[:1]]
    return Outcome("quoted", (*first, *found.quotes[1:]), EXTRACTIVE, incomplete)


def concluded(asked: Asked, found: Retrieved, written: Written, model: ModelInfo) -> Outcome:
    """What the model wrote stands when some of it is in the notes; a small model's 'no' beside good evidence does not."""
    verdict = _verdict(found, written)
    if verdict in ("stands", "echoes", "stopped") or (written.incomplete and _said(written)):
        outcome = Outcome("written", written.sentences, model.name, written.incomplete)
    elif verdict == "failed":
        outcome = quoted(found, written.incomplete)
    else:
        no = found.chance < CERTAIN or (model.kind == "endpoint" and verdict == "says no")
        outcome = refused(asked, found) if no else quoted(found)
    return replace(outcome, asked=model.name, verdict=verdict)


def told_of_index(question: str, told: Told, generation: str, started: float) -> Iterator[Event]:
    """The events of an answer that needed no search; `started` is of `time.monotonic`."""
    yield Searched(question)
    yield Found(told.sources, ())
    yield from map(Checked, told.sentences)
    answer = Answer(
        question=question,
        standalone_question=question,
        text="".join(sentence.lead + sentence.text for sentence in told.sentences),
        refused=told.refused,
        sentences=told.sentences,
        sources=told.sources,
        model=EXTRACTIVE,
        generation=generation,
        timings={"total_ms": milliseconds_since(started)},
        tool=told.tool,
    )
    yield Finished(answer)


def _said(written: Written) -> list[Sentence]:
    return [sentence for sentence in written.sentences if sentence.text.strip()]


def _verdict(found: Retrieved, written: Written) -> Verdict:
    """What became of the text."""
    said = _said(written)
    if written.incomplete in (STOPPED.told("zh"), STOPPED.told("en")):
        return "stopped" if said else "failed"
    if any(sentence.supported for sentence in said):
        claims = [sentence.text for sentence in said if sentence.supported is not None]
        return "echoes" if not written.incomplete and _echoes(claims, found) else "stands"
    if written.incomplete:
        return "failed"
    return "says no" if any(says_nothing(sentence.text) for sentence in said) else "unsupported"


def _echoes(claims: Sequence[str], found: Retrieved) -> bool:
    """Whether the excerpts say each of the claims in the same words."""
    by_number = {source.n: source for source in found.sources}
    shown = bare("".join(excerpt.text(by_number[excerpt.n]) for excerpt in found.shown))
    return all(bare(claim) in shown for claim in claims)


def _differing(written: Written, found: Retrieved) -> tuple[str, ...]:
    """Figures of sentences that nothing supports, which no source holds: the notes and the model differ in them."""
    held = {part for source in found.sources for number in read_numbers(source.text) for part in number.parts}
    doubtful = [sentence.text for sentence in written.sentences if sentence.supported is False]
    numbers = [number for text in doubtful for number in read_numbers(text) if not number.in_name]
    return tuple(dict.fromkeys(number.plain for number in numbers if number.plain not in held))


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
    answer = _answer(asked, found, written, outcome, kept)
    return Finished(replace(answer, generation=generation, disagreement=conflict is not None), tuple(changes))


def _answer(
    asked: Asked,
    found: Retrieved,
    written: Written | None,
    outcome: Outcome,
    sentences: Sequence[Sentence],
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
        generation="",
        timings=timings | {"total_ms": asked.milliseconds()},
        incomplete=outcome.incomplete,
        only=asked.only,
        excerpts=found.shown,
        asked=outcome.asked,
        verdict=outcome.verdict,
        written=written.sentences if written is not None else (),
        differs=_differing(written, found) if written is not None else (),
        corrections=asked.understood.corrections,
        tool=found.tool,
        looks=found.looks,
    )
