"""Ranked passages -> numbered sources: the sections around them, or windows of long sections."""

import hashlib
from collections.abc import Mapping, Sequence

from ingest.schema import Note, Section
from rag.records import Hit, Source
from rag.sources.units import lines_of

PASSAGES = 20  # of the hits, those that the sources are made of
WHOLE_SECTION = 1500  # characters up to which a source is its whole section
WINDOW = 1000  # characters of a longer section that are kept around its passages, about


def build_sources(
    hits: Sequence[Hit], notes: Mapping[str, Note], sections: Mapping[str, Section], count: int
) -> tuple[Source, ...]:
    """The first `count` sections that the hits (best first) lie in, numbered from 1 in that order."""
    grouped: dict[str, list[Hit]] = {}
    for hit in hits:
        section_id = hit.passage.section_id
        if section_id in grouped or len(grouped) < count:
            grouped.setdefault(section_id, []).append(hit)
    return tuple(
        source_of(n, notes[sections[section_id].path], sections[section_id], found)
        for n, (section_id, found) in enumerate(grouped.items(), start=1)
    )


def source_of(n: int, note: Note, section: Section, hits: Sequence[Hit]) -> Source:
    """Source `n`: the section, or the window of a long one around what was found in it."""
    start, end = section.start, section.end
    if end - start > WHOLE_SECTION:
        start, end = _window(note, section, hits)
    text = note.text[start:end].rstrip()
    start, end = start + len(text) - len(text.lstrip("\n")), start + len(text)
    first, last = lines_of(note.text, start, end)
    text = note.text[start:end]
    return Source(
        n=n,
        section_id=section.id,
        path=section.path,
        heading_path=section.heading_path,
        text=text,
        start=start,
        end=end,
        start_line=first,
        end_line=last,
        places=note.places.between(first, last),
        content_hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        inferred=section.inferred or any(hit.passage.inferred for hit in hits),
        hits=tuple(hits),
    )


def _window(note: Note, section: Section, hits: Sequence[Hit]) -> tuple[int, int]:
    """A stretch of whole lines around the best passage that takes in the others while they are near."""
    if not hits:
        return section.start, section.start + WHOLE_SECTION
    start, end = hits[0].passage.start, hits[0].passage.end
    for hit in hits[1:]:
        wider = min(start, hit.passage.start), max(end, hit.passage.end)
        if wider[1] - wider[0] <= WHOLE_SECTION:
            start, end = wider
    spare = max(0, WINDOW - (end - start)) // 2
    start, end = max(section.start, start - spare), min(section.end, end + spare)
    line_start = note.text.rfind("\n", section.start, start)
    line_end = note.text.find("\n", end, section.end)
    return (line_start + 1 if line_start >= 0 else section.start), (line_end if line_end >= 0 else section.end)
