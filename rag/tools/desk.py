"""Which function answers a question about the notes themselves, and its answer in words."""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ingest.messages import Message, told
from ingest.schema import Section
from ingest.text.scripts import Language
from ingest.text.words import ENGLISH_STOP
from rag.records import Sentence, Source
from rag.search.retriever import HybridRetriever
from rag.sources.sections import source_of
from rag.tools.dates import Span, span_in
from rag.tools.intents import Intent, Recognizer
from rag.tools.notes import Listing, count_notes, notes_about, notes_by_length, notes_changed, notes_in, notes_written
from rag.tools.words import folder_in, topic_in

SHOWN = 10  # rows that are told
_SHORT = re.compile(r"短|小|short|small|짧|작", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that no search made: `tool` names the function with what it was given, or `greeting`; '' for noise."""

    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...] = ()
    tool: str = ""
    refused: bool = False


class Desk:
    """Answers greetings, noise and questions about the notes themselves; safe to use from threads."""

    def __init__(self, retriever: HybridRetriever, recognizer: Recognizer, corpus: Path) -> None:
        """`corpus` is the folder of the notes, whose files have dates."""
        self._retriever, self._recognizer, self._corpus = retriever, recognizer, corpus

    def answer(self, question: str, tongue: Language, today: date | None = None) -> Told | None:
        """The answer, or None when the question is to be searched for."""
        if not question.strip():
            return None
        intent = self._recognizer.intent(self._retriever.embedded(question))
        index = self._retriever.index
        if intent is Intent.GREETING:
            topics = "、".join(index.overview.topics[:5])
            said = Message("tools.greeting", n=len(index.notes), topics=topics or "-")
            return Told((Sentence(said.told(tongue)),), tool=str(intent))
        if intent is Intent.NOISE:
            known = any(token in index.bm25.vocabulary for token in self._retriever.tokenize(question))
            return None if known else Told((Sentence(Message("tools.noise").told(tongue)),), refused=True)
        listing = self.listing(intent, question, today or date.today())
        return self._told(listing, tongue) if listing else None

    def listing(self, intent: Intent, question: str, today: date) -> Listing | None:
        """What the function for this intent finds; None for a summary."""
        index = self._retriever.index
        folder = folder_in(question, index.notes)
        match intent:
            case Intent.COUNT:
                topic = "" if folder else self._topic(question)
                return replace(self._about(topic), rows=()) if topic else count_notes(index, folder)
            case Intent.ABOUT:
                topic = self._topic(question)
                return self._about(topic) if topic else count_notes(index, folder)
            case Intent.FOLDER:
                return notes_in(index, folder)
            case Intent.LONGEST:
                return notes_by_length(index, bool(_SHORT.search(question)))
            case Intent.CHANGED:
                days = span_in(question, today)
                return notes_changed(index, self._corpus, days.first if days else None)
            case Intent.WRITTEN:
                days = span_in(question, today)
                return notes_written(index, self._corpus, days or Span(date.min, today))
        return None

    def _topic(self, question: str) -> str:
        return topic_in(question, self._retriever.spans, self._content(question), self._retriever.index.bm25.weight)

    def _content(self, question: str) -> frozenset[str]:
        """The words of a request that are neither its frame nor too common to say anything."""
        return frozenset(self._retriever.tokenize(question)) - self._recognizer.frame - ENGLISH_STOP

    def _about(self, topic: str) -> Listing:
        return notes_about(self._retriever, topic)

    def _first(self, path: str) -> Section | None:
        """The first section of a note."""
        return next(iter(self._retriever.index.sections_of(path)), None)

    def _told(self, listing: Listing, tongue: Language) -> Told:
        shown = listing.rows[:SHOWN]
        head = _head(listing, tongue)
        sentences = [Sentence(head)]
        sources: list[Source] = []
        for place, row in enumerate(shown):
            section = row.section or self._first(row.path)
            if section is not None:
                sources.append(source_of(len(sources) + 1, self._retriever.index.notes[row.path], section, ()))
            name = f"**{row.title}**" + (f"（{row.path}）" if row.title != row.path else "")
            why = f"：{told(row.why, tongue)}" if row.why else ""
            cited = (len(sources),) if section is not None else ()
            sentences.append(Sentence(name + why, "\n- " if place else "\n\n- ", cited))
        if len(listing.rows) > SHOWN:
            more = Message("tools.more", n=len(listing.rows) - SHOWN)
            sentences.append(Sentence(more.told(tongue), "\n\n"))
        given = ", ".join(f"{name}={value}" for name, value in listing.given.items())
        return Told(tuple(sentences), tuple(sources), f"{listing.tool}({given})")


def _head(listing: Listing, tongue: Language) -> str:
    """How many there are, and of what."""
    since, until = listing.given.get("since", ""), listing.given.get("until", "")
    days = since if since == until else " – ".join(day or "…" for day in (since, until))
    of = listing.given.get("folder") or listing.given.get("topic") or days or Message("tools.everything").told(tongue)
    if listing.tool in ("longest_notes", "shortest_notes"):
        return Message(f"ranked.{listing.tool}", n=listing.total).told(tongue)
    return Message(f"tools.{listing.tool}", n=listing.total, of=of).told(tongue)
