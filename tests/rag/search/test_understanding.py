"""What is searched for a question within its conversation, over small notes with the real embedding model."""

import numpy as np
import numpy.typing as npt
import pytest
from store_kit import BACK_ENDS, searched_by

from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import NoteEmbeddings
from rag.open import open_retriever
from rag.records import Correction, Turn
from rag.search.legs import Legs, Reach, Scorer, Wording, vote
from rag.search.retriever import HybridRetriever

NOTES = {
    "LoRA.md": "# LoRA\n\n## 原理\n\n冻结原权重，只训练两个低秩矩阵。\n\n## 缺点\n\n秩太小时学不会新任务，效果略低于全量微调。\n",
    "RAG.md": "# RAG\n\n## 流程\n\n先检索，再把片段交给模型回答。\n\n## 缺点\n\n检索不到时答案就错，延迟也更高。\n",
    "幻觉.md": "# 幻觉\n\n模型会编造不存在的事实，叫幻觉。\n",
    "缓存.md": "# 缓存淘汰\n\nLRU 淘汰最久没有用过的键；见 https://github.com/example/lru-cache。\n",
}


@pytest.fixture(scope="module", params=BACK_ENDS)
def retriever(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings
) -> HybridRetriever:
    folder = tmp_path_factory.mktemp("understood")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = searched_by(Settings(corpus=folder, index=folder / "index"), request.param, folder)
    build(settings, embeddings)
    return open_retriever(settings, embeddings=embeddings)


def said(*texts: str) -> list[Turn]:
    """User and assistant in turn."""
    return [Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts)]


LORA = said("LoRA 的原理是什么？", "冻结权重，训练低秩矩阵。")


@pytest.mark.parametrize("question", ["缺点呢？", "它有什么缺点？", "那它的缺点有哪些"])
def test_a_follow_up_is_nearer_to_what_its_conversation_is_about(retriever: HybridRetriever, question: str) -> None:
    def place(history: list[Turn]) -> int:
        return [hit.passage.heading_path[-2:] for hit in retriever.search(question, history=history)].index(
            ("LoRA", "缺点")
        )

    assert place(LORA) <= 1 and place(LORA) <= place(said("RAG 的流程是什么？", "先检索再回答。"))


def test_a_follow_up_of_a_follow_up_keeps_the_topic(retriever: HybridRetriever) -> None:
    history = [*LORA, *said("缺点呢？（LoRA 的原理是什么？）", "秩太小时学不会。")]  # the page keeps what was searched
    assert "LoRA" in retriever.understood("为什么会这样？", history).question


@pytest.mark.parametrize("question", ["RAG 有什么缺点？", "LRU 淘汰哪些键？", "换个话题，什么是幻觉？"])
def test_a_new_topic_is_not_dragged_back(retriever: HybridRetriever, question: str) -> None:
    assert retriever.understood(question, LORA).question == question
    assert retriever.search(question, history=LORA)[0].passage.path != "LoRA.md"


def test_another_form_asks_the_last_question_again(retriever: HybridRetriever) -> None:
    understood = retriever.understood("用英文再说一遍", LORA)
    assert (understood.again, understood.question) == (True, "LoRA 的原理是什么？")
    assert not retriever.understood("用英文再说一遍").again


def test_an_item_of_the_last_answer_goes_with_the_question(retriever: HybridRetriever) -> None:
    listed = said("有哪些办法？", "1. 检索增强\n2. 低秩微调")
    assert "低秩微调" in retriever.understood("展开第 2 点", listed).question


def test_a_slip_is_searched_as_what_is_meant_and_told(retriever: HybridRetriever) -> None:
    understood = retriever.understood("什么是换觉？")
    assert understood.corrections == (Correction("换觉", "幻觉"),)
    assert understood.question == "什么是幻觉？"
    assert retriever.found(understood)[0].passage.path == "幻觉.md"


def test_what_the_user_has_edited_is_searched_as_it_stands(retriever: HybridRetriever) -> None:
    understood = retriever.as_typed(" 什么是换觉？")
    assert (understood.question, understood.corrections) == ("什么是换觉？", ())


def test_the_name_of_a_repository_within_a_link_is_found(retriever: HybridRetriever) -> None:
    assert retriever.search("example/lru-cache")[0].passage.path == "缓存.md"


def test_keyword_search_has_a_vote_only_where_its_best_passage_holds_most_of_the_question() -> None:
    assert [vote(share) for share in (0.2, 0.6, 0.75, 1.0)] == [0.0, 0.0, 0.25, 1.0]


def test_each_wording_is_searched_once(retriever: HybridRetriever, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    scorer = type(retriever._understanding.scorer)
    legs = scorer.legs

    def counted(self: Scorer, vector: npt.NDArray[np.float32], wording: Wording, reach: Reach) -> Legs:
        asked.append(wording.text)
        return legs(self, vector, wording, reach)

    monkeypatch.setattr(scorer, "legs", counted)
    assert retriever.understood("什么是换觉").corrections == (Correction("换觉", "幻觉"),)
    assert asked == ["什么是换觉", "什么是幻觉"]
    asked.clear()
    retriever.understood("缺点呢？", LORA)
    assert asked == ["缺点呢？", "缺点呢？（LoRA 的原理是什么？）"]
