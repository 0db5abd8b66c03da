"""The optional reranker, with a tiny CrossEncoder of random weights."""

from pathlib import Path

import numpy as np
import pytest
from index_kit import FakeEmbedder, unit, vault
from langchain_classic.retrievers.document_compressors import CrossEncoderReranker
from langchain_core.cross_encoders import BaseCrossEncoder
from langchain_core.documents import Document

from ingest.build.run import build
from ingest.errors import ModelError
from ingest.passages.text import embedding_text
from ingest.schema import Passage
from ingest.vectors.embed import NoteEmbeddings
from rag.__main__ import main
from rag.open import open_retriever
from rag.records import Hit
from rag.search.diagnose import diagnose
from rag.search.rerank import RERANKED, Reranker, rerank


class Embedder(FakeEmbedder):
    """Questions as the passages are embedded."""

    def encode_queries(self, texts: list[str]) -> np.ndarray:
        return np.array([unit(text) for text in texts], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 16 numbers a token with random weights, saved as a CrossEncoder."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    where = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"甲乙丙丁戊己庚辛壬癸的一是不?abcdefghij"]
    (where / "vocab.txt").write_text("\n".join(words), "utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(where)
    BertTokenizerFast(str(where / "vocab.txt")).save_pretrained(where)
    saved = where / "saved"
    CrossEncoder(str(where), device="cpu").save_pretrained(str(saved))
    return saved


@pytest.fixture(scope="module")
def model(folder: Path) -> Reranker:
    return Reranker(str(folder), print)


def hits(n: int) -> list[Hit]:
    letters = "甲乙丙丁戊己庚辛壬癸"
    texts = [letters[i % 10] * (1 + i // 10) + letters[(3 * i + 1) % 10] for i in range(n)]
    return [
        Hit(Passage(str(i), "s", "a.md", ("一",), text, 0, len(text), 1, 1), 1.0 / (i + 1), {"dense": i + 1})
        for i, text in enumerate(texts)
    ]


def test_the_order_is_the_model_s_and_nothing_is_lost(model: Reranker) -> None:
    found = hits(RERANKED + 5)
    again = rerank(found, "甲?", model)
    scores = [model.score([("甲?", embedding_text(hit.passage))])[0] for hit in again[:RERANKED]]
    assert len(set(scores)) > RERANKED / 2
    assert [hit.scores["reranker"] for hit in again[:RERANKED]] == pytest.approx(scores, abs=1e-6)
    assert scores == sorted(scores, reverse=True)
    assert [hit.ranks["reranker"] for hit in again[:RERANKED]] == list(range(1, RERANKED + 1))
    assert again[:RERANKED] != found[:RERANKED]
    assert again[RERANKED:] == found[RERANKED:]
    assert sorted(hit.passage.id for hit in again) == sorted(hit.passage.id for hit in found)
    assert [hit.place for hit in again] == sorted(hit.place for hit in again)  # downstream sees this order too
    assert rerank(found, "甲?", model) == again
    assert rerank([], "甲?", model) == []


def test_it_is_langchain_s_and_langchain_s_is_ours(model: Reranker) -> None:
    documents = [Document(page_content=hit.passage.text) for hit in hits(10)]
    best = CrossEncoderReranker(model=model, top_n=4).compress_documents(documents, "乙?")
    scores = model.score([("乙?", document.page_content) for document in documents])
    assert model.score([("乙?", document.page_content) for document in best]) == pytest.approx(
        sorted(scores, reverse=True)[:4], abs=1e-6
    )

    class Shortest(BaseCrossEncoder):
        def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
            return [-len(text) for _, text in text_pairs]

    lengths = [len(hit.passage.text) for hit in rerank(hits(15), "?", Shortest())]
    assert lengths == sorted(lengths)


def test_the_setting_reorders_the_hybrid_list_and_explains(tmp_path: Path, folder: Path) -> None:
    notes = {
        f"{letter}.md": f"# 一\n\n{letter}是{letter * n}的。\n" for n, letter in enumerate("甲乙丙丁戊己", start=1)
    }
    settings = vault(tmp_path, notes)
    build(settings, Embedder())
    plain = open_retriever(settings, embeddings=Embedder())
    found = open_retriever(settings.model_copy(update={"reranker": str(folder)}), embeddings=Embedder())
    question = "甲乙丙?"
    before, after = plain.search(question), found.search(question)
    assert {hit.passage.id for hit in after} == {hit.passage.id for hit in before}
    assert after != before
    scores = [hit.scores["reranker"] for hit in after]
    assert scores == sorted(scores, reverse=True)
    assert [hit.passage.id for hit in found.search(question, 2)] == [hit.passage.id for hit in after[:2]]
    assert found.search(question, retriever="dense") == plain.search(question, retriever="dense")
    shown = [
        s for s in diagnose(found.model_copy(update={"k": 2}), question, after[1].passage.path) if s.cut == "shown"
    ]
    assert len(shown) == 1


def test_search_explain_prints_rank_and_score(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = vault(tmp_path, {"甲.md": "# 一\n\n甲是乙的。\n"})
    build(settings, NoteEmbeddings())
    monkeypatch.setenv("ASKNOTES_RERANKER", str(folder))
    assert main(["search", "--index", str(settings.index), "--explain", "甲?"]) == 0
    assert "reranker: rank 1, score 0." in capsys.readouterr().out


def test_what_is_no_reranker_is_one_stated_sentence(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match=r"^The reranker 'no such thing' cannot be got \(no such folder.*reranker\.$"):
        Reranker("no such thing", print)
    with pytest.raises(ModelError, match=r"^The reranker .* is no CrossEncoder \(its config.json says BertModel\)"):
        Reranker(str(NoteEmbeddings().folder), print)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="The reranker has pickled weights"):
        Reranker(str(tmp_path), print)
    (tmp_path / "pytorch_model.bin").unlink()
    for name in ("config.json", "config_sentence_transformers.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(ModelError, match=r"^The reranker .* cannot be loaded \([^\n]*\)\.$"):
        Reranker(str(tmp_path), print).score([("甲", "乙")])


def test_scores_that_are_no_numbers(model: Reranker, monkeypatch: pytest.MonkeyPatch) -> None:
    model.score([("甲", "乙")])

    class Broken:
        def predict(self, pairs: list[object], **_: object) -> np.ndarray:
            return np.full(len(pairs), np.nan)

    monkeypatch.setattr(model, "_model", Broken())
    with pytest.raises(ModelError, match="no numbers"):
        rerank(hits(2), "甲", model)
