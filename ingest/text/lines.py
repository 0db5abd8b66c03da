"""Note text -> typed lines: what each line is, before anything is made of it."""

import re
from dataclasses import dataclass
from enum import Enum, auto


class LineKind(Enum):
    """The role of one line."""

    BLANK = auto()
    FRONT_MATTER = auto()
    HEADING = auto()  # ATX, or the text of a setext heading
    UNDERLINE = auto()  # of a setext heading
    FENCE = auto()  # a fence or what stands in it
    MATH = auto()
    TABLE = auto()
    ITEM = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line `text[start:end]` of the note, without its line end; `indent` in columns (a tab is four)."""

    number: int
    start: int
    end: int
    text: str
    kind: LineKind
    indent: int = 0
    level: int = 0  # of a Markdown heading


ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)$")
_ITEM = re.compile(
    r"[ \t]*(?:[-*+]|\d{1,3}[.)、]|[（(]\d{1,3}[)）]|[ivx]{1,4}[.)]|[一二三四五六七八九十]{1,3}[、.])"
    r"(?=[ \t]|[^\s.\d*+-])"
)
_SETEXT = re.compile(r" {0,3}(=+|-{3,})[ \t]*$")
_CELL_RULE = r"[ \t]*+:?-++:?[ \t]*+"
_TABLE_RULE = re.compile(rf"[ \t]*+\|?{_CELL_RULE}(?:\|{_CELL_RULE})++\|?[ \t]*+$")


def typed_lines(text: str, body_start: int) -> list[Line]:
    """Every line of the note in order; lines before `body_start` are front matter."""
    raw = text.split("\n")
    fenced = _fenced(raw)
    lines: list[Line] = []
    start = 0
    in_math = False
    for index, content in enumerate(raw):
        end = start + len(content)
        level = 0
        if start < body_start:
            kind = LineKind.FRONT_MATTER
        elif index in fenced:
            kind = LineKind.FENCE
        elif in_math or content.strip().startswith("$$"):
            kind = LineKind.MATH
            in_math = _math_stays_open(content, in_math) and bool(content.strip())
        else:
            kind, level = _kind(raw, index, lines)
        indent = len(content.expandtabs(4)) - len(content.expandtabs(4).lstrip())
        lines.append(Line(index + 1, start, end, content, kind, indent, level))
        start = end + 1
    return lines


def _kind(raw: list[str], index: int, before: list[Line]) -> tuple[LineKind, int]:
    content = raw[index]
    if not content.strip():
        return LineKind.BLANK, 0
    if match := ATX.match(content):
        return LineKind.HEADING, len(match.group(1))
    previous = before[-1].kind if before else LineKind.BLANK
    if previous is LineKind.HEADING and _SETEXT.match(content) and not ATX.match(before[-1].text):
        return LineKind.UNDERLINE, 0
    following = raw[index + 1] if index + 1 < len(raw) else ""
    if _TABLE_RULE.match(content) or (_TABLE_RULE.match(following) and "|" in content):
        return LineKind.TABLE, 0
    if previous is LineKind.TABLE and "|" in content:
        return LineKind.TABLE, 0
    if _ITEM.match(content):
        return LineKind.ITEM, 0
    underline = _SETEXT.match(following)
    if underline and previous in (LineKind.BLANK, LineKind.FRONT_MATTER) and len(content.strip()) <= 80:
        return LineKind.HEADING, 1 if "=" in underline.group(1) else 2
    return LineKind.TEXT, 0


def _math_stays_open(content: str, was_open: bool) -> bool:
    return was_open != (content.count("$$") % 2 == 1)


def _fenced(raw: list[str]) -> set[int]:
    """Indexes of the lines in closed fences; a fence that nothing closes is taken for text."""
    inside: set[int] = set()
    open_at, mark = -1, ""
    for index, content in enumerate(raw):
        match = _FENCE.match(content)
        if not match:
            continue
        if open_at < 0:
            if "`" not in match.group(2):
                open_at, mark = index, match.group(1)
        elif match.group(1)[0] == mark[0] and len(match.group(1)) >= len(mark):
            if not match.group(2).strip():
                inside.update(range(open_at, index + 1))
                open_at = -1
            else:  # another opening: the earlier one was never closed
                open_at, mark = index, match.group(1)
    return inside
