"""The two legs where Milvus keeps the vectors: its hybrid search gives the candidates, and what is said of each is our own.

So a passage that is a candidate has the score that it has without Milvus, whatever BM25 its shards have and however its
index rounds; what may differ is only which passages are looked at.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ingest.index.read import NotesIndex
from ingest.store.read import Store
from rag.search.legs import Legs, Reach, Scorer, Weights, Wording, bank_of


@dataclass(frozen=True, slots=True)
class StoredScorer(Scorer):
    """Scores what Milvus finds: the nearest, as far as a search reaches, and the `worded` first by words. Its methods raise
    StoreError.

    Lists of n passages need the first n by words: one that only words find counts for no nearer than the last of the nearest, so
    that what stands above it by words does so in the sum. More than n are asked for, since Milvus weighs words by shard.
    """

    store: Store = field(repr=False)
    worded: int

    @classmethod
    def in_store(cls, store: Store, index: NotesIndex, weights: Weights, worded: int) -> "StoredScorer":
        """Read what depends on the index only."""
        bank = bank_of(index)
        return cls.over(index, weights, bank, store.vectors(bank), store=store, worded=worded)

    def legs(self, vector: npt.NDArray[np.float32], wording: Wording, reach: Reach) -> Legs:
        """What both legs say of the candidates for a wording with this vector, float32 [dimension]."""
        found, vectors = self.store.candidates(vector, wording.tokens, reach.pool, self.worded, reach.allowed)
        products = vectors @ vector
        near = np.lexsort((found, -products))[: reach.pool]
        share = np.zeros(len(self.index.passages))
        share[found] = self.share(wording.tokens)[found]
        return self.weighed(found[near], products[near], share, wording.bonus, vectors[near])
