"""The splitter of a streaming Markdown answer into sentences, list items, table rows and blocks.

`Splitter.feed` takes the text as it comes and gives back what is surely complete; how the stream is cut into chunks
does not change the pieces, and the `raw` of all pieces, joined, is the text that was fed.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from ingest.text.citation_marks import strip_marks
from ingest.text.code_spans import Ahead
from ingest.text.sentences import SentenceScanner

_SPACE = re.compile(r"\s*")
# What opens a line is bounded, so that it need not be read again for every chunk of a long line.
_BLANKS = r"[ \t]{0,20}"
_BULLET = re.compile(
    rf"(?:>{_BLANKS}){{0,20}}(?:(?:[-*+•·][ \t]{{1,20}}(?:\[[ xX]\][ \t]{{1,20}})?|\d{{1,2}}[.．](?!\d){_BLANKS}"
    rf"|\d{{1,2}}[)）、]{_BLANKS}|[（(]\d{{1,2}}[)）]{_BLANKS}|[①-⑳]{_BLANKS}|[一二三四五六七八九十]{{1,2}}、{_BLANKS}))?"
)
_HEADING = re.compile(r"#{1,6}[ \t]+")
_FENCE = re.compile(r"`{3}|~{3}")
_RULE_BEGUN = re.compile(rf"([-*_]){_BLANKS}(?:\1{_BLANKS}){{2}}")
_RULE = re.compile(r"(?:[-*_][ \t]*+){3,}$")
_TABLE_RULE = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+(?:\|[ \t]*+)?$")
# What an answer says of its sources behind its end is no part of it: a label with a list, or definitions of footnotes.
_LABEL_WORDS = r"(?:引用|参考|參考|资料|資料)?(?:来源|來源|出处|出處|资料|資料|文献|文獻)(?:列表)?|脚注|註腳|references?|sources?|citations?|footnotes?"
_LABEL = re.compile(
    rf"(?:#{{1,6}}[ \t]{{1,9}})?[*_]{{0,3}}(?:{_LABEL_WORDS})[ \t]?[:：]?[*_]{{0,3}}[:：]?[ \t]{{0,9}}", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"[ \t]{0,9}(?:[-*+•][ \t]{1,9})?(?:\[\^?\d{1,3}\]|[【［]\d{1,3}[】］]|\d{1,2}[.．、)][ \t]|[①-⑳])"
)
_BULLETED = re.compile(r"[ \t]{0,9}[-*+•][ \t]")
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\]:")
# "The notes do not say …, but …": the first part is no claim, the second is one.
_HEDGE = re.compile(
    r"[^。！？\n]{0,60}?(?:笔记|筆記|资料|資料|来源|來源|文档|文檔|原文|\bnotes?|\bsources?)[^。！？\n]{0,20}?(?:没有?|沒有?|未|不|\bnot\b|n't\b)"
    r"[^。！？\n]{0,60}?[，,；;](?=\s?(?:但|不过|不過|然而|只是|仅|僅|but\b|however\b|though\b|only\b))",
    re.IGNORECASE,
)
_LONGEST_REFERENCE = 300  # characters of a line that may be one
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
    _begin: int = 0  # of the piece that is not complete yet
    _space_to: int = 0  # up to where there is only white space before it
    _line_start: bool = True
    _said: bool = False  # a sentence was complete
    _referring: bool = False  # within a list of references
    _lines_to: int = 0  # up to where the lines of a fence hold no end of it
    _read_to: int = 0  # up to where the text was read when the last chunk came
    _ahead: Ahead = field(default_factory=Ahead)
    _scanner: SentenceScanner = field(default_factory=SentenceScanner)

    def feed(self, chunk: str) -> list[Piece]:
        """The pieces that are complete whatever comes next."""
        text, self._text = self._text, ""  # held once only, it grows in place
        text += chunk
        self._text = text
        return self._take_all(final=False)

    def finish(self) -> list[Piece]:
        """The rest, as if a line ended here."""
        return self._take_all(final=True)

    def _take_all(self, *, final: bool) -> list[Piece]:
        pieces = []
        while (piece := self._take(final=final)) is not None:
            self._begin = self._space_to = self._lines_to = self._begin + len(piece.raw)
            self._line_start = False
            self._said = self._said or bool(piece.text)
            pieces.append(piece)
        self._read_to = len(self._text)
        return pieces

    def _take(self, *, final: bool) -> Piece | None:
        text, begin = self._text, self._begin
        space = _SPACE.match(text, self._space_to)
        assert space is not None  # it matches no white space too
        start = space.end()
        self._line_start = self._line_start or "\n" in space.group()
        self._space_to = start
        if start == len(text):
            return Piece(text[begin:], text[begin:], "", kind=PieceKind.BLANK) if final and begin < start else None
        kind = PieceKind.SENTENCE
        if self._line_start:
            line_end = self._ahead.find(text, "\n", start)
            if not final and line_end < 0 and len(text) - start < _LOOK_AHEAD:
                return None
            for read in (self._references, self._block):
                block = read(start, line_end, final=final)
                if block is not _NO_BLOCK:
                    return block
            bullet = _BULLET.match(text, start)
            if bullet and bullet.group().strip("> \t"):
                kind = PieceKind.ITEM
            start = bullet.end() if bullet else start
        end = self._scanner.end(text, start, final=final)
        if end is None:
            return None
        hedge = _HEDGE.match(text, start, end)
        return self._piece(hedge.end() if hedge else end, start, kind)

    def _references(self, start: int, line_end: int, *, final: bool) -> Piece | None:
        """A line of a list of references, its label, or a footnote's text, which are not shown; None and `_NO_BLOCK` as below."""
        text = self._text
        if line_end < 0 and not final:
            may_be = self._referring or _LABEL.match(text, start) or _FOOTNOTE.match(text, start)
            return None if may_be and len(text) - start < _LONGEST_REFERENCE else _NO_BLOCK
        end = line_end if line_end >= 0 else len(text)
        line = text[start:end]
        head = _REFERENCE.match(line) or _BULLETED.match(line)
        if not self._said or end - start >= _LONGEST_REFERENCE:
            return _NO_BLOCK
        if label := _LABEL.match(line):
            rest = line[label.end() :]
            following = _SPACE.match(text, end)
            behind = following.end() if following else end
            if not rest:
                if not final and len(text) - behind < _LOOK_AHEAD:
                    return None
                self._referring = bool(_REFERENCE.match(text, behind) or _BULLETED.match(text, behind))
                if not self._referring:
                    return _NO_BLOCK
            elif not (re.search("[:：]", label.group()) and _REFERENCE.match(rest)):
                return _NO_BLOCK
        elif not (_FOOTNOTE.match(line) or (self._referring and head and not strip_marks(line[head.end() :])[1])):
            self._referring = False
            return _NO_BLOCK
        raw = text[self._begin : end]
        return Piece(raw, "", "", strip_marks(line)[1], PieceKind.BLANK)

    def _block(self, start: int, line_end: int, *, final: bool) -> Piece | None:
        """A fence, formula, heading, row or rule; None to wait for more; `_NO_BLOCK` when the line is prose."""
        text = self._text
        if fence := _FENCE.match(text, start):
            end = self._fence_end(start, fence.group(), final=final)
            return None if end is None else Piece(*self._raw_lead_text(end, start), kind=PieceKind.CODE)
        for opening, closing_mark in (("$$", "$$"), ("\\[", "\\]")):
            if text.startswith(opening, start):
                return self._formula(start, closing_mark, final=final)
        heading = _HEADING.match(text, start)
        if not heading and text[start] != "|" and not _RULE_BEGUN.match(text, start):
            return _NO_BLOCK
        if line_end < 0 and not final:
            return None
        end = line_end if line_end >= 0 else len(text)
        if heading:
            return self._piece(end, heading.end(), PieceKind.HEADING)
        line = text[start:end]
        row = line.startswith("|")
        if _RULE.match(line) or (row and _TABLE_RULE.match(line)):
            return Piece(text[self._begin : end], text[self._begin : end], "", kind=PieceKind.BLANK)
        return self._piece(end, start, PieceKind.ROW) if row else _NO_BLOCK

    def _fence_end(self, start: int, mark: str, *, final: bool) -> int | None:
        """Where the block ends: with a line that closes it, else with the text."""
        text = self._text
        if text.find("\n", max(start, self._read_to)) >= 0 or final:
            closing = re.compile(rf"\n[ \t]*+{mark}[`~]*+[ \t]*+(?=\n)").search(text, max(start, self._lines_to))
            if closing:
                return closing.end()
            self._lines_to = max(start, text.rfind("\n", start))
        return len(text) if final else None

    def _formula(self, start: int, closing_mark: str, *, final: bool) -> Piece | None:
        closing = self._ahead.find(self._text, closing_mark, start + 2)
        broken = self._ahead.find(self._text, "\n\n", start)
        if closing < 0 or 0 <= broken < closing:
            return _NO_BLOCK if final or broken >= 0 else None
        after = self._scanner.after_formula(self._text, start, closing + 2, final=final)
        return None if after is None else self._piece(after, start, PieceKind.FORMULA)

    def _raw_lead_text(self, end: int, start: int) -> tuple[str, str, str]:
        return self._text[self._begin : end], self._text[self._begin : start], self._text[start:end]

    def _piece(self, end: int, start: int, kind: PieceKind) -> Piece:
        raw, lead, marked = self._raw_lead_text(end, start)
        text, hints = strip_marks(marked)
        if not text.strip():
            return Piece(raw, lead, "", hints, PieceKind.BLANK)
        return Piece(raw, lead, text.lstrip() if hints else text, hints, kind)


_NO_BLOCK = Piece("", "", "")


def split_answer(text: str) -> list[Piece]:
    """All pieces of a whole answer."""
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]
