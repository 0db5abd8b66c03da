"""The retriever over the real notes with the real embedding model, through LangChain's interface too."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests
from store_kit import BACK_ENDS, searched_by

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import UnknownPlace
from ingest.vectors.embed import NoteEmbeddings
from rag.evaluate.retrieval import Run, evaluate, read_questions
from rag.open import open_retriever
from rag.records import Hit, Standing, Turn
from rag.records_json import hit_to_json
from rag.search.diagnose import diagnose
from rag.search.retriever import HybridRetriever

NOTES = {
    "缓存.md": (
        "# KV 缓存\n\n## 为什么要缓存？\n\n缓存省去了对前文的重复计算，显存换时间。\n\n"
        "## 它有多大？\n\n与层数、头数和长度成正比。\n"
    ),
    "蒸馏.md": (
        "# 蒸馏\n\n学生模型学教师模型的软标签（soft labels）。\n\n"
        "## 还有哪些问题？\n\n1. 温度怎么选？\n2. 教师要多大？\n"
    ),
    "english.md": "# Gradient checkpointing\n\nActivations are dropped and computed again in the backward pass.\n",
    "副本.md": "# 副本\n\n## 为什么要缓存？\n\n缓存省去了对前文的重复计算，显存换时间。\n",
}


@pytest.fixture(scope="module", params=BACK_ENDS)
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings
) -> HybridRetriever:
    folder = tmp_path_factory.mktemp("small")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = searched_by(Settings(corpus=folder, index=folder / "index"), request.param, folder)
    build(settings, embeddings)
    return open_retriever(settings, embeddings=embeddings)


@pytest.fixture
def retriever(small: HybridRetriever) -> HybridRetriever:
    return small


def test_both_retrievers_and_their_fusion_say_why(retriever: HybridRetriever) -> None:
    hit = retriever.search("KV 缓存为什么省计算")[0]
    assert hit.passage.path == "缓存.md"
    assert hit.ranks["bm25"] == hit.ranks["dense"] == 1
    assert hit.score == pytest.approx(sum(hit.shares.values()))
    assert hit.shares["dense"] == hit.shares["both"] == pytest.approx(1 / 61)
    understood = retriever.understood("KV 缓存为什么省计算")
    assert "缓存" in retriever.matched_terms(understood, [hit])[0]


def test_the_same_words_elsewhere_are_one_hit_with_both_places(retriever: HybridRetriever) -> None:
    hits = retriever.search("缓存省去了什么", 10)
    same = [h for h in hits if "缓存省去了对前文的重复计算" in h.passage.text]
    assert len(same) == 1
    assert len(same[0].also_at) == 1


def test_an_answer_stands_above_a_list_of_questions(retriever: HybridRetriever) -> None:
    hits = retriever.search("教师模型怎么教学生模型", 10)
    assert hits[0].passage.text.startswith("# 蒸馏")


def test_english_question_on_chinese_notes_and_the_other_way_round(retriever: HybridRetriever) -> None:
    assert "软标签" in retriever.search("What does the student learn from its teacher?")[0].passage.text
    assert "english.md" in [h.passage.path for h in retriever.search("反向传播时重新计算激活值", 3)]


def test_a_follow_up_is_searched_with_its_history(retriever: HybridRetriever) -> None:
    history = [Turn("user", "KV 缓存为什么要缓存？"), Turn("assistant", "省去重复计算。")]
    assert "它有多大" in retriever.search("它有多大？", history=history)[0].passage.text


@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_one_retriever_alone(retriever: HybridRetriever, name: str) -> None:
    hits = retriever.search("显存换时间", retriever=name)  # type: ignore[arg-type]
    assert set(hits[0].ranks) == {name}
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


@pytest.mark.parametrize("question", ["", "？", "\u200b", "zzqqy", "的" * 5000])
def test_odd_questions_do_not_break(retriever: HybridRetriever, question: str) -> None:
    retriever.search(question)


def test_langchain_documents(retriever: HybridRetriever) -> None:
    document = retriever.invoke("学生模型学什么")[0]
    assert document.metadata["path"] == "蒸馏.md"
    assert document.page_content in NOTES["蒸馏.md"]
    assert "软标签" in (retriever | (lambda documents: documents[0].page_content)).invoke("学生模型学什么")


class TestLangChain(RetrieversIntegrationTests):
    """LangChain's own suite; `k` where the retriever is made and where it is asked."""

    @pytest.fixture(autouse=True)
    def _on_the_small_index(self, small: HybridRetriever) -> None:
        self._small = small

    @property
    def retriever_constructor(self) -> type[HybridRetriever]:
        return HybridRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self._small.index, "embeddings": self._small.embeddings, "store": self._small.store}

    @property
    def retriever_query_example(self) -> str:
        return "缓存省去了什么"


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_an_empty_index(tmp_path: Path, embeddings: NoteEmbeddings, back_end: str) -> None:
    (tmp_path / "notes").mkdir()
    settings = searched_by(Settings(corpus=tmp_path / "notes", index=tmp_path / "index"), back_end, tmp_path)
    build(settings, embeddings)
    assert open_retriever(settings, embeddings=embeddings).search("有什么") == []


def test_known_passages_of_real_notes_are_found(
    shared_notes: Path, shared_eval: Path, tmp_path: Path, embeddings: NoteEmbeddings
) -> None:
    """End to end on two real, messy notes: split, embed, index, search, and the scorer's figures."""
    (tmp_path / "notes").mkdir()
    names = {"001_f9240c2c746bdf46.txt", "004_a2e60030be32ba35.txt"}
    for name in names:
        (tmp_path / "notes" / name).write_bytes((shared_notes / name).read_bytes())
    settings = Settings(corpus=tmp_path / "notes", index=tmp_path / "index")
    build(settings, embeddings)
    found = open_retriever(settings, embeddings=embeddings)
    questions = [q for q in read_questions(shared_eval / "notes_dev.jsonl") if any(g.file in names for g in q.gold)]
    assert len(questions) > 40
    hits = {q.id: found.search(q.text, 50, history=q.history) for q in questions}
    run = evaluate("hybrid", questions, lambda q: hits[q.id])
    assert run.mean("hit@5") >= 0.85
    assert run.mean("chars2000") >= 0.85
    _agrees_with_the_scorer(shared_eval, run, hits)


def _agrees_with_the_scorer(shared_eval: Path, run: Run, hits: dict[str, list[Hit]]) -> None:
    spec = importlib.util.spec_from_file_location("score", shared_eval / "score.py")
    assert spec and spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    rows = [json.loads(line) for line in (shared_eval / "notes_dev.jsonl").read_text("utf-8").splitlines()]
    _, figures, _ = scorer.score(
        [row for row in rows if row["id"] in hits],
        {name: [hit_to_json(hit) for hit in found] for name, found in hits.items()},
    )
    assert {metric: run.mean(metric) for metric in figures} == pytest.approx(dict(figures), abs=1e-9)


def test_why_a_section_stood_where_it_did(retriever: HybridRetriever) -> None:
    question = "KV 缓存为什么省计算"
    by_cut: dict[str, list[Standing]] = {}
    for note in NOTES:
        for standing in diagnose(retriever, question, note):
            by_cut.setdefault(standing.cut, []).append(standing)
            assert standing.ranks["dense"] <= len(retriever.index.passages)
    best = min(by_cut["shown"], key=lambda s: s.fused_rank or 99)
    assert best.passage.id == retriever.search(question)[0].passage.id
    assert best.ranks == {"bm25": 1, "dense": 1}
    assert [s.passage.path for s in by_cut["duplicate"]] == ["副本.md"]
    (size,) = diagnose(retriever, question, "缓存.md", 7)
    assert size.passage.text.startswith("## 它有多大")


def test_why_names_the_list_that_cut(retriever: HybridRetriever) -> None:
    narrow = retriever.model_copy(update={"candidates": 1, "k": 1})
    (english,) = diagnose(narrow, "KV 缓存为什么省计算", "english.md")
    assert (english.cut, english.fused_rank, "bm25" in english.ranks) == ("outside", None, False)
    with pytest.raises(UnknownPlace, match=r"no note nowhere\.md"):
        diagnose(narrow, "缓存", "nowhere.md")
    with pytest.raises(UnknownPlace, match="line 99"):
        diagnose(narrow, "缓存", "english.md", 99)


def test_the_best_sentence_of_a_hit(retriever: HybridRetriever) -> None:
    question = "What happens in the backward pass?"
    understood = retriever.understood(question)
    hits = retriever.found(understood, 2)
    assert "computed again in the backward pass." in retriever.best_sentences(understood, hits)[0]
