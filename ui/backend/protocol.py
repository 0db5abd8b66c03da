"""What the page needs of the rest of the product: one thin seam, so that tests can script what is behind it."""

import functools
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from ingest.build.run import BuildReport
from ingest.config import Settings
from ingest.keys import KeyPlace, address_of
from ingest.messages import Message
from ingest.models.missing import Missing
from ingest.passages.overview import Overview
from ingest.progress import ProgressCall
from ingest.schema import Note, Passage, Section
from ingest.text.markup import link_name, linked_names
from ingest.vaults import Vault
from rag.history.conversations import Conversation
from rag.history.pinned import Rebuilt
from rag.judged import CheckedText
from rag.model.language_model import ModelInfo
from rag.model.probe import Probed
from rag.records import Answer, Event, Mark, Source, Standing, Turn
from rag.search.plain import NoteFinder
from rag.search.related import Comparison, Related
from ui.users import User

Progress = ProgressCall  # stage, done, total
Grouped = TypeVar("Grouped")


@dataclass(frozen=True, eq=False)
class Library:
    """An index generation as the page shows it. `sections` by id, `built` ISO 8601 in UTC, '' when not known."""

    generation: str
    built: str
    notes: Mapping[str, Note]
    sections: Mapping[str, Section]
    passages: Sequence[Passage]
    embedding_model: str
    overview: Overview = field(default_factory=Overview)
    size: int = 0  # bytes on the disk
    notices: tuple[Message, ...] = ()

    @functools.cached_property
    def finder(self) -> NoteFinder:
        """Plain search in the notes."""
        return NoteFinder(self.notes)

    def called(self, name: str) -> Sequence[str]:
        """The notes that a link may mean by this name: its last part is the note's, an alias's or a title's."""
        return self._called.get(link_name(name), ())

    def linking(self, path: str) -> Iterable[str]:
        """The notes with a link that may mean this one; also where the link stands in code."""
        names = _names_of(self.notes[path])
        return dict.fromkeys(other for name in names for other in self._linking.get(name, ()))

    @functools.cached_property
    def _called(self) -> Mapping[str, Sequence[str]]:
        return _grouped((name, path) for path, note in self.notes.items() for name in _names_of(note))

    @functools.cached_property
    def _linking(self) -> Mapping[str, Sequence[str]]:
        named = ((path, dict.fromkeys(map(link_name, linked_names(note.text)))) for path, note in self.notes.items())
        return _grouped((name, path) for path, names in named for name in names)

    def passages_of(self, path: str) -> Sequence[Passage]:
        """The passages of a note, in its order."""
        return self._by_path.get(path, ())

    def sections_of(self, path: str) -> Sequence[Section]:
        """The sections of a note, in its order."""
        return self._sections_by_path.get(path, ())

    @functools.cached_property
    def _by_path(self) -> Mapping[str, Sequence[Passage]]:
        return _grouped((passage.path, passage) for passage in self.passages)

    @functools.cached_property
    def _sections_by_path(self) -> Mapping[str, Sequence[Section]]:
        return _grouped((section.path, section) for section in self.sections.values())


def _names_of(note: Note) -> Iterable[str]:
    """What the last part of a link to it may be; links may leave the ending out."""
    file = PurePosixPath(note.path)
    return dict.fromkeys(map(link_name, (file.name, file.stem, *note.aliases, note.title)))


def _grouped(pairs: Iterable[tuple[str, Grouped]]) -> Mapping[str, Sequence[Grouped]]:
    """What comes with each name, in order."""
    found: dict[str, list[Grouped]] = defaultdict(list)
    for name, one in pairs:
        found[name].append(one)
    return found


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """An endpoint or provider as it is typed in, saved or not. `key` was entered for it; '' takes the one that is kept."""

    base_url: str = ""
    model: str = ""
    provider: str = ""
    key: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Where its key is sent; '' when nothing is typed in."""
        return address_of(self.base_url, self.provider)

    @property
    def values(self) -> dict[str, str]:
        """The settings that it stands for: never the key, which no settings file holds."""
        return {"base_url": self.base_url, "model": self.model, "provider": self.provider}


class Conversations(Protocol):
    """Conversations that are kept: `rag.history.conversations.History`, or a test's."""

    def listed(self, query: str = "") -> Sequence[Conversation]:
        """Pinned ones first, then the youngest; with `query` those that hold it."""

    def turns(self, conversation: str) -> Sequence[Answer] | None:
        """The answers of a conversation, or None when there is no such one."""

    def start(self, question: str) -> str:
        """A new conversation, named after its first question; its id."""

    def add(self, conversation: str, answer: Answer) -> None:
        """Append an answer."""

    def drop_last(self, conversation: str) -> None:
        """Remove the last answer, to be answered again."""

    def rename(self, conversation: str, title: str) -> None:
        """Give it another name."""

    def pin(self, conversation: str, pinned: bool) -> None:
        """Keep it at the top, or no longer."""

    def delete(self, conversation: str) -> None:
        """Take it off the list."""

    def restore(self, conversation: str) -> None:
        """Undo `delete`."""


class Feedback(Protocol):
    """What readers think of answers: `rag.history.feedback.FeedbackList`, or a test's."""

    def rate(self, conversation: str, turn: int, good: bool, reason: str = "") -> None:
        """Keep what the reader thought of an answer."""

    def ratings(self, conversation: str) -> Mapping[int, tuple[bool, str]]:
        """What the reader thought of the answers of a conversation: (good, reason) by turn."""


class Marks(Protocol):
    """What readers think of sections as sources: `rag.history.marks.MarkList`, or a test's."""

    def keep(self, question: str, source: Source, good: bool) -> None:
        """Mark a section for a question that stands alone."""

    def remove(self, question: str, section_id: str) -> None:
        """Take a mark back."""

    def listed(self) -> Sequence[Mark]:
        """All of them, the last first."""


class Backend(Protocol):
    """Everything behind the page. Errors that a person is to read are `AskNotesError`s."""

    @property
    def settings(self) -> Settings:
        """The settings in use."""

    @property
    def vault(self) -> Vault | None:
        """The vault that this is, where a tab may show another one; None where the page was started with fixed paths."""

    @property
    def user(self) -> User | None:
        """Who has signed in, and whose conversations, feedback and marks these are; None where nobody needs to. What all
        share, only its owner may change: the rest raises ConfigError for others."""

    @property
    def conversations(self) -> Conversations:
        """The conversations that are kept."""

    @property
    def feedback(self) -> Feedback:
        """What is kept of readers' opinions."""

    @property
    def marks(self) -> Marks:
        """What moves sections for near questions."""

    def library(self) -> Library:
        """The index generation in use; raises NotesIndexError when there is none that can be used."""

    def warm(self) -> None:
        """Begin to load the models, so that the first question does not wait for them; the page is drawn first."""

    def language_model(self) -> ModelInfo:
        """The language model in use; its kind is 'none' when answers are quotes only."""

    def answer(
        self,
        question: str,
        history: Sequence[Turn],
        stop: threading.Event,
        only: Sequence[str] = (),
        searched: str = "",
        write: bool | None = None,
        agent: bool | None = None,
        who: str = "",
    ) -> Iterator[Event]:
        """The events of one answer out of the notes that `only` names (patterns of `rag.question.scope`; none: all).

        `searched` is the stand-alone question when the reader has edited it. `write` tells whether the model sums up,
        `agent` whether an endpoint's model looks further before; by default as the settings say. A model that takes one
        question at a time answers each `who` in turn.

        Ends soon after `stop` is set, with `Finished`.
        """

    def check(self, text: str, progress: Progress, stop: threading.Event) -> CheckedText:
        """What the notes say of each sentence of a text; after `stop` is set, of those that were read until then."""

    def missing_model(self) -> Missing:
        """The default model that is wanted and not on this machine."""

    def fetch_model(self, progress: Progress, stop: threading.Event) -> None:
        """Get that model. Raises ModelError."""

    def probe(self, wanted: ModelChoice) -> Probed:
        """Ask an endpoint, or a provider when one is named, for one token. Raises ConfigError, ModelError, EndpointError."""

    def models_at(self, wanted: ModelChoice) -> Sequence[str]:
        """The models that an endpoint lists. Raises ConfigError, EndpointError."""

    def key_place(self, wanted: ModelChoice) -> KeyPlace:
        """Where the key for this endpoint is kept; '' when there is none. Raises ConfigError."""

    def keep_key(self, wanted: ModelChoice) -> None:
        """This endpoint is going to be used: keep the key that was entered for it, if one was. Raises ConfigError."""

    def forget_key(self, wanted: ModelChoice) -> None:
        """Remove the key that was entered for this endpoint. Raises ConfigError."""

    def why(self, question: str, path: str, line: int, only: Sequence[str]) -> Sequence[Standing]:
        """Where the passages of the section at `line` stood for a question. Raises AskNotesError."""

    def related(self, path: str) -> Sequence[Related]:
        """The few sections of other notes that are nearest to a note of the index, best first. Raises AskNotesError."""

    def compared(self, one: str, other: str) -> Comparison:
        """Which sections of two notes of the index answer to each other. Raises AskNotesError."""

    def build(self, progress: Progress, stop: threading.Event) -> Rebuilt:
        """Bring the index up to date, and see what that changes for the pinned questions."""

    def changes(self) -> BuildReport:
        """What `build` would do; writes nothing."""

    def seconds_of(self, planned: BuildReport) -> float:
        """About how long that would take, in seconds."""

    @property
    def opener(self) -> bool:
        """Whether this machine has a program that opens files by their type."""

    def open_file(self, path: str) -> None:
        """Open a note's file in the program that the system has for it."""

    def current_hash(self, path: str) -> str:
        """The SHA-256 of the file as it is now; '' when it is gone. Raises NoteError when it cannot be read."""

    def current_note(self, path: str) -> Note:
        """The file as it is now. Raises NoteError when it cannot be read."""

    def save_note(self, name: str, text: str) -> str:
        """Write a new note of this file name into the folder for saved answers; its path in the notes folder.

        A note that is there already keeps its name, the new one gets a number. Raises NoteError when it cannot be written.
        """

    def add_file(self, name: str, data: bytes) -> str:
        """Write a file that was dropped into the notes folder, never over another; its path there.

        Raises ConfigError, and NoteError with the reason alone when it is none that can be read, or cannot be written.
        """
