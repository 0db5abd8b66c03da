"""What a generation says about itself, and the file `CURRENT` that names the one in use.

A generation's folder is called `gen-` and the first 16 hexadecimal digits of the SHA-256 of its `manifest.json`,
and the manifest holds the SHA-256 of every block and every other file: the name proves the manifest, the manifest proves
the rest, and equal content has an equal name. So nothing in it tells when it was built; `CURRENT` does.
"""

import errno
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.errors import IndexDamaged, IndexMismatch
from ingest.messages import Message, from_json
from ingest.portable import READ

FORMAT = 6
MANIFEST = "manifest.json"
CURRENT = "CURRENT"
BLOCKS = "blocks"  # the folder of them
_POINTER_BYTES = 4096
_NAME = re.compile(r"gen-([0-9a-f]{16})(?:-\d+)?")
_FILE_NAME = re.compile(r"[a-z0-9_]+\.[a-z]+")


@dataclass(frozen=True, slots=True)
class FileSum:
    """Size in bytes and SHA-256 of one file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BlockSum:
    """SHA-256 and size in bytes of a block, and how many notes, sections and passages it holds."""

    sha256: str
    size: int
    notes: int
    sections: int
    passages: int

    @property
    def file(self) -> str:
        """The name of its file, below the folder of the index."""
        return f"{BLOCKS}/{self.sha256}.blk"


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that decides, beside the notes, what an index holds; each field has its JSON type.

    `converters` has the version of each converter that the notes need.
    """

    model_id: str
    dimension: int
    tokenizer: str
    splitter: str
    encodings: str
    passage_chars: int
    bm25_k1: float
    bm25_b: float
    converters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made of and what it holds.

    `notes` maps each path, in their order, to the SHA-256 of the file that was indexed; `blocks` hold them one after the
    other; `stale` those of them that could not be read
    at the last build, so that earlier text is kept, to the reason (None when an earlier version wrote it); `skipped` the
    files that are not in the index, or of which something is not. `refused` has the SHA-256 of files that could not be converted, which are not tried again.
    """

    parameters: Parameters
    notes: Mapping[str, str] = field(repr=False)
    stale: Mapping[str, Message | None]
    skipped: Mapping[str, Message | None] = field(repr=False)
    blocks: Sequence[BlockSum] = field(repr=False)
    files: Mapping[str, FileSum] = field(repr=False)
    refused: Mapping[str, str] = field(default_factory=dict, repr=False)
    format: int = FORMAT

    @property
    def sections(self) -> int:
        """How many there are."""
        return sum(block.sections for block in self.blocks)

    @property
    def passages(self) -> int:
        """How many there are."""
        return sum(block.passages for block in self.blocks)

    @property
    def size(self) -> int:
        """Bytes on the disk, without the manifest's."""
        return sum(block.size for block in self.blocks) + sum(file.size for file in self.files.values())

    def notes_by_block(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """The paths and SHA-256 of the notes of each block."""
        notes = iter(self.notes.items())
        for block in self.blocks:
            yield tuple(islice(notes, block.notes))

    @property
    def model_id(self) -> str:
        """The embedding model."""
        return self.parameters.model_id

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.parameters.dimension


def manifest_bytes(manifest: Manifest) -> bytes:
    """The one way to write a manifest: equal manifests give equal bytes."""
    return (json.dumps(asdict(manifest), sort_keys=True, indent=1) + "\n").encode("ascii")


def parse_manifest(data: bytes, name: str) -> Manifest:
    """Read the manifest of the generation `name`.

    Raises:
        IndexDamaged: when the bytes are not those that gave the generation its name.
        IndexMismatch: when another version of the format wrote it.
    """
    match = _NAME.fullmatch(name)
    if not match or hashlib.sha256(data).hexdigest()[:16] != match.group(1):
        raise IndexDamaged("index.file_damaged", file=f"{name}/{MANIFEST}")
    try:
        raw: dict[str, Any] = json.loads(data)
        if raw["format"] != FORMAT:
            raise IndexMismatch("index.other_format", found=raw["format"], known=FORMAT)
        mappings = ("notes", "stale", "skipped", "files", "refused")
        if not all(isinstance(raw[name], dict) for name in mappings) or not _plain(raw["notes"], raw["refused"]):
            raise TypeError("a mapping is missing")
        for reasons in ("stale", "skipped"):
            raw[reasons] = {path: from_json(reason) for path, reason in raw[reasons].items()}
        raw["parameters"] = Parameters(**raw["parameters"])
        raw["files"] = {file: FileSum(**values) for file, values in raw["files"].items()}
        raw["blocks"] = tuple(BlockSum(**values) for values in raw["blocks"])
        manifest = Manifest(**raw)
        _check_types(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamaged("index.no_manifest", file=f"{name}/{MANIFEST}", reason=repr(error)) from error
    named = [*manifest.files, *(block.file.removeprefix(f"{BLOCKS}/") for block in manifest.blocks)]
    if not all(map(_FILE_NAME.fullmatch, named)):
        raise IndexDamaged("index.outside", file=f"{name}/{MANIFEST}")
    return manifest


def _plain(*mappings: Mapping[str, object]) -> bool:
    return all(isinstance(value, str) for mapping in mappings for value in mapping.values())


def _check_types(manifest: Manifest) -> None:
    """Raise TypeError where a field has not the type that it says."""
    parameters = manifest.parameters
    told = {part.name: (part.type, getattr(parameters, part.name)) for part in fields(Parameters)}
    right = all(type(value) is kind for kind, value in told.values() if kind in (str, int))
    counts = [count for block in manifest.blocks for count in (block.size, block.notes, block.sections, block.passages)]
    counts += [file.size for file in manifest.files.values()]
    figures = (parameters.bm25_k1, sys.float_info.max), (parameters.bm25_b, 1)  # and the end of their range
    if not (
        right
        and all(type(count) is int and count >= 0 for count in counts)
        and sum(block.notes for block in manifest.blocks) == len(manifest.notes)
        and all(type(figure) in (int, float) and 0 <= figure <= end for figure, end in figures)
        and isinstance(parameters.converters, dict)
        and _plain(parameters.converters)
    ):
        raise TypeError("a field of another type")


def generation_name(manifest: bytes, taken: Iterable[str]) -> str:
    """The name of a generation with this manifest; a number is added while the name is `taken`."""
    plain = f"gen-{hashlib.sha256(manifest).hexdigest()[:16]}"
    used, name, number = set(taken), plain, 1
    while name in used:
        number += 1
        name = f"{plain}-{number}"
    return name


def same_content(name: str, other: str) -> bool:
    """Whether two generations have the same manifest, and so the same files."""
    a, b = _NAME.fullmatch(name), _NAME.fullmatch(other)
    return bool(a and b and a.group(1) == b.group(1))


def is_generation(name: str) -> bool:
    """Whether a folder of this name is a generation's."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Pointer:
    """What `CURRENT` says: the generation in use, when it was built, and the one before it ('' when none)."""

    name: str
    built: str
    previous: str = ""
    previous_built: str = ""

    def to_bytes(self) -> bytes:
        """Two lines: name and time of the generation in use, and of the one before it."""
        lines = [f"{self.name} {self.built}"]
        if self.previous:
            lines.append(f"{self.previous} {self.previous_built}")
        return ("\n".join(lines) + "\n").encode("ascii")


def new_pointer(name: str, previous: str, before: Pointer | None) -> Pointer:
    """The pointer after a generation `name`, built now; `before` tells when `previous` was built."""
    built = {before.name: before.built, before.previous: before.previous_built} if before else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Pointer(name, now, previous, built.get(previous) or now) if previous else Pointer(name, now)


def read_pointer(index_dir: Path) -> Pointer | None:
    """What `CURRENT` says, or None when there is none or it is damaged."""
    try:
        data = read_regular(index_dir / CURRENT, _POINTER_BYTES)
        words = [line.split(" ") for line in data.decode("ascii").split("\n")[:-1]]
        pairs = [(name, built) for name, built in words if is_generation(name) and datetime.fromisoformat(built)]
    except (OSError, ValueError):  # the caller looks at the generations themselves
        return None
    if len(pairs) != len(words) or len(pairs) not in (1, 2):
        return None
    return Pointer(*(word for pair in pairs for word in pair))


def read_regular(file: Path, most: int = -1) -> bytes:
    """The bytes of a file of the index, at most so many.

    Raises:
        OSError: also for a link, a pipe or a device, none of which is ever written here and which might have no end.
    """
    handle = os.open(file, READ)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(file))
        with os.fdopen(handle, "rb", closefd=False) as opened:
            return opened.read(most)
    finally:
        os.close(handle)
