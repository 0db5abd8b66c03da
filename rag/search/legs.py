"""The two legs of the search: what FAISS and what BM25 say of each passage, in scores that can be added.

The weights are learned: a softmax over the candidates of each question, fitted to the passages that answer
(`python -m training.fusion`), so that no lever is set by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ingest.index.read import NotesIndex
from rag.search.fusion import Ranking

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Allowed = npt.NDArray[np.bool_] | None  # the passages that may be found, bool [n]; None: all

BANK = 2000  # passages, evenly spaced, that nearness to everything is measured on
NEIGHBOURS = 50  # and how many of them count
POOL = 500  # nearest passages that FAISS gives
BLOCK = 2000  # passages measured at a time: 16 MB of products


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts in a passage's score."""

    meaning: float = 1.0  # times the inner product, when it is added up
    words: float = 0.232  # times BM25's share: of the highest score that the question could have
    crowded: float = 0.339  # off, times what a passage is nearer to its neighbours than is usual
    listed: float = 0.026  # off a list of questions or links


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a search goes: the passages that may be found, and how many of the nearest FAISS gives."""

    allowed: Allowed = None
    pool: int = POOL


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to put the question; `tokens` are what BM25 matches, `bonus` is added to its scores."""

    text: str
    tokens: tuple[str, ...]
    bonus: float = 0.0


@dataclass(frozen=True, slots=True)
class Legs:
    """Scores of all passages float64 [n], -inf where a leg has none; `both` is their weighted sum."""

    dense: Floats
    words: Floats
    both: Floats

    def rankings(self, n: int) -> dict[str, Ranking]:
        """The `n` best of each, by name."""
        return {
            "bm25": Ranking.best(self.words, n),
            "dense": Ranking.best(self.dense, n),
            "both": Ranking.best(self.both, n),
        }

    def moved(self, moves: Mapping[int, float]) -> "Legs":
        """With this much added to passages, by number; BM25 counts words and knows nothing of it."""
        added = np.zeros(len(self.dense))
        added[list(moves)] = list(moves.values())
        return Legs(self.dense + added, self.words, self.both + added)

    def better(self, other: "Legs") -> "Legs":
        """Each passage by the wording that fits it better."""
        pairs = ((self.dense, other.dense), (self.words, other.words), (self.both, other.both))
        return Legs(*(np.maximum(mine, theirs) for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores the passages of one index.

    The crowding term is the local scaling of CSLS (Conneau et al., "Word Translation Without Parallel Data", ICLR
    2018), with passages in place of questions, measured when a passage first comes up.
    """

    index: NotesIndex = field(repr=False)
    weights: Weights
    lists: npt.NDArray[np.bool_]
    bank: npt.NDArray[np.int64]
    bank_vectors: Floats32
    usual: float
    _crowding: Floats32

    @classmethod
    def of(cls, index: NotesIndex, weights: Weights) -> "Scorer":
        """Read what depends on the index only."""
        bank = bank_of(index)
        return cls.over(index, weights, bank, index.vectors[bank])

    @classmethod
    def over(
        cls, index: NotesIndex, weights: Weights, bank: npt.NDArray[np.int64], vectors: Floats32, **more: Any
    ) -> Self:
        """The same with the bank's vectors, float32 [bank, dimension]; `more` are the fields of a kind of it."""
        crowding = np.full(len(index.passages), np.nan, np.float32)
        crowding[bank] = mean_nearest(vectors @ vectors.T, bank[:, np.newaxis] != bank, NEIGHBOURS)
        return cls(
            index=index,
            weights=weights,
            lists=~index.prose,
            bank=bank,
            bank_vectors=vectors,
            usual=float(crowding[bank].mean()) if len(bank) else 0.0,
            _crowding=crowding,
            **more,
        )

    def legs(self, vector: npt.NDArray[np.float32], wording: Wording, reach: Reach) -> Legs:
        """What both legs say of a wording with this vector, float32 [dimension]."""
        scores, found = self.index.search_dense(vector[np.newaxis], reach.pool, reach.allowed)
        share = self.share(wording.tokens)
        if reach.allowed is not None:
            share[~reach.allowed] = 0
        return self.weighed(found[0], scores[0], share, wording.bonus)

    def weighed(
        self,
        items: npt.NDArray[np.int64],
        products: Floats32,
        share: Floats,
        bonus: float,
        vectors: Floats32 | None = None,
    ) -> Legs:
        """What is said of passages with these inner products, float32 [m], and BM25 shares of all, float64 [n]; `vectors`,
        float32 [m, dimension], are the index's own when they are not given."""
        dense = np.full(len(self.index.passages), -np.inf)
        dense[items] = products - self.weights.listed * self.lists[items]
        dense[items] -= self.weights.crowded * (self._crowded(items, vectors) - self.usual)
        held = share > 0
        lowest = dense[items].min() if len(items) else 0.0
        near = np.where(held & np.isneginf(dense), lowest, dense)  # FAISS knows no more than that it is farther
        both = np.where(np.isneginf(near), near, self.weights.meaning * near + self.weights.words * share)
        return Legs(dense + bonus, np.where(held, share, -np.inf), both + bonus)

    def share(self, tokens: Sequence[str]) -> Floats:
        """BM25 as a share, float64 [n]: of what a passage would have that is full of every word of the question."""
        bm25 = self.index.bm25
        highest = sum(map(bm25.weight, tokens)) * (bm25.k1 + 1)
        scores = bm25.scores(tokens)
        return np.maximum(scores / highest, 0.0) if highest else np.zeros_like(scores)

    def _crowded(self, items: npt.NDArray[np.int64], vectors: Floats32 | None) -> npt.NDArray[np.float32]:
        unknown = np.flatnonzero(np.isnan(self._crowding[items]))
        for start in range(0, len(unknown), BLOCK):
            places = unknown[start : start + BLOCK]
            new = items[places]
            products = (self.index.vectors[new] if vectors is None else vectors[places]) @ self.bank_vectors.T
            self._crowding[new] = mean_nearest(products, new[:, np.newaxis] != self.bank, NEIGHBOURS)
        return self._crowding[items]


def bank_of(index: NotesIndex) -> npt.NDArray[np.int64]:
    """The passages that nearness to everything is measured on, evenly spaced."""
    return np.arange(0, len(index.passages), max(1, -(-len(index.passages) // BANK)))


def vote(share: float) -> float:
    """What BM25's own list counts in the fusion: what its best passage holds of the question, less twice what that lacks, so
    that chance matches do not outvote a sure inner product."""
    return max(0.0, share - 2 * (1 - share))


def mean_nearest(products: Floats32, others: npt.NDArray[np.bool_], count: int) -> Floats32:
    """The mean float32 [m] of the `count` greatest inner products of each row that are with `others`, bool [m, bank], of
    all of them where they are fewer, and 0 where there are none. Takes the `products`, float32 [m, bank], to work in.
    """
    count = min(count, products.shape[1])
    if not count:
        return np.zeros(len(products), np.float32)
    products[~others] = -np.inf
    nearest = np.partition(products, -count, axis=1)[:, -count:]
    known = ~np.isneginf(nearest)
    mean: Floats32 = np.where(known, nearest, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1).astype(np.float32)
    return mean
