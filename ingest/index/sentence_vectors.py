"""The sentences of the passages as vectors, so that one telling sentence is not lost in its passage's mean.

A number takes one byte: row `i` of `codes`, times `scales[i]`, is the sentence's vector to within 1/254 of its largest
number, far below what tells one sentence from another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.index.npy import from_npy, to_npy

FILES = ("sentence_starts.npy", "sentence_scales.npy", "sentence_codes.npy")
_BLOCK = 20_000  # sentences compared at a time: 30 MB of float32

Vectors = npt.NDArray[np.float32]  # [sentences, dimension]
Packed = tuple[npt.NDArray[np.float32], npt.NDArray[np.int8]]  # scales and codes of one passage


@dataclass(frozen=True, slots=True, eq=False)
class SentenceVectors:
    """The sentences of passage `i` are rows `starts[i]:starts[i + 1]`, in the order of the text.

    `starts` is int64 [passages + 1], `scales` float32 [sentences], `codes` int8 [sentences, dimension].
    """

    starts: npt.NDArray[np.int64]
    scales: npt.NDArray[np.float32] = field(repr=False)
    codes: npt.NDArray[np.int8] = field(repr=False)

    @classmethod
    def of(cls, passages: Sequence[Packed], dimension: int) -> "SentenceVectors":
        """Put the passages' sentences one behind the other."""
        counts = [len(scales) for scales, _ in passages]
        return cls(
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.concatenate([np.zeros(0, np.float32), *(scales for scales, _ in passages)]),
            np.concatenate([np.zeros((0, dimension), np.int8), *(codes for _, codes in passages)]),
        )

    def passage(self, item: int) -> Packed:
        """The sentences of one passage."""
        rows = slice(self.starts[item], self.starts[item + 1])
        return self.scales[rows], self.codes[rows]

    def nearest(self, question: Vectors, items: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The largest inner product float32 [m] of a question float32 [dimension] with a sentence of each passage.

        NaN for a passage without sentences.
        """
        counts = self.starts[items + 1] - self.starts[items]
        best = np.full(len(items), np.nan, np.float32)
        for some in _blocks(np.flatnonzero(counts), counts):
            of_some = counts[some]
            firsts = np.cumsum(of_some) - of_some
            rows = np.arange(of_some.sum()) + np.repeat(self.starts[items[some]] - firsts, of_some)
            products = (self.codes[rows].astype(np.float32) @ question) * self.scales[rows]
            best[some] = np.maximum.reduceat(products, firsts)
        return best


def _blocks(passages: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """The passages in runs of about `_BLOCK` sentences."""
    ends = np.cumsum(counts[passages])
    cuts = np.searchsorted(ends, np.arange(_BLOCK, ends[-1] if len(ends) else 0, _BLOCK))
    return (run for run in np.split(passages, cuts) if len(run))


def pack(vectors: Vectors) -> Packed:
    """Vectors with one byte a number."""
    scales = np.abs(vectors).max(axis=1, initial=0.0) / np.float32(127)
    codes = np.rint(vectors / np.where(scales > 0, scales, 1)[:, np.newaxis])
    return scales.astype(np.float32), codes.astype(np.int8)


def to_files(sentences: SentenceVectors) -> dict[str, bytes]:
    """The files that `sentences_from` reads, by name."""
    arrays: tuple[npt.NDArray[Any], ...] = (sentences.starts, sentences.scales, sentences.codes)
    return {name: to_npy(array) for name, array in zip(FILES, arrays, strict=True)}


def sentences_from(files: Mapping[str, bytes]) -> SentenceVectors:
    """The sentences out of their files. Raises ValueError when those do not fit together."""
    sentences = SentenceVectors(*(from_npy(files[name]) for name in FILES))
    whole = len(sentences.scales) == len(sentences.codes) == sentences.starts[-1]
    if not whole or (np.diff(sentences.starts) < 0).any():
        raise ValueError("the files of the sentences do not fit together")
    return sentences
