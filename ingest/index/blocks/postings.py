"""Which term stands in which passage how often, for the passages of one block.

What is carried over from an earlier block is copied as numbers; only what is new is ever a string.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Tokens = Sequence[str]  # of one passage


@dataclass(frozen=True, eq=False)
class Postings:
    """Those of term t, of p passages: `rows[starts[t]:starts[t + 1]]` ascending, with their `counts`.

    `terms` is sorted, and no term is without a passage; `starts` int32 [terms + 1], `lengths` (tokens of each passage)
    int32 [p]; `rows` and `counts` are unsigned and as short as can be.
    """

    terms: Sequence[str]
    starts: npt.NDArray[np.int32]
    rows: npt.NDArray[np.unsignedinteger]
    counts: npt.NDArray[np.unsignedinteger]
    lengths: npt.NDArray[np.int32]

    @classmethod
    def of(cls, pieces: Iterable["Tokens | Carried"]) -> "Postings":
        """Those of passages one after the other: new ones by their tokens, others as they were."""
        numbers = Numbers()
        ids, rows, counts, lengths = ([np.zeros(0, np.int64)] for _ in range(4))
        first = 0
        for piece in _joined(pieces):
            if isinstance(piece, Carried):
                terms, row, count, length = piece.postings.part(piece.first, piece.last)
                known = np.unique(terms)
                number = np.zeros(len(piece.postings.terms), np.int64)
                number[known] = [numbers[piece.postings.terms[t]] for t in known.tolist()]
                ids.append(number[terms])
            else:
                ids.append(np.fromiter(map(numbers.__getitem__, piece), np.int64, len(piece)))
                row, count, length = (
                    np.zeros(len(piece), np.int64),
                    np.ones(len(piece), np.int64),
                    np.array([len(piece)]),
                )
            rows.append(row + first)
            counts.append(count)
            lengths.append(length)
            first += len(length)
        return cls._sorted(numbers, *(np.concatenate(parts) for parts in (ids, rows, counts, lengths)))

    @classmethod
    def _sorted(
        cls,
        numbers: dict[str, int],
        ids: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int64],
        counts: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
    ) -> "Postings":
        """Where a term comes several times in a row, its counts are added up."""
        terms = sorted(numbers)
        place = np.zeros(len(terms), np.int64)
        place[[numbers[term] for term in terms]] = np.arange(len(terms))
        postings = place[ids] * max(len(lengths), 1) + rows
        order = np.argsort(postings)
        postings = postings[order]
        begun = np.flatnonzero(np.diff(postings, prepend=-1))
        counts = np.add.reduceat(counts[order], begun) if len(begun) else counts
        ids, rows = np.divmod(postings[begun], max(len(lengths), 1))
        starts = np.concatenate(([0], np.cumsum(np.bincount(ids, minlength=len(terms)))))
        return cls(terms, starts.astype(np.int32), _short(rows), _short(counts), lengths.astype(np.int32))

    def part(self, first: int, last: int) -> tuple[npt.NDArray[np.int64], ...]:
        """The terms, rows (from 0) and counts of the postings of passages `first` to `last` (exclusive), and their lengths."""
        inside = (self.rows >= first) & (self.rows < last)
        terms = np.repeat(np.arange(len(self.terms)), np.diff(self.starts))[inside]
        rows, counts = self.rows[inside].astype(np.int64) - first, self.counts[inside].astype(np.int64)
        return terms, rows, counts, self.lengths[first:last].astype(np.int64)


@dataclass(frozen=True, slots=True)
class Carried:
    """Passages `first` to `last` (exclusive) of an earlier block."""

    postings: Postings
    first: int
    last: int


class Numbers(dict[str, int]):
    """Terms by number; a new one comes behind those that are known."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


def _joined(pieces: Iterable["Tokens | Carried"]) -> Iterator["Tokens | Carried"]:
    """The same, with what follows on itself in one piece."""
    held: Carried | None = None
    for piece in pieces:
        follows = held and isinstance(piece, Carried) and (piece.postings, piece.first) == (held.postings, held.last)
        if held and not follows:
            yield held
            held = None
        if not isinstance(piece, Carried):
            yield piece
        else:
            held = replace(held, last=piece.last) if held else piece
    if held:
        yield held


def _short(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.unsignedinteger]:
    kind = np.min_scalar_type(int(numbers.max(initial=0)))
    short: npt.NDArray[np.unsignedinteger] = numbers.astype(kind.newbyteorder("<"))
    return short
