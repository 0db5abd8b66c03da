"""Whether a search by Milvus finds what a search of the index finds: `python -m benchmarks.store INDEX QUESTIONS.jsonl [--store x.db]`.

The generation in use of an index folder is sent to the store (by default a Milvus Lite in a folder that goes), and every question is asked
of both. The index folder is only read. Needs the extra `milvus`.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ingest.config import load_settings
from ingest.index.read import open_index
from ingest.store.mirror import mirror
from ingest.vectors.embed import load_embeddings
from rag.evaluate.retrieval import read_questions
from rag.open import retriever_over

FIRST = 10  # hits that are compared


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.store")
    top.add_argument("index", type=Path)
    top.add_argument("questions", type=Path)
    top.add_argument("--store", default="")
    options = top.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measure(options.index, options.questions, options.store or str(Path(folder) / "milvus.db"))
    return 0


def measure(index_dir: Path, questions: Path, store: str) -> None:
    """Print what was sent, how many of the questions have the same first hits, and the time of a search."""
    settings = load_settings({"index": index_dir})
    stored = settings.model_copy(update={"store": store})
    embeddings = load_embeddings(settings)
    index = open_index(index_dir, embeddings.model_id)
    started = time.perf_counter()
    mirror(stored, index.generation, lambda stage, done, total: None)
    print(f"{len(index.passages)} passages in Milvus in {time.perf_counter() - started:.1f} s")
    both = [retriever_over(index, one, embeddings) for one in (settings, stored)]
    asked = read_questions(questions)
    seconds, same, first, shared = [0.0, 0.0], 0, 0, 0.0
    for question in asked:
        found = []
        for number, retriever in enumerate(both):
            retriever.embedded(question.text)
            started = time.perf_counter()
            hits = retriever.search(question.text, FIRST, history=question.history)
            seconds[number] += time.perf_counter() - started
            found.append([hit.passage.id for hit in hits])
        mine, theirs = found
        same += mine == theirs
        first += mine[:1] == theirs[:1]
        shared += len(set(mine) & set(theirs)) / max(len(mine), 1)
    n = len(asked)
    print(f"{n} questions: the first {FIRST} the same and in order {same / n:.3f}, the first hit {first / n:.3f}")
    print(
        f"shared of the first {FIRST} {shared / n:.3f}; a search {1000 * seconds[0] / n:.0f} ms, by Milvus {1000 * seconds[1] / n:.0f} ms"
    )


if __name__ == "__main__":
    raise SystemExit(main())
