"""Inline code and formulas, `` `…` ``, `$…$` and `\\(…\\)`, in which no sentence ends and no citation mark stands.

Both classes read a text that may still grow at its end, and each character of it about once, however often and for
whatever places they are asked.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

_TICKS = re.compile("`+")
_FORMULA = re.compile(r"\$\$|\$|\\\(|\\\[")
_CLOSING = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}


class Ahead:
    """Where a mark next stands in one text."""

    def __init__(self) -> None:
        self._known: dict[
            str, tuple[int, int, int]
        ] = {}  # from where it was looked for, where it is or -1, up to where

    def find(self, text: str, mark: str, start: int) -> int:
        """The first place of `mark` at or after `start`, -1 when there is none (yet)."""
        looked_from, at, looked_to = self._known.get(mark, (start, -1, start))
        if start < looked_from:
            before = text.find(mark, start, looked_from + len(mark) - 1)
            at, looked_from = before if before >= 0 else at, start
        if 0 <= at < start:
            looked_from, at, looked_to = start, -1, start
        if at < 0:
            at = text.find(mark, max(start, looked_to - len(mark) + 1))
            looked_to = len(text)
        self._known[mark] = (looked_from, at, looked_to)
        return at


class CodeSpans:
    """The spans of one text."""

    def __init__(self) -> None:
        self._ahead = Ahead()
        self._ticks: dict[int, list[int]] = {}  # length of a run of backticks -> where such runs start
        self._ticks_to = 0  # up to where they are known
        self._run = (0, 0)  # the run last asked for

    def end(self, text: str, at: int, *, final: bool) -> int | None:
        """Where the span that starts with the character at `at` ends; `at` when none starts there.

        None when that depends on what comes; `final` tells that nothing does.
        """
        match text[at]:
            case "`":
                end = self._code(text, at, final=final)
            case "$":
                end = self._dollars(text, at, final=final)
            case _:
                end = self._brackets(text, at, final=final)
        return end if final or end != len(text) else None

    def _code(self, text: str, at: int, *, final: bool) -> int | None:
        """To a run of as many backticks, on the same line."""
        inside = self._inside(text, at)
        if inside == len(text):
            return at if final else None
        line_end = self._ahead.find(text, "\n", inside)
        limit = line_end if line_end >= 0 else len(text)
        self._read_ticks(text, limit, final=final)
        starts = self._ticks.get(inside - at, [])
        place = bisect_left(starts, inside)
        if place < len(starts) and starts[place] < limit:
            return starts[place] + inside - at
        return at if final or line_end >= 0 else None

    def _inside(self, text: str, at: int) -> int:
        """Behind the run of backticks around `at`."""
        start, end = self._run if self._run[0] <= at < self._run[1] else (at, at)
        more = _TICKS.match(text, end)
        self._run = (start, more.end() if more else end)
        return self._run[1]

    def _read_ticks(self, text: str, limit: int, *, final: bool) -> None:
        if text[limit - 1] == "`" and limit == len(text) and not final:
            return  # this run may become longer
        for run in _TICKS.finditer(text, self._ticks_to, limit):
            self._ticks.setdefault(len(run.group()), []).append(run.start())
        self._ticks_to = max(self._ticks_to, limit)

    def _dollars(self, text: str, at: int, *, final: bool) -> int | None:
        """To the next dollar on the line; white space stands at neither end: `$5 and $6` is no formula."""
        following = text[at + 1 : at + 2]
        if not following and not final:
            return None
        if not following or following.isspace() or following == "$":
            return at
        return self._closed(text, at, "$", at + 1, final=final)

    def _brackets(self, text: str, at: int, *, final: bool) -> int | None:
        if at + 1 == len(text) and not final:
            return None
        return self._closed(text, at, "\\)", at + 2, final=final) if text.startswith("(", at + 1) else at

    def _closed(self, text: str, at: int, mark: str, inside: int, *, final: bool) -> int | None:
        end, line_end = self._ahead.find(text, mark, inside), self._ahead.find(text, "\n", inside)
        if end >= 0 and (line_end < 0 or end < line_end):
            return at if mark == "$" and text[end - 1].isspace() else end + len(mark)
        return at if final or line_end >= 0 else None


def formulas(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what stands between the signs) of the formulas, those over several lines too."""
    ahead = Ahead()
    at = 0
    while opening := _FORMULA.search(text, at):
        start, inside = opening.span()
        closing = _CLOSING[opening.group()]
        end = ahead.find(text, closing, inside + 1) if closing != "$" else ahead.find(text, "$", inside)
        if end <= inside or (closing == "$" and 0 <= ahead.find(text, "\n", inside) < end):
            at = start + 1
            continue
        at = end + len(closing)
        yield start, at, text[inside:end]
