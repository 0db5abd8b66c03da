"""How long a rebuild takes after an edit: `python benchmarks/rebuild.py [--notes 1000] [--real] [--corpus DIR]`.

Without `--real` vectors come from a hash, so that the figures show what a build costs beside the model.
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

from ingest.build import BuildReport, build
from ingest.config import Settings

WORDS = [
    *"训练推理显存注意力机制参数微调数据量化并行梯度损失函数检索向量召回排序评估解码位置编码为什么我们需要可以因此但是如果通过",
    *("模型", "LoRA", "fp16", " KV cache ", "Transformer", "token"),
]
PARAGRAPHS = 10  # of a note, each about one passage long


class HashEmbedder:
    """Unit vectors from a hash of the text; counts the texts."""

    model_id, dimension = "hash-1", 384

    def __init__(self) -> None:
        self.texts = 0

    def encode_passages(self, texts: Sequence[str], progress: Any = None) -> npt.NDArray[np.float32]:
        """float32 [len(texts), 384]."""
        self.texts += len(texts)
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


def measure(name: str, settings: Settings, embedder: Any, **options: Any) -> BuildReport:
    """Build once and print a row of the table."""
    started = time.perf_counter()
    report = build(settings, embedder, **options)
    seconds = time.perf_counter() - started
    print(f"| {name} | {report.notes} | {report.passages} | {report.embedded} | {seconds:.2f} |", flush=True)
    return report


def main() -> None:
    """Print a table: full, unchanged, one edit (three times), a rename, a new generation with nothing to embed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--real", action="store_true", help="with the embedding model of the settings")
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
        embedder: Any = HashEmbedder()
        if options.real:
            from ingest.embed import load_embeddings

            embedder = load_embeddings(settings)
        print("| build | notes | passages | embedded | seconds |\n| --- | ---: | ---: | ---: | ---: |")
        measure("full, nothing there", settings, embedder)
        measure("nothing changed", settings, embedder)
        for number in range(3):
            edit(corpus)
            measure(f"one note edited ({number + 1})", settings, embedder)
        first = min(corpus.rglob("*.md"))
        first.rename(first.with_name("renamed.md"))
        measure("one note renamed", settings, embedder)


if __name__ == "__main__":
    main()
