"""BM25 as plain arrays: `rank_bm25.BM25Okapi`'s figures, kept so that they can be saved without a pickle."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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

    def __post_init__(self) -> None:
        """Passages of no token at all have no mean length, and no postings that would ask for it."""
        mean = self.lengths.mean() if self.lengths.any() else 1.0
        object.__setattr__(self, "_norms", self.k1 * (1 - self.b + self.b * self.lengths / mean))

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
        row = self.vocabulary.get(term)
        if row is None:
            return float(self.idf.max(initial=0.0))
        return max(float(self.idf[row]), 0.0)
