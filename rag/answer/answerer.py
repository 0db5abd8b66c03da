"""Question -> events of a streaming answer: search, quote, write, check every sentence, say no when the notes do."""

import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ingest.config import ModelSettings
from ingest.errors import AskNotesError, PromptTooLong
from ingest.index.read import NotesIndex
from ingest.messages import told
from ingest.text.scripts import Language, language
from rag.answer.further import further, joined
from rag.answer.gate import LOOKED_AT, UNLIKELY, Signals, probability, signals
from rag.answer.outcome import concluded, finished, quoted, refused, told_of_index
from rag.answer.prompt import fit, learned_messages, messages, source_text
from rag.answer.repetition import goes_round, repeats
from rag.answer.stages import Asked, Retrieved, Written
from rag.citations.check import Checker, Entails
from rag.citations.meaning import meaning_of
from rag.citations.splitter import Piece, PieceKind, Splitter
from rag.model.language_model import LanguageModel
from rag.question.kind import QuestionKind, kind_of
from rag.question.routing import hard
from rag.question.scope import paths_in
from rag.records import (
    STOPPED,
    Answer,
    Checked,
    Delta,
    Event,
    Finished,
    Found,
    Searched,
    Sentence,
    Source,
    Turn,
    Waiting,
)
from rag.search.retriever import HybridRetriever
from rag.sources.excerpts import excerpts
from rag.sources.quotes import extract, gather, outline
from rag.sources.relevance import RankedUnit, Relevance, nearness
from rag.sources.sections import PASSAGES, build_sources
from rag.sources.summary import leading_units, named_sections, section_sources
from rag.tools.desk import Desk

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from rag.model.stream import TextStream

_SURE_SHARE = 0.85  # of the context that is filled: tokens are estimated
_LEAST_TOKENS = 50
_PARTS = (1.0, 0.5, 0.2)  # of the sources, when the prompt is too long for an endpoint
_ENDED = re.compile(r"[。！？；.!?;…:：|`）)”\"*]\s*\Z|\A\s*\Z")
_LANGUAGE_SAMPLE = 200  # passages that tell the notes' language


class Answerer:
    """Answers questions from one index with one model; safe to use from threads as its parts are."""

    def __init__(
        self,
        retriever: HybridRetriever,
        model: LanguageModel,
        entails: Entails,
        settings: ModelSettings,
        sources: int,
        desk: Desk | None = None,
    ) -> None:
        """`entails` reads sentences beside sources; `sources` is the number of sections for the model and the reader;
        `desk` answers questions about the notes themselves."""
        self._retriever = retriever
        self._model = model
        self._entails = entails
        self._settings = settings
        self._sources = sources
        self._desk = desk
        self._meaning = meaning_of(retriever.embeddings)
        self._relevance = relevance_over(retriever)
        passages = retriever.index.passages
        self._notes_in = language("\n".join(p.text for p in passages[:: len(passages) // _LANGUAGE_SAMPLE + 1]))

    @property
    def index(self) -> NotesIndex:
        """The index that answers come from."""
        return self._retriever.index

    @property
    def model(self) -> str:
        """The language model's name; '' when none is in use."""
        return self._model.info.name

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        searched: str = "",
        only: Sequence[str] = (),
        write: bool | None = None,
        agent: bool | None = None,
    ) -> Answer:
        """The finished answer; the arguments are those of `stream`."""
        *_, last = self.stream(question, history, searched=searched, only=only, write=write, agent=agent)
        assert isinstance(last, Finished)
        return last.answer

    def answering(self, question: str) -> Source | None:
        """The section that most likely answers a stand-alone question, or None; the model is not asked."""
        asked = self._asked(question, (), question, (), language(question), time.monotonic())
        if kind_of(asked.searched) is not QuestionKind.SUMMARY and self._chance(asked.searched, ()) < UNLIKELY:
            return None  # most of what is asked again after a build: its sources need not be read
        found = self._retrieve(asked)
        return found.ranked[0].source if found.chance >= UNLIKELY and found.ranked else None

    def signals(self, question: str, only: Sequence[str] = ()) -> Signals:
        """What the retrieval says about whether the notes answer a question."""
        scores, passages = self._retriever.nearest(question, 2 * LOOKED_AT, only=only)  # lists of questions among them
        return signals(question, self._relevance.terms(question), scores, passages)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        searched: str = "",
        only: Sequence[str] = (),
        tongue: Language | None = None,
        cancel: threading.Event | None = None,
        write: bool | None = None,
        agent: bool | None = None,
        who: str = "",
    ) -> Iterator[Event]:
        """The events of an answer, `Finished` last. Setting `cancel`, or closing this, ends the model's work.

        `searched` is the stand-alone question when the user has edited it; otherwise the history makes it. `only`
        restricts the search (patterns of `rag.question.scope`); raises ScopeError when no note is left. `tongue` is the
        language of what we say ourselves (a refusal, why an answer breaks off); the question's by default.
        `write` tells whether the model sums up what was found, `agent` whether an endpoint's model first looks further in
        the notes itself; by default as the settings say. Where the model takes one question at a time, each `who` is
        answered in turn.
        What goes wrong with the model is told in `Answer.incomplete`; the part that came, or the quotes, stand.
        """
        started, tongue = time.monotonic(), tongue or language(question)
        known = None if self._desk is None or only else self._desk.answer(searched.strip() or question, tongue)
        if known is not None:
            yield from told_of_index(question, known, self.index.generation, started)
            return
        asked = self._asked(question, history, searched, only, tongue, started, who)
        yield Searched(asked.searched, asked.understood.corrections)
        found = self._retrieve(asked)
        yield Found(found.sources, found.quotes if found.answers else (), found.shown)
        model, written, cancel = self._writer(asked), None, cancel or threading.Event()
        if found.answers and self._looks(asked, found, model, write, agent):
            found = yield from self._further(asked, found, model, cancel)
        if not found.answers:
            outcome = refused(asked, found)
        elif not self._writes(write):
            outcome = quoted(found)
        elif model.info.kind == "none":
            outcome = quoted(found, "" if self._settings.llm == "none" else told(model.info.where, asked.tongue))
        else:
            written = yield from self._write(asked, found, model, cancel)
            outcome = concluded(asked, found, written, model.info)
        if written is None or not written.sentences:
            yield from map(Checked, outcome.sentences)
        yield finished(asked, found, written, outcome, self.index.generation)

    def _writes(self, write: bool | None) -> bool:
        return self._settings.write == "auto" if write is None else write

    def _looks(
        self, asked: Asked, found: Retrieved, model: LanguageModel, write: bool | None, agent: bool | None
    ) -> bool:
        """Whether the model looks further: not for a summary of one note, nor for the last answer in another form."""
        wanted = self._settings.agent and self._writes(write) if agent is None else agent
        return wanted and model.info.kind == "endpoint" and not found.tool and not asked.understood.again

    def _further(
        self, asked: Asked, found: Retrieved, model: LanguageModel, cancel: threading.Event
    ) -> Generator[Event, None, Retrieved]:
        chance = partial(self._chance, only=asked.only)
        looks = yield from further(asked, found, model, self._retriever, self._settings, chance, cancel)
        more = joined(found, looks, asked, self._retriever, self._relevance, self._sources)
        yield Found(more.sources, more.quotes, more.shown)
        return more

    def _chance(self, question: str, only: Sequence[str]) -> float:
        return probability(self.signals(question, only))

    def _asked(
        self,
        question: str,
        history: Sequence[Turn],
        searched: str,
        only: Sequence[str],
        tongue: Language,
        started: float,
        who: str = "",
    ) -> Asked:
        retriever, given = self._retriever, searched.strip()
        understood = retriever.as_typed(given, only) if given else retriever.understood(question, history, only)
        earlier = () if understood.question == question.strip() else tuple(history)
        return Asked(question, understood, tongue, started, earlier, tuple(only), who)

    def _retrieve(self, asked: Asked) -> Retrieved:
        """The sources: of a note or chapter to sum up its sections, else what the search finds."""
        summed_up = self._named_sections(asked) if kind_of(asked.searched) is QuestionKind.SUMMARY else ()
        ranked: Sequence[RankedUnit] = leading_units(summed_up)
        tool = ""
        if ranked:
            sources, chance, gathered = summed_up, 1.0, outline(ranked)
            tool = f"summary({sources[0].path})"
        else:
            hits = self._retriever.found(asked.understood, PASSAGES)
            chance = self._chance(asked.searched, asked.only)
            sources = build_sources(hits, self.index.notes, self.index.sections, self._sources)
            # The words are the follow-up's own: those of the conversation would prefer the last answer.
            terms = self._relevance.terms(asked.understood.own, asked.searched)
            ranked = self._relevance.rank(terms, sources)
            gathered = gather(ranked, terms)
        quotes = extract(gathered)
        shown = excerpts(quotes, gathered)
        return Retrieved(sources, tuple(ranked), quotes, chance, asked.milliseconds(), shown, tool)

    def _named_sections(self, asked: Asked) -> tuple[Source, ...]:
        held = self.index.notes
        notes = {path: held[path] for path in (sorted(paths_in(asked.only, held)) if asked.only else held)}
        found = named_sections(asked.searched, notes, self.index.sections_of, self._retriever.tokenize)
        return section_sources(found, notes)

    def _writer(self, asked: Asked) -> LanguageModel:
        """The model that answers: with routing the endpoint when the question is hard."""
        harder = self._model.harder
        to_endpoint = harder is not None and hard(asked.searched, language(asked.searched) != self._notes_in)
        return harder if harder is not None and to_endpoint else self._model

    def _write(
        self, asked: Asked, found: Retrieved, model: LanguageModel, cancel: threading.Event
    ) -> Generator[Event, None, Written]:
        checker = Checker(found.sources, self._entails, self._meaning.similarity)
        splitter, first_token_ms, incomplete = Splitter(), None, ""
        sentences: list[Sentence] = []
        try:
            restarts = 0
            for chunk, stream in self._stream(asked, found, model, cancel, sentences):
                if not chunk:
                    yield Waiting(stream.place)
                    continue
                if stream.restarts > restarts:  # what came before was what the model thought
                    restarts, splitter = stream.restarts, Splitter()
                    sentences.clear()
                first_token_ms = first_token_ms or asked.milliseconds()
                yield Delta(chunk)
                yield from _checked(checker, splitter.feed(chunk), sentences)
            if cancel.is_set():
                incomplete = STOPPED.told(asked.tongue)
        except AskNotesError as error:
            incomplete = error.told(asked.tongue)
        rest = splitter.finish()
        half = rest.pop() if incomplete and rest and not _ENDED.search(rest[-1].text) else None
        yield from _checked(checker, rest, sentences)
        if half is not None:  # no claim yet
            sentences.append(Sentence(half.text, half.lead))
            yield Checked(sentences[-1])
        return Written(tuple(sentences), incomplete, first_token_ms)

    def _stream(
        self,
        asked: Asked,
        found: Retrieved,
        model: LanguageModel,
        cancel: threading.Event,
        sentences: Sequence[Sentence],
    ) -> "Iterator[tuple[str, TextStream]]":
        """The model's text, each piece with the stream that it is of; too long a prompt is asked shorter."""
        for part in _PARTS:
            prompt, most = self._prompt(asked, found, model, part), self._settings.answer_tokens
            stream = model.stream(prompt, most, cancel=cancel, who=asked.who)
            try:
                for chunk in _until_it_repeats(stream, sentences):
                    yield chunk, stream
                return
            except PromptTooLong:
                if part == _PARTS[-1]:
                    raise

    def _prompt(self, asked: Asked, found: Retrieved, model: LanguageModel, part: float = 1.0) -> "list[BaseMessage]":
        """As many sources as the model's budget and its context have room for, or this part of them."""
        settings, count = self._settings, model.count_tokens
        prompt: Callable[[Sequence[RankedUnit]], list[BaseMessage]] = (
            partial(learned_messages, asked.to_answer)
            if model.info.learned
            else partial(messages, asked.to_answer, tongue=language(asked.question), earlier=asked.earlier)
        )
        used = settings.answer_tokens + sum(count(str(message.content)) for message in prompt(()))
        room = int(settings.context_tokens * _SURE_SHARE) - used
        wanted = settings.source_tokens if model.info.kind == "local" else settings.endpoint_source_tokens
        units = fit(found.ranked, count, max(min(wanted, room), _LEAST_TOKENS))
        if part < 1:
            units = fit(found.ranked, count, max(int(count(source_text(units)) * part), _LEAST_TOKENS))
        return prompt(units)


def relevance_over(retriever: HybridRetriever) -> Relevance:
    """What ranks the units of the sources that a retriever found."""
    near = nearness(meaning_of(retriever.embeddings).vectors, retriever.embedded)
    return Relevance(retriever.tokenize, retriever.index.bm25.weight, near)


def _until_it_repeats(stream: "TextStream", sentences: Sequence[Sentence]) -> Iterator[str]:
    """The model's text as it comes; ends when it starts to go round in circles."""
    said = ""
    try:
        for chunk in stream:
            said += chunk
            if goes_round(said) or repeats(sentences):
                return
            yield chunk
    finally:
        stream.close()


def _checked(checker: Checker, pieces: Sequence[Piece], sentences: list[Sentence]) -> Iterator[Checked]:
    """The pieces, checked and added to `sentences`; what is blank before the first is left out."""
    for piece in pieces:
        if piece.kind is not PieceKind.BLANK or sentences:
            sentences.append(checker.check(piece))
            yield Checked(sentences[-1])
