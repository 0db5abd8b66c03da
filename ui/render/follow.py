"""What one may ask next, from the headings beside those that answered; no model is asked."""

from collections.abc import Sequence

from ingest.passages.overview import heading_of, is_question
from ingest.schema import Section
from ingest.text.words import bare
from rag.records import Answer
from ui.backend.protocol import Library
from ui.words import Words

MOST = 3


def follow_ups(answer: Answer, asked: Sequence[str], library: Library, words: Words) -> tuple[str, ...]:
    """Questions about the sections next to the evidence, the nearest first; none of those `asked` already."""
    known = {bare(question) for question in asked}
    shown = {answer.sources[excerpt.n - 1].section_id for excerpt in answer.excerpts}
    found: dict[str, str] = {}
    for section in _near(shown, list(library.sections.values())):
        heading = heading_of(section)
        question = heading if is_question(heading) else words("ask_about", heading=heading)
        if heading and not {bare(heading), bare(question)} & known:
            found.setdefault(bare(heading), question)
    return tuple(found.values())[:MOST]


def _near(shown: set[str], sections: Sequence[Section]) -> list[Section]:
    """Sections of the same notes as those shown that have a heading of their own, by their distance."""
    places = [i for i, section in enumerate(sections) if section.id in shown]
    notes = {sections[i].path for i in places}
    beside = [
        i
        for i, section in enumerate(sections)
        if section.path in notes and section.id not in shown and len(section.heading_path) > 1
    ]
    beside.sort(key=lambda i: min(_distance(sections, i, place) for place in places))
    return [sections[i] for i in beside]


def _distance(sections: Sequence[Section], one: int, other: int) -> tuple[int, int]:
    """First how much of their heading paths differs, then how many sections lie between."""
    a, b = sections[one].heading_path, sections[other].heading_path
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    apart = len(a) + len(b) - 2 * shared
    return (apart, abs(one - other)) if sections[one].path == sections[other].path else (1000, abs(one - other))
