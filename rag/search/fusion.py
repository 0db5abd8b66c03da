"""Several rankings of the same things become one.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
SIGIR 2009: RRF(d) = sum over rankings i of w_i / (c + rank_i(d)), ranks from 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

C = 60.0


@dataclass(frozen=True, slots=True)
class Ranking:
    """One retriever's list: the score of each passage number, best first."""

    scores: Mapping[int, float]

    @classmethod
    def best(cls, scores: npt.NDArray[np.float64], n: int) -> "Ranking":
        """The `n` largest of the scores float64 [passages], equal ones in passage order; -inf has no place."""
        found = np.flatnonzero(scores > -np.inf)
        if len(found) > n:
            found = found[scores[found] >= np.partition(scores[found], -n)[-n]]
        order = found[np.argsort(-scores[found], kind="stable")[:n]]
        return cls(dict(zip(order.tolist(), scores[order].tolist(), strict=True)))

    @property
    def items(self) -> list[int]:
        """The passage numbers, best first."""
        return list(self.scores)

    @property
    def top(self) -> float:
        """The best score; -inf of an empty list."""
        return next(iter(self.scores.values()), -np.inf)

    def places(self) -> dict[int, int]:
        """Each passage number's rank, from 1."""
        return {item: rank for rank, item in enumerate(self.scores, start=1)}


@dataclass(frozen=True, slots=True)
class Fused:
    """One thing in the fused ranking: `score` is the sum of `shares`, one for each ranking that holds it."""

    item: int
    score: float
    shares: Mapping[str, float]
    ranks: Mapping[str, int]


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[int]], weights: Mapping[str, float] | None = None, c: float = C
) -> list[Fused]:
    """Fuse rankings (best first, no item twice in one) of items named by number.

    Best first; equal scores in the order of the items' numbers, so that the order of the rankings does not matter.
    A ranking without a weight counts 1.
    """
    shares: dict[int, dict[str, float]] = {}
    ranks: dict[int, dict[str, int]] = {}
    for name in sorted(rankings):
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        for rank, item in enumerate(rankings[name], start=1):
            shares.setdefault(item, {})[name] = weight / (c + rank)
            ranks.setdefault(item, {})[name] = rank
    fused = [Fused(item, sum(share.values()), share, ranks[item]) for item, share in shares.items()]
    return sorted(fused, key=lambda f: (-f.score, f.item))
