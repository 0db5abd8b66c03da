"""What is behind the page when it is used: the index, the models and the conversations of this machine."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from ingest.config import Settings
from ingest.errors import AskNotesError, NoteError
from ingest.schema import Note
from rag.history import History
from rag.llm import LanguageModel, ModelInfo, language_model
from rag.records import Event, Turn
from ui.backend import Library, Progress

if TYPE_CHECKING:
    from ingest.build import BuildReport
    from ingest.embed import NoteEmbeddings
    from rag.answer import Answerer
    from rag.retrieve import HybridRetriever


@st.cache_resource(max_entries=2, show_spinner=False)
def local_backend(_settings: Settings, _key: str) -> "LocalBackend":
    """The one backend of this process for these settings; `_key` tells settings apart."""
    return LocalBackend(_settings)


class LocalBackend:
    """The real `ui.backend.Backend`. Models are loaded when they are first needed, or by `warm`; safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.conversations = History(settings.data)
        self._lock = threading.RLock()
        self._loading = threading.Lock()
        self._retriever: HybridRetriever | None = None
        self._model: LanguageModel | None = None
        self._made: tuple[HybridRetriever, LanguageModel, Answerer] | None = None
        self._library: Library | None = None
        self._warmed = False

    def library(self) -> Library:
        """The generation in use, opened anew when another one has been built."""
        index = self._current_retriever().index
        self._warm()
        with self._lock:
            if self._library is None or self._library.passages is not index.passages:
                self._library = Library(
                    generation=index.generation,
                    built=index.built,
                    notes=index.notes,
                    sections=index.sections,
                    passages=index.passages,
                    embedding_model=index.manifest.model_id,
                    size=sum(file.size for file in index.manifest.files.values()),
                    notices=index.notices,
                )
            return self._library

    def language_model(self) -> ModelInfo:
        """What writes the answers."""
        return self._language_model().info

    def answer(
        self, question: str, history: Sequence[Turn], stop: threading.Event, only: Sequence[str] = ()
    ) -> Iterator[Event]:
        """The events of one answer, by `rag.answer`."""
        self._load_embeddings()
        return self._answerer().stream(question, history, only=only, cancel=stop)

    def build(self, progress: Progress, stop: threading.Event) -> "BuildReport":
        """Bring the index up to date; the answers go on from the old one meanwhile."""
        from ingest.build import build

        progress("model", 0, 1)
        self._load_embeddings()
        return build(self.settings, self._embeddings(), progress=progress, cancel=stop.is_set)

    def changes(self) -> "BuildReport":
        """A dry run of `build`."""
        from ingest.build import build

        return build(self.settings, self._embeddings(), dry_run=True)

    def current_hash(self, path: str) -> str:
        """The SHA-256 of a note's file as it is now; '' when it is gone."""
        try:
            return hashlib.sha256(self._file(path).read_bytes()).hexdigest()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise NoteError(f"{path} cannot be read now ({error.strerror}); check the file's rights.") from error

    def current_note(self, path: str) -> Note:
        """A note's file as it is now."""
        from ingest.load import load_note

        return load_note(self.settings.corpus, path, self.settings)

    def _file(self, path: str) -> Path:
        return self.settings.corpus / path

    def _current_retriever(self) -> "HybridRetriever":
        from ingest.store import current_generation
        from rag.retrieve import open_retriever

        with self._lock:
            opened = self._retriever
            if opened is None or (current_generation(self.settings.index) or "") != opened.index.pointed:
                self._retriever = opened = open_retriever(self.settings, self._embeddings())
            return opened

    def _embeddings(self) -> "NoteEmbeddings":
        return _embeddings(self.settings, self.settings.embedding_model)

    def _language_model(self) -> LanguageModel:
        with self._lock:
            if self._model is None or self._model.info.kind == "none":  # the local model may have come meanwhile
                self._model = language_model(self.settings, _gguf_here(self.settings))
            return self._model

    def _answerer(self) -> "Answerer":
        from rag.answer import Answerer

        with self._lock:
            retriever, model = self._current_retriever(), self._language_model()
            if self._made is None or self._made[0] is not retriever or self._made[1] is not model:
                self._made = retriever, model, Answerer(retriever, model, self.settings)
            return self._made[2]

    def _warm(self) -> None:
        """Load the models in the background, once, so that the first question does not wait for them."""
        with self._lock:
            if self._warmed:
                return
            self._warmed = True
        threading.Thread(target=self._load_models, name="warm-up", daemon=True).start()

    def _load_models(self) -> None:
        from rag.prompt import static_messages

        try:
            self._load_embeddings()
            self._language_model().warm(static_messages("zh"))
        except AskNotesError:
            return  # told when a question meets it

    def _load_embeddings(self) -> None:
        """Load the embedding model, one thread at a time: its libraries break when two threads import them at once."""
        with self._loading:
            self._embeddings().encode_queries(["?"])


@st.cache_resource(max_entries=2, show_spinner=False)
def _embeddings(_settings: Settings, name: str) -> "NoteEmbeddings":
    """The embedding model, one for the process, also when other settings change."""
    from ingest.embed import load_embeddings

    return load_embeddings(_settings)


def _gguf_here(settings: Settings) -> Path | None:
    """The local model's file when it is on this machine, whole; nothing is fetched while a person waits."""
    from ingest.fetch import cache_dir, remembered_sha256
    from ingest.models import GGUF, local_gguf

    cache = cache_dir()
    if settings.local_model:
        return local_gguf(settings, cache, lambda line: None)
    path = cache / GGUF.name
    whole = path.exists() and path.stat().st_size == GGUF.size and remembered_sha256(path, cache) == GGUF.sha256
    return path if whole else None
