"""The default model without sentence-transformers: the same bits, and none of its import."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.vectors.e5 import E5, TOGETHER, Encoder
from ingest.vectors.embed import NoteEmbeddings, _Runner

pytestmark = pytest.mark.model
TEXTS = [
    "",
    "a",
    "  空格在前后  ",
    "\n换行\n\n还有一行\n",
    "\ufeff\u200b零宽　全角空格 ＡＢＣ ﬁ é",
    "<s> </s> <pad> <mask> 像是特殊符号",
    "query: passage: 提示词在正文里",
    "🙂" * 600,
    "长" * 1500,
    "word " * 900,
    "检索增强生成先找到相关的段落，再让语言模型据此写出答案。" * 5,
    "LoRA trains two small matrices beside each frozen weight, `W + BA`.",
    "| 方法 | 显存 |\n| --- | --- |\n| LoRA | 24 GB |",
]


def test_the_bits_are_those_of_sentence_transformers(embeddings: NoteEmbeddings) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(embeddings.folder), device="cpu", local_files_only=True).eval()
    ours = E5(embeddings.folder)
    with torch.inference_mode():
        features = [theirs.preprocess([text], prompt="passage: ") for text in TEXTS]
        expected = torch.cat([theirs(one)["sentence_embedding"] for one in features])
        tokens = [ours.tokenize(text, "passage: ") for text in TEXTS]
        for mine, one in zip(tokens, features, strict=True):
            assert torch.equal(mine[None], one["input_ids"])
        assert torch.equal(torch.cat([ours.embed([mine]) for mine in tokens]), expected)
        if ours.most_together:  # seen to be so of this processor's library
            assert torch.equal(ours.embed(tokens), expected)
    assert ours.prompts == {name: prompt for name, prompt in theirs.prompts.items() if prompt}
    assert ours.dimension == theirs.get_embedding_dimension()


def test_rows_that_change_with_their_company_are_noticed(embeddings: NoteEmbeddings) -> None:
    """A library that rounds by the number of rows, as some do: the texts go alone then, to the same bits."""
    import torch

    class Rounding(Encoder):
        def _linear(self, hidden: Any, name: str) -> Any:
            product = super()._linear(hidden, name)
            return product.nextafter(torch.tensor(9.0)) if hidden.shape[-2] > 100 else product

    ours = E5(embeddings.folder)
    plain = ours.encoder
    ours.encoder = Rounding(plain.weights, plain.layers, plain.heads, plain.epsilon)
    assert not ours.encoder.rows_stand_alone(TOGETHER)
    assert ours.most_together == 0
    runner = _Runner(ours, "rounding")
    together = runner.encode_texts(TEXTS[:4], "", None)
    assert together.tobytes() == b"".join(runner.encode_texts([text], "", None).tobytes() for text in TEXTS[:4])


def test_pairs_are_read_as_transformers_reads_them(embeddings: NoteEmbeddings) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(embeddings.folder)
    model = AutoModel.from_pretrained(embeddings.folder, dtype=torch.float32).eval()
    pairs = [(TEXTS[10], TEXTS[8]), (TEXTS[2], TEXTS[3]), (TEXTS[9], TEXTS[11])]
    firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
    features = tokenizer(firsts, seconds, return_tensors="pt", padding=True, truncation="longest_first", max_length=384)
    ours = E5(embeddings.folder)
    batch = ours.tokenize_pairs(firsts, seconds, 384)
    with torch.inference_mode():
        assert torch.equal(batch["input_ids"], features["input_ids"])
        assert torch.equal(ours.encoder(**batch), model(**features).last_hidden_state)


def test_a_question_waits_for_no_library_that_it_does_not_need() -> None:
    """Importing sentence-transformers and what it brings takes longer than all the rest of a search."""
    code = """
import sys
from ingest.vectors.embed import NoteEmbeddings
import rag.open
NoteEmbeddings().encode_queries(["什么是 LoRA？"])
heavy = {"sentence_transformers", "transformers", "sklearn", "scipy", "openai", "langchain", "langchain_openai", "streamlit"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=True
    )
    assert done.stdout.strip() == "[]"
