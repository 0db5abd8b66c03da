"""The index as its readers see it: opened whole into memory, every byte checked before anything parses it."""

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import IndexDamaged, IndexMismatch, IndexMissing
from ingest.index.bm25 import Bm25Index
from ingest.index.jsonl import from_lines, notes_of, passages_of, sections_of
from ingest.index.manifest import (
    CURRENT,
    MANIFEST,
    Manifest,
    Pointer,
    is_generation,
    parse_manifest,
    read_pointer,
    read_regular,
)
from ingest.index.npy import from_npy
from ingest.index.sound import check_bm25, check_overview, check_records, check_tokens, check_vectors
from ingest.index.term_table import FILES as BM25
from ingest.index.term_table import TOKENS, TermTable, bm25_from, table_from
from ingest.messages import Message, reason_of
from ingest.passages.overview import OVERVIEW, Overview
from ingest.schema import Note, Passage, Section
from ingest.text.tokens import TOKENIZER_VERSION

NOTES, SECTIONS, PASSAGES = "notes.jsonl", "sections.jsonl", "passages.jsonl"
DENSE = "dense.npy"
EXTRA = "extra.json"
_PARSED = frozenset({NOTES, SECTIONS, PASSAGES, DENSE, EXTRA, TOKENS, *BM25})
_ATTEMPTS = 10
# What parsers raise over bytes that are not theirs.
_WRONG = (ValueError, LookupError, TypeError, AttributeError, OverflowError, OSError, RuntimeError)


@dataclass(frozen=True, eq=False)
class NotesIndex:
    """One generation, whole in memory: it stays as it is while builds go on and its files are deleted.

    `passages[i]` is row i of `vectors` and `bm25`; `embedded[i]` is the SHA-256 of the text that its vector was made of.
    `pointed` is the generation that `CURRENT` named when this one was opened: another one than `generation` when that
    was damaged, which `notices` then tells. A page that compares `current_generation()` with `pointed` sees a new one.
    """

    generation: str
    pointed: str
    built: str  # ISO 8601, UTC; '' when not known
    manifest: Manifest
    notes: Mapping[str, Note] = field(repr=False)  # by path
    sections: Mapping[str, Section] = field(repr=False)  # by id, in order
    passages: tuple[Passage, ...] = field(repr=False)
    embedded: tuple[str, ...] = field(repr=False)
    vectors: npt.NDArray[np.float32] = field(repr=False)  # [passages, dimension], unit length
    bm25: Bm25Index = field(repr=False)
    extra: Mapping[str, Any] = field(repr=False)
    notices: tuple[Message, ...] = ()

    @property
    def overview(self) -> Overview:
        """What the notes are about; empty in an index that was built before there was one."""
        return Overview(**{name: tuple(found) for name, found in self.extra.get(OVERVIEW, {}).items()})

    def search_dense(
        self, vectors: npt.NDArray[np.float32], n: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The `n` nearest passages of each row of `vectors` (float32 [q, dimension], unit length).

        Returns inner products float32 [q, m] and passage numbers int64 [q, m], best first, equal ones in passage order;
        m is the smaller of `n` and the number of passages. With `allowed`, bool [passages], only those are found.
        """
        if allowed is not None:
            return self._search_rows(vectors, n, np.flatnonzero(allowed))
        m = min(n, len(self.vectors))
        if m == 0:
            return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
        import faiss

        scores, rows = faiss.knn(
            np.ascontiguousarray(vectors, np.float32), self.vectors, m, metric=faiss.METRIC_INNER_PRODUCT
        )
        order = np.lexsort((rows, -scores), axis=1)
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _search_rows(
        self, vectors: npt.NDArray[np.float32], n: int, rows: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        scores = vectors @ self.vectors[rows].T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        return np.take_along_axis(scores, order, axis=1), rows[order]


def current_generation(index_dir: Path) -> str | None:
    """The name of the generation in use, or None; reads one small file."""
    pointer = read_pointer(index_dir)
    return pointer.name if pointer else None


def open_index(index_dir: Path, model_id: str | None = None) -> NotesIndex:
    """Open the generation in use, or, when it is damaged, the newest that is whole (which `notices` then says).

    Args:
        model_id: the embedding model that questions will be embedded with; None checks nothing.

    Raises:
        IndexMissing: when nothing was ever built here.
        IndexDamaged: when no generation is whole.
        IndexMismatch: when the index was made by another model, tokenizer or format.
    """
    for _ in range(_ATTEMPTS):
        pointer = read_pointer(index_dir)
        try:
            index = _open_whole(index_dir, pointer)
        except IndexDamaged:
            if read_pointer(index_dir) == pointer:
                raise
            continue
        # A generation that vanished because two builds went by while it was read is no damage.
        if not index.notices or read_pointer(index_dir) == pointer:
            _check_use(index.manifest, model_id)
            return index
    raise IndexDamaged("index.changing", folder=index_dir)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hundreds of thousands of new records, none of them garbage: looking for some takes as long as reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_collection()
def read_generation(index_dir: Path, name: str) -> NotesIndex:
    """Open one generation, whatever made it.

    Raises:
        IndexDamaged: when a file is missing or is not what the manifest says.
        IndexMismatch: when another version of the format wrote it.
    """
    manifest = read_manifest(index_dir, name)

    def verified(file: str) -> bytes:
        return _verified(index_dir, name, file, manifest)

    try:  # one file after the other, so that the bytes of all are never held at once
        notes = notes_of(from_lines(verified(NOTES)))
        sections = sections_of(from_lines(verified(SECTIONS)))
        passages, embedded = passages_of(from_lines(verified(PASSAGES)), notes, sections)
        index = NotesIndex(
            generation=name,
            pointed=name,
            built="",
            manifest=manifest,
            notes=MappingProxyType(notes),
            sections=MappingProxyType(sections),
            passages=passages,
            embedded=embedded,
            vectors=from_npy(verified(DENSE)),
            bm25=bm25_from(
                {file: verified(file) for file in BM25}, manifest.parameters.bm25_k1, manifest.parameters.bm25_b
            ),
            extra=MappingProxyType(json.loads(verified(EXTRA))),
        )
        check_records(notes, sections, passages, manifest.notes)
        check_vectors(index.vectors)
        check_bm25(index.bm25)
        check_tokens(from_npy(verified(TOKENS)), index.bm25)
        check_overview(index.overview)
        for file in manifest.files.keys() - _PARSED:
            verified(file)
    except _WRONG as error:
        raise IndexDamaged("index.unreadable", name=name, reason=repr(error)) from error
    held = (len(passages), len(index.bm25.lengths), len(sections), *index.vectors.shape, index.vectors.dtype)
    stated = (*[manifest.passages] * 2, manifest.sections, manifest.passages, manifest.dimension, np.float32)
    if held != stated:
        raise IndexDamaged("index.misfit", name=name)
    return index


def read_manifest(index_dir: Path, name: str) -> Manifest:
    """The manifest of one generation; raises as `read_generation` does."""
    try:
        data = read_regular(index_dir / name / MANIFEST)
    except OSError as error:
        raise IndexDamaged("index.file_unreadable", file=f"{name}/{MANIFEST}", reason=reason_of(error)) from error
    return parse_manifest(data, name)


def verify_generation(index_dir: Path, name: str) -> Manifest:
    """Check every byte of a generation without opening it; raises as `read_generation` does."""
    manifest = read_manifest(index_dir, name)
    for file in manifest.files:
        _verified(index_dir, name, file, manifest)
    return manifest


def read_tokens(index_dir: Path, index: NotesIndex) -> TermTable:
    """The tokens of each passage of a generation; raises IndexDamaged."""
    try:
        return table_from(_verified(index_dir, index.generation, TOKENS, index.manifest), index.bm25)
    except (ValueError, KeyError) as error:
        raise IndexDamaged("index.file_unreadable", file=f"{index.generation}/{TOKENS}", reason=repr(error)) from error


def _open_whole(index_dir: Path, pointer: Pointer | None) -> NotesIndex:
    """The first generation that is whole, that of `pointer` before the others."""
    notices: list[Message] = []
    if pointer is None and (index_dir / CURRENT).exists():
        notices.append(Message("index.current_damaged", file=CURRENT))
    for name, built in _candidates(index_dir, pointer):
        try:
            index = read_generation(index_dir, name)
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


def _verified(index_dir: Path, generation: str, file: str, manifest: Manifest) -> bytes:
    """The bytes of a file when they are those that the manifest lists."""
    listed = manifest.files[file]
    try:
        data = read_regular(index_dir / generation / file, listed.size + 1)
    except OSError as error:
        raise IndexDamaged("index.file_unreadable", file=f"{generation}/{file}", reason=reason_of(error)) from error
    if len(data) != listed.size or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise IndexDamaged("index.file_damaged", file=f"{generation}/{file}")
    return data


def _check_use(manifest: Manifest, model_id: str | None) -> None:
    if model_id is not None and manifest.model_id != model_id:
        raise IndexMismatch("index.other_model", found=manifest.model_id, known=model_id)
    if manifest.parameters.tokenizer != TOKENIZER_VERSION:
        raise IndexMismatch("index.other_tokenizer", found=manifest.parameters.tokenizer, known=TOKENIZER_VERSION)
