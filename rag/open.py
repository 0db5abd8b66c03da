"""The one place that puts retriever, model and answerer together, for the command line, the page and other programs.

from rag import open_notes

notes = open_notes("index")
answer = notes.ask("LoRA 的秩怎么选？")
"""

import functools
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from ingest.config import SearchSettings, Settings
from ingest.errors import ConfigError, ModelError
from ingest.index.read import NotesIndex, open_index
from ingest.keys import with_key
from ingest.models.defaults import local_gguf
from ingest.models.missing import gguf_here
from ingest.models.wheels import cache_dir
from ingest.progress import Report, SetupStep, silent
from ingest.store.read import open_store
from ingest.vectors.embed import NoteEmbeddings, load_embeddings
from rag.answer.answerer import Answerer
from rag.answer.own_text import TextChecker
from rag.citations.entailment import Entailment, Reader
from rag.citations.meaning import meaning_of
from rag.history.marks import MarkList
from rag.history.store import Store
from rag.judged import CheckedText
from rag.model.language_model import LanguageModel, language_model, no_model
from rag.model.probe import Probed, probe
from rag.records import Answer, Event, Hit, Turn
from rag.search.marks import Marked, no_marks
from rag.search.rerank import Reranker
from rag.search.retriever import HybridRetriever, QuestionEmbedder
from rag.tools.desk import Desk
from rag.tools.intents import shipped

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Notes:
    """Notes that were indexed, and can be asked; safe to use from threads."""

    def __init__(
        self, answerer: Answerer, retriever: HybridRetriever, checker: TextChecker, model: LanguageModel
    ) -> None:
        self.answerer, self.retriever, self.model, self._checker = answerer, retriever, model, checker

    @property
    def index(self) -> NotesIndex:
        """What they were indexed into."""
        return self.retriever.index

    @property
    def chat(self) -> "BaseChatModel":
        """The language model for LangChain code; the local one is started for it. Raises ModelError."""
        return self.model.chat

    def check(self, text: str, question: str = "") -> CheckedText:
        """What the notes say of each sentence of a text: held, denied, or nothing; see `TextChecker.check`."""
        return self._checker.check(text, question)

    def search(self, question: str, k: int = 10, *, only: Sequence[str] = ()) -> list[Hit]:
        """The `k` best passages, best first; `only` restricts the search (patterns of `rag.question.scope`)."""
        return self.retriever.search(question, k, only=only)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        only: Sequence[str] = (),
        write: bool | None = None,
        agent: bool | None = None,
    ) -> Answer:
        """The finished answer; what went wrong with the model is told in `Answer.incomplete`. The rest as for `stream`."""
        return self.answerer.answer(question, history, only=only, write=write, agent=agent)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        only: Sequence[str] = (),
        cancel: threading.Event | None = None,
        write: bool | None = None,
        agent: bool | None = None,
        who: str = "",
    ) -> Iterator[Event]:
        """The same as it is made: `Searched`, `Found`, then `Delta`s and `Checked`s, and `Finished` last.

        `write` tells whether the model sums up, `agent` whether an endpoint's model looks further before (`Looked`s, and
        `Found` again); by default as the settings say. Setting `cancel` ends its work. The local model answers each `who` in
        turn, and `Waiting` tells one's place.
        """
        return self.answerer.stream(question, history, only=only, cancel=cancel, write=write, agent=agent, who=who)


def open_notes(index: str | Path | None = None, settings: Settings | None = None, report: Report = silent) -> Notes:
    """The notes of an index folder (else that of the settings), with the model that the settings name.

    The default models are fetched when they are not on this machine; `report` is told how that goes on.

    Raises:
        NotesIndexError: no index, a damaged one, or one of another embedding model.
        ModelError: a model cannot be found or fetched.
        ConfigError: a setting is wrong.
    """
    settings = settings or Settings()
    if index is not None:
        settings = settings.model_copy(update={"index": Path(index)})
    return notes_over(open_retriever(settings, report, marks=True), open_model(settings, report), settings)


def notes_over(retriever: HybridRetriever, model: LanguageModel, settings: Settings) -> Notes:
    """The notes of a retriever's index, with a model that is open."""
    return Notes(answerer(retriever, model, settings), retriever, text_checker(retriever, settings), model)


def open_retriever(
    settings: Settings,
    report: Report = silent,
    embeddings: QuestionEmbedder | None = None,
    opened: NotesIndex | None = None,
    *,
    marks: bool = False,
) -> HybridRetriever:
    """The retriever over the index in use; what that has in common with one that is `opened` is not read again. Raises
    NotesIndexError and ModelError as `open_notes` does.

    With `marks` what the reader thought of sections counts; a measurement is without.
    """
    embeddings = load_embeddings(settings, report=report) if embeddings is None else embeddings
    index, marked = open_index(settings.index, embeddings.model_id, opened), marks_of(settings) if marks else no_marks
    retriever = retriever_over(index, settings, embeddings, report, marked)
    for notice in retriever.index.notices:
        report(SetupStep("notice", notice))
    return retriever


def marks_of(settings: Settings) -> Marked:
    """Reads what the reader thought of sections, as it is kept now."""
    return MarkList(Store(settings.data)).listed


def retriever_over(
    index: NotesIndex,
    settings: Settings,
    embeddings: QuestionEmbedder,
    report: Report = silent,
    marked: Marked = no_marks,
) -> HybridRetriever:
    """The retriever over an index that is open; takes seconds for 100,000 passages. Raises ModelError, and StoreError when the
    settings name a store that has not this index."""
    return HybridRetriever(
        index=index,
        embeddings=embeddings,
        candidates=settings.candidates,
        c=settings.rrf_c,
        bm25_weight=settings.bm25_weight,
        dense_weight=settings.dense_weight,
        reranker=Reranker(settings.reranker, report) if settings.reranker else None,
        marked=marked,
        store=open_store(settings, index) if settings.store else None,
    )


def open_model(settings: Settings, report: Report = silent) -> LanguageModel:
    """The language model of the settings; its file is fetched when it is not here. Raises ModelError, ConfigError."""
    gguf = local_gguf(settings, cache_dir(), report) if settings.runs_here else None
    return language_model(with_key(settings), gguf)


def model_here(settings: Settings) -> LanguageModel:
    """The same, but nothing is fetched: without the file there is no model, nor with settings that name none that can be
    asked; it says why, and the notes are searched and quoted without it."""
    try:
        return language_model(with_key(settings), gguf_here(settings, cache_dir()))
    except (ConfigError, ModelError) as error:
        return no_model(error.message, settings)


def probe_model(settings: Settings) -> Probed:
    """Ask the endpoint of the settings for one token, with the key that is its own. Raises ConfigError, EndpointError."""
    return probe(with_key(settings))


@functools.lru_cache(maxsize=1)  # one for all that read beside these embeddings: its model and its verdicts are shared
def entailment(embeddings: QuestionEmbedder) -> Entailment:
    """The checker that ships; what it shares with the default embedding model is not held twice."""
    if _is_default(embeddings):
        return Entailment(lambda: Reader.over(*embeddings.encoder()))
    return Entailment(shipped_reader)


def desk(retriever: HybridRetriever, settings: Settings) -> Desk | None:
    """What answers questions about the notes themselves; None with another embedding model, whose vectors say nothing to it."""
    return Desk(retriever, shipped(), settings.corpus) if _is_default(retriever.embeddings) else None


def _is_default(embeddings: QuestionEmbedder) -> TypeGuard[NoteEmbeddings]:
    return isinstance(embeddings, NoteEmbeddings) and embeddings.is_default


def shipped_reader() -> Reader:
    """The checker over a default embedding model of its own, where another one is in use. Raises ModelError."""
    return Reader.over(*NoteEmbeddings().encoder())


def text_checker(retriever: HybridRetriever, settings: SearchSettings) -> TextChecker:
    """Checks texts of the user's own against a retriever's index."""
    similarity = meaning_of(retriever.embeddings).similarity
    return TextChecker(retriever, entailment(retriever.embeddings).verdicts, similarity, settings.sources)


def answerer(retriever: HybridRetriever, model: LanguageModel, settings: Settings) -> Answerer:
    """Answers from a retriever's index by a model; the checker is loaded with the first sentence that it reads."""
    reads = entailment(retriever.embeddings).verdicts
    return Answerer(retriever, model, reads, settings, settings.sources, desk(retriever, settings))


def without_model(retriever: HybridRetriever, settings: Settings) -> Answerer:
    """Answers in the notes' own words."""
    quoting = settings.model_copy(update={"llm": "none"})
    return answerer(retriever, language_model(quoting, None), quoting)
