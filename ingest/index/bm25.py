"""BM25 as plain arrays: `rank_bm25.BM25Okapi`'s figures over the postings of all blocks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ingest.index.blocks.postings import Numbers, Postings

EPSILON = 0.25


@dataclass(frozen=True, slots=True)
class Bm25Index:
    """Okapi BM25 over `n` passages and `m` terms.

    `vocabulary` maps a term to its row; the postings of row t are `passages[starts[t]:starts[t + 1]]` with their
    `counts`; `idf` is float64 [m], `lengths` (tokens of each passage) float64 [n].
    Source of the formula: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
    with rank_bm25's floor for terms in more than half of the passages (epsilon times the mean idf).
    """

    vocabulary: dict[str, int]
    idf: npt.NDArray[np.float64]
    starts: npt.NDArray[np.int64]
    passages: npt.NDArray[np.int32]
    counts: npt.NDArray[np.float32]
    lengths: npt.NDArray[np.float64]
    k1: float
    b: float
    _norms: npt.NDArray[np.float64] = field(init=False, repr=False)  # of each passage, what its length makes of a count
    _weights: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Passages of no token at all have no mean length, and no postings that would ask for it."""
        mean = self.lengths.mean() if self.lengths.any() else 1.0
        object.__setattr__(self, "_norms", self.k1 * (1 - self.b + self.b * self.lengths / mean))
        weights = np.maximum(self.idf, 0.0)
        object.__setattr__(self, "_weights", [*weights.tolist(), float(weights.max(initial=0.0))])

    @classmethod
    def over(cls, blocks: Iterable[Postings], k1: float, b: float) -> "Bm25Index":
        """Over the passages of all blocks, one after the other, of none of which the terms are held. Raises ValueError when a
        block has a term twice."""
        vocabulary = Numbers()
        held = [
            _Held(np.fromiter(map(vocabulary.__getitem__, p.terms), np.int32), replace(p, terms=())) for p in blocks
        ]
        frequency = np.zeros(len(vocabulary), np.int64)
        for block in held:
            frequency[block.numbers] += block.frequency
        starts = np.concatenate(([0], np.cumsum(frequency)))
        if starts[-1] != sum(len(block.postings.rows) for block in held):
            raise ValueError("a term that comes twice")
        passages, counts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
        free, first = starts[:-1].copy(), 0  # where the next posting of a term goes, the block's first passage
        for block in held:
            own = block.postings
            places = np.repeat(free[block.numbers] - own.starts[:-1], block.frequency) + np.arange(len(own.rows))
            passages[places], counts[places] = own.rows + np.int32(first), own.counts
            free[block.numbers] += block.frequency
            first += len(own.lengths)
        lengths = np.concatenate([np.zeros(0), *(block.postings.lengths for block in held)])
        return cls(dict(vocabulary), _idf(frequency, first), starts, passages, counts, lengths, k1, b)

    def scores(self, tokens: Iterable[str]) -> npt.NDArray[np.float64]:
        """BM25 of every passage for the question's tokens, float64 [n]; a token given twice counts twice."""
        total = np.zeros(len(self.lengths))
        for token in tokens:
            row = self.vocabulary.get(token)
            if row is not None:
                where, gain = self.gains(row)
                total[where] += gain
        return total

    def gains(self, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """The passages that hold the term of this row, and what the term adds to the score of each."""
        span = slice(self.starts[row], self.starts[row + 1])
        where, count = self.passages[span], self.counts[span].astype(np.float64)
        return where, self.idf[row] * count * (self.k1 + 1) / (count + self._norms[where])

    def weight(self, term: str) -> float:
        """The term's idf, never negative; a term that no passage holds weighs as much as the rarest."""
        return self._weights[self.vocabulary.get(term, -1)]


@dataclass(frozen=True, eq=False)
class _Held:
    """The postings of a block, without its terms, and the numbers of these."""

    numbers: npt.NDArray[np.int32]
    postings: Postings

    @property
    def frequency(self) -> npt.NDArray[np.int32]:
        """In how many passages each stands."""
        return np.diff(self.postings.starts)


def _idf(frequency: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
    """rank_bm25's idf, of which none is below a share of the mean; the exact sum knows no order of terms."""
    idf = np.log(n - frequency + 0.5) - np.log(frequency + 0.5)
    floor = EPSILON * math.fsum(idf.tolist()) / max(len(idf), 1)
    return np.where(idf < 0, floor, idf)
