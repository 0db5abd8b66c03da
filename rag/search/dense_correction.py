"""What is taken off FAISS's inner products, so that a passage's score is about the question and nothing else."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ingest.index.read import NotesIndex
from ingest.passages.text import body_text
from ingest.schema import Kind
from ingest.text.scripts import count_han

Floats = npt.NDArray[np.float64]

BANK = 2000  # passages, evenly spaced, that nearness to everything is measured on
NEIGHBOURS = 50  # and how many of them count
POOL = 500  # nearest passages that the corrections put in order


@dataclass(frozen=True, slots=True)
class Levers:
    """What the experiments in docs/benchmarks.md kept; each can be taken off alone (benchmarks/ablation.py)."""

    crowded: float = 0.25  # times what a passage is nearer to its neighbours than is usual
    sentence: float = 0.3  # share of a passage's best sentence in its dense score
    language: float = 1.0  # times what a passage gains by being in the question's language alone
    list_dense: float = 0.05  # off the inner product of lists of questions and links
    list_bm25: float = 0.7  # times the BM25 score of those lists
    coverage: bool = True  # BM25 votes with the share of the question that its best passages hold, else with 1
    blend: float = 2.0  # weight of the ranking by both normalised scores; 0 is reciprocal rank fusion of two lists


@dataclass(frozen=True, slots=True)
class DenseCorrection:
    """The corrections of one index.

    `han` float64 [n] is each passage's share of Han characters, less the mean share; `slope` float32 [dimension]
    gives, times a question, the least-squares slope of its inner products over `han` (a prior of two pulls it to zero
    when all notes are in one language). A question in the language of most notes needs no such correction: that its
    language attracts is then true to the notes.

    The crowding term is the local scaling of CSLS (Conneau et al., "Word Translation Without Parallel Data", ICLR
    2018), with passages in place of questions, measured when a passage first comes up.
    """

    index: NotesIndex = field(repr=False)
    levers: Levers
    han: Floats
    mostly_han: bool
    slope: npt.NDArray[np.float32]
    lists: npt.NDArray[np.bool_]
    bank: npt.NDArray[np.int64]
    bank_vectors: npt.NDArray[np.float32]
    usual: float
    _crowding: npt.NDArray[np.float32]

    @classmethod
    def of(cls, index: NotesIndex, levers: Levers) -> "DenseCorrection":
        """Read what depends on the index only."""
        vectors = index.vectors()
        share = np.array([_han_share(body_text(passage)) for passage in index.passages])
        mean = float(share.mean()) if len(share) else 0.0
        han = share - mean
        bank = np.arange(0, len(vectors), max(1, -(-len(vectors) // BANK)))
        crowding = np.full(len(vectors), np.nan, np.float32)
        crowding[bank] = _mean_nearest(vectors[bank], bank, vectors[bank], bank)
        return cls(
            index=index,
            levers=levers,
            han=han,
            mostly_han=mean > 0.5,
            slope=((han @ vectors) / (han @ han + 2.0)).astype(np.float32),
            lists=np.array([passage.kind is not Kind.PROSE for passage in index.passages], dtype=bool),
            bank=bank,
            bank_vectors=vectors[bank],
            usual=float(crowding[bank].mean()) if len(bank) else 0.0,
            _crowding=crowding,
        )

    def corrected(
        self, question: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], items: npt.NDArray[np.int64]
    ) -> Floats:
        """The scores float64 [m] of passages `items` for a question float32 [dimension].

        `scores` are their inner products with it, the largest first.
        """
        slope = float(self.slope @ question)
        language = 0.0 if (slope > 0) == self.mostly_han else self.levers.language * slope
        corrected: Floats = scores - language * self.han[items]
        corrected -= self.levers.crowded * (self._crowded(items) - self.usual)
        corrected -= self.levers.list_dense * self.lists[items]
        return corrected + self.levers.sentence * self._by_sentence(question, corrected, items)

    def _by_sentence(self, question: npt.NDArray[np.float32], scores: Floats, items: npt.NDArray[np.int64]) -> Floats:
        """How much better each passage's best sentence fits than the passage itself; 0 without sentences.

        Against the mean of the nearest `POOL`, so that passages without sentences neither win nor lose.
        """
        gain: Floats = self.index.sentences.nearest(question, items) - scores
        near = gain[:POOL][~np.isnan(gain[:POOL])]
        return np.nan_to_num(gain - near.mean()) if len(near) else np.zeros_like(scores)

    def _crowded(self, items: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        new = items[np.isnan(self._crowding[items])]
        if len(new):
            self._crowding[new] = _mean_nearest(self.index.vectors_of(new), new, self.bank_vectors, self.bank)
        return self._crowding[items]


def _mean_nearest(
    vectors: npt.NDArray[np.float32],
    items: npt.NDArray[np.int64],
    bank_vectors: npt.NDArray[np.float32],
    bank: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Mean inner product float32 [m] of passages `items` with their nearest others in the bank."""
    near = vectors @ bank_vectors.T
    near[items[:, np.newaxis] == bank] = -np.inf
    count = min(NEIGHBOURS, len(bank) - 1)
    if count < 1:
        return np.zeros(len(items), np.float32)
    nearest = np.partition(near, -count, axis=1)[:, -count:]
    mean: npt.NDArray[np.float32] = nearest.mean(axis=1, dtype=np.float32)
    return mean


def _han_share(text: str) -> float:
    words = sum(c.isalnum() for c in text)
    return count_han(text) / words if words else 0.0
