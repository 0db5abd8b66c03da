"""The notes, sections, passages and vectors of all blocks, as if they were one; each is made when it is asked for."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt

from ingest.index.blocks.block import Block
from ingest.schema import Note, Passage, Section

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Item = TypeVar("Item")


class _ByName(Mapping[str, Item]):
    """What blocks hold of one kind, in its order."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks

    @cached_property
    def _places(self) -> Mapping[str, tuple[Block, int]]:
        return {name: (block, row) for block in self._blocks for row, name in enumerate(self._names(block))}

    def _names(self, block: Block) -> Iterable[str]:
        raise NotImplementedError

    def place(self, name: str) -> tuple[Block, int]:
        """Its block, and its number there."""
        return self._places[name]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Notes(_ByName[Note]):
    """By path."""

    def _names(self, block: Block) -> Iterable[str]:
        return (path for path, _ in block.notes)

    def __getitem__(self, path: str) -> Note:
        block, number = self.place(path)
        return block.note(number)


class Sections(_ByName[Section]):
    """By id."""

    def _names(self, block: Block) -> Iterable[str]:
        return block.section_ids

    def __getitem__(self, name: str) -> Section:
        block, row = self.place(name)
        return block.section(row)


class Passages(Sequence[Passage]):
    """By number."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self.firsts = [0, *accumulate(len(block.passages) for block in blocks)]

    @overload
    def __getitem__(self, item: int) -> Passage: ...
    @overload
    def __getitem__(self, item: slice) -> Sequence[Passage]: ...
    def __getitem__(self, item: int | slice) -> Passage | Sequence[Passage]:
        if isinstance(item, slice):
            return [self[number] for number in range(*item.indices(len(self)))]
        number = item + len(self) if item < 0 else item
        if not 0 <= number < len(self):
            raise IndexError(item)
        block = bisect_right(self.firsts, number) - 1
        return self._blocks[block].passage(number - self.firsts[block])

    def __len__(self) -> int:
        return self.firsts[-1]


@dataclass(frozen=True, eq=False)
class Vectors:
    """Unit vectors float32 [n, dimension] of all passages, where their blocks have them."""

    blocks: Sequence[Floats]
    dimension: int

    @cached_property
    def _firsts(self) -> Rows:
        return np.cumsum([0, *map(len, self.blocks)])

    @property
    def shape(self) -> tuple[int, int]:
        """Passages and dimension."""
        return len(self), self.dimension

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def __getitem__(self, rows: Rows | Sequence[int] | slice | int) -> Floats:
        """Those of a passage, float32 [dimension], or of several, float32 [rows, dimension]; a copy."""
        asked = np.arange(len(self))[rows]
        wanted = np.atleast_1d(asked)
        found = np.empty((len(wanted), self.dimension), np.float32)
        block_of = np.searchsorted(self._firsts, wanted, side="right") - 1
        for block in np.unique(block_of):
            here = block_of == block
            found[here] = self.blocks[block][wanted[here] - self._firsts[block]]
        return found.reshape(*asked.shape, self.dimension)

    def nearest(self, vectors: Floats, n: int, allowed: npt.NDArray[np.bool_] | None = None) -> tuple[Floats, Rows]:
        """The `n` nearest passages of each row of `vectors` (float32 [q, dimension], unit length).

        Returns inner products float32 [q, m] and passage numbers int64 [q, m], best first, equal ones in passage order;
        m is the smaller of `n` and the number of passages. With `allowed`, bool [passages], only those are found.
        """
        if allowed is not None:
            rows = np.flatnonzero(allowed)
            return _best(vectors @ self[rows].T, np.broadcast_to(rows, (len(vectors), len(rows))), n)
        scores = self._products(np.ascontiguousarray(vectors, np.float32))
        return _best(scores, np.broadcast_to(np.arange(len(self)), scores.shape), n)

    def _products(self, vectors: Floats) -> Floats:
        """The inner products float32 [q, n] by FAISS: each has the same bits whatever else is in its block."""
        import faiss

        products = np.empty((len(vectors), len(self)), np.float32)
        numbers = np.arange(max(map(len, self.blocks), default=0))
        for query, row in zip(vectors, products, strict=True):
            for first, block in zip(self._firsts, self.blocks, strict=False):
                into = row[first : first + len(block)]
                # By number: what takes several rows at once rounds them by their place.
                pointers = map(faiss.swig_ptr, (into, query, block, numbers))
                faiss.fvec_inner_products_by_idx(*pointers, self.dimension, 1, len(block))  # type: ignore[attr-defined]
        return products


def _best(scores: Floats, rows: Rows, n: int) -> tuple[Floats, Rows]:
    """The `n` best of each line, equal ones by their row."""
    if n < scores.shape[1]:
        worst = np.partition(scores, -n, axis=1)[:, [-n]] if n else np.full((len(scores), 1), np.inf)
        fewest = max((scores >= worst).sum(axis=1).max(initial=0), n)
        keep = np.argsort(scores < worst, axis=1, kind="stable")[:, :fewest]
        scores, rows = np.take_along_axis(scores, keep, axis=1), np.take_along_axis(rows, keep, axis=1)
    order = np.lexsort((rows, -scores), axis=1)[:, :n]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
