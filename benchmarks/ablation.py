"""Each lever of retrieval off alone, on several sets, with paired intervals: what earns its place?

    python -m benchmarks.ablation INDEX=QUESTIONS.jsonl [INDEX=QUESTIONS.jsonl …]

Prints Markdown: the figures of the product, then for each lever what taking it off changes, with the 95% interval of
the paired bootstrap over the questions.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from ingest.vectors.unit import UnitEmbeddings
from rag.evaluate.retrieval import Question, Run, evaluate, paired_interval, read_questions
from rag.open import open_retriever
from rag.records import Hit
from rag.search.legs import Weights
from rag.search.retriever import HybridRetriever

METRICS = ("hit@5", "chars1000", "chars2000")
ON = Weights()
OFF = {
    "words": replace(ON, words=0),
    "crowding": replace(ON, crowded=0),
    "lists ranked down": replace(ON, listed=0),
}
Search = Callable[[Question], Sequence[Hit]]


def searches(retriever: HybridRetriever) -> dict[str, Search]:
    """The product, each retriever alone, then each lever off."""

    def search(variant: HybridRetriever) -> Search:
        return lambda question: variant.search(question.text, 50, history=question.history)

    def typed(question: Question) -> Sequence[Hit]:
        return retriever.search(question.text, 50)

    variants = {
        "product": retriever,
        "bm25 alone": retriever.model_copy(update={"retriever": "bm25"}),
        "dense alone": retriever.model_copy(update={"retriever": "dense"}),
    }
    off = {
        f"without {name}": HybridRetriever(index=retriever.index, embeddings=retriever.embeddings, weights=weights)
        for name, weights in OFF.items()
    }
    return {name: search(variant) for name, variant in (variants | off).items()} | {"follow-ups as typed": typed}


def measured(index: Path, questions: Sequence[Question], embeddings: UnitEmbeddings) -> list[Run]:
    """A run for each variant, the product first."""
    retriever = open_retriever(Settings(index=index), embeddings=embeddings)
    return [evaluate(name, questions, search) for name, search in searches(retriever).items()]


def main(pairs: Sequence[str]) -> None:
    """Measure every set and print its table."""
    embeddings = load_embeddings(Settings())
    for pair in pairs:
        index, file = pair.split("=")
        product, *others = measured(Path(index), read_questions(Path(file)), embeddings)
        print(f"\n| {Path(file).stem} ({product.count()}) | " + " | ".join(METRICS) + " |\n|" + " --- |" * 4)
        print("| product | " + " | ".join(f"{product.mean(metric):.3f}" for metric in METRICS) + " |")
        for run in others:
            cells = [
                "{:+.3f} [{:+.3f}, {:+.3f}]".format(*paired_interval(run, product, metric, samples=2000))
                for metric in METRICS
            ]
            print(f"| {run.name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
