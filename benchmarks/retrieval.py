"""Retrieval figures on every question set, each over its own notes, with what changed since the last run.

    python -m benchmarks.retrieval [NAME …]

The indexes are kept in runs/indexes/ and brought up to date first (the first time takes minutes: every passage is
embedded). The first row is what LangChain's parts give as they come (`benchmarks.stock_recipe`). Sets whose notes or
questions are not here are left out, and said to be.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stock_recipe import NAME, stock_recipe
from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from ingest.vectors.unit import UnitEmbeddings
from rag.evaluate.retrieval import Question, measured, read_questions
from rag.open import open_retriever
from rag.records import Hit
from rag.search.retriever import HybridRetriever, Retriever

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
RUNS = ROOT / "runs"
BLANK = SHARED / "eval" / "blank_headings.py"


@dataclass(frozen=True, slots=True)
class Set:
    """Questions over a folder of notes; `blanked`: over a copy whose headings that are asked for are blanked."""

    name: str
    notes: Path
    questions: Path
    blanked: bool = False


VAULT = SHARED / "vaults" / "LLMForEverybody"
SETS = (
    Set("notes_dev", SHARED / "notes", SHARED / "eval" / "notes_dev.jsonl"),
    Set("llm_for_everybody", VAULT, SHARED / "eval" / "llm_for_everybody.jsonl"),
    Set("llm_for_everybody_blanked", VAULT, SHARED / "eval" / "llm_for_everybody.jsonl", blanked=True),
    Set("corpus", ROOT / "corpus", ROOT / "tests" / "eval" / "corpus.jsonl"),
)


def retriever_over(one: Set, embeddings: UnitEmbeddings) -> HybridRetriever:
    """The index of the set, brought up to date."""
    index, notes = RUNS / "indexes" / one.name, one.notes
    if one.blanked:
        notes = RUNS / "notes" / one.name
        shutil.rmtree(notes, ignore_errors=True)
        subprocess.run([sys.executable, BLANK, one.notes, one.questions, notes], check=True)
        unblanked = RUNS / "indexes" / one.name.removesuffix("_blanked")
        if unblanked.is_dir() and not index.is_dir():  # most vectors are the same
            shutil.copytree(unblanked, index)
    settings = Settings(corpus=notes, index=index)
    build(settings, embeddings, progress=_progress)
    return open_retriever(settings, embeddings=embeddings)


def _progress(stage: str, done: int, total: int) -> None:
    if stage == "embedding" and (done % 200 == 0 or done == total):
        print(f"{stage} {done}/{total}", file=sys.stderr, flush=True)


def main(names: Sequence[str]) -> None:
    """Measure the sets of these names, all without one."""
    embeddings = load_embeddings(Settings(), report=lambda line: print(line, file=sys.stderr))
    for one in SETS:
        if names and one.name not in names:
            continue
        missing = [path for path in (one.notes, one.questions, *([BLANK] if one.blanked else ())) if not path.exists()]
        if missing:
            print(f"{one.name}: left out, there is no {missing[0]}\n")
            continue
        retriever = retriever_over(one, embeddings)

        def search(name: Retriever, question: Question, found: HybridRetriever = retriever) -> Sequence[Hit]:
            return found.search(question.text, 50, history=question.history, retriever=name)

        beside = {NAME: stock_recipe(retriever)}
        print(measured(one.name, read_questions(one.questions), search, RUNS / f"{one.name}.json", beside), flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in SETS))
    main(options.parse_args().names)
