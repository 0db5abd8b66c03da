"""How fast texts are embedded: `python -m benchmarks.embedding [--corpus DIR] [--passages 64] [--rounds 5]`.

The default model over a corpus' passages, and over their sentences as an answer asks for them: each text alone, and end
to end with others as the product does it, by turns in one run. Beside the texts in a CPU second stands what that is of
the processor's limit, the fastest of some large matrix products in one thread.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.build.plan import make_plan
from ingest.build.stages import Plan
from ingest.config import Settings
from ingest.text.sentences import sentence_spans
from ingest.vectors.e5 import TOGETHER
from ingest.vectors.embed import NoteEmbeddings, _Runner


def texts_of(corpus: Path, passages: int) -> dict[str, list[str]]:
    """Passages as they are embedded, drawn from all, and the sentences of half as many."""
    plan = make_plan(Settings(corpus=corpus, index=Path("no-index")), "none", full=True)
    assert isinstance(plan, Plan), "all is new"
    drawn = random.Random(0).sample(sorted(plan.new.values()), passages)
    sentences = [text[start:end] for text in drawn[: passages // 2] for start, end in sentence_spans(text)]
    return {"passages": drawn, "sentences": sentences}


def work(encoder: Any, lengths: Sequence[int]) -> float:
    """Floating-point operations of the matrix products for texts of these lengths in tokens."""
    products = sum(weight.numel() for name, weight in encoder.weights.items() if ".layer." in name and weight.ndim == 2)
    hidden = encoder.weights["embeddings.LayerNorm.weight"].numel()
    return float(sum(2 * n * products + 4 * n * n * hidden * encoder.layers for n in lengths))


def cpu_seconds(call: Callable[[], object]) -> float:
    """Of this process, all threads together."""
    started = time.process_time()
    call()
    return time.process_time() - started


def limit() -> float:
    """Operations in a CPU second of the fastest of some large float32 products."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    best = 0.0
    for size in (512, 1024, 2048):
        left, right = torch.randn(size, size), torch.randn(size, size)
        times = [cpu_seconds(lambda a=left, b=right: a @ b) for _ in range(2**34 // size**3)]  # type: ignore[misc]
        best = max(best, 2 * size**3 / min(times))
    torch.set_num_threads(threads)
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--passages", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    runner = NoteEmbeddings()._load()
    most = runner._pool.submit(lambda: runner.model.most_together).result()
    print(f"tokens that go together: {most} of {TOGETHER}; limit {(best := limit()) / 1e9:.0f} GFLOP/s in a thread\n")
    print(
        "| texts | tokens, mean | alone, in a CPU s | together | ratio (least, most) | of the limit, alone | together |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, texts in texts_of(options.corpus, options.passages).items():
        print(row(name, texts, runner, best, options.rounds), flush=True)


def row(name: str, texts: list[str], runner: _Runner, best: float, rounds: int) -> str:
    """The table's row of one kind of text; the vectors are compared to the last bit."""
    lengths = [len(runner.model.tokenize(text, runner.passage_prompt)) for text in texts]
    prompt = runner.passage_prompt

    def alone() -> bytes:
        return b"".join(runner.encode_texts([text], prompt, None).tobytes() for text in texts)

    def together() -> bytes:
        return runner.encode_texts(texts, prompt, None).tobytes()

    assert alone() == together(), "the same bits"
    pairs = np.array([(cpu_seconds(alone), cpu_seconds(together)) for _ in range(rounds)])
    ratios, (slow, fast) = pairs[:, 0] / pairs[:, 1], np.median(pairs, axis=0)
    flops = work(runner.model.encoder, lengths)  # type: ignore[attr-defined]
    return (
        f"| {len(texts)} {name} | {np.mean(lengths):.0f} | {len(texts) / slow:.1f} | {len(texts) / fast:.1f} "
        f"| {np.median(ratios):.2f} ({ratios.min():.2f}, {ratios.max():.2f}) "
        f"| {flops / slow / best:.0%} | {flops / fast / best:.0%} |"
    )


if __name__ == "__main__":
    main()
