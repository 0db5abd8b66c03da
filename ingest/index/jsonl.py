"""The records as JSON Lines: one record a line, in the order of the index, equal records as equal bytes.

A passage's text is not repeated: it is a span of its note's text.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ingest.messages import from_json
from ingest.schema import FILE_LINES, Kind, Note, Passage, Places, Section


def to_lines(rows: Iterable[Any]) -> bytes:
    """One JSON value a line. Text is UTF-8; a row with the lone surrogates of a file name that is not, is ASCII."""
    return b"".join(_line(row) for row in rows)


def from_lines(data: bytes) -> list[Any]:
    """What `to_lines` wrote. Raises ValueError on anything else."""
    lines = data.decode("utf-8").split("\n")  # not splitlines: U+2028 and others may stand in a text
    if lines.pop():
        raise ValueError("the last line has no end")
    rows: list[Any] = json.loads(f"[{','.join(lines)}]")  # all at once: half the time of line by line
    return rows


def note_rows(notes: Iterable[Note]) -> Iterable[Any]:
    """Notes with their whole text, so that a citation shows what was indexed."""
    for note in notes:
        row: dict[str, Any] = {
            "path": note.path,
            "title": note.title,
            "sha256": note.sha256,
            "tags": note.tags,
            "aliases": note.aliases,
            "body_start": note.body_start,
            "text": note.text,
        }
        if note.places != FILE_LINES:
            row["places"] = (note.places.unit, note.places.starts)
        if note.missing:
            row["missing"] = asdict(note.missing)
        yield row


def section_rows(sections: Iterable[Section]) -> Iterable[Any]:
    """Sections, in the order of the notes and of their text."""
    for s in sections:
        yield {
            "id": s.id,
            "path": s.path,
            "heading_path": s.heading_path,
            "span": (s.start, s.end),
            "lines": (s.start_line, s.end_line),
            "inferred": s.inferred,
        }


def passage_rows(passages: Iterable[Passage], sections: Mapping[str, Section], texts: Sequence[str]) -> Iterable[Any]:
    """Passages with the SHA-256 of the texts that were embedded; the heading path only where it is not the section's."""
    for p, embedded in zip(passages, texts, strict=True):
        row: dict[str, Any] = {
            "id": p.id,
            "section": p.section_id,
            "span": (p.start, p.end),
            "lines": (p.start_line, p.end_line),
            "kind": p.kind.value,
            "inferred": p.inferred,
            "embedded": embedded,
        }
        if p.heading_path != sections[p.section_id].heading_path:
            row["heading_path"] = p.heading_path
        if p.columns:
            row["columns"] = p.columns
        yield row


def notes_of(rows: Iterable[Any]) -> dict[str, Note]:
    """Notes by path."""
    made = (
        Note(
            path=row["path"],
            title=row["title"],
            text=row["text"],
            sha256=row["sha256"],
            tags=_listed(row["tags"]),
            aliases=_listed(row["aliases"]),
            body_start=row["body_start"],
            places=_places(row["places"]) if "places" in row else FILE_LINES,
            missing=from_json(row.get("missing")),
        )
        for row in rows
    )
    return {note.path: note for note in made}


def _listed(row: Any) -> tuple[Any, ...]:
    if not isinstance(row, list):
        raise TypeError(f"no list: {row!r:.40}")
    return tuple(row)


def _places(row: Any) -> Places:
    unit, starts = row
    return Places(unit, tuple((line, number) for line, number in starts))


def sections_of(rows: Iterable[Any]) -> dict[str, Section]:
    """Sections by id."""
    made = (
        Section(
            id=row["id"],
            path=row["path"],
            heading_path=_listed(row["heading_path"]),
            start=row["span"][0],
            end=row["span"][1],
            start_line=row["lines"][0],
            end_line=row["lines"][1],
            inferred=row["inferred"],
        )
        for row in rows
    )
    return {section.id: section for section in made}


def passages_of(
    rows: Iterable[Any], notes: Mapping[str, Note], sections: Mapping[str, Section]
) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    """Passages, and the SHA-256 of the texts that were embedded for each."""
    passages, embedded = [], []
    for row in rows:
        section = sections[row["section"]]
        note = notes[section.path]
        start, end = row["span"]
        first, last = row["lines"]
        passages.append(
            Passage(
                id=row["id"],
                section_id=section.id,
                path=section.path,
                heading_path=_listed(row["heading_path"]) if "heading_path" in row else section.heading_path,
                text=note.text[start:end],
                start=start,
                end=end,
                start_line=first,
                end_line=last,
                places=note.places.between(first, last),
                kind=Kind(row["kind"]),
                inferred=row["inferred"],
                columns=row.get("columns", ""),
            )
        )
        embedded.append(row["embedded"])
    if not all(isinstance(sha, str) for sha in embedded):
        raise TypeError("a hash of another type")
    return tuple(passages), tuple(embedded)


_dump: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _line(row: Any) -> bytes:
    text = _dump(row)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"
