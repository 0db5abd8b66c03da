"""The splitter of a streaming Markdown answer into sentences, list items, table rows and blocks.

`Splitter.feed` takes the text as it comes and gives back what is surely complete; how the stream is cut into chunks
does not change the pieces, and the `raw` of all pieces, joined, is the text that was fed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ingest.text.citation_marks import strip_marks
from ingest.text.sentences import after_end, sentence_end

_BULLET = re.compile(
    r"(?:>[ \t]*)*(?:(?:[-*+•·][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,2}[.．](?!\d)[ \t]*|\d{1,2}[)）、][ \t]*"
    r"|[（(]\d{1,2}[)）][ \t]*|[①-⑳][ \t]*|[一二三四五六七八九十]{1,2}、[ \t]*))?"
)
_HEADING = re.compile(r"#{1,6}[ \t]+")
_FENCE = re.compile(r"`{3}|~{3}")
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}$")
_TABLE_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_LOOK_AHEAD = 12  # characters that tell what block a line starts


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
        end = sentence_end(self._text, start, final=final)
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
        after = after_end(self._text, start, end, final=final)
        return None if after is None else _piece(self._text[:after], start, PieceKind.FORMULA)


_NO_BLOCK = Piece("", "", "")


def split_answer(text: str) -> list[Piece]:
    """All pieces of a whole answer."""
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]


def _piece(raw: str, start: int, kind: PieceKind) -> Piece:
    text, hints = strip_marks(raw[start:])
    if not text.strip():
        return Piece(raw, raw[:start], "", hints, PieceKind.BLANK)
    return Piece(raw, raw[:start], text.lstrip() if hints else text, hints, kind)
