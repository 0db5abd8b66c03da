"""The generations on the disk that a build starts from. Reads only; one that is damaged is as if it were not there."""

from collections.abc import Collection
from pathlib import Path

from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.manifest import Manifest, read_pointer
from ingest.index.read import (
    NotesIndex,
    generations,
    read_generation,
    read_manifest,
    verify_generation,
)

MANY = 64  # texts to embed, from which it pays to look for their vectors further back


def manifest_in_use(index_dir: Path) -> Manifest | None:
    """What the generation in use says it is made of."""
    pointer = read_pointer(index_dir)
    try:
        return read_manifest(index_dir, pointer.name) if pointer else None
    except (IndexDamaged, IndexMismatch):  # rebuilt, that is what the build is for
        return None


def in_use_is_whole(index_dir: Path) -> bool:
    """Whether every byte of the generation in use is as its manifest says."""
    pointer = read_pointer(index_dir)
    try:
        return pointer is not None and verify_generation(index_dir, pointer.name) is not None
    except IndexDamaged:
        return False


def newest_whole(index_dir: Path) -> NotesIndex | None:
    """The generation in use, or the newest that is whole."""
    pointer = read_pointer(index_dir)
    names = [pointer.name, pointer.previous] if pointer else []
    names += [name for name in generations(index_dir) if name not in names]
    for name in names:
        try:
            return read_generation(index_dir, name)
        except (IndexDamaged, IndexMismatch):  # of no use, and removed once the new one is in place
            continue
    return None


def vector_sources(
    index_dir: Path, base: NotesIndex | None, model_id: str, keys: Collection[str]
) -> tuple[NotesIndex, ...]:
    """Generations with vectors of this model: `base`, and when much is missing there, the one before, for who goes
    back to earlier notes (another branch, a drive that was not mounted) shall not wait for all to be embedded again."""
    if base is None or base.manifest.model_id != model_id:
        return ()
    pointer = read_pointer(index_dir)
    if pointer and pointer.previous and len(set(keys).difference(base.embedded)) > MANY:
        try:
            before = read_generation(index_dir, pointer.previous)
        except (IndexDamaged, IndexMismatch):  # it was only a chance
            return (base,)
        if (before.manifest.model_id, before.manifest.dimension) == (model_id, base.manifest.dimension):
            return base, before
    return (base,)
