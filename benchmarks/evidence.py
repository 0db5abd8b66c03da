"""What the page shows at once: facts held within the first characters, and how much of it is in the right section.

    python -m benchmarks.evidence [NAME …]

The sets and their indexes are those of `benchmarks.retrieval`. Characters are counted as they are shown, in the order of
the page, headings aside; no model is asked. Questions that the gate would refuse count too: what is nearest is shown.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.retrieval import SETS, retriever_over
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from rag.answer.answerer import Answerer
from rag.evaluate.answers import Case, facts, interval, is_right, read_cases
from rag.open import without_model
from rag.records import Excerpt, Found, Source
from rag.sources.units import evidence

BUDGETS = (300, 600)


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence of one question: its text as shown, the shares of marked spans and of shown pieces that are right."""

    case: Case
    text: str
    marked: tuple[bool, ...]
    pieces: tuple[bool, ...]
    sections: int


def shown(cases: Sequence[Case], answerer: Answerer) -> Iterator[Shown]:
    """Ask each question that the notes answer."""
    for case in cases:
        if not case.answerable:
            continue
        events = answerer.stream(case.question.text, case.question.history)
        found = next(event for event in events if isinstance(event, Found))
        by_number = {source.n: source for source in found.sources}
        pairs = [(excerpt, by_number[excerpt.n]) for excerpt in found.excerpts]
        yield Shown(
            case,
            "\n".join(excerpt.text(source, "") for excerpt, source in pairs),
            tuple(_right(case, answerer, source, span) for excerpt, source in pairs for span in excerpt.marked),
            tuple(_right(case, answerer, source, span) for excerpt, source in pairs for span in _spans(excerpt)),
            len(pairs),
        )


def _spans(excerpt: Excerpt) -> list[tuple[int, int]]:
    return [(piece.start, piece.end) for piece in excerpt.pieces]


def _right(case: Case, answerer: Answerer, source: Source, span: tuple[int, int]) -> bool:
    index = answerer.index
    return is_right(evidence(source, *span), source.path, case.question.gold, index.notes, index.sections)


def table(rows: Sequence[Shown]) -> str:
    """The figures with their 95% intervals, then facts by kind."""
    asked = [row for row in rows if row.case.groups]
    lines = []
    for budget in BUDGETS:
        held = [facts(_first(row.text, budget), row.case.groups) for row in asked]
        lines.append(_line(f"facts in {budget} characters", held))
    lines.append(_line("facts in all", [facts(row.text, row.case.groups) for row in asked]))
    lines.append(_line("marked, right", [float(np.mean(row.marked)) for row in rows if row.marked]))
    lines.append(_line("shown, right", [float(np.mean(row.pieces)) for row in rows if row.pieces]))
    lines.append(_line("characters shown", [float(len(row.text)) for row in rows]))
    lines.append(_line("sections", [float(row.sections) for row in rows]))
    for kind in sorted({row.case.question.kind for row in asked}):
        held = [
            facts(_first(row.text, BUDGETS[-1]), row.case.groups) for row in asked if row.case.question.kind == kind
        ]
        lines.append(_line(f"  {kind}", held))
    return "\n".join(lines)


def _first(text: str, budget: int) -> str:
    """The text as far as its first `budget` characters, white space not counted."""
    left = budget
    for at, character in enumerate(text):
        left -= not character.isspace()
        if left < 0:
            return text[:at]
    return text


def _line(name: str, values: Sequence[float]) -> str:
    mean, low, high = interval(values)
    return f"{name:26s} {len(values):4d} {mean:9.3f}   [{low:.3f}, {high:.3f}]"


def main(names: Sequence[str]) -> None:
    """Print the table of each set."""
    embeddings = load_embeddings(Settings())
    for one in SETS:
        if names and one.name not in names:
            continue
        retriever = retriever_over(one, embeddings)
        answerer = without_model(retriever, Settings(corpus=one.notes))
        print(f"{one.name}\n{table(list(shown(read_cases(one.questions), answerer)))}\n", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in SETS))
    main(options.parse_args().names)
