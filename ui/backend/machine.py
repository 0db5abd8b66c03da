"""What all users of an index share: the index itself, its retriever and the models."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.build.estimate import Speed
from ingest.config import Settings
from ingest.errors import AskNotesError
from rag.model.language_model import LanguageModel
from rag.search.related import SectionVectors
from ui.backend.protocol import Library

if TYPE_CHECKING:
    from ingest.index.read import NotesIndex
    from ingest.vectors.unit import UnitEmbeddings
    from rag.search.retriever import HybridRetriever


class Machine:
    """Each part is opened when it is first needed, or by `warm`, and anew when another generation has been built; safe
    for threads."""

    def __init__(self, settings: Settings, embeddings: "Callable[[], UnitEmbeddings]") -> None:
        self._settings, self.embeddings = settings, embeddings
        self.speed = Speed()
        self._lock = threading.RLock()
        self._loading = threading.Lock()
        self._making = threading.Lock()
        self._index: NotesIndex | None = None
        self._retriever: HybridRetriever | None = None
        self._model: LanguageModel | None = None
        self._library: Library | None = None
        self._near: SectionVectors | None = None
        self._warmed = self._loaded = False

    def library(self) -> Library:
        """The generation in use, as the page shows it."""
        from ui.backend.opened import opened_library

        index = self.index()
        with self._lock:
            if self._library is None or self._library.passages is not index.passages:
                self._library = opened_library(index)
            return self._library

    def index(self) -> "NotesIndex":
        """The generation in use."""
        from ingest.index.read import current_generation, open_index

        with self._lock:
            opened = self._index
            if opened is None or (current_generation(self._settings.index) or "") != opened.pointed:
                self._index = opened = open_index(self._settings.index, self.embeddings().model_id, opened)
            return opened

    def retriever(self) -> "HybridRetriever":
        """What searches the index, without anybody's marks: made after it, since the page needs only the index and a
        large one takes seconds."""
        from rag.open import retriever_over

        index = self.index()
        with self._making:
            made = self._retriever
            if made is None or made.index is not index:
                self._retriever = made = retriever_over(index, self._settings, self.embeddings())
            return made

    def sections(self) -> SectionVectors:
        """The sections of the index as vectors."""
        index = self.index()
        with self._lock:
            if self._near is None or self._near.index is not index:
                self._near = SectionVectors(index)
            return self._near

    def model(self) -> LanguageModel:
        """What writes the answers."""
        from rag.open import model_here

        with self._lock:
            if self._model is None or self._model.info.kind == "none":  # the local model may have come meanwhile
                self._model = model_here(self._settings)
            return self._model

    def warm(self) -> None:
        """Load the models in the background, once."""
        with self._lock:
            if self._warmed:
                return
            self._warmed = True
        threading.Thread(target=self._load_models, name="warm-up", daemon=True).start()

    def load_embeddings(self) -> None:
        """Load the embedding model, one thread at a time: its libraries break when two threads import them at once."""
        with self._loading:
            if not self._loaded:
                self.embeddings().encode_queries(["?"])
                self._loaded = True

    def _load_models(self) -> None:
        from rag.answer.prompt import start

        try:
            self.load_embeddings()
            self.retriever()
            model = self.model()
            model.warm(start(model.info.learned))
        except AskNotesError:
            return  # told when a question meets it
