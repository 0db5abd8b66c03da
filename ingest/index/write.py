"""The index as its one writer leaves it: new blocks, a new generation of them, then `CURRENT` swung to it in one step."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.blocks.block import NewBlock
from ingest.index.durable import Disk, stated
from ingest.index.manifest import (
    BLOCKS,
    CURRENT,
    MANIFEST,
    BlockSum,
    FileSum,
    Manifest,
    Parameters,
    generation_name,
    is_generation,
    manifest_bytes,
    new_pointer,
    read_pointer,
    same_content,
)
from ingest.index.read import EXTRA, generations, read_manifest
from ingest.messages import Message

_DRAFT = "tmp-"


@dataclass(frozen=True, eq=False)
class Content:
    """All that goes into a generation. `notes` has the SHA-256 of each file by path, in the order of the `blocks`, which
    are those of an earlier generation or made when their turn has come."""

    parameters: Parameters
    notes: Mapping[str, str]
    stale: Mapping[str, Message]
    skipped: Mapping[str, Message]
    refused: Mapping[str, str]
    blocks: Iterable[BlockSum | NewBlock]
    extra: Mapping[str, Any]


def write_generation(index_dir: Path, content: Content, previous: str = "", disk: Disk | None = None) -> str:
    """Write a generation, make it the one in use, and return its name; the caller holds the writer's lock.

    Args:
        previous: the newest generation that is whole, to fall back on; if it is in use and its content is the
            same, nothing is published and its name is returned.

    Raises:
        NotesIndexError: naming the file, when the disk refuses; `CURRENT` is then as it was.
    """
    disk = disk or Disk()
    draft = index_dir / f"{_DRAFT}build"
    before = set(generations(index_dir))
    published = False
    try:
        blocks = _write_blocks(index_dir, content.blocks, disk)
        with stated(index_dir):
            disk.make_folder(draft)
            manifest = _write_files(draft, content, blocks, disk)
            pointer = read_pointer(index_dir)
            if pointer and pointer.name == previous and same_content(generation_name(manifest, ()), previous):
                return previous
            name = _publish(index_dir, draft, manifest, previous, disk)
        published = True
    finally:
        clean(index_dir, disk, () if published else set(generations(index_dir)) - before)
    return name


def clean(index_dir: Path, disk: Disk, unfinished: Collection[str] = ()) -> None:
    """Remove what killed builds left, `unfinished` ones, generations older than the one before the one in use, and blocks
    that no generation has any more.

    What cannot be removed does no harm, and the next build tries again.
    """
    pointer = read_pointer(index_dir)
    keep = (pointer.name, pointer.previous) if pointer else generations(index_dir)  # any may be the one to fall back on
    for entry in sorted(index_dir.iterdir()):
        old = is_generation(entry.name) and (entry.name not in keep or (not pointer and entry.name in unfinished))
        if old or entry.name.startswith(_DRAFT):
            with suppress(OSError):
                disk.remove(entry)
    _clean_blocks(index_dir, disk)


def _clean_blocks(index_dir: Path, disk: Disk) -> None:
    folder, needed = index_dir / BLOCKS, set()
    for name in generations(index_dir):
        try:
            needed |= {block.file for block in read_manifest(index_dir, name).blocks}
        except IndexDamaged:  # it may be the disk that does not answer: nothing is taken away for that
            return
        except IndexMismatch:  # of an earlier version, which had none
            continue
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if f"{BLOCKS}/{file.name}" not in needed:
            with suppress(OSError):
                disk.remove(file)


def _write_blocks(index_dir: Path, blocks: Iterable[BlockSum | NewBlock], disk: Disk) -> tuple[BlockSum, ...]:
    """Write the new ones; returns what the manifest says of all."""
    folder = index_dir / BLOCKS
    listed = []
    for block in blocks:
        if isinstance(block, NewBlock):
            with stated(index_dir):
                block = _write_block(index_dir, block, disk)
        listed.append(block)
    with stated(index_dir):
        if folder.is_dir():
            disk.sync_path(folder)
    return tuple(listed)


def _write_block(index_dir: Path, block: NewBlock, disk: Disk) -> BlockSum:
    listed, data = block.packed()
    file = index_dir / listed.file
    if not file.parent.is_dir():
        disk.make_folder(file.parent)
        disk.sync_path(index_dir)
    draft = file.with_name(f"{_DRAFT}block")
    disk.write(draft, data)
    disk.replace(draft, file)
    return listed


def _publish(index_dir: Path, draft: Path, manifest: bytes, previous: str, disk: Disk) -> str:
    name = generation_name(manifest, generations(index_dir))
    disk.replace(draft, index_dir / name)
    disk.sync_path(index_dir)
    pointer = new_pointer(name, previous, read_pointer(index_dir))
    pointer_draft = index_dir / f"{_DRAFT}{CURRENT}"
    disk.write(pointer_draft, pointer.to_bytes())
    disk.replace(pointer_draft, index_dir / CURRENT)
    disk.sync_path(index_dir)
    return name


def _write_files(draft: Path, content: Content, blocks: tuple[BlockSum, ...], disk: Disk) -> bytes:
    """The files of the draft folder, the manifest last; returns the manifest's bytes."""
    extra = (json.dumps(content.extra, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")
    disk.write(draft / EXTRA, extra)
    manifest = manifest_bytes(
        Manifest(
            parameters=content.parameters,
            notes=content.notes,
            stale=content.stale,
            skipped=content.skipped,
            refused=content.refused,
            blocks=blocks,
            files={EXTRA: FileSum(len(extra), hashlib.sha256(extra).hexdigest())},
        )
    )
    disk.write(draft / MANIFEST, manifest)
    disk.sync_path(draft)
    return manifest
