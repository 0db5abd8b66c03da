"""What a model found by looking further joins what the search found: nothing that was found before is taken away."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from ingest.config import ModelSettings
from ingest.index.read import NotesIndex
from rag.answer.gate import UNLIKELY
from rag.answer.stages import Asked, Retrieved
from rag.model.language_model import LanguageModel
from rag.records import Looked, Source
from rag.search.retriever import HybridRetriever
from rag.sources.excerpts import excerpts
from rag.sources.quotes import extract, gather
from rag.sources.relevance import RankedUnit, Relevance
from rag.sources.sections import source_of
from rag.tools.agent import look_further
from rag.tools.looks import Looks

LIMIT = 300  # characters of evidence of one more look


def further(
    asked: Asked,
    found: Retrieved,
    model: LanguageModel,
    retriever: HybridRetriever,
    settings: ModelSettings,
    chance: Callable[[str], float],
    cancel: threading.Event,
) -> Generator[Looked, None, Looks]:
    """The model's steps as events; returns what they found, for `joined`. `chance` is that the notes answer a question."""
    looks = Looks(retriever, asked.only, asked.tongue, lambda question: chance(question) >= UNLIKELY)
    hits = sorted((hit for source in found.sources for hit in source.hits), key=lambda hit: hit.place)
    for look in look_further(asked.searched, hits, looks, model, settings, cancel):
        looks.steps.append(look)
        yield Looked(look)
    return looks


def joined(
    found: Retrieved,
    looks: Looks,
    asked: Asked,
    retriever: HybridRetriever,
    relevance: Relevance,
    most: int,
) -> Retrieved:
    """With at most `most` more sections: those that were opened first, then the best of each search in turn. The evidence of
    each search stands behind what was there."""
    added = _added(found.sources, looks, retriever.index, most)
    ranked, quotes, shown = [found.ranked], found.quotes, found.excerpts
    for question, hits in looks.searches:
        sections, terms = {hit.passage.section_id for hit in hits}, relevance.terms(question)
        units = relevance.rank(terms, [source for source in added if source.section_id in sections])
        gathered = [one for one in gather(units, terms, LIMIT) if one.source.n not in {excerpt.n for excerpt in shown}]
        said = extract(gathered)
        ranked.append(tuple(units))
        quotes, shown = quotes + said, shown + excerpts(said, gathered)
    terms = relevance.terms(asked.understood.own, asked.searched)
    ranked.append(tuple(relevance.rank(terms, added)))  # of those that were opened too
    return replace(
        found,
        sources=(*found.sources, *added),
        ranked=tuple(_in_turn(ranked)),
        quotes=quotes,
        excerpts=shown,
        looks=tuple(looks.steps),
    )


def _added(known: Sequence[Source], looks: Looks, index: NotesIndex, most: int) -> tuple[Source, ...]:
    have, searches = {source.section_id for source in known}, [hits for _, hits in looks.searches]
    everything = [hit for hits in searches for hit in hits]
    ids = [section.id for section in looks.opened]
    ids += [hit.passage.section_id for row in zip_longest(*searches) for hit in row if hit is not None]
    wanted = [one for one in dict.fromkeys(ids) if one not in have][:most]
    added = []
    for n, section_id in enumerate(wanted, start=len(known) + 1):
        section = index.sections[section_id]
        hits = {hit.passage.id: hit for hit in everything if hit.passage.section_id == section_id}
        added.append(source_of(n, index.notes[section.path], section, list(hits.values())))
    return tuple(added)


def _in_turn(lists: Sequence[Sequence[RankedUnit]]) -> Iterator[RankedUnit]:
    """The best of each, then the second of each, every unit once."""
    said: set[tuple[int, int]] = set()
    for row in zip_longest(*lists):
        for one in row:
            if one is not None and (one.source.n, one.index) not in said:
                said.add((one.source.n, one.index))
                yield one
