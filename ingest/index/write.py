"""The index as its one writer leaves it: a complete new generation, then `CURRENT` swung to it in one step."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.index.durable import Disk, stated
from ingest.index.jsonl import note_rows, passage_rows, section_rows, to_lines
from ingest.index.manifest import (
    CURRENT,
    MANIFEST,
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
from ingest.index.npy import to_npy
from ingest.index.read import DENSE, EXTRA, NOTES, PASSAGES, SECTIONS, generations
from ingest.index.term_table import TermTable, to_files
from ingest.messages import Message
from ingest.schema import SplitNote

_DRAFT = "tmp-"


@dataclass(frozen=True, eq=False)
class Content:
    """All that goes into a generation. `embedded`, `tokens` and `vectors` count the passages, in order.

    `vectors` is float32 [n, dimension]; `embedded` the SHA-256 of each passage's text that was embedded.
    """

    parameters: Parameters
    notes: Sequence[SplitNote]
    stale: Mapping[str, Message]
    skipped: Mapping[str, Message]
    refused: Mapping[str, str]
    embedded: Sequence[str]
    tokens: TermTable
    vectors: npt.NDArray[np.float32]
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
        with stated(index_dir):
            disk.make_folder(draft)
            manifest = _write_files(draft, content, disk)
            pointer = read_pointer(index_dir)
            if pointer and pointer.name == previous and same_content(generation_name(manifest, ()), previous):
                return previous
            name = _publish(index_dir, draft, manifest, previous, disk)
        published = True
    finally:
        clean(index_dir, disk, () if published else set(generations(index_dir)) - before)
    return name


def clean(index_dir: Path, disk: Disk, unfinished: Collection[str] = ()) -> None:
    """Remove what killed builds left, `unfinished` ones, and generations older than the one before the one in use.

    What cannot be removed does no harm, and the next build tries again.
    """
    pointer = read_pointer(index_dir)
    keep = (pointer.name, pointer.previous) if pointer else generations(index_dir)  # any may be the one to fall back on
    for entry in sorted(index_dir.iterdir()):
        old = is_generation(entry.name) and (entry.name not in keep or (not pointer and entry.name in unfinished))
        if old or entry.name.startswith(_DRAFT):
            with suppress(OSError):
                disk.remove(entry)


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


def _write_files(draft: Path, content: Content, disk: Disk) -> bytes:
    """All files into the draft folder, the manifest last; returns the manifest's bytes."""
    sections = {section.id: section for note in content.notes for section in note.sections}
    passages = [passage for note in content.notes for passage in note.passages]
    files = {
        NOTES: to_lines(note_rows(split.note for split in content.notes)),
        SECTIONS: to_lines(section_rows(sections.values())),
        PASSAGES: to_lines(passage_rows(passages, sections, content.embedded)),
        DENSE: to_npy(content.vectors),
        EXTRA: (json.dumps(content.extra, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii"),
    }
    files |= to_files(content.tokens, content.tokens.bm25(content.parameters.bm25_k1, content.parameters.bm25_b))
    for name, data in files.items():
        disk.write(draft / name, data)
    manifest = manifest_bytes(
        Manifest(
            parameters=content.parameters,
            notes={split.note.path: split.note.sha256 for split in content.notes},
            stale=content.stale,
            skipped=content.skipped,
            refused=content.refused,
            sections=len(sections),
            passages=len(passages),
            files={name: _sum(data) for name, data in files.items()},
        )
    )
    disk.write(draft / MANIFEST, manifest)
    disk.sync_path(draft)
    return manifest


def _sum(data: bytes) -> FileSum:
    return FileSum(len(data), hashlib.sha256(data).hexdigest())
