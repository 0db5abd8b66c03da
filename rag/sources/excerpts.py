"""The quotes in their places: what is shown of each section that answers, rendered as it stands in the note.

A short section is shown whole. Of a long one the lines that answer are shown with what introduces them, and of a list
the labels of its other items too, so that no item stands alone.
"""

import re
from collections.abc import Iterator, Sequence

from ingest.text.lines import Line, LineKind
from ingest.text.words import bare
from rag.records import Excerpt, Piece, Sentence, Source
from rag.sources.relevance import RankedUnit
from rag.sources.units import BULLET, lines_in

WHOLE_LINES, WHOLE_CHARS = 12, 300  # a section up to so many is shown whole
SHORT_LINE = 80  # characters: a line that answers is shown whole up to here, a longer one by its sentences
_LABEL = re.compile(r"(?:\*\*|__)?[^：:。；;！？!?\n]{1,40}?(?:(?:\*\*|__)?[：:](?:\*\*|__)?|\*\*|__)|.{1,24}$")
_NUMBERING = re.compile(r"[^\w]*(?:[\d.．]+|[一二三四五六七八九十]+)?[^\w]*")
_PAIRED = ("**", "__", "`", "$", "~~")

Span = tuple[int, int]


def excerpts(quotes: Sequence[Sentence], gathered: Sequence[RankedUnit]) -> tuple[Excerpt, ...]:
    """An excerpt for each source that is quoted, in the order of the quotes; the units that were gathered beside the
    quotes are shown too, without a mark."""
    spans: dict[int, list[Span]] = {}
    for quote in quotes:
        for evidence in quote.evidence:
            spans.setdefault(evidence.n, []).append((evidence.start, evidence.end))
    beside: dict[int, list[Span]] = {}
    for one in gathered:
        beside.setdefault(one.source.n, []).append((one.unit.start, one.unit.end))
    by_number = {one.source.n: one.source for one in gathered}
    return tuple(_excerpt(by_number[n], sorted(marked), beside[n]) for n, marked in spans.items())


def _excerpt(source: Source, marked: Sequence[Span], wanted: Sequence[Span]) -> Excerpt:
    """Offsets are those of the note."""
    lines = _body(source)
    text, offset = source.text, source.start
    if not lines:
        return Excerpt(source.n, offset, source.end, (Piece(offset, source.end),), tuple(marked))
    start, end = lines[0].start, lines[-1].end
    if len([line for line in lines if line.text.strip()]) <= WHOLE_LINES and end - start <= WHOLE_CHARS:
        pieces: list[Piece] = [Piece(offset + start, offset + end)]
    else:
        shown = _shown(text, lines, [(first - offset, last - offset) for first, last in sorted(wanted)])
        pieces = [Piece(offset + p.start, offset + p.end, p.joint, p.folded) for p in _pieces(text, start, shown)]
    more = bool(text[pieces[-1].end - offset : end].strip())
    return Excerpt(source.n, offset + start, offset + end, tuple(pieces), tuple(marked), more)


def _body(source: Source) -> list[Line]:
    """The lines of a source without the heading that stands over it, and without blank ones around."""
    titles = {bare(part) for part in source.heading_path}
    lines = lines_in(source)
    first = 0
    while first < len(lines) and _opens(lines[first], titles):
        first += 1
    last = len(lines)
    while last > first and not lines[last - 1].text.strip():
        last -= 1
    return lines[first:last]


def _opens(line: Line, titles: set[str]) -> bool:
    """Whether a line is blank, or a heading of the section that the excerpt's own head names."""
    if line.kind in (LineKind.BLANK, LineKind.UNDERLINE):
        return True
    words = line.text.strip(" #\t")
    return bare(words) in titles or bare(_NUMBERING.sub("", words, count=1)) in titles


def _shown(text: str, lines: Sequence[Line], wanted: Sequence[Span]) -> list[Span]:
    """The spans to show, in order: of each line that is wanted, and the labels of the other items of its list."""
    found: dict[int, list[Span]] = {}
    for i, line in enumerate(lines):
        inside = [(max(a, line.start), min(b, line.end)) for a, b in wanted if a < line.end and b > line.start]
        if inside:
            found[i] = _of_line(text, line, inside)
    for i in _beside(lines, found):
        line = lines[i]
        found[i] = [(line.start, line.end) if line.kind is LineKind.TABLE else _label(line)]
    return [span for i in sorted(found) for span in found[i]]


def _of_line(text: str, line: Line, inside: Sequence[Span]) -> list[Span]:
    """The whole line, or of a long one its wanted sentences, the first with what opens the line."""
    bullet = BULLET.match(line.text)
    opened = line.start + (bullet.end() if bullet else 0)
    spans = [(line.start if a <= opened else a, b) for a, b in inside]
    if spans[0][0] > line.start and bullet and bullet.end():
        spans.insert(0, _label(line))
    whole = (
        any(_broken(text[a:b]) for a, b in spans)
        or len(line.text) <= SHORT_LINE
        or line.kind in (LineKind.FENCE, LineKind.MATH, LineKind.TABLE)
    )
    return [(line.start, line.end)] if whole else spans


def _broken(text: str) -> bool:
    """Whether emphasis, code or a formula begins or ends in the middle of a text."""
    return any(text.count(mark) % 2 for mark in _PAIRED)


def _beside(lines: Sequence[Line], found: Sequence[int] | dict[int, list[Span]]) -> Iterator[int]:
    """The other items of the lists that hold a wanted one, as far as they have a label; a table's rule."""
    for i, line in enumerate(lines):
        if i in found:
            continue
        if line.kind is LineKind.ITEM and any(_same_list(lines, i, j) for j in found):
            start, end = _label(line)
            if end - start > _content(line) and not _broken(line.text[: end - line.start]):
                yield i
        elif line.kind is LineKind.TABLE and not re.search(r"[^\s|:-]", line.text) and i - 1 in found:
            yield i


def _same_list(lines: Sequence[Line], i: int, j: int) -> bool:
    """Whether two lines are items of one list: of one depth, with nothing less deep but blank lines between."""
    if lines[j].kind is not LineKind.ITEM or lines[i].indent != lines[j].indent:
        return False
    between = lines[min(i, j) + 1 : max(i, j)]
    return all(not b.text.strip() or b.indent > lines[i].indent or b.kind is LineKind.ITEM for b in between)


def _content(line: Line) -> int:
    bullet = BULLET.match(line.text)
    return bullet.end() if bullet else 0


def _label(line: Line) -> Span:
    """An item's bullet and the words that name it."""
    match = _LABEL.match(line.text, _content(line))
    return line.start, line.start + (match.end() if match else _content(line))


def _pieces(text: str, start: int, shown: Sequence[Span]) -> Iterator[Piece]:
    """The spans as pieces: those with nothing but white space between become one."""
    folded = bool(text[start : shown[0][0]].strip())
    first, last, joint = *shown[0], "\n\n" if folded else ""
    for a, b in shown[1:]:
        gap = text[last:a]
        if gap.strip():
            yield Piece(first, last, joint, folded)
            lines = gap.count("\n")
            first, joint, folded = a, "\n\n" if "\n\n" in gap else "\n" if lines else " ", True
        last = b
    yield Piece(first, last, joint, folded)
