"""Why a section is not among the hits, or not among an answer's sources: which cut dropped its passages."""

from collections.abc import Sequence
from typing import Literal

from ingest.errors import UnknownPlace
from ingest.index.read import NotesIndex
from ingest.schema import Section
from rag.records import Answer, Cut, Standing, Turn
from rag.search.retriever import HybridRetriever
from rag.sources.sections import PASSAGES

SourceCut = Literal["source", "duplicate", "outside", "passages", "sources"]


def diagnose(
    retriever: HybridRetriever,
    question: str,
    path: str,
    line: int | None = None,
    *,
    history: Sequence[Turn] = (),
    only: Sequence[str] = (),
) -> tuple[Standing, ...]:
    """Where the passages of a note, or of the section at `line` (from 1), stood for a question, and what cut them.

    Raises:
        UnknownPlace: the index holds no such note, or the note no section at that line.
        ScopeError: `only` names no note.
    """
    named = _named(retriever.index, path, line)
    understood = retriever.understood(question, history, only, pool=len(retriever.index.passages))
    whole = understood.legs.rankings(len(retriever.index.passages))
    del whole["both"]
    places = {name: ranking.places() for name, ranking in whole.items()}
    fused, rankings = retriever.fused(understood, retriever.retriever)
    fused_ranks = {one.item: rank for rank, one in enumerate(fused, start=1)}
    hits = retriever.top(understood, fused, rankings, retriever.k, retriever.retriever)
    shown, twins = {hit.passage.id for hit in hits}, {place for hit in hits for place in hit.also_at}
    standings = []
    for item in named:
        passage = retriever.index.passages[item]
        cut: Cut = "outside" if item not in fused_ranks else "below"
        if passage.id in shown:
            cut = "shown"
        elif passage.location in twins:
            cut = "duplicate"
        ranks = {name: ranked[item] for name, ranked in places.items() if item in ranked}
        scores = {name: whole[name].scores[item] for name in ranks}
        standings.append(Standing(passage, ranks, scores, fused_ranks.get(item), cut))
    return tuple(standings)


def source_cut(standing: Standing, answer: Answer) -> SourceCut:
    """What became of a passage: in a `source`, a `duplicate` of one that was found, `outside` the retrievers' lists,
    fused below the `passages` that sources are made of, or in a section behind the number of `sources`."""
    if any(standing.passage.section_id == source.section_id for source in answer.sources):
        return "source"
    if standing.cut == "duplicate":
        return "duplicate"
    if standing.fused_rank is None:
        return "outside"
    return "passages" if standing.fused_rank > PASSAGES else "sources"


def _named(index: NotesIndex, path: str, line: int | None) -> list[int]:
    """The numbers of a note's passages, or of those of its section at a line."""
    if path not in index.notes:
        raise UnknownPlace("place.no_note", path=path)
    named = [
        item
        for item in index.passages_of(path)
        if line is None or _covers(index.sections[index.passages[item].section_id], line)
    ]
    if not named:
        raise UnknownPlace("place.no_section", path=path, line=line)
    return named


def _covers(section: Section, line: int) -> bool:
    return section.start_line <= line <= section.end_line
