"""Summaries of a whole note or chapter: its sections in order, and from each the first statements."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from ingest.schema import Note, Section
from rag.records import Source
from rag.sources.relevance import RankedUnit, Tokenize, states_something
from rag.sources.sections import source_of
from rag.sources.units import units_of

MOST_SECTIONS = 12
_NAMED = 0.8  # share of a title's words that the question must hold
_MEANT = 0.5  # share of the question's words that the title must hold
_STEP = 0.01  # between one statement and the next: they are all as good
_REQUEST = re.compile(
    r"总结|概括|概述|摘要|归纳|梳理|讲了(?:些)?什么|主要内容|笔记|文章|文档|章节|相关|有关|这一?[篇章节份]|那一?[篇章节份]|[请帮我一下关于的了]|《|》"
    r"|\b(?:summar\w+|overview|outline|notes?|chapter|section|please|give|me|of|the|an?|on|about|my|whole)\b",
    re.IGNORECASE,
)


def named_sections(
    question: str, notes: Mapping[str, Note], sections_of: Callable[[str], Sequence[Section]], tokenize: Tokenize
) -> Sequence[Section]:
    """The sections of the note or chapter that the question names by its title; empty when it names none.

    `sections_of` gives those of a note by its path.
    """
    asked = set(tokenize(_REQUEST.sub(" ", question)))
    if not asked:
        return []
    best, found = 0.0, list[Section]()
    for path, note in notes.items():
        for title in (note.title, PurePosixPath(path).stem, *note.aliases):
            fit = _fit(asked, set(tokenize(title)))
            if fit > best:
                best, found = fit, list(sections_of(path))
    for path in notes:
        own = sections_of(path)
        for chapter in own:
            fit = _fit(asked, set(tokenize(chapter.heading_path[-1])))
            if fit > best:
                inside = chapter.heading_path
                best, found = fit, [section for section in own if section.heading_path[: len(inside)] == inside]
    return found


def section_sources(
    chosen: Sequence[Section], notes: Mapping[str, Note], most: int = MOST_SECTIONS
) -> tuple[Source, ...]:
    """The sections as numbered sources, in the order of the note; of too many the longest."""
    longest = sorted(chosen, key=lambda section: section.start - section.end)[:most]
    kept = [section for section in chosen if section in longest]
    return tuple(source_of(n, notes[section.path], section, ()) for n, section in enumerate(kept, start=1))


def leading_units(sources: Sequence[Source]) -> list[RankedUnit]:
    """The first statement of each section, then the second of each, and so on."""
    rows = [
        [(index, unit) for index, unit in enumerate(units_of(source)) if states_something(unit)] for source in sources
    ]
    depth = max(map(len, rows), default=0)
    picked = [
        (source, *row[level])
        for level in range(depth)
        for source, row in zip(sources, rows, strict=True)
        if level < len(row)
    ]
    return [RankedUnit(source, index, unit, -_STEP * place) for place, (source, index, unit) in enumerate(picked)]


def _fit(asked: set[str], title: set[str]) -> float:
    """How well a title is what the question names, 0 when it is not."""
    if not title:
        return 0.0
    shared = len(asked & title)
    named, meant = shared / len(title), shared / len(asked)
    return named + meant if named >= _NAMED and meant >= _MEANT else 0.0
