"""Whether what an old answer cited still stands in the notes: unchanged, edited since, moved or gone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ingest.schema import Note, Section
from ingest.text.markup import plain
from rag.records import Answer, Source

_TELLING = 16  # characters from which on equal text is the same text, not chance
_LINE = 8  # characters of a line that counts when versions are compared
_KEPT = 0.5  # share of the cited lines that an edited section still has


class Freshness(StrEnum):
    """How a cited section stands in the index now."""

    UNCHANGED = "unchanged"  # the same words in the same section
    EDITED = "edited"  # the section has other words now
    MOVED = "moved"  # the same words in another note or under another heading
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Fate:
    """How a citation stands, and the section that holds it now (None when it is gone)."""

    state: Freshness
    section: Section | None = None


def fate(source: Source, notes: Mapping[str, Note], sections: Mapping[str, Section]) -> Fate:
    """How a stored source stands in another generation of the index (notes by path, sections by id).

    Its section is found by id, else by its words, else by the lines that it still has; a section that was moved and
    edited counts as edited.
    """
    same = sections.get(source.section_id)
    if same and source.text in _text(notes, same):
        return Fate(Freshness.UNCHANGED, same)
    found = _by_words(source, notes, sections)
    if found and found is not same:
        return Fate(Freshness.MOVED, found)
    edited = same or _by_lines(source, notes, sections)
    return Fate(Freshness.EDITED, edited) if edited else Fate(Freshness.GONE)


def fates(
    answer: Answer, generation: str, notes: Mapping[str, Note], sections: Mapping[str, Section]
) -> dict[int, Fate]:
    """How each source of an answer stands in generation `generation`, by number; empty for an answer of the same."""
    if answer.generation == generation:
        return {}
    return {source.n: fate(source, notes, sections) for source in answer.sources}


def _by_words(source: Source, notes: Mapping[str, Note], sections: Mapping[str, Section]) -> Section | None:
    """The section that holds the source's words, its heading aside; short ones need the same heading."""
    body = _body(source)
    telling = len("".join(body.split())) >= _TELLING
    for note in _nearest_first(source.path, notes):
        at = note.text.find(body)
        if at < 0:
            continue
        for section in _of_note(sections, note.path):
            here = section.start <= at < section.end
            if here and (telling or section.heading_path[-1] == source.heading_path[-1]):
                return section
    return None


def _by_lines(source: Source, notes: Mapping[str, Note], sections: Mapping[str, Section]) -> Section | None:
    """The section that has most of the source's lines, when it has enough of them."""
    lines = {line.strip() for line in _body(source).split("\n") if len(line.strip()) >= _LINE}
    wanted = _KEPT * sum(map(len, lines))
    best: Section | None = None
    for note in _nearest_first(source.path, notes):
        held = {line for line in lines if line in note.text}
        if not held or sum(map(len, held)) < wanted:
            continue
        for section in _of_note(sections, note.path):
            text = note.text[section.start : section.end]
            size = sum(len(line) for line in held if line in text)
            if size > wanted or (size == wanted and best is None):
                best, wanted = section, size
    return best


def _body(source: Source) -> str:
    """The source's text without its heading."""
    first, _, rest = source.text.partition("\n")
    is_heading = source.heading_path[-1] in plain(first) or source.heading_path[-1] in first
    return rest.strip() if is_heading and rest.strip() else source.text


def _nearest_first(path: str, notes: Mapping[str, Note]) -> Iterator[Note]:
    if path in notes:
        yield notes[path]
    yield from (note for note in notes.values() if note.path != path)


def _of_note(sections: Mapping[str, Section], path: str) -> list[Section]:
    return [section for section in sections.values() if section.path == path]


def _text(notes: Mapping[str, Note], section: Section) -> str:
    return notes[section.path].text[section.start : section.end]
