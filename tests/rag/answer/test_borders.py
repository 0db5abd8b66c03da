"""Questions on both sides of the gate: what is near enough to be answered, and what a missing name takes away.

`tests/project/test_thresholds.py` moves every number of `rag/answer/gate.py` by a fifth; a case here must then fail.
"""

import numpy as np
import pytest
from citing import near_by_words, source

from ingest.schema import Kind, Passage
from ingest.text.tokens import Tokenizer
from rag.answer.gate import UNLIKELY, probability, refusal, signals
from rag.answer.outcome import concluded
from rag.answer.stages import Asked, Retrieved, Written
from rag.model.language_model import ModelInfo
from rag.records import Sentence
from rag.sources.relevance import QuestionTerms, Relevance

RELEVANCE = Relevance(Tokenizer().tokenize, lambda term: 1.0, near_by_words)
TEXT = "LoRA 只训练两个低秩矩阵，原来的权重不动。"


def nearest(cosine: float, text: str = TEXT, others: int = 0) -> tuple[np.ndarray, list[Passage]]:
    """A passage with this text behind `others` on something else, all as near."""
    said = [*(f"第 {n} 件无关的事。" for n in range(others)), text]
    passages = [
        Passage(str(n), "s", "a.md", ("标题",), one, 0, len(one), 1, 1, Kind.PROSE) for n, one in enumerate(said)
    ]
    return np.full(len(passages), cosine, np.float32), passages


def chance(question: str, found: tuple[np.ndarray, list[Passage]]) -> float:
    return probability(signals(question, RELEVANCE.terms(question), *found))


@pytest.mark.parametrize(
    ("question", "cosine", "answered"),
    [
        ("低秩矩阵怎么训练？", 0.6, True),
        ("低秩矩阵怎么训练？", 0.585, False),
        # One of its six words is a name that no statement holds: it must be nearer.
        ("低秩矩阵的训练与 LoRA 权重", 0.6, True),
        ("低秩矩阵的训练与 DoRA 权重", 0.63, False),
        ("低秩矩阵的训练与 DoRA 权重", 0.64, True),
    ],
)
def test_how_near_a_statement_must_be(question: str, cosine: float, answered: bool) -> None:
    assert (chance(question, nearest(cosine)) >= UNLIKELY) is answered


@pytest.mark.parametrize("question", ["？", "……", "🙂"])
def test_what_has_no_word_asks_for_nothing(question: str) -> None:
    assert chance(question, nearest(0.9)) < UNLIKELY


@pytest.mark.parametrize(("others", "held"), [(17, True), (22, False)])
def test_a_name_is_looked_for_in_the_first_statements(others: int, held: bool) -> None:
    assert (chance("LoRA 的权重", nearest(0.6, others=others)) >= UNLIKELY) is held


@pytest.mark.parametrize(("near", "kind"), [(0.65, "quoted"), (0.55, "refused")])
def test_a_small_models_no_counts_where_the_evidence_is_weak(near: float, kind: str) -> None:
    asked = Asked("低秩矩阵怎么训练？", "低秩矩阵怎么训练？", "zh", 0.0)
    found = Retrieved((source(TEXT),), (), (Sentence(TEXT, "", (1,), True),), near, 1.0)
    said = Written((Sentence("笔记里没有说明。"),), "", 1.0)
    assert concluded(asked, found, said, ModelInfo("local", "small", "")).kind == kind


def test_a_refusal_names_the_three_nearest_sections() -> None:
    sections = [source(TEXT, n, f"第 {n} 节") for n in range(1, 7)]
    assert refusal("zh", sections)[1].text.count("「") == 3


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("q-lora", "QLoRA 量化底座", True),
        ("qlora", "Q-LoRA 量化底座", True),
        ("llama2", "LLaMA 2 的分词器", True),
        ("p-tuning", "PTuning v2", True),
        ("finetune", "Fine-tuning 要多少数据", True),
        ("lora", "QLoRA 量化底座", False),
        ("rope", "Europe", False),
        ("llm", "two LLMs", True),
    ],
)
def test_a_name_is_found_in_any_spelling(name: str, text: str, there: bool) -> None:
    found = signals(f"{name} 是什么", QuestionTerms(name, {name: 1.0}), *nearest(0.6, text))
    assert found.names_missing == (0.0 if there else 1.0)
