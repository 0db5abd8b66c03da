"""What a citation mark looks like in an answer, whole or only begun, and the text without it.

Whatever may repeat is bounded, so that a text is read in linear time and a mark has an end to wait for.
"""

import re

from ingest.text.code_spans import CodeSpans
from ingest.text.folding import fold

_GAP = r"\s{0,4}"
_BLANKS = r"[ \t]{0,20}"  # before a mark
_SEPARATOR = r"[,，、;；\-–]"
_NAMED = "来源 來源 source".split()  # what may stand before each number
_WORDS = [*_NAMED, *"出处 出處 参考资料 參考資料 参考 參考 资料 資料 笔记 筆記 sources ref refs note notes".split()]


def _longest_first(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


def _begun(words: list[str]) -> str:
    return _longest_first([word[:end] for word in words for end in range(1, len(word) + 1)])


_NUMBER = r"\^?\d{1,3}"
_NUMBERS = rf"{_NUMBER}(?:{_GAP}{_SEPARATOR}{_GAP}(?:(?:{_longest_first(_NAMED)}){_GAP})?{_NUMBER}){{0,9}}"
_WORD = rf"(?:{_longest_first(_WORDS)}){_GAP}(?:[:：]{_GAP})?"
_LINK = r"\([^)\s]{0,500}"  # the address that a model makes up behind a mark, but for its end
_ONE = (
    rf"(?:\[(?:{_WORD})?{_NUMBERS}\](?:{_LINK}\))?|【(?:{_WORD})?{_NUMBERS}(?:†[^】]{{0,100}})?】"
    rf"|[（(]{_GAP}(?:{_WORD})?(?:\[{_NUMBERS}\]{_GAP}(?:[,，、]{_GAP})?){{1,20}}[）)]|[（(]{_WORD}{_NUMBERS}[）)])"
)
# A little more than what a mark can begin with: up to here it may yet become one.
_LIST_BEGUN = rf"(?:[\s\d,，、;；:：\-–^]|{_begun(_NAMED)}){{0,250}}+"
_BEGUN = (
    rf"(?:[\[【](?:{_begun(_WORDS)})?{_LIST_BEGUN}(?:†[^】]{{0,100}})?|\[{_LIST_BEGUN}\]{_LINK}"
    rf"|[（(]{_GAP}(?:(?:{_begun(_WORDS)}){_LIST_BEGUN})?(?:\[{_LIST_BEGUN}\][\s,，、]{{0,9}}+){{0,20}}+(?:\[{_LIST_BEGUN})?)"
)
_MARK_STARTS = " \t[【（("
_LONGEST = 1000  # characters of a mark that has only begun, at least

MARKS = re.compile(rf"(?:[ \t]*+{_ONE})+", re.IGNORECASE)
_MARK_ALONE = re.compile(_ONE, re.IGNORECASE)
_MARK = re.compile(_BLANKS + _ONE, re.IGNORECASE)
_MAY_BE_MARK = re.compile(rf"{_BLANKS}(?:{_BEGUN})?", re.IGNORECASE)
_MAY_BE_LINK = re.compile(rf"(?:{_LINK})?")
_BEGUN_AT_END = re.compile(rf"(?<![ \t])[ \t]*+{_BEGUN}\Z", re.IGNORECASE)
_CODE_OR_MARKS = re.compile(rf"[`$]|\\\(|(?<![ \t])(?P<marks>{MARKS.pattern})", re.IGNORECASE)
_RANGE_BEFORE = re.compile(r"(?:区间|范围|取值|range|interval|between|∈|=)\s*(?:为|是|在|of|in)?\s*(?::\s*)?$")
_NEAR = 24  # characters before a mark in which a range is announced


def strip_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without its citation marks, and the numbers that they named, each once, in order."""
    kept: list[str] = []
    hints: list[int] = []
    spans = CodeSpans()
    done = at = 0
    while found := _CODE_OR_MARKS.search(text, at):
        start, at = found.span()
        if not found["marks"]:
            at = max(start + 1, spans.end(text, start, final=True) or 0)
        elif (named := _named(found["marks"])) and not _is_range(named, text, start):
            hints.extend(named)
            kept.append(text[done:start])
            done = at
    return "".join([*kept, text[done:]]), tuple(dict.fromkeys(hints))


def strip_written_marks(text: str) -> str:
    """The text, still being written, without its marks, and without one at its end that has only begun."""
    begun = _BEGUN_AT_END.search(text, max(0, len(text) - _LONGEST))
    return strip_marks(text[: begun.start()] if begun else text)[0]


def mark_end(text: str, start: int, *, final: bool) -> int | None:
    """Where a mark at `start` (blanks may stand before it) ends; `start` when none stands there.

    None when that depends on what comes; `final` tells that nothing does.
    """
    if text[start : start + 1] not in _MARK_STARTS:  # the empty string is in it
        return start
    if mark := _MARK.match(text, start):
        return mark.end() if final or not _MAY_BE_LINK.fullmatch(text, mark.end()) else None
    return start if final or not _MAY_BE_MARK.fullmatch(text, start) else None


def _is_range(named: list[int], text: str, start: int) -> bool:
    """Whether these are the ends of an interval such as [0, 1]."""
    return 0 in named or (len(named) == 2 and bool(_RANGE_BEFORE.search(fold(text[max(0, start - _NEAR) : start]))))


def _named(marks: str) -> list[int]:
    numbers: list[int] = []
    for mark in _MARK_ALONE.finditer(marks):
        listed = re.sub(r"\]\(.*|†.*", "", mark.group(), flags=re.DOTALL)
        for match in re.finditer(r"(\d+)(?:\s*[-–]\s*\^?(\d+))?", listed):
            first, last = int(match[1]), int(match[2] or match[1])
            numbers.extend(range(first, last + 1) if first <= last <= first + 20 else (first, last))
    return numbers
