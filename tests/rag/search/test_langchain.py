"""Our index as LangChain's vector store, and the stock recipe over it that the benchmark begins with."""

import functools
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from index_kit import FakeEmbedder, QuickDisk, index_bytes, unit, vault
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests
from paths import ROOT
from rank_bm25 import BM25Okapi

from benchmarks.stock_recipe import stock_recipe
from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import NotesIndex, open_index
from ingest.passages.text import embedding_text
from rag.evaluate.retrieval import Question
from rag.open import retriever_over
from rag.search.fusion import reciprocal_rank_fusion
from rag.search.langchain import as_vector_store

NOTES = {
    "LoRA.md": "# LoRA\n\nLoRA 在权重旁边加两个低秩矩阵。\n\n## 秩\n\n秩常取 8 到 64，任务越难越大。\n",
    "推理/量化.md": "# 量化\n\nINT4 量化把每个权重存成 4 位。\n\n## 精度\n\n精度略降，显存省到四分之一。\n",
    "en.txt": "Beam search keeps the best few prefixes at each step.\n",
}


class Asked(FakeEmbedder):
    """A question has the vector of the passage whose embedded text it is."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([unit(text) for text in texts], np.float32)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    config = vault(tmp_path_factory.mktemp("store"), NOTES)
    build(config, FakeEmbedder(), disk=QuickDisk())
    return config


@pytest.fixture
def index(settings: Settings) -> NotesIndex:
    return open_index(settings.index)


def test_the_store_finds_what_the_index_finds(index: NotesIndex) -> None:
    store = as_vector_store(index, Asked())
    assert isinstance(store, VectorStore) and type(store).__module__ == "langchain_community.vectorstores.faiss"
    for passage in index.passages:
        question = embedding_text(passage)
        scores, rows = index.search_dense(unit(question)[np.newaxis], 3)
        found = store.similarity_search_with_score(question, k=3)
        assert [document.id for document, _ in found] == [index.passages[row].id for row in rows[0]]
        assert [score for _, score in found] == list(scores[0])
        best, score = found[0]
        assert score == pytest.approx(1) and best.page_content == passage.text
        assert best.metadata == {
            "path": passage.path,
            "heading_path": list(passage.heading_path),
            "section_id": passage.section_id,
            "start_line": passage.start_line,
            "end_line": passage.end_line,
            "location": str(passage.place),
        }


async def test_the_other_ways_to_search(index: NotesIndex) -> None:
    store = as_vector_store(index, Asked())
    wanted = next(passage for passage in index.passages if passage.path == "LoRA.md")
    question, n = embedding_text(wanted), len(index.passages)
    assert (await store.asimilarity_search(question, k=1))[0].id == wanted.id
    only = store.similarity_search(question, k=9, filter={"path": "en.txt"})
    assert [document.metadata["path"] for document in only] == ["en.txt"]
    spread = store.max_marginal_relevance_search(question, k=n)
    assert spread[0].id == wanted.id and len({d.id for d in spread}) == n
    assert store.get_by_ids([wanted.id, "nowhere"])[0].page_content == wanted.text
    near = store.as_retriever(search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.9999})
    assert [d.id for d in near.invoke(question)] == [wanted.id]  # the nearest, not the farthest
    assert store.embeddings is not None
    assert store.embeddings.embed_query("x") == store.embeddings.embed_documents(["x"])[0] == unit("x").tolist()


def test_the_store_writes_and_pickles_nothing(index: NotesIndex, settings: Settings, tmp_path: Path) -> None:
    store, before = as_vector_store(index, Asked()), index_bytes(settings.index)
    other = as_vector_store(index, Asked())
    refusals = (
        lambda: store.add_texts(["new"]),
        lambda: store.delete([index.passages[0].id]),
        lambda: store.merge_from(other),
        lambda: store.save_local(str(tmp_path / "saved")),
        lambda: store.serialize_to_bytes(),
        lambda: pickle.dumps(store.docstore),
    )
    for refused in refusals:
        with pytest.raises((TypeError, ValueError)):
            refused()
    assert list(tmp_path.rglob("*.pkl")) == [] and list(tmp_path.rglob("*.faiss")) == []
    assert len(index.vectors) == len(index.passages) == len(store.index_to_docstore_id)
    assert index_bytes(settings.index) == before
    assert store.similarity_search(embedding_text(index.passages[0]), k=1)[0].id == index.passages[0].id


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    config = vault(tmp_path, {})
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    assert as_vector_store(index, Asked()).similarity_search("anything") == []
    assert stock_recipe(retriever_over(index, config, Asked()))(Question("", "anything")) == []


def test_the_package_is_imported_by_this_function_alone_and_without_a_warning() -> None:
    code = (
        "import sys; from rag.search.langchain import as_vector_store; from rag.open import open_notes\n"
        "assert 'langchain_community' not in sys.modules\n"
        "class Index: vectors = type('Vectors', (), {'shape': (0, 8)}); passages = (); passage_ids = list\n"
        "as_vector_store(Index(), None); assert 'langchain_community' in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_stock_recipe_fuses_words_and_meaning(index: NotesIndex, settings: Settings) -> None:
    retriever = retriever_over(index, settings, Asked())
    search, numbers = stock_recipe(retriever), range(len(index.passages))
    okapi = BM25Okapi([retriever.tokenize(passage.text) for passage in index.passages])
    for question in ("量化 精度", "低秩矩阵", "which prefixes", embedding_text(index.passages[-1])):
        by_words = okapi.get_top_n(retriever.tokenize(question), numbers, n=len(numbers))
        by_meaning = index.search_dense(unit(question)[np.newaxis], len(numbers))[1][0].tolist()
        fused = reciprocal_rank_fusion({"words": by_words, "meaning": by_meaning}, {}, c=60)
        score = {index.passages[one.item].id: one.score for one in fused}
        found = [score[hit.passage.id] for hit in search(Question("", question))]
        assert len(found) == len(numbers) and found == sorted(found, reverse=True), question


def refused(name: str) -> Any:
    """A test of the suite that writes: it must end with the refusal."""
    reason = "the store is only read: notes come into the index by `python -m ingest`"
    written = getattr(VectorStoreIntegrationTests, name)

    @functools.wraps(written)
    def test(*arguments: Any) -> Any:
        return written(*arguments)

    return pytest.mark.xfail(reason=reason, raises=(TypeError, ValueError, NotImplementedError), strict=True)(test)


class TestLangChain(VectorStoreIntegrationTests):
    """LangChain's own suite over an empty index; all but four of its tests begin with writing."""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> VectorStore:
        config = vault(tmp_path, {})
        build(config, Asked(), disk=QuickDisk())
        return as_vector_store(open_index(config.index), Asked())

    for _name in dir(VectorStoreIntegrationTests):
        if _name.startswith(("test_add", "test_delet")) or _name in ("test_get_by_ids", "test_get_by_ids_async"):
            locals()[_name] = refused(_name)
