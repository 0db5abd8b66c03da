"""The source's side of a citation: a piece of a note -> units (sentences, list items, rows), each an exact span."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ingest.notes.front_matter import read_front_matter
from ingest.text.folding import fold
from ingest.text.lines import Line, LineKind, typed_lines
from ingest.text.markup import plain
from ingest.text.sentences import sentence_spans
from rag.records import Evidence, Source

_MIN_SENTENCE = 8  # characters; a shorter one joins the next
BULLET = re.compile(
    r"[ \t]*(?:>[ \t]*)*(?:[-*+•·][ \t]+(?:\[[ xX]?\][ \t]*)?|\d{1,3}[.)）、．](?!\d)[ \t]*|[（(]\d{1,3}[)）][ \t]*"
    r"|[①-⑳][ \t]*|[ivx]{1,4}[.)][ \t]+|[一二三四五六七八九十]{1,3}[、.][ \t]*)?(?:💡[ \t]*)?"
)
# Of folded text: with its last word, and whole.
_ASKS_AT_END = re.compile(r"[^。;:,]{0,40}(?:是什么|有哪些|有什么[^。;:,]{0,6}|怎么样|怎么办|怎么做|为什么|是啥)")
_ASKS = re.compile(r"(?:如何|怎么|怎样|为什么|什么是)[^。;:,]{2,40}")
_INTRODUCES = re.compile(r"(?:[：:]|如下。?|以下.{0,12}|下列.{0,12}|[？?])\s*+(?:\*++\s*+)?$")


class UnitKind(StrEnum):
    """What a unit of a note is."""

    TEXT = "text"
    ITEM = "item"  # the first sentence of a list item
    ROW = "row"
    BLOCK = "block"  # code or a formula
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Unit:
    """`note.text[start:end]`, without bullet; `indent` in columns; `lead` is the index of the unit that introduces
    it (the line before a list, the item above a nested one, the header of a table), -1 when none does."""

    start: int
    end: int
    text: str
    kind: UnitKind
    indent: int = 0
    lead: int = -1

    @property
    def words(self) -> str:
        """The text without markup, as it is compared and embedded."""
        return plain(self.text).strip()


def units_of(source: Source) -> tuple[Unit, ...]:
    """The units of a source, in order; offsets are those of the note."""
    return _units(source.text, source.start)


def lines_in(source: Source) -> list[Line]:
    """The lines of a source, at offsets of its own, without the fences of front matter."""
    return _lines(source.text, source.start)


def body_start(source: Source) -> int:
    """Where what the note says begins: behind its front matter, when that is in the source."""
    return _body_start(source.text, source.start)


@lru_cache(maxsize=512)
def _body_start(text: str, offset: int) -> int:
    return read_front_matter(text).end if offset == 0 else 0


def _lines(text: str, offset: int) -> list[Line]:
    lines = typed_lines(text, _body_start(text, offset))
    return [line for line in lines if line.kind is not LineKind.FRONT_MATTER or line.text.strip(" -+.")]


@lru_cache(maxsize=512)
def _units(text: str, offset: int) -> tuple[Unit, ...]:
    units: list[Unit] = []
    items: list[bool] = []  # whether the unit stands in a list item
    for kind, indent, spans in _paragraphs(text, _lines(text, offset)):
        for place, (start, end) in enumerate(spans):
            later = kind is UnitKind.ITEM and place > 0
            lead = units[-1].lead if later else _lead(units, items, kind, indent)
            of = UnitKind.TEXT if later else kind
            units.append(Unit(offset + start, offset + end, text[start:end], of, indent, lead))
            items.append(kind is UnitKind.ITEM)
    return tuple(units)


def lines_of(text: str, start: int, end: int, first: int = 1) -> tuple[int, int]:
    """First and last line of the span `text[start:end]`, when the text begins at line `first`."""
    first += text.count("\n", 0, start)
    return first, first + text.count("\n", start, end)


def evidence(source: Source, start: int, end: int) -> Evidence:
    """A span of a source; offsets are those of the note."""
    within = start - source.start, end - source.start
    lines = lines_of(source.text, *within, source.start_line)
    return Evidence(source.n, source.text[slice(*within)], start, end, *lines)


def _lead(units: Sequence[Unit], items: Sequence[bool], kind: UnitKind, indent: int) -> int:
    """The nearest unit above that introduces this one: a less indented item, or text before a list."""
    if kind is UnitKind.ROW and units and units[-1].kind is UnitKind.ROW:
        return units[-1].lead if units[-1].lead >= 0 else len(units) - 1  # the header row
    if kind not in (UnitKind.TEXT, UnitKind.ITEM):
        return -1
    for index in range(len(units) - 1, -1, -1):
        above = units[index]
        if above.kind is UnitKind.HEADING:
            return -1
        if above.kind is UnitKind.ITEM and above.indent < indent:
            return index
        if kind is UnitKind.ITEM and above.indent == indent and items[index]:
            return above.lead
        if items[index]:
            continue
        if asks(above.words) or (kind is UnitKind.ITEM and _INTRODUCES.search(above.text)):
            return index
        inherits = above.lead >= 0 and (above.indent == indent > 0 or asks(units[above.lead].words))
        return above.lead if inherits else -1
    return -1


def asks(text: str) -> bool:
    """Whether a line only asks: by its mark, or by its words where a note leaves the mark out."""
    said = fold(text)
    end = len(said)
    while end and not (said[end - 1].isalnum() or said[end - 1] == "_"):
        end -= 1
    return "?" in said[end:] or bool(_ASKS_AT_END.fullmatch(said, 0, end) or _ASKS.fullmatch(said))


def _paragraphs(text: str, lines: Sequence[Line]) -> list[tuple[UnitKind, int, list[tuple[int, int]]]]:
    """(kind, indent, spans of the units) of each block of lines."""
    found: list[tuple[UnitKind, int, list[tuple[int, int]]]] = []
    group: list[Line] = []
    for line in lines:
        if group and not _continues(group[-1], line):
            found.extend(_paragraph(text, group))
            group = []
        if line.kind not in (LineKind.BLANK, LineKind.RULE, LineKind.HIDDEN):
            group.append(line)
    if group:
        found.extend(_paragraph(text, group))
    return found


def _continues(last: Line, line: Line) -> bool:
    """Whether a line belongs to the same block: fences and formulas whole, and Latin prose that only wraps."""
    if line.kind in (LineKind.FENCE, LineKind.MATH):
        return line.kind is last.kind
    if line.kind is not LineKind.TEXT or last.kind not in (LineKind.TEXT, LineKind.ITEM):
        return False
    wraps = re.search(r"[A-Za-z,(]$", last.text.rstrip()) and re.match(r"[a-z(]", line.text.lstrip())
    return bool(wraps) and len(last.text) >= 50 and line.indent <= last.indent + 4


def _paragraph(text: str, group: Sequence[Line]) -> list[tuple[UnitKind, int, list[tuple[int, int]]]]:
    first, last = group[0], group[-1]
    indent = first.indent
    if first.kind in (LineKind.FENCE, LineKind.MATH):
        return [(UnitKind.BLOCK, indent, [(first.start, last.end)])]
    if first.kind is LineKind.UNDERLINE or (first.kind is LineKind.TABLE and not re.search(r"[^\s|:-]", first.text)):
        return []
    if first.kind is LineKind.HEADING:
        start = first.end - len(first.text.lstrip(" #\t"))
        return [(UnitKind.HEADING, 0, [(start, first.end)])] if start < first.end else []
    if first.kind is LineKind.TABLE:
        return [(UnitKind.ROW, indent, [(first.start, last.end)])]
    bullet = BULLET.match(first.text)
    start = first.start + (bullet.end() if bullet else 0)
    kind = UnitKind.ITEM if first.kind is LineKind.ITEM else UnitKind.TEXT
    spans = _joined_short(text, _sentences(text, start, last.end))
    return [(kind, indent, spans)] if spans else []


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of a block whose lines are wrapped: a line end within it is white space."""
    flat = text[start:end].replace("\n", " ")
    return [(start + first, start + last) for first, last in sentence_spans(flat)]


def _joined_short(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    length = 0  # of the last one's words
    for start, end in spans:
        words = len(plain(text[start:end]))
        if joined and length < _MIN_SENTENCE:
            length += start - joined[-1][1] + words
            joined[-1] = (joined[-1][0], end)
        else:
            length = words
            joined.append((start, end))
    return joined
