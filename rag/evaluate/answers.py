"""The whole product on a question set: facts found, citations right, refusals, seconds; every answer is kept.

A question line may carry `must_include`: groups of strings, one of each group must stand in a right answer. Questions
without gold passages are those that the notes do not answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import ConfigError
from ingest.schema import Note, Section
from rag.answer.answerer import Answerer
from rag.evaluate.retrieval import Gold, Question, holds, read_questions, same_file
from rag.model.token_count import estimate_tokens
from rag.records import Answer, Evidence, Finished, Found, Sentence
from rag.records_json import answer_from_record, answer_to_record

# (question) -> the finished answer, and the quotes that were shown before it
Ask = Callable[[Question], tuple[Answer, Sequence[Sentence]]]


def answer_and_quotes(answerer: Answerer, question: Question) -> tuple[Answer, Sequence[Sentence]]:
    """The answer to a question, and what was quoted before the model wrote."""
    quotes: Sequence[Sentence] = ()
    for event in answerer.stream(question.text, question.history):
        if isinstance(event, Found):
            quotes = event.extract
        elif isinstance(event, Finished):
            return event.answer, quotes
    raise AssertionError("an answer ends with Finished")


LABELS = {
    "facts": "fact recall, written",
    "facts_quoted": "fact recall, quoted",
    "precision": "citation precision",
    "recall": "citation recall",
    "refused": "unanswerable refused",
    "false_refusal": "answerable refused",
    "tokens": "tokens of the answer",
    "first_token": "seconds to first token",
    "seconds": "seconds in all",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and what a right answer must hold: one string of each group."""

    question: Question
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the notes answer it."""
        return bool(self.question.gold)


@dataclass(frozen=True, slots=True)
class Graded:
    """One answer and its figures; a figure that does not apply is left out."""

    id: str
    kind: str
    answer: Answer
    quoted: str
    figures: Mapping[str, float]


def read_cases(file: Path) -> list[Case]:
    """Read a question set; raises ConfigError as `read_questions` does."""
    questions = read_questions(file)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Case(question, tuple(tuple(group) for group in row.get("must_include", ())))
        for question, row in zip(questions, rows, strict=True)
    ]


def grade(
    cases: Sequence[Case], ask: Ask, notes: Mapping[str, Note], sections: Mapping[str, Section], kept: Path
) -> Iterator[Graded]:
    """Ask every question and keep each answer in `kept` at once; answers that stand there already are not asked again.

    Raises:
        ConfigError: `kept` holds something else.
    """
    known = _read(kept)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        for case in cases:
            name = case.question.id
            if name not in known:
                answer, quotes = ask(case.question)
                known[name] = (answer, "\n".join(quote.text for quote in quotes))
                row = {"id": name, "record": answer_to_record(answer), "quoted": known[name][1]}
                file.write(json.dumps(row, ensure_ascii=True) + "\n")
                file.flush()
            answer, quoted = known[name]
            yield Graded(name, case.question.kind, answer, quoted, figures(case, answer, quoted, notes, sections))


def regrade(
    cases: Sequence[Case], notes: Mapping[str, Note], sections: Mapping[str, Section], kept: Path
) -> list[Graded]:
    """The figures of another run's kept answers; questions that it did not answer are left out."""
    known = _read(kept)
    answered = [case for case in cases if case.question.id in known]
    return [
        Graded(
            case.question.id,
            case.question.kind,
            *known[case.question.id],
            figures(case, *known[case.question.id], notes, sections),
        )
        for case in answered
    ]


def _read(kept: Path) -> dict[str, tuple[Answer, str]]:
    if not kept.exists():
        return {}
    known = {}
    for number, line in enumerate(kept.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            known[str(row["id"])] = (answer_from_record(row["record"]), str(row["quoted"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError("questions.no_answer", file=kept, line=number, reason=repr(error)) from error
    return known


def figures(
    case: Case, answer: Answer, quoted: str, notes: Mapping[str, Note], sections: Mapping[str, Section]
) -> dict[str, float]:
    """The figures of one answer."""
    row = {"seconds": answer.timings.get("total_ms", 0.0) / 1000}
    if "first_token_ms" in answer.timings:
        row["first_token"] = answer.timings["first_token_ms"] / 1000
    if not case.answerable:
        return row | {"refused": float(answer.refused)}
    row["false_refusal"] = float(answer.refused)
    if case.groups:
        row["facts"] = 0.0 if answer.refused else facts(answer.text, case.groups)
        row["facts_quoted"] = facts(quoted, case.groups)
    if answer.refused:
        return row
    row["tokens"] = float(estimate_tokens(answer.text))
    claims = [sentence for sentence in answer.sentences if sentence.supported is not None]
    if claims:
        row["recall"] = sum(bool(sentence.supported) for sentence in claims) / len(claims)
    spans = [(evidence, answer.sources[evidence.n - 1].path) for s in answer.sentences for evidence in s.evidence]
    if spans:
        right = [is_right(evidence, path, case.question.gold, notes, sections) for evidence, path in spans]
        row["precision"] = sum(right) / len(right)
    return row


def facts(text: str, groups: Sequence[Sequence[str]]) -> float:
    """The share of groups of which some string stands in the text, white space and case aside."""
    return sum(any(holds(text, choice) for choice in group) for group in groups) / len(groups)


def is_right(
    evidence: Evidence, path: str, gold: Sequence[Gold], notes: Mapping[str, Note], sections: Mapping[str, Section]
) -> bool:
    """Whether a cited span lies in the section of a gold passage, or overlaps the lines of one."""
    if any(
        same_file(path, one.file) and evidence.start_line <= one.end and one.start <= evidence.end_line for one in gold
    ):
        return True
    cited = (s for s in sections.values() if s.path == path and s.start < evidence.end and evidence.start < s.end)
    return any(holds_gold(section, gold, notes) for section in cited)


def holds_gold(section: Section, gold: Sequence[Gold], notes: Mapping[str, Note]) -> bool:
    """Whether a section holds the quote of a gold passage, white space aside."""
    text = notes[section.path].text[section.start : section.end]
    return any(one.quote and same_file(section.path, one.file) and holds(text, one.quote) for one in gold)


def interval(values: Sequence[float], samples: int = 10_000, seed: int = 0) -> tuple[float, float, float]:
    """The mean and its 95% interval by the bootstrap."""
    data = np.array(values)
    picks = np.random.default_rng(seed).integers(0, len(data), (samples, len(data)))
    low, high = np.quantile(data[picks].mean(axis=1), [0.025, 0.975])
    return float(data.mean()), float(low), float(high)


def table(graded: Sequence[Graded]) -> str:
    """The figures for people, then fact recall by kind of question."""
    lines = [f"{'':24s} {'n':>4s} {'mean':>8s}   95% interval"]
    for name, label in LABELS.items():
        values = [row.figures[name] for row in graded if name in row.figures]
        if values:
            mean, low, high = interval(values)
            lines.append(f"{label:24s} {len(values):4d} {mean:8.3f}   [{low:.3f}, {high:.3f}]")
    broken = sum(bool(row.answer.incomplete) for row in graded)
    lines.append(f"{'incomplete':24s} {len(graded):4d} {broken:8d}")
    for kind in sorted({row.kind for row in graded}):
        values = [row.figures["facts"] for row in graded if row.kind == kind and "facts" in row.figures]
        if values:
            lines.append(f"  facts, {kind:15s} {len(values):4d} {float(np.mean(values)):8.3f}")
    return "\n".join(lines)


def differences(new: Sequence[Graded], old: Sequence[Graded]) -> str:
    """Question by question, what another run did otherwise: figures that differ by a tenth or more."""
    before = {row.id: row for row in old}
    lines = []
    for row in new:
        earlier = before.get(row.id)
        if earlier is None:
            continue
        for name in ("facts", "precision", "recall", "refused", "false_refusal"):
            a, b = earlier.figures.get(name), row.figures.get(name)
            if a is not None and b is not None and abs(a - b) >= 0.1:
                lines.append(f"{row.id:10s} {LABELS[name]:24s} {a:.2f} -> {b:.2f}  {row.answer.question}")
    return "\n".join(lines) or "no question differs"


def to_read(graded: Sequence[Graded], count: int) -> Iterator[dict[str, Any]]:
    """Sentences shown as supported with what supports them, spread over the answers: for a person to read."""
    shown = [
        (row, s) for row in graded for s in row.answer.sentences if s.supported and row.answer.model != "extractive"
    ]
    step = max(1, len(shown) // count) if count else 1
    for row, sentence in shown[::step][:count]:
        yield {
            "id": row.id,
            "question": row.answer.question,
            "sentence": sentence.text,
            "evidence": [evidence.quote for evidence in sentence.evidence],
        }
