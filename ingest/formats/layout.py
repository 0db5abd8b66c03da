"""Text with positions -> Markdown in reading order: columns, tables, paragraphs, headings by size.

All lengths are in points, y downwards. An em is the size of the letters at hand.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Literal

_COLUMN_EMS = 8  # the median line of a column of prose is wider; a table's cells seldom are
_COLUMN_LINES = 4
_EDGE = 0.09  # of the page's height, at top and bottom, where running heads stand
_HEADING_CHARS = 120
_MARKER = re.compile(r"(?:[•·▪◦‣●○■□◆–—*-]|\(?[0-9a-zA-Z一二三四五六七八九十]{1,3}[.)、）])$")
_BULLET = re.compile(r"[•·▪◦‣●○■□◆]\s*")
_STARTS_ITEM = re.compile(r"[•▪◦‣●■◆–-] |\(?\d{1,2}[.)、）] ?\D|\[\d+\] ")
_ESCAPED = re.compile(r"#{1,6}\s|>|```|~~~|\|")
_PREFIXES = frozenset("self non pre post multi cross semi fine well low high long short zero few one two open".split())
_LEADERS = re.compile(r"\s*(?:\.\s?){4,}\s*")  # from a title to its page, in a table of contents
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")


_Strip = Literal["columns", "wide", "side"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line without a wide gap in it; `size` of most of its letters."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class Page:
    """The runs of a page, and those that are written in another direction."""

    height: float
    runs: tuple[Run, ...]
    turned: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands on one line of a column, from left to right."""

    cells: tuple[Run, ...]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def size(self) -> float:
        return max(self.cells, key=lambda cell: len(cell.text)).size

    @property
    def top(self) -> float:
        return min(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return max(cell.bottom for cell in self.cells)


_Blocks = list[list[_Row]]  # the rows of a page, by column


def markdown(pages: Sequence[Page]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The document's text, and (line, page) of the first line of each page, both from 1."""
    read = [[_rows(block) for block in (*_columns(page.runs), page.turned)] for page in pages]
    blocks = _without_running_heads(pages, read)
    rows = [row for of_page in blocks for block in of_page for row in block]
    levels = _heading_levels(rows)
    hyphenated = {word for row in rows for word in re.findall(r"\w+-\w+", row.text)}
    out: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, (page, of_page) in enumerate(zip(pages, blocks, strict=True), start=1):
        starts.append((len(out) + 1, number))
        for block in of_page:
            body = [row for row in block if not _head_key(page, row)] or block
            right = max((row.cells[-1].x1 for row in body), default=0.0)
            for piece in _pieces(block, right, levels, hyphenated):
                out += [*piece.split("\n"), ""]
    return "\n".join(out), tuple(starts)


def _columns(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """The runs in blocks of one column each, in the order of reading."""
    gutter = _gutter(runs)
    if gutter is None:
        yield from [list(runs)] if runs else []
        return
    strips = _strips(runs, gutter)
    kinds = _settled([_kind(strip, gutter) for strip in strips])
    if "columns" not in kinds:
        yield list(runs)
        return
    for kind, group in groupby(zip(kinds, strips, strict=True), key=lambda pair: pair[0]):
        block = [run for _, strip in group for run in strip]
        if kind == "columns":
            yield from _columns([run for run in block if run.x1 <= gutter])
            yield from _columns([run for run in block if run.x0 >= gutter])
        else:
            yield block


def _gutter(runs: Sequence[Run]) -> float | None:
    """The x with the most text on both sides and the least across it, when there are some lines on both."""
    lefts, rights = sorted(run.x0 for run in runs), sorted(run.x1 for run in runs)
    best, best_score = None, -float(len(runs))
    for right in rights:
        left_of, right_of = bisect_right(rights, right), len(lefts) - bisect_left(lefts, right)
        crossing = len(runs) - left_of - right_of
        score = min(left_of, right_of) - crossing / 2
        if min(left_of, right_of) >= _COLUMN_LINES and score > best_score:
            best, best_score = right, score
    if best is None:
        return None
    return (best + lefts[bisect_left(lefts, best)]) / 2


def _strips(runs: Sequence[Run], gutter: float) -> list[list[Run]]:
    """The runs from top to bottom, cut at gaps of an em through the whole width, and around what crosses the gutter."""
    strips: list[list[Run]] = []
    bottom, crossed = 0.0, False
    for run in sorted(runs, key=lambda run: (run.top, run.x0)):
        crosses = run.x0 < gutter < run.x1
        if not strips or run.top - bottom > run.size or crosses != crossed:
            strips.append([])
        strips[-1].append(run)
        bottom, crossed = max(bottom, run.bottom), crosses
    return strips


def _kind(strip: Sequence[Run], gutter: float) -> _Strip:
    """What a strip is: columns of prose, something over the whole width, or text on one side that may be either."""
    left, right = [r for r in strip if r.x1 <= gutter], [r for r in strip if r.x0 >= gutter]
    if len(left) + len(right) < len(strip):
        return "wide"
    both = bool(left and right)
    if any(side and not _is_prose(side) for side in (left, right)):
        return "wide" if both or len(strip) > 1 else "side"
    return "columns" if both else "side"


def _is_prose(side: Sequence[Run]) -> bool:
    """Whether these are lines of prose, rather than the cells of a table."""
    typical = median(run.x1 - run.x0 for run in side)
    rows = len(_rows(side))
    return rows > 0.7 * len(side) and typical >= min(_COLUMN_EMS * median(run.size for run in side), 90)


def _settled(kinds: Sequence[_Strip]) -> list[_Strip]:
    """Text on one side belongs to the columns around it, or, before something wide, to that."""
    settled: list[_Strip] = []
    for at, kind in enumerate(kinds):
        following = next((other for other in kinds[at:] if other != "side"), "columns")
        after = settled[-1] if settled else "wide"
        settled.append(kind if kind != "side" else "columns" if "columns" == after == following else "wide")
    return settled


def _rows(runs: Sequence[Run]) -> list[_Row]:
    """The lines of one column; what stands close together on a line is one cell."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.top, run.x0)):
        if rows and _on_line(rows[-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_Row(tuple(_cells(sorted(row, key=lambda run: run.x0)))) for row in rows]


def _on_line(row: Sequence[Run], run: Run) -> bool:
    tallest = max(row, key=lambda other: other.bottom - other.top)
    overlap = min(tallest.bottom, run.bottom) - max(tallest.top, run.top)
    return overlap > 0.5 * min(tallest.bottom - tallest.top, run.bottom - run.top)


def _cells(runs: Sequence[Run]) -> list[Run]:
    cells: list[Run] = []
    for run in runs:
        last = cells[-1] if cells else None
        if last and (
            run.x0 - last.x1 <= 1.2 * max(last.size, run.size) or (len(cells) == 1 and _MARKER.match(last.text))
        ):
            space = " " if run.x0 - last.x1 > 0.2 * run.size or _MARKER.match(last.text) else ""
            size = last.size if len(last.text) >= len(run.text) else run.size
            top, bottom = min(last.top, run.top), max(last.bottom, run.bottom)
            cells[-1] = Run(last.text + space + run.text, last.x0, top, max(last.x1, run.x1), bottom, size)
        else:
            cells.append(run)
    return cells


def _head_key(page: Page, row: _Row) -> str:
    """The text of a row at the page's edge, whatever number it holds; '' for others."""
    if _EDGE * page.height < row.top and row.bottom < (1 - _EDGE) * page.height:
        return ""
    return re.sub(r"\d+", "#", row.text) + ("^" if row.top < page.height / 2 else "_")


def _without_running_heads(pages: Sequence[Page], blocks: Sequence[_Blocks]) -> list[_Blocks]:
    """Without page numbers, and with lines that stand at the edge of many pages, such as the book's title, only once."""
    keys = Counter(
        key
        for page, of_page in zip(pages, blocks, strict=True)
        for key in {_head_key(page, row) for rows in of_page for row in rows}
    )
    often = {key for key, count in keys.items() if key and count >= (2 if len(pages) < 5 else 3)}
    seen = {"#^", "#_"} if len(pages) > 1 else set()
    kept: list[_Blocks] = []
    for page, of_page in zip(pages, blocks, strict=True):
        kept.append([])
        for rows in of_page:
            kept[-1].append([row for row in rows if _head_key(page, row) not in seen])
            seen |= often & {_head_key(page, row) for row in rows}
    return kept


def _heading_levels(rows: Sequence[_Row]) -> dict[float, int]:
    """The level of each size that is larger than that of most of the text."""
    letters: Counter[float] = Counter()
    for row in rows:
        letters[row.size] += len(row.text)
    if not letters:
        return {}
    body = max(letters, key=lambda size: (letters[size], size))
    larger = sorted((size for size in letters if size >= 1.1 * body), reverse=True)
    levels: dict[float, int] = {}
    for size in larger:
        nearest = min(levels, key=lambda known: known - size, default=None)
        same = nearest is not None and size > 0.95 * nearest
        levels[size] = levels[nearest] if same and nearest else min(len(set(levels.values())) + 1, 6)
    return levels


def _pieces(rows: Sequence[_Row], right: float, levels: dict[float, int], hyphenated: set[str]) -> Iterator[str]:
    """Headings, paragraphs and tables of one column, which ends at `right`, as Markdown."""
    at = 0
    while at < len(rows):
        end = _table_end(rows, at)
        if end > at:
            yield _table(rows[at:end])
            at = end
            continue
        end = at + 1
        while end < len(rows) and _table_end(rows, end) == end and _goes_on(rows[end - 1], rows[end], right, levels):
            end += 1
        text = _joined([row.text for row in rows[at:end]], hyphenated)
        level = levels.get(rows[at].size, 0)
        if level and len(text) <= _HEADING_CHARS and any(c.isalpha() for c in text) and not _LEADERS.search(text):
            yield f"{'#' * level} {text}"
        else:
            yield _escaped(_LEADERS.sub(" … ", text))
        at = end


def _goes_on(row: _Row, following: _Row, right: float, levels: dict[float, int]) -> bool:
    """Whether the next line belongs to the same paragraph, or to the same heading."""
    em = row.size
    if levels.get(row.size, 0) != levels.get(following.size, 0) or following.top - row.bottom > 0.8 * em:
        return False
    if levels.get(row.size):
        return True
    hanging = 4 if _STARTS_ITEM.match(row.text) or _BULLET.match(row.text) else 0.9
    if _STARTS_ITEM.match(following.text) or following.cells[0].x0 - row.cells[0].x0 > hanging * em:
        return False
    if re.search(r"\w[-\u00ad]$", row.text):
        return True
    return right - row.cells[-1].x1 < _width_of_first_word(following) + 0.5 * em


def _width_of_first_word(row: _Row) -> float:
    """About how much room the line's first word would have needed at the end of the line before."""
    word = row.text.split(" ")[0]
    if _WIDE.search(word):
        return 2 * row.size
    cell = row.cells[0]
    return (cell.x1 - cell.x0) * min(len(word) / len(cell.text), 1.0)


def is_wide(text: str) -> bool:
    """Whether it begins with a Chinese character or mark, beside which no space is meant."""
    return bool(_WIDE.match(text))


def _joined(lines: Sequence[str], hyphenated: set[str]) -> str:
    """The lines of a paragraph in one: no space between Chinese, no hyphen in a word that was only broken."""
    text = lines[0]
    for line in lines[1:]:
        broken = re.search(r"(\w+)[-\u00ad]$", text)
        first = re.match(r"\w+", line)
        if broken and first and (text.endswith("\u00ad") or first.group()[0].islower()):
            kept = broken.group(1).lower() in _PREFIXES or f"{broken.group(1)}-{first.group()}" in hyphenated
            text = text[:-1] + ("-" if kept else "") + line
        else:
            text += line if is_wide(text[-1:]) and is_wide(line[:1]) else " " + line
    return text.replace("\u00ad", "-")


def _escaped(text: str) -> str:
    """A paragraph of which Markdown makes no more than it is; bullets become its own."""
    bullet = _BULLET.match(text)
    if bullet:
        return "- " + text[bullet.end() :]
    return "\\" + text if _ESCAPED.match(text) else text


def _table_end(rows: Sequence[_Row], at: int) -> int:
    """The row behind the table that begins at `at`; `at` itself when none does."""
    if len(rows[at].cells) < 2:
        return at
    end = at
    while end < len(rows) and (len(rows[end].cells) > 1 or (end > at and _wrapped(rows[at:end], rows[end]))):
        if end > at and rows[end].top - rows[end - 1].bottom > 2 * rows[end].size:
            break
        end += 1
    full = sum(len(row.cells) > 1 for row in rows[at:end])
    return end if full >= 2 and len(_spans(rows[at:end])) > 1 else at


def _wrapped(table: Sequence[_Row], row: _Row) -> bool:
    """Whether a lone cell goes on with the one above it, in any column but the first."""
    spans = _spans(table)
    inside = [n for n, (x0, x1) in enumerate(spans) if row.cells[0].x0 < x1 and row.cells[0].x1 > x0]
    return len(inside) == 1 and inside[0] > 0 and row.top - table[-1].bottom < 0.8 * row.size


def _spans(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """The columns of a table: where no cell stands is the space between two."""
    spans: list[tuple[float, float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for row in rows if len(row.cells) > 1 for cell in row.cells):
        if spans and x0 < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], x1)
        else:
            spans.append((x0, x1))
    return spans


def _table(rows: Sequence[_Row]) -> str:
    spans = _spans(rows)
    grid: list[list[str]] = []
    for row in rows:
        line = [""] * len(spans)
        for cell in row.cells:
            column = max(range(len(spans)), key=lambda n: min(spans[n][1], cell.x1) - max(spans[n][0], cell.x0))
            line[column] = f"{line[column]} {cell.text}".strip().replace("|", "\\|")
        if len(row.cells) == 1 and grid:
            grid[-1] = [f"{above} {text}".strip() for above, text in zip(grid[-1], line, strict=True)]
        else:
            grid.append(line)
    grid.insert(1, ["---"] * len(spans))
    return "\n".join("| " + " | ".join(line) + " |" for line in grid)
