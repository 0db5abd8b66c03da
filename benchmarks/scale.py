"""What the size of a vault costs: `python -m benchmarks.scale [--passages 1000 10000 100000] [--folder runs/scale]`.

A made-up vault for each size: words of jieba's dictionary and Latin ones by Zipf's law, sections of one passage, twenty of
them a note; vectors from a hash of the text, so that the model counts for nothing. The vaults and their indexes are kept
in the folder, and a second run starts from them.
"""

import argparse
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.rebuild import HashEmbedder, edit
from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import open_index
from rag.open import retriever_over
from rag.search.diagnose import diagnose
from rag.search.retriever import HybridRetriever

SECTIONS = 20  # of a note
CHARACTERS = 200  # of a section, about one passage
WORDS = 40_000  # of the vocabulary
QUESTIONS = 60
LATIN = (
    "LoRA fp16 Transformer token KV-cache GPU RAG BM25 vLLM softmax attention embedding fp16/bf16 GPT-4 rank".split()
)


class Questions(HashEmbedder):
    """Questions are hashed too."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 [len(texts), 384]."""
        return self.encode_passages(texts)


@cache
def vocabulary() -> list[str]:
    """Words, the most frequent first."""
    import jieba

    with jieba.get_dict_file() as file:
        rows = [line.decode("utf-8").split() for line in file]
    rows.sort(key=lambda row: -int(row[1]))
    words = [row[0] for row in rows[: WORDS - len(LATIN)]]
    for i, word in enumerate(LATIN):
        words.insert(10 * (i + 1), f" {word} ")
    return words


def write_vault(folder: Path, passages: int) -> None:
    """Notes of SECTIONS sections in folders of 200."""
    rng, words = random.Random(passages), vocabulary()
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    for number in range(-(-passages // SECTIONS)):
        parts = [f"# 笔记 {number}"]
        for part in range(SECTIONS):
            picked = rng.choices(words, cum_weights=weights, k=CHARACTERS // 2)
            text = "".join(word + ("。" if i % 9 == 8 else "") for i, word in enumerate(picked))
            parts.append(f"## {part} {picked[0]}{picked[5]}\n\n{text}。")
        file = folder / f"{number // 200:03}" / f"note-{number:05}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def questions() -> list[str]:
    """Questions of three to eight of the words."""
    rng, words = random.Random(1), vocabulary()
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    return ["".join(rng.choices(words, cum_weights=weights, k=rng.randint(3, 8))) + "？" for _ in range(QUESTIONS)]


@contextmanager
def row(name: str) -> Iterator[None]:
    """Print a row of the table: CPU and wall seconds, bytes written, and the process's peak until now."""
    written = _written()
    started, worked = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {cpu:.2f} | {seconds:.2f} | {(_written() - written) / 1e6:.1f} | {peak:.0f} |", flush=True)


def _written() -> int:
    with Path("/proc/self/io").open() as file:
        return next(int(line.split()[1]) for line in file if line.startswith("wchar"))


def per_question(name: str, call: Callable[[str], object]) -> None:
    """Print the middle and the 95th percentile of one call a question, in CPU milliseconds."""
    asked = questions()
    for question in asked[:5]:
        call(question)
    spent = []
    for question in asked[5:]:
        worked = time.process_time()
        call(question)
        spent.append(1000 * (time.process_time() - worked))
    print(f"| {name} | {np.median(spent):.1f} ms | {np.percentile(spent, 95):.1f} ms | | |", flush=True)


def measured(folder: Path, passages: int) -> None:
    """The table of one size."""
    corpus = folder / str(passages) / "corpus"
    settings = Settings(corpus=corpus, index=folder / str(passages) / "index")
    if not corpus.exists():
        write_vault(corpus, passages)
    print(f"\n| {passages} passages | CPU s | s | MB written | MB at most |\n| --- | ---: | ---: | ---: | ---: |")
    if not settings.index.exists():
        with row("first build"):
            build(settings, Questions())
    with row("open"):
        index = open_index(settings.index)
    with row("retriever"):
        retriever: HybridRetriever = retriever_over(index, settings, Questions())
    per_question("search", retriever.search)
    asked = questions()[0]
    with row("why"):
        diagnose(retriever, asked, index.passages[len(index.passages) // 2].path)
    del index, retriever
    edit(corpus)
    with row("one note edited"):
        build(settings, Questions())
    with row("nothing changed"):
        build(settings, Questions())
    first, other = corpus / "000", corpus / "renamed"
    first.rename(other)
    with row("a folder of notes renamed"):
        build(settings, Questions())
    other.rename(first)
    with row("and back"):
        build(settings, Questions())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--folder", type=Path, default=Path("runs/scale"))
    parser.add_argument("--fresh", action="store_true", help="begin with empty folders")
    options = parser.parse_args()
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    for passages in options.passages:
        measured(options.folder, passages)


if __name__ == "__main__":
    main()
