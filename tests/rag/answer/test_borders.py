"""Questions on both sides of the gate: what is near enough, and far enough above the usual.

`tests/project/test_thresholds.py` moves every number of `rag/answer/gate.py` by a fifth; a case here must then fail.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from citing import source

from ingest.schema import Kind, Passage
from rag.answer.gate import UNLIKELY, Signals, probability, refusal, signals
from rag.answer.outcome import concluded
from rag.answer.stages import Asked, Retrieved, Written
from rag.model.language_model import ModelInfo
from rag.records import Sentence

TEXT = "LoRA 只训练两个低秩矩阵，原来的权重不动。"


def passage(n: int, kind: Kind = Kind.PROSE) -> Passage:
    text = f"第 {n} 段。"
    return Passage(str(n), "s", "a.md", ("标题",), text, 0, len(text), 1, 1, kind)


def measured(scores: Sequence[float], kinds: Sequence[Kind] = ()) -> Signals:
    """The signals of passages with these cosines, nearest first."""
    passages = [passage(n, kinds[n] if n < len(kinds) else Kind.PROSE) for n in range(len(scores))]
    return signals("低秩矩阵怎么训练？", np.array(scores, np.float32), passages)


@pytest.mark.parametrize(
    ("cosine", "standing", "answered"),
    [
        # what is near may stand out less
        (0.75, 0.08, True),
        (0.75, 0.06, False),
        # what stands out may be further off
        (0.45, 0.185, True),
        (0.45, 0.17, False),
    ],
)
def test_what_bears_on_a_question(cosine: float, standing: float, answered: bool) -> None:
    assert (probability(Signals(cosine, standing)) >= UNLIKELY) is answered


def test_a_list_of_questions_states_nothing() -> None:
    assert measured([0.9, 0.6, 0.5], [Kind.QUESTIONS]).cosine == pytest.approx(0.6)


def test_what_is_usual_is_the_mean_of_the_twentieth_to_the_two_hundredth() -> None:
    assert measured([1 - n / 1000 for n in range(250)]).standing == pytest.approx(0.1095, abs=1e-5)


def test_in_a_few_passages_it_is_the_mean_of_the_further_half() -> None:
    assert measured([1 - n / 10 for n in range(10)]).standing == pytest.approx(0.7)
    assert measured([]).standing == 0.0


@pytest.mark.parametrize("question", ["？", "……", "🙂"])
def test_what_has_no_word_asks_for_nothing(question: str) -> None:
    nothing = signals(question, np.array([0.9], np.float32), [passage(0)])
    assert probability(nothing) < UNLIKELY


@pytest.mark.parametrize(("near", "kind"), [(0.65, "quoted"), (0.55, "refused")])
def test_a_small_models_no_counts_where_the_evidence_is_weak(near: float, kind: str) -> None:
    asked = Asked("低秩矩阵怎么训练？", "低秩矩阵怎么训练？", "zh", 0.0)
    found = Retrieved((source(TEXT),), (), (Sentence(TEXT, "", (1,), True),), near, 1.0)
    said = Written((Sentence("笔记里没有说明。"),), "", 1.0)
    assert concluded(asked, found, said, ModelInfo("local", "small", "")).kind == kind


def test_a_refusal_names_the_three_nearest_sections() -> None:
    sections = [source(TEXT, n, f"第 {n} 节") for n in range(1, 7)]
    assert refusal("zh", sections)[1].text.count("「") == 3
