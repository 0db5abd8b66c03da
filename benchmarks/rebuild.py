"""How long a rebuild takes after an edit: `python -m benchmarks.rebuild [--notes 1000] [--model M]`.

With the model "hash" vectors come from a hash of the text: the figures show what a build costs beside the model.
With "edits" the first build is of that kind and only the edits are embedded by the real model, under whose name both
run: the figures of the edits are the real ones, without the long wait for the first build. With "real" all is real.
"""

import argparse
import hashlib
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.build.run import build
from ingest.config import Settings

WORDS = [
    *"训练推理显存注意力机制参数微调数据量化并行梯度损失函数检索向量召回排序评估解码位置编码为什么我们需要可以因此但是如果通过",
    *("模型", "LoRA", "fp16", " KV cache ", "Transformer", "token"),
]
PARAGRAPHS = 10  # of a note, each about one passage long


class HashEmbedder:
    """Unit vectors from a hash of the text."""

    dimension = 384

    def __init__(self, model_id: str = "hash-1") -> None:
        self.model_id = model_id

    def encode_passages(self, texts: Sequence[str], progress: Any = None) -> npt.NDArray[np.float32]:
        """float32 [len(texts), 384]."""
        rows = np.empty((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            row[:] = np.random.default_rng(seed).standard_normal(self.dimension)
        unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def write_vault(folder: Path, notes: int) -> None:
    """Notes of PARAGRAPHS sections of about 280 characters."""
    rng = random.Random(0)
    for number in range(notes):
        parts = [f"# 笔记 {number}"]
        for part in range(PARAGRAPHS):
            words = [rng.choice(WORDS) for _ in range(125)]
            text = "".join(word + ("。" if i % 12 == 11 else "") for i, word in enumerate(words))
            parts.append(f"## 第 {part} 节 {rng.choice(WORDS)}\n\n{text}。")
        file = folder / f"{number % 20:02}" / f"note-{number:05}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def edit(corpus: Path) -> None:
    """Add a sentence to the last paragraph of one note in the middle."""
    files = sorted(corpus.rglob("*.md"))
    file = files[len(files) // 2]
    file.write_text(file.read_text(encoding="utf-8").rstrip() + f"新的一句 {time.monotonic_ns()}。\n", encoding="utf-8")


def measure(name: str, settings: Settings, embedder: Any) -> None:
    """Build once and print a row of the table."""
    started, worked = time.perf_counter(), time.process_time()
    report = build(settings, embedder)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    print(
        f"| {name} | {report.notes} | {report.passages} | {report.embedded} | {seconds:.2f} | {cpu:.2f} |", flush=True
    )


def embedders(model: str, settings: Settings) -> tuple[Any, Any]:
    """The embedder of the first build, and that of the others; the real one is loaded and warm."""
    if model == "hash":
        return HashEmbedder(), HashEmbedder()
    from ingest.vectors.embed import load_embeddings

    real = load_embeddings(settings)
    real.encode_passages(["预热"])
    return (real if model == "real" else HashEmbedder(real.model_id)), real


def main() -> None:
    """Print a table: the first build, one without changes, three edits of a note, a rename."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--model", choices=("hash", "edits", "real"), default="hash")
    parser.add_argument("--corpus", type=Path, help="a copy of these notes instead of made-up ones")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        if options.corpus:
            shutil.copytree(options.corpus, corpus)
        else:
            corpus.mkdir()
            write_vault(corpus, options.notes)
        settings = Settings(corpus=corpus, index=Path(folder, "index"))
        first, then = embedders(options.model, settings)
        print("| build | notes | passages | embedded | seconds | CPU seconds |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        measure("first", settings, first)
        measure("nothing changed", settings, then)
        for number in range(1, 4):
            edit(corpus)
            measure(f"one note edited ({number})", settings, then)
        note = min(corpus.rglob("*.md"))
        note.rename(note.with_name("renamed.md"))
        measure("one note renamed", settings, then)


if __name__ == "__main__":
    main()
