"""The splitter of a streaming Markdown answer into sentences, list items, table rows and blocks.

`Splitter.feed` takes the text as it comes and gives back what is surely complete; how the stream is cut into chunks
does not change the pieces, and the `raw` of all pieces, joined, is the text that was fed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.wording import CJK

_NUMBERS = r"\^?\d{1,3}(?:\s*[,，、;；\-–]\s*(?:来源|source)?\s*\^?\d{1,3}){0,9}"
_WORD = r"(?:来源|出处|参考资料|参考|资料|笔记|sources?|refs?|notes?)\s*[:：]?\s*"
_MARK = re.compile(
    rf"(?:\[(?:{_WORD})?{_NUMBERS}\](?:\([^)\s]*\))?|【(?:{_WORD})?{_NUMBERS}(?:†[^】]*)?】"
    rf"|[（(]\s*(?:{_WORD})?(?:\[{_NUMBERS}\]\s*[,，、]?\s*)+[）)]|[（(]{_WORD}{_NUMBERS}[）)])",
    re.IGNORECASE,
)
_MARKS = re.compile(rf"(?:[ \t]*{_MARK.pattern})+", re.IGNORECASE)
_MAY_BE_MARK = re.compile(r"[ \t]*(?:[\[【][^\]】\n]{0,90}|[（(][^）)\n]{0,90})?")
_RANGE_BEFORE = re.compile(
    r"(?:区间|范围|取值|range|interval|between|∈|=)\s*(?:为|是|在|of|in)?\s*[:：]?\s*$", re.IGNORECASE
)
_CODE_SPAN = re.compile(r"(?P<tick>`+)(?!`)[^\n]*?(?<!`)(?P=tick)(?!`)|\$(?!\s)[^$\n]+(?<!\s)\$|\\\([^\n]*?\\\)")
_CODE_OR_MARKS = re.compile(rf"(?P<code>{_CODE_SPAN.pattern})|{_MARKS.pattern}", re.IGNORECASE)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|resp|fig|figs|no|nos|eq|dr|mr|mrs|ms|prof|inc|st|ca)|\b[A-Z])$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|[\s（(：:*])\d{1,2}$")
_BULLET = re.compile(
    r"(?:>[ \t]*)*(?:(?:[-*+•·][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,2}[.．](?!\d)[ \t]*|\d{1,2}[)）、][ \t]*"
    r"|[（(]\d{1,2}[)）][ \t]*|[①-⑳][ \t]*|[一二三四五六七八九十]{1,2}、[ \t]*))?"
)
_HEADING = re.compile(r"#{1,6}[ \t]+")
_FENCE = re.compile(r"`{3}|~{3}")
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}$")
_TABLE_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_LOOK_AHEAD = 12  # characters that tell what block a line starts
_CLOSERS = "”’」』）)】》"


class PieceKind(StrEnum):
    """What a piece of an answer is."""

    SENTENCE = "sentence"
    ITEM = "item"  # the first sentence of a list item
    HEADING = "heading"
    ROW = "row"
    CODE = "code"
    FORMULA = "formula"
    BLANK = "blank"  # white space and rules between blocks


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer: `raw` as it came; `lead + text` is the same without the citation marks.

    `hints` are the source numbers that the marks named, in order, whether or not such sources exist.
    """

    raw: str
    lead: str
    text: str
    hints: tuple[int, ...] = ()
    kind: PieceKind = PieceKind.SENTENCE


@dataclass(slots=True)
class Splitter:
    """Feed it chunks, then `finish`; each call gives the pieces that became complete."""

    _text: str = ""
    _line_start: bool = True

    def feed(self, chunk: str) -> list[Piece]:
        """The pieces that are complete whatever comes next."""
        self._text += chunk
        return self._take_all(final=False)

    def finish(self) -> list[Piece]:
        """The rest, as if a line ended here."""
        return self._take_all(final=True)

    def _take_all(self, *, final: bool) -> list[Piece]:
        pieces = []
        while (piece := self._take(final=final)) is not None:
            self._text = self._text[len(piece.raw) :]
            self._line_start = False
            pieces.append(piece)
        return pieces

    def _take(self, *, final: bool) -> Piece | None:
        space = len(self._text) - len(self._text.lstrip())
        if space == len(self._text):
            return Piece(self._text, self._text, "", kind=PieceKind.BLANK) if final and self._text else None
        at_start = self._line_start or "\n" in self._text[:space]
        if at_start:
            line_end = self._text.find("\n", space)
            if not final and line_end < 0 and len(self._text) - space < _LOOK_AHEAD:
                return None
            block = self._block(space, line_end, final=final)
            if block is not _NO_BLOCK:
                return block
            bullet = _BULLET.match(self._text, space)
            start = bullet.end() if bullet else space
            kind = PieceKind.ITEM if start > space and self._text[space:start].strip("> \t") else PieceKind.SENTENCE
        else:
            start, kind = space, PieceKind.SENTENCE
        end = _sentence_end(self._text, start, final=final)
        return None if end is None else _piece(self._text[:end], start, kind)

    def _block(self, start: int, line_end: int, *, final: bool) -> Piece | None:
        """A fence, formula, heading, row or rule; None to wait for more; `_NO_BLOCK` when the line is prose."""
        text = self._text
        if fence := _FENCE.match(text, start):
            closing = re.compile(rf"\n[ \t]*{fence.group()}[`~]*[ \t]*(?=\n)").search(text, start)
            end = closing.end() if closing else len(text) if final else None
            return None if end is None else Piece(text[:end], text[:start], text[start:end], kind=PieceKind.CODE)
        for opening, closing_mark in (("$$", "$$"), ("\\[", "\\]")):
            if text.startswith(opening, start):
                return self._formula(start, closing_mark, final=final)
        heading = _HEADING.match(text, start)
        if not heading and text[start] not in "|-*_":
            return _NO_BLOCK
        end = line_end if line_end >= 0 else len(text)
        line = text[start:end]
        marked = bool(heading) or line.startswith("|") or bool(re.match(r"([-*_])[ \t]*(?:\1[ \t]*){2}", line))
        if not marked:
            return _NO_BLOCK
        if line_end < 0 and not final:
            return None
        if heading:
            return _piece(text[:end], heading.end(), PieceKind.HEADING)
        if _RULE.match(line) or (line.startswith("|") and _TABLE_RULE.match(line)):
            return Piece(text[:end], text[:end], "", kind=PieceKind.BLANK)
        return _piece(text[:end], start, PieceKind.ROW) if line.startswith("|") else _NO_BLOCK

    def _formula(self, start: int, closing_mark: str, *, final: bool) -> Piece | None:
        closing = self._text.find(closing_mark, start + 2)
        broken = self._text.find("\n\n", start)
        if closing < 0 or 0 <= broken < closing:
            return _NO_BLOCK if final or broken >= 0 else None
        end = closing + 2
        after = _after_end(self._text, start, end, final=final)
        return None if after is None else _piece(self._text[:after], start, PieceKind.FORMULA)


_NO_BLOCK = Piece("", "", "")


def split_answer(text: str) -> list[Piece]:
    """All pieces of a whole answer."""
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the sentences of running text, white space around them left out; line ends end a sentence."""
    spans = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end = _sentence_end(text, start, final=True) or len(text)
        spans.append((start, start + len(text[start:end].rstrip())))
        start = end
    return spans


def strip_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without its citation marks, and the numbers that they named, each once, in order."""
    hints: list[int] = []

    def drop(match: re.Match[str]) -> str:
        named = _named(match.group())
        if 0 in named or (len(named) == 2 and _RANGE_BEFORE.search(text[: match.start()])):
            return match.group()  # an interval such as [0, 1]
        hints.extend(named)
        return ""

    stripped = _CODE_OR_MARKS.sub(lambda match: match.group() if match["code"] else drop(match), text)
    return stripped, tuple(dict.fromkeys(hints))


def _named(mark: str) -> list[int]:
    mark = re.sub(r"\]\([^)]*\)$|†.*$", "", mark)
    numbers: list[int] = []
    for match in re.finditer(r"(\d+)(?:\s*[-–]\s*\^?(\d+))?", mark):
        first, last = int(match[1]), int(match[2] or match[1])
        numbers.extend(range(first, last + 1) if first <= last <= first + 20 else (first, last))
    return numbers


def _piece(raw: str, start: int, kind: PieceKind) -> Piece:
    text, hints = strip_marks(raw[start:])
    if not text.strip():
        return Piece(raw, raw[:start], "", hints, PieceKind.BLANK)
    return Piece(raw, raw[:start], text.lstrip() if hints else text, hints, kind)


def _sentence_end(text: str, start: int, *, final: bool) -> int | None:
    """Where the sentence that starts at `start` ends (marks included); None when more text is needed to tell."""
    position = start
    while position < len(text):
        char = text[position]
        if char == "\n":
            return position
        if char in "`$\\":
            after = _after_code(text, position, final=final)
            if after is None:
                return None
            position = after
        elif char in "。！？；.!?":
            run = position + 1
            while run < len(text) and text[run] in "。！？；.!?…":
                run += 1
            after = _after_end(text, start, run, final=final)
            if after is None:
                return None
            if char in "。！？；" or _ends_here(text, start, position, after):
                return after
            position = run
        else:
            position += 1
    return len(text) if final else None


def _after_code(text: str, position: int, *, final: bool) -> int | None:
    """Past an inline code span or formula, or past the single character when none starts here."""
    match = _CODE_SPAN.match(text, position)
    if match and (match.end() < len(text) or final):
        return match.end()
    if final or "\n" in text[position:]:
        return position + 1
    if text[position] == "\\" and len(text) > position + 1 and text[position + 1] != "(":
        return position + 1
    return None


def _after_end(text: str, start: int, end: int, *, final: bool) -> int | None:
    """Past the closing quotes, emphasis and citation marks that follow a sentence end."""
    while True:
        if end >= len(text):
            return end if final else None
        char = text[end]
        marks = _MARKS.match(text, end)
        if char in _CLOSERS:
            end += 1
        elif char == "*" and not final and end + 1 == len(text):
            return None
        elif text.startswith("**", end) and text.count("**", start, end) % 2:
            end += 2
        elif char in "*_\"'" and text[start:end].replace("**", "").count(char) % 2:
            end += 1
        elif marks:
            end = marks.end()
            if not final and _open_link(text, end):
                return None
        elif not final and _MAY_BE_MARK.fullmatch(text, end):
            return None
        else:
            return end


def _open_link(text: str, end: int) -> bool:
    """`[1](` may yet become a link."""
    return re.fullmatch(r"(?:\([^)\s]*)?", text[end:]) is not None


def _ends_here(text: str, start: int, position: int, after: int) -> bool:
    """Whether a Latin full stop, question or exclamation mark ends a sentence."""
    before = text[start:position]
    if (
        text[position] == "."
        and text[position : position + 2] != ".."
        and (_ABBREVIATION.search(before) or _LIST_NUMBER.search(before))
    ):
        return False
    if after >= len(text) or text[after].isspace():
        return True
    return re.match(f"[{CJK}（【「“]", text[after]) is not None and not before[-1:].isdigit()
