"""The generations on the disk that a build starts from. Reads only; a block that is damaged is as if it were not there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.blocks.block import Block, keys_and_outlines, read_block, readable, verified
from ingest.index.blocks.records import outlines_of
from ingest.index.manifest import BlockSum, FileSum, Manifest, read_pointer
from ingest.index.read import READERS, generations, read_manifest
from ingest.passages.overview import Outline
from ingest.schema import Note, SplitNote

MANY = 64  # texts to embed, from which it pays to look for their vectors further back
_HELD = 4  # blocks that are kept when they were read


class Earlier:
    """One generation, looked through once: `notes` are the SHA-256 of those in blocks that are whole, by path, `whole` tells
    whether all are. A block is read again when something of it is needed."""

    def __init__(self, index_dir: Path, name: str) -> None:
        """Raises IndexDamaged or IndexMismatch when there is no manifest to go by."""
        self.name, self.manifest = name, read_manifest(index_dir, name)
        self._index_dir = index_dir
        self._notes_of = tuple(self.manifest.notes_by_block())
        with ThreadPoolExecutor(READERS) as readers:
            glances = readers.map(self._glance, self.manifest.blocks)
            seen = {number: glance for number, glance in enumerate(glances) if glance}
        self._keys = {number: keys for number, (keys, _) in seen.items()}
        self._outlines = {number: outlines for number, (_, outlines) in seen.items()}
        self._files_whole = all(self._is_whole(file, listed) for file, listed in self.manifest.files.items())
        self._outlined: dict[int, Sequence[Outline]] = {}
        self.block = lru_cache(_HELD)(self._read)

    @property
    def whole(self) -> bool:
        """Whether every byte is as the manifest says."""
        return self._files_whole and len(self._keys) == len(self._notes_of)

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """The SHA-256 of the notes, by path."""
        return {path: digest for number in self._keys for path, digest in self._notes_of[number]}

    def blocks(self) -> Iterable[tuple[int, BlockSum, tuple[str, ...]]]:
        """Those that are whole, by number, with the paths of their notes."""
        for number in self._keys:
            yield number, self.manifest.blocks[number], tuple(path for path, _ in self._notes_of[number])

    def outlines(self, number: int) -> Sequence[Outline]:
        """What the notes of a block show of themselves."""
        if number not in self._outlined:
            with readable(self.name):
                self._outlined[number] = outlines_of(self._outlines[number])
        return self._outlined[number]

    def outline(self, path: str) -> Outline:
        """What a note shows of itself; raises KeyError when there was none."""
        number, at = self._place[path]
        return self.outlines(number)[at]

    def note(self, path: str) -> Note:
        """A note as it was; raises KeyError when there was none."""
        number, at = self._place[path]
        return self.block(number).note(at)

    def split(self, path: str) -> tuple[SplitNote, int, range]:
        """A note with all that belongs to it, the number of its block and those of its passages there."""
        number, at = self._place[path]
        block = self.block(number)
        return block.split(at), number, block.passages_of(at)

    def find(self, keys: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
        """Where there are vectors of these keys: block and passage."""
        wanted = set(keys)
        return {
            key: (number, row)
            for number, own in self._keys.items()
            for row, key in enumerate(own.tolist())
            if key in wanted
        }

    @cached_property
    def _place(self) -> Mapping[str, tuple[int, int]]:
        return {path: (number, at) for number in self._keys for at, (path, _) in enumerate(self._notes_of[number])}

    def _glance(self, listed: BlockSum) -> tuple[npt.NDArray[np.void], bytes] | None:
        """The keys and outlines of a block, and no more; None when it is damaged."""
        try:
            return keys_and_outlines(self._index_dir, listed)
        except IndexDamaged:
            return None

    def _is_whole(self, file: str, listed: FileSum) -> bool:
        try:
            verified(self._index_dir, f"{self.name}/{file}", listed)
        except IndexDamaged:
            return False
        return True

    def _read(self, number: int) -> Block:
        return read_block(self._index_dir, self.manifest.blocks[number], self._notes_of[number])


def manifest_in_use(index_dir: Path) -> Manifest | None:
    """What the generation in use says it is made of."""
    pointer = read_pointer(index_dir)
    try:
        return read_manifest(index_dir, pointer.name) if pointer else None
    except (IndexDamaged, IndexMismatch):  # rebuilt, that is what the build is for
        return None


def newest_whole(index_dir: Path) -> Earlier | None:
    """The generation in use, or the newest that is whole, or else what is left of the newest."""
    pointer = read_pointer(index_dir)
    names = [pointer.name, pointer.previous] if pointer else []
    names += [name for name in generations(index_dir) if name not in names]
    left: Earlier | None = None
    for name in names:
        try:
            found = Earlier(index_dir, name)
        except (IndexDamaged, IndexMismatch):  # of no use, and removed once the new one is in place
            continue
        if found.whole:
            return found
        left = left or found
    return left


def one_before(index_dir: Path, model_id: str, dimension: int) -> Earlier | None:
    """The generation before the one in use when it has vectors of this model: who goes back to earlier notes (another
    branch, a drive that was not mounted) shall not wait for all to be embedded again."""
    pointer = read_pointer(index_dir)
    if pointer is None or not pointer.previous:
        return None
    try:
        before = Earlier(index_dir, pointer.previous)
    except (IndexDamaged, IndexMismatch):  # it was only a chance
        return None
    return before if (before.manifest.model_id, before.manifest.dimension) == (model_id, dimension) else None
