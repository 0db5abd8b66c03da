"""Reciprocal rank fusion: by hand, against ranx, and its properties."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.search.fusion import Ranking, reciprocal_rank_fusion


def test_by_hand() -> None:
    fused = reciprocal_rank_fusion({"bm25": [7, 3], "dense": [3, 9]})
    assert [f.item for f in fused] == [3, 7, 9]
    assert fused[0].score == pytest.approx(1 / 62 + 1 / 61)
    assert fused[0].ranks == {"bm25": 2, "dense": 1}
    assert fused[0].shares == {"bm25": pytest.approx(1 / 62), "dense": pytest.approx(1 / 61)}


def test_equal_scores_come_in_passage_order() -> None:
    assert [f.item for f in reciprocal_rank_fusion({"a": [5, 1], "b": [1, 5]})] == [1, 5]


def test_a_weight_of_zero_silences_a_ranking() -> None:
    fused = reciprocal_rank_fusion({"a": [1, 2], "b": [3, 1]}, {"a": 0.0})
    assert [(f.item, f.score) for f in fused] == [(3, pytest.approx(1 / 61)), (1, pytest.approx(1 / 62)), (2, 0.0)]


rankings = st.lists(st.integers(0, 40), unique=True, max_size=20)


@given(
    st.dictionaries(st.sampled_from("abcd"), rankings),
    st.dictionaries(st.sampled_from("abcd"), st.floats(0, 3)),
    st.randoms(),
)
def test_the_order_of_the_retrievers_does_not_matter(
    lists: dict[str, list[int]], weights: dict[str, float], rng: random.Random
) -> None:
    shuffled = list(lists.items())
    rng.shuffle(shuffled)
    assert reciprocal_rank_fusion(lists, weights) == reciprocal_rank_fusion(dict(shuffled), weights)


@pytest.mark.filterwarnings("ignore")  # numba's and ranx's own
def test_agrees_with_ranx(monkeypatch: pytest.MonkeyPatch) -> None:
    """ranx has no weights in RRF: a ranking of weight n is one that stands n times in its list."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling it takes twenty seconds
    from ranx import Run, fuse

    rng = random.Random(1)
    for weights, c in (((1, 1, 1), 60), ((3, 1, 2), 60), ((1, 2, 0), 20)):
        lists = {name: rng.sample(range(100), rng.randint(30, 50)) for name in "abc"}
        fused = reciprocal_rank_fusion(lists, dict(zip("abc", map(float, weights), strict=True)), c)
        runs = [
            Run({"q": {str(item): float(-rank) for rank, item in enumerate(lists[name])}}, name=f"{name}{n}")
            for name, weight in zip("abc", weights, strict=True)
            for n in range(weight)
        ]
        theirs = fuse(runs=runs, method="rrf", params={"k": c}).to_dict()["q"]
        assert {f.item: f.score for f in fused if f.score} == {
            int(item): pytest.approx(score, rel=0, abs=1e-9) for item, score in theirs.items()
        }


@given(st.lists(st.integers(-2, 4), max_size=60), st.integers(1, 12))
def test_the_largest_are_the_first_of_all_in_order(scores: list[int], n: int) -> None:
    some = np.array([-np.inf if score < 0 else score for score in scores], np.float64)
    in_order = [i for i in np.argsort(-some, kind="stable")[:n].tolist() if some[i] > -np.inf]
    assert Ranking.best(some, n).items == in_order
