"""The search over Milvus finds what the search over the index finds, with the same scores."""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from index_kit import FakeEmbedder, QuickDisk, unit, vault
from store_kit import need_milvus, searched_by, serving

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import StoreError
from rag.open import open_retriever
from rag.search.retriever import HybridRetriever

WORDS = "苹果 香蕉 葡萄 西瓜 樱桃 柠檬 石榴 芒果 LoRA C++ fp16 token".split()
CANDIDATES, NEAR = 4, 20


class Asked(FakeEmbedder):
    """Questions are hashed too."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([unit(text) for text in texts], np.float32)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("stored")
    notes = {f"{n:03}.md": f"# 第 {n} 篇\n\n" + " ".join(WORDS[i] for i in picked(n)) + "\n" for n in range(240)}
    config = searched_by(vault(folder, notes), "milvus", folder).model_copy(update={"candidates": CANDIDATES})
    build(config, FakeEmbedder(), disk=QuickDisk())
    return config


def picked(n: int) -> list[int]:
    """Some words of note n, some of them twice."""
    return [(n * 7 + i * i) % len(WORDS) for i in range(1 + n % 5)]


@pytest.fixture(scope="module")
def both(settings: Settings) -> tuple[HybridRetriever, HybridRetriever]:
    """Over the index, and over Milvus."""
    local = settings.model_copy(update={"store": ""})
    return open_retriever(local, embeddings=Asked()), open_retriever(settings, embeddings=Asked())


QUESTIONS = ["苹果和 C++", "LoRA fp16 token", "第 17 篇", "香蕉 香蕉 西瓜", "nothing of it"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_candidates_are_the_first_of_either_leg(
    both: tuple[HybridRetriever, HybridRetriever], question: str
) -> None:
    local, stored = both
    assert stored.store is not None
    vector, tokens = local.embedded(question), local.tokenize(question)
    items, vectors = stored.store.candidates(vector, tokens, NEAR, 2 * CANDIDATES)
    assert len(items) <= NEAR + 2 * CANDIDATES < len(local.index.passages)
    assert items.tolist() == sorted(set(items.tolist()))
    np.testing.assert_array_equal(vectors, local.index.vectors[items])
    assert set(local.index.search_dense(vector[np.newaxis], NEAR)[1][0].tolist()) <= set(items.tolist())
    words = local.index.bm25.scores(tokens)
    least = np.sort(words)[-CANDIDATES]
    assert set(np.flatnonzero(words > max(least, 0)).tolist()) <= set(items.tolist())


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("only", [(), ("/0*.md",)])
def test_hits_are_the_same_with_the_same_reasons(
    both: tuple[HybridRetriever, HybridRetriever], question: str, only: Sequence[str]
) -> None:
    """Though most passages are found by words alone."""
    mine, theirs = (one.found(one.understood(question, only=only, pool=NEAR), 10) for one in both)
    assert [hit.passage for hit in mine] == [hit.passage for hit in theirs]
    for one, other in zip(mine, theirs, strict=True):
        assert (one.ranks, one.score) == (other.ranks, pytest.approx(other.score))
        assert one.scores == pytest.approx(other.scores, abs=1e-6)


def test_the_gate_asks_for_the_nearest(both: tuple[HybridRetriever, HybridRetriever]) -> None:
    (near, passages), (near_there, passages_there) = (retriever.nearest("苹果", 8) for retriever in both)
    assert passages == passages_there
    np.testing.assert_allclose(near, near_there, rtol=1e-6)


def test_no_vector_of_the_index_is_read(
    settings: Settings, both: tuple[HybridRetriever, HybridRetriever], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(*_: object) -> None:
        raise AssertionError("a vector of the index was read")

    monkeypatch.setattr("ingest.index.views.Vectors.__getitem__", none_here)
    monkeypatch.setattr("ingest.index.views.Vectors.nearest", none_here)
    stored = open_retriever(settings, embeddings=Asked())
    assert stored.search("苹果 C++") and stored.nearest("苹果", 3)


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_milvus()
    monkeypatch.setattr("ingest.store.read.SECONDS", 1.0)
    local = vault(tmp_path, {f"{word}.md": f"# {word}\n" for word in "abc"})
    with serving(tmp_path / "data") as address:
        settings = local.model_copy(update={"store": address})
        build(settings, Asked(), disk=QuickDisk())
        stored = open_retriever(settings, embeddings=Asked())
        assert found(stored, "b") == "b.md"
    with pytest.raises(StoreError, match=f"Milvus at {address} does not answer"):
        found(stored, "b")
    with serving(tmp_path / "data", int(address.rpartition(":")[2])):
        for _ in range(100):  # the connection is taken up again by itself
            with suppress(StoreError):
                assert found(stored, "c") == "c.md"
                break
            time.sleep(0.2)
        else:
            pytest.fail("it did not come back")


def found(stored: HybridRetriever, word: str) -> str:
    """The note that has a word."""
    return stored.search(word, retriever="bm25")[0].passage.path
