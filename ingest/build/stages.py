"""The frozen records of a build, one step from each to the next: what was read, what is to be done."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.build.earlier import Earlier
from ingest.build.format_five import OldVectors
from ingest.index.manifest import BlockSum, Manifest, Parameters
from ingest.messages import Message
from ingest.passages.overview import Outline
from ingest.schema import Note, SplitNote


@dataclass(frozen=True, slots=True)
class FileRead:
    """What the reading of one file gave: a note, or that the index has it as it is, or why neither.

    Nothing of this is told of a file that was gone again when it was to be read.
    """

    stamp: tuple[int, int]  # time (ns) and size, just before it was read
    note: Note | None = None
    kept: str = (
        ""  # the SHA-256 of a file that is as it was, but for its folder: its note is to be taken from the index
    )
    unread: Message | None = None  # why it cannot be read, which may pass
    left_out: Message | None = None  # why it is no note, by rule
    refused: str = ""  # the SHA-256 of a file that cannot be converted
    missing: Message | None = None  # what of the note is not in its text


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of the corpus. Everything by path, relative to the corpus.

    `notes` were read; `kept`, `unread`, `left_out`, `refused` and `missing` as `FileRead` has them, for files and, of
    those that cannot be read, folders. `read` has the stamp of each file that there was.
    """

    notes: Mapping[str, Note]
    kept: Mapping[str, str]
    unread: Mapping[str, Message]
    left_out: Mapping[str, Message]
    refused: Mapping[str, str]
    missing: Mapping[str, Message]
    read: Mapping[str, tuple[int, int]]

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of every note, by path."""
        return {path: note.sha256 for path, note in self.notes.items()} | dict(self.kept)


@dataclass(frozen=True, slots=True)
class Changes:
    """How the notes differ from those of a generation; paths relative to the corpus, sorted.

    `renamed` are pairs of an old and a new path with the same bytes. `stale` are notes that cannot be read now and keep
    their earlier text, `skipped` files that are not in the index, or not whole; both map to the reason.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    stale: Mapping[str, Message]
    skipped: Mapping[str, Message]

    @property
    def any_note(self) -> bool:
        """Whether any note is another one than before."""
        return bool(self.added or self.changed or self.renamed or self.removed)


@dataclass(frozen=True, slots=True)
class KeptBlock:
    """A block of the generation that is built upon, its number there and what the manifest says of it: it stays as it is."""

    number: int
    listed: BlockSum


@dataclass(frozen=True, eq=False)
class Piece:
    """A note of a new block, split; `keys` are the SHA-256 of its passages' texts to embed, `outline` is for the overview.
    `texts` are these texts when it is new.

    When it is as it was, its passages are those from number `first` on in this block of the generation that is built upon.
    """

    note: SplitNote
    keys: tuple[bytes, ...]
    outline: Outline
    block: int = -1
    first: int = 0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class VectorSource:
    """A generation, and the block and passage in which it has the vector of a key."""

    generation: Earlier
    places: Mapping[bytes, tuple[int, int]]

    def vectors(self) -> Iterator[tuple[bytes, npt.NDArray[np.float32]]]:
        """All of them, float32 [dimension] each; every block is read once."""
        by_block: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
        for key, (number, row) in self.places.items():
            by_block[number].append((key, row))
        for number, wanted in sorted(by_block.items()):
            vectors = self.generation.block(number).vectors
            yield from ((key, vectors[row].copy()) for key, row in wanted)


@dataclass(frozen=True, eq=False)
class Unchanged:
    """There is nothing to do: the generation in use (its `manifest`) is just what a build would make."""

    scan: Scan
    changes: Changes
    manifest: Manifest

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of notes, sections and passages."""
        return len(self.manifest.notes), self.manifest.sections, self.manifest.passages


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a new generation needs but vectors and postings.

    `notes` are the SHA-256 of all by path, in order; `blocks` those that stay and what the others are made of. `new` maps
    the keys that have no vectors yet to the text to embed; `sources` hold the vectors of all others.
    """

    scan: Scan
    changes: Changes
    parameters: Parameters  # dimension 0: not known before the model is loaded
    notes: Mapping[str, str]
    blocks: tuple[KeptBlock | tuple[Piece, ...], ...]
    new: Mapping[bytes, str]
    base: Earlier | None  # the generation that is built upon
    sources: tuple[VectorSource | OldVectors, ...]
    newest: str  # the newest generation that is whole, or ''

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of notes, sections and passages."""
        sections = passages = 0
        for block in self.blocks:
            if isinstance(block, KeptBlock):
                sections, passages = sections + block.listed.sections, passages + block.listed.passages
            else:
                sections += sum(len(piece.note.sections) for piece in block)
                passages += sum(len(piece.keys) for piece in block)
        return len(self.notes), sections, passages
