"""Notes, sections and passages as the parts of a block, and back.

Notes are JSON Lines with their whole text, so that a citation shows what was indexed. Sections and passages are rows of
numbers: their text is a span of the note's, their heading path one of the block's words. A record is made when it is
asked for.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, astuple
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ingest.index.blocks.npy import from_npy, to_npy
from ingest.messages import from_json
from ingest.passages.overview import Outline
from ingest.schema import FILE_LINES, Kind, Note, Passage, Places, PlaceUnit, Section, SplitNote

Parts = dict[str, bytes]
Rows = npt.NDArray[np.void]
_SPAN = [("start", "<i4"), ("end", "<i4"), ("start_line", "<i4"), ("end_line", "<i4"), ("inferred", "?")]
SECTION = np.dtype([("id", "S16"), ("note", "<i4"), ("heading", "<i4"), *_SPAN])  # numbers of a note, of a heading path
PASSAGE = np.dtype(
    [("id", "S16"), ("section", "<i4"), ("heading", "<i4"), *_SPAN, ("kind", "u1"), ("columns", "<i4"), ("key", "V32")]
)
KINDS = tuple(Kind)


def require(true: object, what: str) -> None:
    """Raise ValueError, naming what is wrong, unless `true`."""
    if not true:
        raise ValueError(what)


def pack_records(notes: Sequence[SplitNote], keys: Sequence[bytes], outlines: Sequence[Outline]) -> Parts:
    """The parts that `unpack_rows`, `note_of` and `words_of` read; `keys` are the SHA-256 of what was embedded."""
    lines = [_json(_note_row(split.note)) + b"\n" for split in notes]
    headings: dict[tuple[str, ...], int] = {}
    columns: dict[str, int] = {"": 0}
    sections: list[tuple[Any, ...]] = []
    passages: list[tuple[Any, ...]] = []
    for number, split in enumerate(notes):
        at: dict[str, int] = {}
        for s in split.sections:
            at[s.id] = len(sections)
            heading = headings.setdefault(s.heading_path, len(headings))
            sections.append((s.id, number, heading, s.start, s.end, s.start_line, s.end_line, s.inferred))
        for p in split.passages:
            heading = headings.setdefault(p.heading_path, len(headings))
            span = (p.start, p.end, p.start_line, p.end_line, p.inferred)
            column = columns.setdefault(p.columns, len(columns))
            kind = KINDS.index(p.kind)
            passages.append((p.id, at[p.section_id], heading, *span, kind, column, keys[len(passages)]))
    return {
        "notes": b"".join(lines),
        "ends": to_npy(np.cumsum([0, *map(len, lines)])[1:].astype(np.int64)),
        "sections": to_npy(np.array(sections, SECTION)),
        "passages": to_npy(np.array(passages, PASSAGE)),
        "words": _json({"headings": list(headings), "columns": list(columns)}),
        "outlines": _json([astuple(outline) for outline in outlines]),
    }


def unpack_rows(parts: dict[str, memoryview]) -> tuple[npt.NDArray[np.int64], Rows, Rows]:
    """Where the lines of the notes end, the rows of sections and those of passages. Raises ValueError where any of them is
    not of its type, or names what is not there."""
    ends, sections, passages = (from_npy(parts[name]) for name in ("ends", "sections", "passages"))
    require(ends.dtype == np.int64 and ends.ndim == 1 and (ends[1:] > ends[:-1]).all(), "lines of no notes")
    require(not len(ends) or ends[0] > 0, "a note of no line")
    require((ends[-1] if len(ends) else 0) == len(parts["notes"]), "notes behind their end")
    for rows, kind in ((sections, SECTION), (passages, PASSAGE)):
        require(rows.dtype == kind and rows.ndim == 1, "records of another type")
        require((rows["start"] >= 0).all() and (rows["end"] >= rows["start"]).all(), "a span outside of its note")
        require((rows["start_line"] >= 1).all() and (rows["end_line"] >= rows["start_line"]).all(), "lines of no note")
        require((rows["heading"] >= 0).all(), "a heading that is none")
    _ascending(sections["note"], len(ends))
    require(_within(passages["section"], len(sections)), "a passage of no section")
    _ascending(sections["note"][passages["section"]], len(ends))
    require(_within(passages["kind"], len(KINDS)) and (passages["columns"] >= 0).all(), "a passage of no kind")
    return ends, sections, passages


def note_of(line: bytes, path: str, sha256: str) -> Note:
    """The note of a line, which must be that of this path and these bytes. Raises ValueError and its like."""
    row = json.loads(line)
    note = Note(
        path=row["path"],
        title=row["title"],
        text=row["text"],
        sha256=row["sha256"],
        tags=_words(row["tags"]),
        aliases=_words(row["aliases"]),
        body_start=row["body_start"],
        places=_places(row["places"]) if "places" in row else FILE_LINES,
        missing=from_json(row.get("missing")),
    )
    require((note.path, note.sha256) == (path, sha256), "another note than the manifest's")
    require(type(note.title) is type(note.text) is str, "a note of another type")
    require(type(note.body_start) is int and 0 <= note.body_start <= len(note.text), "a body outside of its note")
    return note


def words_of(data: memoryview) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The heading paths and the columns that rows name by number. Raises ValueError and its like."""
    words = json.loads(bytes(data))
    headings = tuple(map(_words, words["headings"]))
    require(() not in headings, "a heading of no words")
    return headings, _words(words["columns"])


def outlines_of(data: bytes) -> list[Outline]:
    """What each note may show of itself in the overview."""
    outlines = []
    for path, title, sections, han, other, named, headings, times in json.loads(data):
        fits = type(path) is type(title) is str and {*map(type, (sections, *times))} == {int}
        require(fits and len(headings) == len(times), "an outline of no words")
        asked = _words(han), _words(other), _words(named)
        outlines.append(Outline(path, title, sections, *asked, _words(headings), tuple(times)))
    return outlines


def section_of(row: tuple[Any, ...], path: str, headings: Sequence[tuple[str, ...]]) -> Section:
    """A section out of its row (`rows[i].item()`)."""
    name, _, heading, start, end, start_line, end_line, inferred = row
    return Section(name.decode("ascii"), path, headings[heading], start, end, start_line, end_line, inferred)


def passage_of(
    row: tuple[Any, ...], section: bytes, note: Note, headings: Sequence[tuple[str, ...]], columns: Sequence[str]
) -> Passage:
    """A passage out of its row; `section` is the id of its section."""
    name, _, heading, start, end, start_line, end_line, inferred, kind, column, _ = row
    require(end <= len(note.text), "a passage outside of its note")
    return Passage(
        id=name.decode("ascii"),
        section_id=section.decode("ascii"),
        path=note.path,
        heading_path=headings[heading],
        text=note.text[start:end],
        start=start,
        end=end,
        start_line=start_line,
        end_line=end_line,
        kind=KINDS[kind],
        inferred=inferred,
        places=note.places.between(start_line, end_line),
        columns=columns[column],
    )


def _note_row(note: Note) -> dict[str, Any]:
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
    return row


def _places(row: Any) -> Places:
    unit, starts = row
    require(unit in get_args(PlaceUnit), "a place of another kind")
    require(all(type(number) is int for pair in starts for number in pair), "a place of no number")
    return Places(unit, tuple((line, number) for line, number in starts))


def _words(row: Any) -> tuple[str, ...]:
    require(type(row) is list and all(type(word) is str for word in row), "words that are none")
    return tuple(row)


def _within(numbers: npt.NDArray[Any], end: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < end)


def _ascending(notes: npt.NDArray[Any], end: int) -> None:
    require(_within(notes, end) and (notes[1:] >= notes[:-1]).all(), "notes out of their order")


_dump: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(value: Any) -> bytes:
    """UTF-8; with the lone surrogates of a file name that is not, ASCII."""
    text = _dump(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def terms_bytes(terms: Iterable[str]) -> bytes:
    """Words without a line end in them, one a line; a lone surrogate of a file's name is kept."""
    return "".join(f"{term}\n" for term in terms).encode("utf-8", "surrogatepass")


def terms_of(data: memoryview) -> list[str]:
    """What `terms_bytes` wrote; raises ValueError on anything else."""
    terms = bytes(data).decode("utf-8", "surrogatepass").split("\n")
    require(terms.pop() == "", "a last term without an end")
    return terms
