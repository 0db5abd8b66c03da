"""What marks are worth: near questions rise, others stay.

    python -m benchmarks.marks corpus=INDEX LLMForEverybody=INDEX

`tests/eval/marks.jsonl` puts questions of two sets in other words. A reader who is shown the first six sections for the
first wording marks the one that answers as fitting, and the first, when it does not answer, as wrong. All these marks
count at once, and then are asked: the other wordings (near), the same ones again (same), and every other question about
the same notes in `training/questions` (others). The numbers of `rag.search.marks` were chosen on `corpus`.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from rag.evaluate.retrieval import Gold, Question, answers_by, evaluate, paired_interval, read_questions
from rag.open import open_retriever
from rag.records import Hit, Mark
from rag.search.retriever import HybridRetriever
from training.questions import questions

ROOT = Path(__file__).parents[1]
WORDINGS = ROOT / "tests" / "eval" / "marks.jsonl"
SHOWN = 6  # sections that the reader is shown


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a vault: first wordings, the same in other words, and everything else."""

    same: tuple[Question, ...]
    near: tuple[Question, ...]
    others: tuple[Question, ...]


def asked_of(vault: str) -> Asked:
    """The three sets of a vault."""
    rows = [json.loads(line) for line in WORDINGS.read_text(encoding="utf-8").splitlines()]
    other = {row["of"]: row["question"] for row in rows if row["vault"] == vault}
    same = tuple(one for one in questions_of(vault) if one.id in other)
    rest = _written("corpus" if vault == "corpus" else "llm_for_everybody")
    near = tuple(Question(one.id, other[one.id], gold=one.gold) for one in same)
    return Asked(same, near, tuple(one for one in rest if one.gold and not one.history))


def questions_of(vault: str) -> list[Question]:
    """The questions that are put in other words, and others of their set."""
    return read_questions(ROOT / "tests" / "eval" / "corpus.jsonl") if vault == "corpus" else _written("test_llm")


def _written(name: str) -> list[Question]:
    return [
        Question(one.id, one.text, one.kind, gold=tuple(Gold(place.file, place.quote) for place in one.gold))
        for one in questions(name)
        if not one.history
    ]


def marks_for(retriever: HybridRetriever, question: Question) -> list[Mark]:
    """What the reader marks, of what is shown."""
    shown: dict[str, bool] = {}
    for hit in retriever.search(question.text, 20):
        section, right = hit.passage.section_id, any(answers_by(hit.passage, gold) for gold in question.gold)
        if section in shown or len(shown) < SHOWN:
            shown[section] = shown.get(section, False) or right
    fits = [section for section, right in shown.items() if right]
    first = next(iter(shown), "")
    wrong = [first] if first and not shown[first] else []
    return [Mark(question.text, one, True) for one in fits[:1]] + [Mark(question.text, one, False) for one in wrong]


def _search(retriever: HybridRetriever, question: Question) -> list[Hit]:
    return retriever.search(question.text, 20)


def main(pairs: Sequence[str]) -> None:
    """Print the table."""
    embeddings = load_embeddings(Settings())
    print("| vault | asked | n | hit@1 | with marks | hit@5 | with marks | hit@5 changes by |\n|" + " --- |" * 8)
    for pair in pairs:
        vault, _, index = pair.partition("=")
        plain = open_retriever(Settings(index=Path(index)), embeddings=embeddings)
        asked = asked_of(vault)
        marks = [mark for question in asked.same for mark in marks_for(plain, question)]
        marked = HybridRetriever(index=plain.index, embeddings=embeddings, marked=partial(tuple, marks))
        for name, group in (("near", asked.near), ("same", asked.same), ("others", asked.others)):
            without = evaluate("without", group, partial(_search, plain))
            with_marks = evaluate("with", group, partial(_search, marked))
            change = "{:+.3f} [{:+.3f}, {:+.3f}]".format(*paired_interval(with_marks, without, "hit@5"))
            figures = [run.mean(metric) for metric in ("hit@1", "hit@5") for run in (without, with_marks)]
            told = " | ".join(f"{figure:.3f}" for figure in figures)
            print(f"| {vault} | {name} | {len(group)} | {told} | {change} |", flush=True)
        good = sum(mark.good for mark in marks)
        print(f"marks of {vault}: {good} fit, {len(marks) - good} wrong", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
