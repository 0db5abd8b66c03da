"""The frozen records of a build, one step from each to the next: what was read, what is to be done."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.index.manifest import Manifest, Parameters
from ingest.index.read import NotesIndex
from ingest.messages import Message
from ingest.schema import Note, Passage, SplitNote


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


@dataclass(frozen=True, eq=False)
class Splits:
    """Every note, split, in the order of the index.

    `keys[i]` is the SHA-256 of the texts to embed of passage i (its own and its sentences); `rows[i]` is the passage's
    number in the generation that is built upon when its note has not changed, else -1.
    """

    notes: tuple[SplitNote, ...]
    keys: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def passages(self) -> list[Passage]:
        """All passages, in order."""
        return [passage for note in self.notes for passage in note.passages]


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
    """All that a new generation needs but vectors and tokens.

    `new` maps the keys that have no vectors yet to the text to embed; `sources` hold the vectors of all others, the
    best first.
    """

    scan: Scan
    changes: Changes
    parameters: Parameters  # dimension 0: not known before the model is loaded
    splits: Splits
    new: Mapping[str, str]
    base: NotesIndex | None  # the generation that is built upon
    sources: tuple[NotesIndex, ...]
    newest: str  # the newest generation that is whole, or ''

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of notes, sections and passages."""
        notes = self.splits.notes
        return len(notes), sum(len(note.sections) for note in notes), len(self.splits.keys)
