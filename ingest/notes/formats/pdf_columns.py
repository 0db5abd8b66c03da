"""Text with positions -> columns in the order of reading, and their lines.

All lengths are in points, y downwards. An em is the size of the letters at hand.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Literal

_COLUMN_EMS = 8  # the median line of a column of prose is wider; a table's cells seldom are
_COLUMN_LINES = 4
_MARKER = re.compile(r"(?:[•·▪◦‣●○■□◆–—*-]|\(?[0-9a-zA-Z一二三四五六七八九十]{1,3}[.)、）])$")

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
class Row:
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


def columns(runs: Sequence[Run]) -> Iterator[list[Run]]:
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
            yield from columns([run for run in block if run.x1 <= gutter])
            yield from columns([run for run in block if run.x0 >= gutter])
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
    rows = len(rows_of(side))
    return rows > 0.7 * len(side) and typical >= min(_COLUMN_EMS * median(run.size for run in side), 90)


def _settled(kinds: Sequence[_Strip]) -> list[_Strip]:
    """Text on one side belongs to the columns around it, or, before something wide, to that."""
    settled: list[_Strip] = []
    for at, kind in enumerate(kinds):
        following = next((other for other in kinds[at:] if other != "side"), "columns")
        after = settled[-1] if settled else "wide"
        settled.append(kind if kind != "side" else "columns" if "columns" == after == following else "wide")
    return settled


def rows_of(runs: Sequence[Run]) -> list[Row]:
    """The lines of one column; what stands close together on a line is one cell."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.top, run.x0)):
        if rows and _on_line(rows[-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [Row(tuple(_cells(sorted(row, key=lambda run: run.x0)))) for row in rows]


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
