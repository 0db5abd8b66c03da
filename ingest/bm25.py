"""BM25 as plain arrays: `rank_bm25.BM25Okapi`'s figures, kept so that they can be saved without a pickle."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

EPSILON = 0.25
FILES = (
    "bm25_terms.json",
    "bm25_idf.npy",
    "bm25_starts.npy",
    "bm25_passages.npy",
    "bm25_counts.npy",
    "bm25_lengths.npy",
)


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

    @classmethod
    def build(cls, token_lists: Sequence[Sequence[str]], k1: float, b: float) -> "Bm25Index":
        """Index the passages; `token_lists[i]` are the tokens of passage i, and may be empty."""
        if not any(token_lists):
            empty = np.zeros(0)
            lengths = np.zeros(len(token_lists))
            return cls(
                {}, empty, np.zeros(1, np.int64), empty.astype(np.int32), empty.astype(np.float32), lengths, k1, b
            )
        okapi = BM25Okapi([list(tokens) for tokens in token_lists], k1=k1, b=b, epsilon=EPSILON)
        vocabulary = {term: row for row, term in enumerate(sorted(okapi.idf))}
        postings: list[list[tuple[int, int]]] = [[] for _ in vocabulary]
        for passage, frequencies in enumerate(okapi.doc_freqs):
            for term, count in frequencies.items():
                postings[vocabulary[term]].append((passage, count))
        flat = np.array([pair for row in postings for pair in row], dtype=np.int64)
        return cls(
            vocabulary=vocabulary,
            idf=np.array([okapi.idf[term] for term in vocabulary]),
            starts=np.concatenate(([0], np.cumsum([len(row) for row in postings]))).astype(np.int64),
            passages=flat[:, 0].astype(np.int32),
            counts=flat[:, 1].astype(np.float32),
            lengths=np.array(okapi.doc_len, dtype=np.float64),
            k1=k1,
            b=b,
        )

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
        norm = self.k1 * (1 - self.b + self.b * self.lengths[where] / self.lengths.mean())
        return where, self.idf[row] * count * (self.k1 + 1) / (count + norm)

    def weight(self, term: str) -> float:
        """The term's idf, never negative; a term that no passage holds weighs as much as the rarest."""
        row = self.vocabulary.get(term)
        if row is None:
            return float(self.idf.max(initial=0.0))
        return max(float(self.idf[row]), 0.0)

    def save(self, folder: Path) -> tuple[str, ...]:
        """Write the arrays; returns the names of the files in `folder`."""
        (folder / FILES[0]).write_text(json.dumps(list(self.vocabulary), ensure_ascii=True), encoding="ascii")
        arrays: tuple[npt.NDArray[Any], ...] = (self.idf, self.starts, self.passages, self.counts, self.lengths)
        for name, array in zip(FILES[1:], arrays, strict=True):
            np.save(folder / name, array, allow_pickle=False)
        return FILES

    @classmethod
    def load(cls, folder: Path, k1: float, b: float) -> "Bm25Index":
        """Read what `save` wrote."""
        terms = json.loads((folder / FILES[0]).read_text(encoding="ascii"))
        idf, starts, passages, counts, lengths = (np.load(folder / name, allow_pickle=False) for name in FILES[1:])
        return cls({term: row for row, term in enumerate(terms)}, idf, starts, passages, counts, lengths, k1, b)
