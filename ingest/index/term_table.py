"""The tokens of all passages as numbers, so that BM25 over a vault of which one note changed takes a moment.

The table keeps each passage's tokens in order as rows of the sorted vocabulary. Passages of unchanged notes are carried
over as arrays; only what is new is ever a string.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.index.bm25 import EPSILON, Bm25Index
from ingest.index.npy import from_npy, to_npy

FILES = (
    "bm25_terms.json",
    "bm25_idf.npy",
    "bm25_starts.npy",
    "bm25_passages.npy",
    "bm25_counts.npy",
    "bm25_lengths.npy",
)
TOKENS = "tokens.npy"


@dataclass(frozen=True, eq=False)
class TermTable:
    """Tokens of n passages: those of passage i are `terms[t]` for t in `ids[starts[i]:starts[i + 1]]`.

    `terms` is sorted and holds no term that no passage has; `ids` int32, `starts` int64 [n + 1].
    """

    terms: Sequence[str]
    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, rows: Sequence[int], fresh: Iterator[Sequence[str]] | Sequence[Sequence[str]], base: "TermTable | None"
    ) -> "TermTable":
        """The table of passages of which number i has the tokens of `base`'s passage `rows[i]`, or, where that
        is -1, the next of `fresh`."""
        vocabulary: dict[str, int] = {term: number for number, term in enumerate(base.terms)} if base else {}
        pieces: list[npt.NDArray[np.int32]] = []
        new = iter(fresh)
        for row in rows:
            if base and row >= 0:
                pieces.append(base.ids[base.starts[row] : base.starts[row + 1]])
            else:
                pieces.append(np.array([vocabulary.setdefault(t, len(vocabulary)) for t in next(new)], np.int32))
        ids = np.concatenate([np.zeros(0, np.int32), *pieces])
        starts = np.concatenate(([0], np.cumsum([len(piece) for piece in pieces]))).astype(np.int64)
        return cls._sorted(list(vocabulary), ids, starts)

    @classmethod
    def _sorted(cls, terms: list[str], ids: npt.NDArray[np.int32], starts: npt.NDArray[np.int64]) -> "TermTable":
        """Leave out terms that no passage has any more, and number the others by their order."""
        used = np.flatnonzero(np.bincount(ids, minlength=len(terms)))
        order = sorted(used.tolist(), key=terms.__getitem__)
        number = np.zeros(len(terms), np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        return cls([terms[i] for i in order], number[ids], starts)

    def bm25(self, k1: float, b: float) -> Bm25Index:
        """The same figures, to the last bit, as rank_bm25 gives for the lists of tokens."""
        n, m = len(self.starts) - 1, len(self.terms)
        lengths = np.diff(self.starts)
        bits = n.bit_length()
        passage = np.repeat(np.arange(n, dtype=np.int64), lengths)
        postings, counts = np.unique((self.ids.astype(np.int64) << bits) | passage, return_counts=True)
        rows, where = postings >> bits, postings & ((1 << bits) - 1)
        frequency = np.bincount(rows, minlength=m)
        return Bm25Index(
            vocabulary={term: row for row, term in enumerate(self.terms)},
            idf=self._idf(frequency, n),
            starts=np.concatenate(([0], np.cumsum(frequency))).astype(np.int64),
            passages=where.astype(np.int32),
            counts=counts.astype(np.float32),
            lengths=lengths.astype(np.float64),
            k1=k1,
            b=b,
        )

    def _idf(self, frequency: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
        """rank_bm25's idf: its floor is a share of the mean, summed in the order in which terms are first seen."""
        seen, first = _firsts(self.ids, len(self.terms))
        idf = [math.log(n - f + 0.5) - math.log(f + 0.5) for f in frequency.tolist()]
        total = 0.0
        for term in seen[np.argsort(first)].tolist():
            total += idf[term]
        floor = EPSILON * (total / len(idf)) if idf else 0.0
        return np.array([floor if value < 0 else value for value in idf], np.float64)


def _firsts(ids: npt.NDArray[np.int32], m: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The ids (below `m`) that occur, ascending, and where each is first; without sorting all of them."""
    first = np.full(m, -1, np.int64)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)  # of several the last one is kept, which is the first of all
    seen = np.flatnonzero(first >= 0)
    return seen, first[seen]


def to_files(table: TermTable, bm25: Bm25Index) -> dict[str, bytes]:
    """The files that `from_files` and `table_from` read, by name."""
    arrays: tuple[npt.NDArray[Any], ...] = (bm25.idf, bm25.starts, bm25.passages, bm25.counts, bm25.lengths)
    files = {FILES[0]: (json.dumps(list(table.terms), ensure_ascii=True) + "\n").encode("ascii")}
    files |= {name: to_npy(array) for name, array in zip(FILES[1:], arrays, strict=True)}
    return files | {TOKENS: to_npy(table.ids)}


def bm25_from(files: Mapping[str, bytes], k1: float, b: float) -> Bm25Index:
    """The BM25 index out of its files. Raises ValueError when they hold anything but plain arrays."""
    terms = json.loads(files[FILES[0]])
    idf, starts, passages, counts, lengths = (from_npy(files[name]) for name in FILES[1:])
    return Bm25Index({term: row for row, term in enumerate(terms)}, idf, starts, passages, counts, lengths, k1, b)


def table_from(tokens: bytes, bm25: Bm25Index) -> TermTable:
    """The table that a BM25 index was made of; `tokens` are the bytes of the file TOKENS."""
    starts = np.concatenate(([0], np.cumsum(bm25.lengths))).astype(np.int64)
    return TermTable(list(bm25.vocabulary), from_npy(tokens), starts)
