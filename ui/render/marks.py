"""Marks in rendered Markdown: where a span starts and ends, carried through the renderer as private-use characters.

A mark survives Markdown as an ordinary character of the text; after rendering (and cleaning) it is taken out again and
the text between a start and its end is wrapped, run by run, so that a span may cross paragraphs, list items and cells.
"""

import re
from collections.abc import Callable, Collection, Iterable

_FIRST_START, _FIRST_END, MOST = 0xE100, 0xE900, 2000
_MARK = re.compile("[\ue100-\uf8ff]")
_TAG = re.compile(r"""(</?[a-zA-Z](?:"[^"]*+"|'[^']*+'|[^"'<>])*+>)""")

# What opens a line in Markdown and must stay at its very start: quotes, list bullets, headings, a table's bar.
_LINE_MARKUP = re.compile(
    r"[ \t]*(?:(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])|\[[ xX]\](?=[ \t])|\|)[ \t]*)*(?:#{1,6}[ \t]+)?"
)
_FENCE = re.compile(r"[ \t]*+(?:[>\-*+] ?)*+[ \t]*+(?:`{3,}|~{3,}|\$\$|\\\[|\\\])")
_RULE = re.compile(r"[=\-*_|: \t]+\Z")
_EMPHASIS = "*_~`"


def start_mark(i: int) -> str:
    """The character that opens span `i` (0 <= i < `MOST`)."""
    return chr(_FIRST_START + i)


def end_mark(i: int) -> str:
    """The character that closes span `i`."""
    return chr(_FIRST_END + i)


def split_marks(text: str) -> tuple[str, str, str]:
    """Take the marks out of text that must not hold any (a formula): (starts, text, ends)."""
    found = _MARK.findall(text)
    starts = "".join(c for c in found if ord(c) < _FIRST_END)
    ends = "".join(c for c in found if ord(c) >= _FIRST_END)
    return starts, _MARK.sub("", text), ends


def without_marks(text: str) -> str:
    """`text` with every mark taken out."""
    return _MARK.sub("", text)


def place(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the marks around `text[start:end]` go so that Markdown does not mind them.

    The start moves behind what opens its line, the end before trailing space; both move out of emphasis. None when an
    end falls on a line that is markup as a whole (a fence, a rule, a table's second row).
    """
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    if start >= end or _is_markup(_line_at(text, start)) or _is_markup(_line_at(text, end - 1)):
        return None
    line = text.rfind("\n", 0, start) + 1
    opening = _LINE_MARKUP.match(text, line)
    content = opening.end() if opening else line
    start = max(start, content)
    while start > content and text[start - 1] in _EMPHASIS:
        start -= 1
    while end < len(text) and text[end] in _EMPHASIS:
        end += 1
    while end > start and text[end - 1] in "| \t":
        end -= 1
    return (start, end) if end > start else None


def insert(text: str, places: Collection[tuple[int, int, int]]) -> str:
    """`text` with the marks of each (span, start, end) put in."""
    marks = [(start, 1, start_mark(i)) for i, start, _ in places] + [(end, 0, end_mark(i)) for i, _, end in places]
    out: list[str] = []
    position = 0
    for offset, _, mark in sorted(marks):
        out += [text[position:offset], mark]
        position = offset
    return "".join([*out, text[position:]])


def _line_at(text: str, position: int) -> str:
    end = text.find("\n", position)
    return text[text.rfind("\n", 0, position) + 1 : end if end >= 0 else len(text)]


def _is_markup(line: str) -> bool:
    return bool(_FENCE.match(line) or (line.strip() and _RULE.match(line)))


def decorate(
    markup: str,
    wrap: Callable[[frozenset[int], str], str],
    at_end: Callable[[int], str] = lambda _: "",
    active: Iterable[int] = (),
) -> str:
    """Take the marks out of clean HTML; wrap each run of text inside spans, and put `at_end(i)` where span i ends.

    Formulas are wrapped whole. `active` are the spans that are open before the first character.
    """
    open_spans = set(active)
    out: list[str] = []
    late: list[str] = []  # marks found inside a tag or a formula: they count behind it
    formula: list[str] = []
    for i, piece in enumerate(_TAG.split(markup)):
        if formula or piece.startswith("<math"):
            late += _MARK.findall(piece)
            formula.append(_MARK.sub("", piece))
            if piece == "</math>":
                out.append(wrap(frozenset(open_spans), "".join(formula)) if open_spans else "".join(formula))
                out.append(_apply(late, open_spans, at_end))
                formula, late = [], []
        elif i % 2:
            out.append(_MARK.sub("", piece))
            out.append(_apply(_MARK.findall(piece), open_spans, at_end))
        else:
            out.append(_text(piece, open_spans, wrap, at_end))
    return "".join(out) + "".join(formula)


def _text(
    piece: str, open_spans: set[int], wrap: Callable[[frozenset[int], str], str], at_end: Callable[[int], str]
) -> str:
    out: list[str] = []
    position = 0
    for mark in _MARK.finditer(piece):
        out.append(_run(piece[position : mark.start()], open_spans, wrap))
        out.append(_apply([mark.group()], open_spans, at_end))
        position = mark.end()
    out.append(_run(piece[position:], open_spans, wrap))
    return "".join(out)


def _run(text: str, open_spans: set[int], wrap: Callable[[frozenset[int], str], str]) -> str:
    return wrap(frozenset(open_spans), text) if open_spans and text.strip() else text


def _apply(marks: Iterable[str], open_spans: set[int], at_end: Callable[[int], str]) -> str:
    out: list[str] = []
    for mark in marks:
        code = ord(mark)
        if code < _FIRST_END:
            open_spans.add(code - _FIRST_START)
        else:
            open_spans.discard(code - _FIRST_END)
            out.append(at_end(code - _FIRST_END))
    return "".join(out)
