"""A block: notes that stand side by side in the index, with their passages, vectors and postings, as one file.

Its name is the SHA-256 of its bytes, so that generations share what they have in common, and a block that was read is
the one that was meant.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.errors import IndexDamaged
from ingest.index.blocks.npy import from_npy, to_npy
from ingest.index.blocks.parts import pack, unpack
from ingest.index.blocks.postings import Postings
from ingest.index.blocks.records import (
    KINDS,
    Rows,
    note_of,
    pack_records,
    passage_of,
    require,
    section_of,
    terms_bytes,
    terms_of,
    unpack_rows,
    words_of,
)
from ingest.index.manifest import BlockSum, FileSum, read_regular
from ingest.messages import reason_of
from ingest.passages.overview import Outline
from ingest.schema import Kind, Note, Passage, Section, SplitNote

KEPT = 64  # notes of a block that are kept when they were asked for
# What parsers raise over bytes that are not theirs.
WRONG = (ValueError, LookupError, TypeError, AttributeError, OverflowError, OSError, RuntimeError)
_POSTINGS = ("starts", "rows", "counts", "lengths")
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NewBlock:
    """What a block is made of. `keys` (SHA-256 of what was embedded), `vectors` float32 [n, dimension] and `postings` count
    the passages of all notes, in order."""

    notes: Sequence[SplitNote]
    keys: Sequence[bytes]
    vectors: Vectors
    postings: Postings
    outlines: Sequence[Outline]

    def packed(self) -> tuple[BlockSum, bytes]:
        """What the manifest says of it, and its file; equal blocks give equal bytes."""
        arrays = {name: to_npy(getattr(self.postings, name)) for name in _POSTINGS}
        records = pack_records(self.notes, self.keys, self.outlines)
        data = pack(records | {"vectors": to_npy(self.vectors), "terms": terms_bytes(self.postings.terms)} | arrays)
        counts = len(self.notes), sum(len(split.sections) for split in self.notes), len(self.keys)
        return BlockSum(hashlib.sha256(data).hexdigest(), len(data), *counts), data


class Block:
    """One block, whole in memory; its records are made when they are asked for, and raise IndexDamaged when they cannot be.

    `sections` and `passages` are the rows (`records`), `vectors` float32 [passages, dimension], `notes` the paths with
    their SHA-256.
    """

    def __init__(self, name: str, data: bytes, notes: Sequence[tuple[str, str]]) -> None:
        """Raises IndexDamaged when the parts of the file are not what they should be."""
        self.name, self.notes = name, notes
        with readable(name):
            self._parts = parts = unpack(data)
            self._ends, self.sections, self.passages = unpack_rows(parts)
            self.vectors: Vectors = from_npy(parts["vectors"])
            require(len(self._ends) == len(notes), "another number of notes")
            _check_vectors(self.vectors, len(self.passages))
        self.note = lru_cache(KEPT)(self._note)

    def _note(self, number: int) -> Note:
        with readable(self.name):
            start = self._ends[number - 1] if number else 0
            return note_of(bytes(self._parts["notes"][start : self._ends[number]]), *self.notes[number])

    def section(self, row: int) -> Section:
        """One section, by its number in the block."""
        with readable(self.name):
            values = self.sections[row].item()
            return section_of(values, self.notes[values[1]][0], self._words[0])

    def passage(self, row: int) -> Passage:
        """One passage, by its number in the block."""
        with readable(self.name):
            values = self.passages[row].item()
            section = self.sections[values[1]]
            return passage_of(values, section["id"], self.note(int(section["note"])), *self._words)

    def sections_of(self, note: int) -> range:
        """The sections of a note."""
        return _range(self.sections["note"], note)

    def passages_of(self, note: int) -> range:
        """The passages of a note."""
        return _range(self.note_of_passage, note)

    def split(self, note: int) -> SplitNote:
        """A note with all that belongs to it."""
        sections = tuple(map(self.section, self.sections_of(note)))
        return SplitNote(self.note(note), sections, tuple(map(self.passage, self.passages_of(note))))

    @cached_property
    def keys(self) -> list[bytes]:
        """The SHA-256 of what was embedded for each passage."""
        keys: list[bytes] = self.passages["key"].tolist()
        return keys

    @cached_property
    def section_ids(self) -> list[str]:
        """Of each section."""
        return self._ids(self.sections)

    @cached_property
    def passage_ids(self) -> list[str]:
        """Of each passage."""
        return self._ids(self.passages)

    def _ids(self, rows: Rows) -> list[str]:
        with readable(self.name):
            return [name.decode("ascii") for name in rows["id"].tolist()]

    @cached_property
    def prose(self) -> npt.NDArray[np.bool_]:
        """Which passages are running text, bool [passages]."""
        prose: npt.NDArray[np.bool_] = self.passages["kind"] == KINDS.index(Kind.PROSE)
        return prose

    @cached_property
    def postings(self) -> Postings:
        """Which term stands in which passage; kept, so not for all blocks: their terms are most of an index's memory."""
        return self.read_postings()

    def read_postings(self) -> Postings:
        """The same, made anew."""
        with readable(self.name):
            arrays = (from_npy(self._parts[name]) for name in _POSTINGS)
            postings = Postings(terms_of(self._parts["terms"]), *arrays)
            _check_postings(postings, len(self.passages))
            return postings

    @cached_property
    def _words(self) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
        return words_of(self._parts["words"])

    @cached_property
    def note_of_passage(self) -> npt.NDArray[np.int32]:
        """The number of each passage's note, int32 [passages]."""
        notes: npt.NDArray[np.int32] = self.sections["note"][self.passages["section"]]
        return notes


def read_block(index_dir: Path, listed: BlockSum, notes: Sequence[tuple[str, str]]) -> Block:
    """The block that a manifest lists.

    Raises:
        IndexDamaged: when its file is missing, is not what the manifest says, or holds something else than a block.
    """
    name = listed.file
    block = Block(name, verified(index_dir, name, listed), notes)
    if (len(block.sections), len(block.passages)) != (listed.sections, listed.passages):
        raise IndexDamaged("index.misfit", name=name)
    return block


def keys_and_outlines(index_dir: Path, listed: BlockSum) -> tuple[npt.NDArray[np.void], bytes]:
    """The keys of a block's passages, and its outlines (`outlines_of`); raises as `read_block` does."""
    name = listed.file
    data = verified(index_dir, name, listed)
    with readable(name):
        parts = unpack(data)
        return from_npy(parts["passages"])["key"].copy(), bytes(parts["outlines"])


def verified(index_dir: Path, name: str, listed: BlockSum | FileSum) -> bytes:
    """The bytes of a file when they are those that the manifest lists; raises IndexDamaged."""
    try:
        data = read_regular(index_dir / name, listed.size + 1)
    except OSError as error:
        raise IndexDamaged("index.file_unreadable", file=name, reason=reason_of(error)) from error
    if len(data) != listed.size or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise IndexDamaged("index.file_damaged", file=name)
    return data


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Say of a file that holds something else than it should which one it is."""
    try:
        yield
    except WRONG as error:
        raise IndexDamaged("index.unreadable", name=name, reason=repr(error)) from error


def _range(numbers: npt.NDArray[np.int32], number: int) -> range:
    first, last = np.searchsorted(numbers, [number, number + 1])
    return range(int(first), int(last))


def _check_vectors(vectors: Vectors, passages: int) -> None:
    require(vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == passages, "vectors of another type")
    with np.errstate(over="ignore", invalid="ignore"):
        require(np.isfinite(np.vdot(vectors, vectors)), "vectors that are no numbers")


def _check_postings(held: Postings, passages: int) -> None:
    """The postings name passages that are there, and every figure is a number."""
    for array in (held.starts, held.rows, held.counts, held.lengths):
        kinds = ("<i4",) if array is held.starts or array is held.lengths else ("<u1", "<u2", "<u4")
        require(array.dtype in map(np.dtype, kinds) and array.ndim == 1, "postings of another type")
    starts = held.starts
    require(len(starts) == len(held.terms) + 1 and starts[0] == 0, "another number of terms")
    require(starts[-1] == len(held.rows) == len(held.counts), "another number of postings")
    require((starts[1:] > starts[:-1]).all() and len(held.lengths) == passages, "postings that overlap")
    require(held.rows.max(initial=0) < max(passages, 1) and (held.counts > 0).all(), "postings of no passage")
    require((held.lengths >= 0).all() and held.lengths.sum() == held.counts.sum(), "passages of another length")
