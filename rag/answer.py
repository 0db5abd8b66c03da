"""Question -> events of a streaming answer: search, quote, write, check every sentence, say no when the notes do."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.config import Settings
from ingest.errors import AskNotesError
from ingest.store import NotesIndex
from rag.citations import Checker, says_nothing
from rag.conflicts import contradiction
from rag.extract import extract
from rag.followup import standalone
from rag.kinds import QuestionKind, kind_of
from rag.llm import LanguageModel
from rag.loops import goes_round, repeats, without_echoes, without_repeats
from rag.prompt import fit, messages
from rag.records import (
    EXTRACTIVE,
    STOPPED,
    Answer,
    Checked,
    Delta,
    Event,
    Finished,
    Found,
    Hit,
    Searched,
    Sentence,
    Source,
    Turn,
)
from rag.refusal import CERTAIN, UNLIKELY, Signals, probability, refusal, signals
from rag.relevance import RankedUnit, Relevance
from rag.retrieve import HybridRetriever
from rag.route import hard
from rag.scope import paths_in
from rag.sentences import PieceKind, Splitter
from rag.sources import build_sources
from rag.summary import leading_units, named_sections, section_sources
from rag.wording import Language, language

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

HITS = 50  # ranked passages whose figures tell whether the notes answer
PASSAGES = 20  # of them, those that the sources are made of
_EMBEDDED_CHARS = 400  # of a stretch of a source, when it is compared by meaning
_KEPT_VECTORS = 4000
_SURE_SHARE = 0.85  # of the context that is filled: tokens are estimated
_LEAST_TOKENS = 50
_LANGUAGE_SAMPLE = 200  # passages that tell the notes' language


@dataclass
class _Progress:
    """What an answer in the making has so far."""

    question: str
    searched: str
    tongue: Language
    model: LanguageModel
    started: float
    earlier: Sequence[Turn] = ()  # of the conversation, when the question is a follow-up
    only: tuple[str, ...] = ()
    chance: float = 0.0  # that the notes hold the answer
    sources: tuple[Source, ...] = ()
    ranked: list[RankedUnit] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    incomplete: str = ""

    def mark(self, name: str) -> None:
        """Note the time since the question, in milliseconds; the first mark of a name counts."""
        self.timings.setdefault(name, (time.monotonic() - self.started) * 1000)


class Answerer:
    """Answers questions from one index with one model; safe to use from threads as its parts are."""

    def __init__(self, retriever: HybridRetriever, language_model: LanguageModel, settings: Settings) -> None:
        self._retriever = retriever
        self._model = language_model
        self._settings = settings
        self._relevance = Relevance(retriever.tokenize, retriever.index.bm25.weight)
        self._meaning = _Meaning(retriever)
        passages = retriever.index.passages
        self._notes_in = language("\n".join(p.text for p in passages[:: len(passages) // _LANGUAGE_SAMPLE + 1]))

    @property
    def index(self) -> NotesIndex:
        """The index that answers come from."""
        index: NotesIndex = self._retriever.index
        return index

    @property
    def model(self) -> str:
        """The language model's name; '' when none is in use."""
        return self._model.info.name

    def answer(
        self, question: str, history: Sequence[Turn] = (), *, searched: str = "", only: Sequence[str] = ()
    ) -> Answer:
        """The finished answer."""
        *_, last = self.stream(question, history, searched=searched, only=only)
        assert isinstance(last, Finished)
        return last.answer

    def answering(self, question: str) -> Source | None:
        """The section that most likely answers a stand-alone question, or None; the model is not asked."""
        progress = self._begin(question, question, None)
        self._search(progress)
        likely = progress.chance >= UNLIKELY and progress.ranked
        return progress.ranked[0].source if likely else None

    def signals(self, question: str, hits: Sequence[Hit] | None = None) -> Signals:
        """What the retrieval (its `hits`, or a new search) says about whether the notes answer a question."""
        found = self._retriever.search(question, HITS) if hits is None else hits
        return signals(question, self._relevance.terms(question), found, self._relevance, self._notes_in)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        searched: str = "",
        only: Sequence[str] = (),
        tongue: Language | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """The events of an answer, `Finished` last. Setting `cancel`, or closing this, ends the model's work.

        `searched` is the stand-alone question when the user has edited it; otherwise the history makes it. `only`
        restricts the search (patterns of `rag.scope`); raises ScopeError when no note is left. `tongue` is the language
        of what we say ourselves (a refusal, why an answer breaks off); the question's by default.
        What goes wrong with the model is told in `Answer.incomplete`; the part that came, or the quotes, stand.
        """
        asked = searched.strip() or standalone(question, list(history))
        progress = self._begin(question, asked, tongue)
        progress.earlier = () if asked == question.strip() else history
        progress.only = tuple(only)
        yield Searched(progress.searched)
        self._search(progress)
        quotes = extract(progress.ranked)
        progress.mark("retrieve_ms")
        refused = progress.chance < UNLIKELY or not quotes
        yield Found(progress.sources, () if refused else quotes)
        if refused:
            yield from self._refuse(progress)
        elif progress.model.info.kind == "none":
            progress.incomplete = "" if self._settings.llm == "none" else progress.model.info.told(progress.tongue)
            yield from self._quote(progress, quotes)
        else:
            yield from self._write(progress, quotes, cancel or threading.Event())

    def _begin(self, question: str, searched: str, tongue: Language | None) -> _Progress:
        harder = self._model.harder
        to_endpoint = harder is not None and hard(searched, language(searched) != self._notes_in)
        model = harder if harder is not None and to_endpoint else self._model
        return _Progress(question, searched, tongue or language(question), model, time.monotonic())

    def _search(self, progress: _Progress) -> None:
        index = self._retriever.index
        if self._sum_up(progress):
            return
        hits = self._retriever.search(progress.searched, HITS, only=progress.only)
        progress.chance = probability(self.signals(progress.searched, hits))
        progress.sources = build_sources(hits[:PASSAGES], index.notes, index.sections, self._settings.sources)
        progress.ranked = self._relevance.rank(self._relevance.terms(progress.searched), progress.sources)

    def _sum_up(self, progress: _Progress) -> bool:
        """Whether a summary of a note or chapter is asked for; then its sections are the sources."""
        if kind_of(progress.searched) is not QuestionKind.SUMMARY:
            return False
        index, tokenize = self._retriever.index, self._retriever.tokenize
        notes = index.notes
        if progress.only:
            notes = {path: notes[path] for path in paths_in(progress.only, notes)}
        sections = {name: section for name, section in index.sections.items() if section.path in notes}
        named = named_sections(progress.searched, notes, sections, tokenize)
        progress.sources = section_sources(named, index.notes)
        progress.ranked = leading_units(progress.sources)
        progress.chance = 1.0
        return bool(progress.ranked)

    def _write(self, progress: _Progress, quotes: tuple[Sentence, ...], cancel: threading.Event) -> Iterator[Event]:
        checker = Checker(progress.sources, self._relevance, self._meaning.similarity)
        splitter = Splitter()
        try:
            for chunk in self._chunks(progress, cancel):
                yield Delta(chunk)
                for piece in splitter.feed(chunk):
                    yield from _keep(progress, checker.check(piece), piece.kind)
            if cancel.is_set():
                progress.incomplete = STOPPED[progress.tongue]
        except AskNotesError as error:
            progress.incomplete = error.told(progress.tongue)
        for piece in splitter.finish():
            yield from _keep(progress, checker.check(piece), piece.kind)
        yield from self._conclude(progress, quotes)

    def _conclude(self, progress: _Progress, quotes: tuple[Sentence, ...]) -> Iterator[Event]:
        """What stands in the end: the written answer, or the quotes, or 'no'."""
        said = [s for s in progress.sentences if s.text.strip()]
        if progress.incomplete and not said:
            yield from self._quote(progress, quotes)
        elif progress.incomplete or any(sentence.supported for sentence in said):
            yield self._finish(progress, progress.model.info.name)
        elif progress.chance < CERTAIN or (progress.model.info.kind == "endpoint" and _says_no(said)):
            yield from self._refuse(progress)
        else:
            yield from self._quote(progress, quotes)  # a small model often says no, or strays, beside the answer

    def _chunks(self, progress: _Progress, cancel: threading.Event) -> Iterator[str]:
        """The model's text as it comes; ends when it starts to go round in circles."""
        stream = progress.model.stream(self._prompt(progress), self._settings.answer_tokens, cancel=cancel)
        said = ""
        try:
            for chunk in stream:
                progress.mark("first_token_ms")
                said += chunk
                if goes_round(said) or repeats(progress.sentences):
                    return
                yield chunk
        finally:
            stream.close()

    def _prompt(self, progress: _Progress) -> "list[BaseMessage]":
        """As many sources as the model's budget and its context have room for."""
        settings, count = self._settings, progress.model.count_tokens
        asked = partial(messages, progress.searched, tongue=language(progress.question), earlier=progress.earlier)
        used = settings.answer_tokens + sum(count(str(message.content)) for message in asked(()))
        room = int(settings.context_tokens * _SURE_SHARE) - used
        local = progress.model.info.kind == "local"
        wanted = settings.source_tokens if local else settings.endpoint_source_tokens
        return asked(fit(progress.ranked, count, max(min(wanted, room), _LEAST_TOKENS)))

    def _quote(self, progress: _Progress, quotes: tuple[Sentence, ...]) -> Iterator[Event]:
        """The extractive answer stands."""
        first = [replace(quotes[0], lead=quotes[0].lead.lstrip("\n"))] if quotes else []
        yield from self._instead(progress, [*first, *quotes[1:]])
        yield self._finish(progress, EXTRACTIVE)

    def _refuse(self, progress: _Progress) -> Iterator[Event]:
        yield from self._instead(progress, refusal(progress.tongue, progress.sources))
        yield self._finish(progress, EXTRACTIVE, refused=True)

    def _instead(self, progress: _Progress, sentences: Sequence[Sentence]) -> Iterator[Event]:
        """These stand in place of what was written; `Finished` tells that to who has shown it already."""
        written, progress.sentences = progress.sentences, list(sentences)
        if not written:
            yield from (Checked(sentence) for sentence in sentences)

    def _finish(self, progress: _Progress, model: str, *, refused: bool = False) -> Finished:
        progress.mark("total_ms")
        asked = [progress.question, progress.searched, *(s.heading_path[-1] for s in progress.sources)]
        sentences = without_echoes(without_repeats(progress.sentences), asked)
        conflict = None if refused else contradiction(progress.ranked, progress.tongue)
        if conflict is not None:
            sentences.append(conflict)
        return Finished(
            Answer(
                question=progress.question,
                standalone_question=progress.searched,
                text="".join(sentence.lead + sentence.text for sentence in sentences),
                refused=refused,
                sentences=tuple(sentences),
                sources=progress.sources,
                model=model,
                generation=self._retriever.index.generation,
                timings=progress.timings,
                incomplete=progress.incomplete,
                only=progress.only,
            )
        )


class _Meaning:
    """Cosines of sentences with stretches of sources, whose vectors are kept from one answer to the next."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever
        self._kept: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def similarity(self, sentence: str, stretches: Sequence[str]) -> Sequence[float]:
        """The cosine of each stretch with the sentence."""
        texts = [sentence, *(stretch[:_EMBEDDED_CHARS] for stretch in stretches)]
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= dict(zip(new, self._retriever.embeddings.encode_passages(new), strict=True))
        with self._lock:
            self._kept.update((text, known[text]) for text in new)
            while len(self._kept) > _KEPT_VECTORS:
                self._kept.popitem(last=False)
        return [float(known[text] @ known[sentence]) for text in texts[1:]]


def _keep(progress: _Progress, sentence: Sentence, kind: PieceKind) -> Iterator[Event]:
    if kind is not PieceKind.BLANK or progress.sentences:
        progress.sentences.append(sentence)
        yield Checked(sentence)


def _says_no(sentences: Sequence[Sentence]) -> bool:
    return any(says_nothing(sentence.text) for sentence in sentences)
