"""Note text -> typed lines: what each line is, before anything is made of it.

The structure is CommonMark's with tables, by markdown-it, and what its writers' editors take for it besides: headings
without a space behind `#`, formulas, comments. Items and tables of text without Markdown are told by their look.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.text.markdown_rules import add_rules
from ingest.text.markup import CONTENTS, heading_words


class LineKind(Enum):
    """The role of one line."""

    BLANK = auto()
    FRONT_MATTER = auto()
    HEADING = auto()  # ATX, or the text of a setext heading
    UNDERLINE = auto()  # of a setext heading
    RULE = auto()  # a line across the page
    FENCE = auto()  # a fence or what stands in it
    MATH = auto()
    TABLE = auto()
    ITEM = auto()
    TEXT = auto()
    HIDDEN = auto()  # no text to its readers: a comment, a drawing, a picture's bytes, a query


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


_ITEM = re.compile(
    r"[ \t]*(?:[-*+]|\d{1,3}[.)、]|[（(]\d{1,3}[)）]|[ivx]{1,4}[.)]|[一二三四五六七八九十]{1,3}[、.])"
    r"(?=[ \t]|[^\s.\d*+-])"
)
_CELL_RULE = r"[ \t]*+:?-++:?[ \t]*+"
_TABLE_RULE = re.compile(rf"[ \t]*+\|?{_CELL_RULE}(?:\|{_CELL_RULE})++\|?[ \t]*+$")
_ODD_SPACE = "\u00a0\u2000-\u200a\u3000"
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]+(?=#)")
_ODD_HEADING = re.compile(rf" {{0,3}}(#{{1,6}})(?:[{_ODD_SPACE}]+|(?=[^#\s!]))")
_GLUED = re.compile(r"^ {0,3}#{2,6}[^#\s!]", re.MULTILINE)
_PICTURE_BYTES = re.compile(r"[ \t]*\[[^\]\n]{1,200}\]:[ \t]*<?data:", re.IGNORECASE)
# Fences whose content a program makes or runs inside the editor: drawings, queries, buttons.
_NO_TEXT = frozenset(
    "compressed-json dataview dataviewjs tasks query button templater meta-bind meta-bind-button tracker heatmap-tracker".split()
)
_LONGEST_UNDERLINED = 80  # characters: a longer line above a rule is a paragraph


@dataclass(frozen=True, slots=True)
class Structure:
    """What Markdown says of the lines of a text: the kind of each, TEXT where it says nothing, and by line (from 0) the
    levels of the headings. Lines before `body_start` are front matter."""

    text: str
    body_start: int
    kinds: tuple[LineKind, ...]
    levels: Mapping[int, int]


def structure(text: str, body_start: int) -> Structure:
    """Read a text as Markdown."""
    raw = text.split("\n")
    ends = accumulate(len(content) + 1 for content in raw)
    body = next((index for index, start in enumerate([0, *ends]) if start >= body_start), len(raw))
    kinds, levels = _read(raw, min(body, len(raw)))
    return Structure(text, body_start, tuple(kinds), levels)


def typed_lines(text: str, body_start: int, known: Structure | None = None) -> list[Line]:
    """Every line of the note in order; lines before `body_start` are front matter. It is not parsed again when its
    structure is `known`."""
    if known is None or (known.text, known.body_start) != (text, body_start):
        known = structure(text, body_start)
    raw = text.split("\n")
    lines: list[Line] = []
    start = 0
    for index, content in enumerate(raw):
        kind = known.kinds[index]
        if kind is LineKind.TEXT:
            kind = _look(raw, index, lines)
        wide = content.expandtabs(4) if "\t" in content else content
        indent = len(wide) - len(wide.lstrip())
        end = start + len(content)
        lines.append(Line(index + 1, start, end, content, kind, indent, known.levels.get(index, 0)))
        start = end + 1
    return lines


def _look(raw: list[str], index: int, before: list[Line]) -> LineKind:
    """What a line of running text is by its look: a row of a table that Markdown would not take, an item, or text."""
    content = raw[index]
    if "[" in content and (_PICTURE_BYTES.match(content) or CONTENTS.match(content)):
        return LineKind.HIDDEN
    if "|" in content:
        following = raw[index + 1] if index + 1 < len(raw) else ""
        if _TABLE_RULE.match(content) or _TABLE_RULE.match(following):
            return LineKind.TABLE
        if before and before[-1].kind is LineKind.TABLE:
            return LineKind.TABLE
    return LineKind.ITEM if _ITEM.match(content) else LineKind.TEXT


def _read(raw: list[str], body: int) -> tuple[list[LineKind], dict[int, int]]:
    """The kind of each line by Markdown, TEXT where it says nothing, and the levels of the headings by line."""
    kinds = [LineKind.TEXT if content.strip() else LineKind.BLANK for content in raw]
    kinds[:body] = [LineKind.FRONT_MATTER] * body
    levels: dict[int, int] = {}
    lists = quotes = 0
    for token in _parser().parse("\n".join(_as_commonmark(raw, body))):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type in ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"):
            lists += token.nesting
        elif token.type == "heading_open" and token.map:
            if not quotes:
                _head(raw, token, lists, kinds, levels)
        elif token.map and (kind := _kind_of(token)):
            first, last = token.map[0], token.map[0] + 1 if kind is LineKind.ITEM else token.map[1]
            kinds[first:last] = [kind] * (last - first)
    return kinds, levels


def _kind_of(token: Token) -> LineKind | None:
    match token.type:
        case "fence":
            return LineKind.HIDDEN if token.info.split(" ")[0].lower() in _NO_TEXT else LineKind.FENCE
        case "table_open":
            return LineKind.TABLE
        case "list_item_open":
            return LineKind.ITEM
        case "hr":
            return LineKind.RULE
        case "formula":
            return LineKind.MATH
        case "hidden":
            return LineKind.HIDDEN
    return None


def _head(raw: list[str], token: Token, lists: int, kinds: list[LineKind], levels: dict[int, int]) -> None:
    """A heading; in the items of an outline, one that stands deeper in the lists is a deeper one.

    A rule right below several lines, or a long one, or in a list, is a rule: few who put it there meant a heading.
    """
    first, after = token.map or (0, 0)
    level = int(token.tag[1:])
    if token.markup in ("=", "-"):
        single = after - first == 2 and not lists and len(raw[first].strip()) <= _LONGEST_UNDERLINED
        if not single or len(raw[first + 1].strip()) < 2 or not heading_words(raw[first]):
            kinds[after - 1] = LineKind.RULE
            return
        kinds[first + 1] = LineKind.UNDERLINE
    kinds[first] = LineKind.HEADING
    levels[first] = level + max(lists - 1, 0)


def _as_commonmark(raw: list[str], body: int) -> list[str]:
    """The lines as the parser takes headings: nothing invisible before `#`, one space behind it.

    `#word` is a tag, but to those who write `##word`.
    """
    lines = [""] * body + raw[body:]
    glued = bool(_GLUED.search("\n".join(lines)))
    for index in range(body, len(lines)):
        if "#" not in lines[index]:
            continue
        content = (
            _INVISIBLE.sub("", lines[index]) if lines[index][0] in "\u200b\u200c\u200d\u2060\ufeff" else lines[index]
        )
        match = _ODD_HEADING.match(content)
        if match and (glued or len(match[1]) > 1 or match.end() > match.end(1)):
            content = match[1] + " " + content[match.end() :]
        lines[index] = content
    return lines


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": 200}).enable("table").disable(["code", "reference"])
    md.core.ruler.enableOnly(["normalize", "block"])
    add_rules(md)
    return md
