"""The index as its readers see it: every byte is in memory and checked before anything parses it, and parsed when it is needed."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import IndexDamaged, IndexMismatch, IndexMissing
from ingest.index.blocks.block import Block, read_block, readable, verified
from ingest.index.blocks.records import require
from ingest.index.bm25 import Bm25Index
from ingest.index.manifest import (
    CURRENT,
    MANIFEST,
    BlockSum,
    Manifest,
    Pointer,
    is_generation,
    parse_manifest,
    read_pointer,
    read_regular,
)
from ingest.index.views import Notes, Passages, Sections, Vectors
from ingest.messages import Message, reason_of
from ingest.passages.overview import OVERVIEW, Overview
from ingest.schema import Section
from ingest.text.tokens import TOKENIZER_VERSION

EXTRA = "extra.json"
_ATTEMPTS = 10
READERS = 4  # blocks are read and their sums made side by side


@dataclass(frozen=True, eq=False)
class NotesIndex:
    """One generation: it stays as it is while builds go on and its files are deleted.

    `passages[i]` is row i of `vectors` and `bm25`. Records are made when they are asked for, `bm25` with the first search.
    `pointed` is the generation that `CURRENT` named when this one was opened: another one than `generation` when that
    was damaged, which `notices` then tells. A page that compares `current_generation()` with `pointed` sees a new one.
    """

    generation: str
    pointed: str
    built: str  # ISO 8601, UTC; '' when not known
    manifest: Manifest
    blocks: tuple[Block, ...] = field(repr=False)
    extra: Mapping[str, Any] = field(repr=False)
    notices: tuple[Message, ...] = ()

    @cached_property
    def notes(self) -> Notes:
        """By path."""
        return Notes(self.blocks)

    @cached_property
    def sections(self) -> Sections:
        """By id, in order."""
        return Sections(self.blocks)

    @cached_property
    def passages(self) -> Passages:
        """By number."""
        return Passages(self.blocks)

    @cached_property
    def vectors(self) -> Vectors:
        """Of the passages."""
        return Vectors([block.vectors for block in self.blocks], self.manifest.dimension)

    @cached_property
    def bm25(self) -> Bm25Index:
        """Over the passages."""
        parameters = self.manifest.parameters
        postings = (block.read_postings() for block in self.blocks)
        with readable(self.generation):
            return Bm25Index.over(postings, parameters.bm25_k1, parameters.bm25_b)

    @cached_property
    def prose(self) -> npt.NDArray[np.bool_]:
        """Which passages are running text, bool [passages]."""
        return np.concatenate([np.zeros(0, np.bool_), *(block.prose for block in self.blocks)])

    def sections_of(self, path: str) -> list[Section]:
        """The sections of a note, in the order of its text; raises KeyError when there is no such note."""
        block, note = self.notes.place(path)
        return [block.section(row) for row in block.sections_of(note)]

    def passages_of(self, path: str) -> range:
        """The numbers of a note's passages; raises KeyError when there is no such note."""
        block, note = self.notes.place(path)
        first, own = self._first[block.name], block.passages_of(note)
        return range(first + own.start, first + own.stop)

    def passage_ids(self) -> list[str]:
        """Of all passages, in order."""
        return [name for block in self.blocks for name in block.passage_ids]

    def section_ids(self) -> list[str]:
        """The id of each passage's section, in order."""
        return [block.section_ids[row] for block in self.blocks for row in block.passages["section"].tolist()]

    def paths_of(self, items: npt.NDArray[np.integer]) -> set[str]:
        """The notes that these passages stand in, by path."""
        return {self._paths[number] for number in np.unique(self._note_of_passage[items]).tolist()}

    @cached_property
    def _paths(self) -> list[str]:
        return list(self.notes)

    @cached_property
    def _note_of_passage(self) -> npt.NDArray[np.int64]:
        firsts = accumulate((len(block.notes) for block in self.blocks), initial=0)
        numbers = (block.note_of_passage + first for first, block in zip(firsts, self.blocks, strict=False))
        return np.concatenate([np.zeros(0, np.int64), *numbers])

    @cached_property
    def _first(self) -> Mapping[str, int]:
        """The number of each block's first passage."""
        return {block.name: first for block, first in zip(self.blocks, self.passages.firsts, strict=False)}

    @property
    def overview(self) -> Overview:
        """What the notes are about."""
        return Overview(**{name: tuple(found) for name, found in self.extra.get(OVERVIEW, {}).items()})

    def search_dense(
        self, vectors: npt.NDArray[np.float32], n: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """`Vectors.nearest`."""
        return self.vectors.nearest(vectors, n, allowed)


def current_generation(index_dir: Path) -> str | None:
    """The name of the generation in use, or None; reads one small file."""
    pointer = read_pointer(index_dir)
    return pointer.name if pointer else None


def open_index(index_dir: Path, model_id: str | None = None, opened: NotesIndex | None = None) -> NotesIndex:
    """Open the generation in use, or, when it is damaged, the newest that is whole (which `notices` then says).

    Args:
        model_id: the embedding model that questions will be embedded with; None checks nothing.
        opened: an earlier generation; what both have in common is not read again.

    Raises:
        IndexMissing: when nothing was ever built here.
        IndexDamaged: when no generation is whole.
        IndexMismatch: when the index was made by another model, tokenizer or format.
    """
    for _ in range(_ATTEMPTS):
        pointer = read_pointer(index_dir)
        try:
            index = _open_whole(index_dir, pointer, opened)
        except IndexDamaged:
            if read_pointer(index_dir) == pointer:
                raise
            continue
        # A generation that vanished because two builds went by while it was read is no damage.
        if not index.notices or read_pointer(index_dir) == pointer:
            _check_use(index.manifest, model_id)
            return index
    raise IndexDamaged("index.changing", folder=index_dir)


def read_generation(index_dir: Path, name: str, opened: NotesIndex | None = None) -> NotesIndex:
    """Open one generation, whatever made it.

    Raises:
        IndexDamaged: when a file is missing or is not what the manifest says.
        IndexMismatch: when another version of the format wrote it.
    """
    manifest = read_manifest(index_dir, name)
    known = {block.name: block for block in opened.blocks} if opened else {}

    def block(listed: BlockSum, notes: tuple[tuple[str, str], ...]) -> Block:
        had = known.get(listed.file)
        return had if had and had.notes == notes else read_block(index_dir, listed, notes)

    with ThreadPoolExecutor(READERS) as readers:
        blocks = tuple(readers.map(block, manifest.blocks, manifest.notes_by_block()))
    if any(block.vectors.shape[1] != manifest.dimension for block in blocks):
        raise IndexDamaged("index.misfit", name=name)
    files = {file: verified(index_dir, f"{name}/{file}", listed) for file, listed in manifest.files.items()}
    with readable(name):
        index = NotesIndex(name, name, "", manifest, blocks, MappingProxyType(json.loads(files[EXTRA])))
        shown = index.overview
        require({*map(type, (*shown.topics, *shown.questions, *shown.headings))} <= {str}, "an overview of no words")
    return index


def read_manifest(index_dir: Path, name: str) -> Manifest:
    """The manifest of one generation; raises as `read_generation` does."""
    try:
        data = read_regular(index_dir / name / MANIFEST)
    except OSError as error:
        raise IndexDamaged("index.file_unreadable", file=f"{name}/{MANIFEST}", reason=reason_of(error)) from error
    return parse_manifest(data, name)


def _open_whole(index_dir: Path, pointer: Pointer | None, opened: NotesIndex | None) -> NotesIndex:
    """The first generation that is whole, that of `pointer` before the others."""
    notices: list[Message] = []
    if pointer is None and (index_dir / CURRENT).exists():
        notices.append(Message("index.current_damaged", file=CURRENT))
    for name, built in _candidates(index_dir, pointer):
        try:
            index = read_generation(index_dir, name, opened)
        except IndexDamaged as error:
            notices.append(error.message)
            continue
        except IndexMismatch:
            if not notices:  # the one in use; an older one of another format is only passed over
                raise
            continue
        if pointer is None and not notices:
            notices.append(Message("index.current_missing", file=CURRENT))
        if notices:
            dated = Message("index.fallback", name=name, built=built)
            notices.append(dated if built else Message("index.fallback_undated", name=name))
        return replace(index, pointed=pointer.name if pointer else "", built=built, notices=tuple(notices))
    if not notices:
        raise IndexMissing("index.missing", folder=index_dir)
    raise IndexDamaged.of(notices[0])


def _candidates(index_dir: Path, pointer: Pointer | None) -> Iterator[tuple[str, str]]:
    """Names and times of generations to try, the best first."""
    tried = set()
    if pointer:
        yield pointer.name, pointer.built
        tried.add(pointer.name)
        if pointer.previous:
            yield pointer.previous, pointer.previous_built
            tried.add(pointer.previous)
    for name in generations(index_dir):
        if name not in tried:
            yield name, ""


def generations(index_dir: Path) -> list[str]:
    """Names of the generations on the disk, the youngest first."""
    try:
        found = [(entry.stat().st_mtime_ns, entry.name) for entry in index_dir.iterdir() if is_generation(entry.name)]
    except OSError:  # no folder, or one that is vanishing: nothing can be opened
        return []
    return [name for _, name in sorted(found, reverse=True)]


def _check_use(manifest: Manifest, model_id: str | None) -> None:
    if model_id is not None and manifest.model_id != model_id:
        raise IndexMismatch("index.other_model", found=manifest.model_id, known=model_id)
    if manifest.parameters.tokenizer != TOKENIZER_VERSION:
        raise IndexMismatch("index.other_tokenizer", found=manifest.parameters.tokenizer, known=TOKENIZER_VERSION)
