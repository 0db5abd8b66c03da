"""What a citation mark looks like in an answer, whole or only begun, and the text without it.

Whatever may repeat is bounded, so that a text is read in linear time and a mark has an end to wait for.
"""

import re
import unicodedata

from ingest.text.code_spans import CodeSpans
from ingest.text.folding import fold

_GAP = r"\s{0,4}"
_BLANKS = r"[ \t]{0,20}"  # before a mark
_SEPARATOR = r"[,，、;；\-–]"
_NAMED = "来源 來源 source".split()  # what may stand before each number
_WORDS = [
    *_NAMED,
    *"出处 出處 参考资料 參考資料 参考 參考 资料 資料 笔记 筆記 文档 文檔 文件 文献 文獻 片段 段落 引用 引文 上下文".split(),
    *"sources ref refs reference note notes citation cite id doc document context passage chunk snippet".split(),
]


def _longest_first(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


def _begun(words: list[str]) -> str:
    return _longest_first([word[:end] for word in words for end in range(1, len(word) + 1)])


_NUMBER = r"[\^#]?\d{1,3}\^?"
_NUMBERS = rf"{_NUMBER}(?:{_GAP}{_SEPARATOR}{_GAP}(?:(?:{_longest_first(_NAMED)}){_GAP})?{_NUMBER}){{0,9}}"
_WORD = rf"(?:{_longest_first(_WORDS)}){_GAP}(?:[:：_#-]{_GAP})?"
_SEE = "|".join("见 見 参见 參見 详见 詳見 see".split())
_LINK = r"\([^)\s]{0,500}"  # the address that a model makes up behind a mark, but for its end
_ONE = (
    rf"(?:\[\[(?:{_WORD})?{_NUMBERS}\]\](?:{_LINK}\))?|\\?\[(?:{_WORD})?{_NUMBERS}\\?\](?:{_LINK}\))?"
    rf"|[【［〔〖](?:{_WORD})?{_NUMBERS}(?:†[^】］〕〗]{{0,100}})?[】］〕〗]|<sup>\[{_NUMBERS}\](?:{_LINK}\))?</sup>"
    rf"|[（(]{_GAP}(?:(?:{_SEE}){_GAP})?(?:{_WORD})?(?:\[{_NUMBERS}\]{_GAP}(?:[,，、]{_GAP})?){{1,20}}[）)]|[（(](?:(?:{_SEE}){_GAP})?{_WORD}{_NUMBERS}[）)])"
)
# A little more than what a mark can begin with: up to here it may yet become one.
_LIST_BEGUN = rf"(?:[\s\d,，、;；:：\-–^#_]|{_begun(_NAMED)}){{0,250}}+"
_BEGUN = (
    rf"(?:\\?[\[［〔【〖](?:\[?(?:{_begun(_WORDS)})?{_LIST_BEGUN}\\?\]?(?:†[^】］〕〗]{{0,100}})?)|\\"
    rf"|\[\[?(?:{_begun(_WORDS)})?{_LIST_BEGUN}\]\]?{_LINK}|<(?:s(?:u(?:p(?:>[^<\n]{{0,99}}(?:<(?:/(?:s(?:u(?:p)?)?)?)?)?)?)?)?)?"
    rf"|[（(]{_GAP}(?:(?:{_begun(_SEE.split('|'))}){_GAP})?(?:(?:{_begun(_WORDS)}){_LIST_BEGUN})?(?:\[{_LIST_BEGUN}\][\s,，、]{{0,9}}+){{0,20}}+(?:\[{_LIST_BEGUN})?)"
)
_MARK_STARTS = " \t[【（(［〔〖\\<①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳¹²³⁴⁵⁶⁷⁸⁹⁰"
# A number in a form that figures, steps and powers have too: a mark by its place alone.
_SUPERSCRIPT = (
    r"[¹²³⁰⁴-⁹]{1,2}(?:[,，˒][¹²³⁰⁴-⁹]{1,2}){0,5}|<sup>\s{0,2}\d{1,2}(?:[,，、]\s{0,2}\d{1,2}){0,5}\s{0,2}</sup>"
)
_WEAK = rf"[（(]\d{{1,2}}[）)]|[①-⑳]|{_SUPERSCRIPT}"
_RAISED = re.compile(_SUPERSCRIPT)
_WEAK_MARK = re.compile(rf"[ \t]{{0,20}}(?P<weak>{_WEAK})")
_WEAK_BEGUN = re.compile(r"[ \t]{0,20}(?:[（(]\d{0,2}|<s?u?p?>?[\d,，、 ]{0,20}<?/?s?u?p?)?")
_ENDS_THERE = re.compile(r"[ \t]*+(?:\Z|[\n。！？；，、.!?;,）)”」|*])")
_POWER_BEFORE = re.compile(r"(?:[\d)）\]^_%°/]|(?<![a-zA-Z])[a-zA-Zα-ωμ]{1,3})\Z")
_MOST = 20  # sources
_LONGEST = 1000  # characters of a mark that has only begun, at least

MARKS = re.compile(rf"(?:[ \t]*+{_ONE})+", re.IGNORECASE)
_MARK_ALONE = re.compile(_ONE, re.IGNORECASE)
_MARK = re.compile(_BLANKS + _ONE, re.IGNORECASE)
_MAY_BE_MARK = re.compile(rf"{_BLANKS}(?:{_BEGUN})?", re.IGNORECASE)
_MAY_BE_LINK = re.compile(rf"(?:{_LINK})?")
_BEGUN_AT_END = re.compile(rf"(?<![ \t])[ \t]*+{_BEGUN}\Z", re.IGNORECASE)
# What would be left hanging of a sentence without its mark: "根据[1]，", "as source 2 says,", "[1] states that".
_CITED = (
    rf"(?:(?:[ \t]?{_ONE}){{1,5}}"
    rf"|(?:{_longest_first(_WORDS)})[ \t]?\d{{1,2}}(?!\d)(?:[ \t]?(?:和|与|及|、|and)[ \t]?(?:{_longest_first(_WORDS)})?[ \t]?\d{{1,2}}(?!\d)){{0,5}})"
)
_PHRASE = (
    r"(?:^|(?<=[\n。！？；，,;:：、]))[ \t]{0,9}(?:"
    rf"(?:根据|根據|依据|依據|按照|正如|如|据|據|according to|as|based on)[ \t]?{_CITED}[ \t]?"
    r"(?:中)?(?:所述|所示|所说|所說|的(?:说法|說法|描述|内容|內容)|stated?s?|says?|notes?)?[，,][ \t]?"
    rf"|{_CITED}[ \t]?(?:中|里)?(?:明确)?(?:(?:指出|提到|说明|說明|表明|显示|顯示|认为|認為|写道|寫道)(?:了|[，,：:])?"
    r"|(?:states?|says?|notes?|shows?|mentions?) that[ \t]))"
)
_CODE_OR_MARKS = re.compile(
    rf"[`$]|\\\(|(?P<phrase>{_PHRASE})|(?<![ \t])(?:(?P<marks>{MARKS.pattern})|[ \t]*+(?P<weak>{_WEAK}))", re.IGNORECASE
)
_RANGE_BEFORE = re.compile(r"(?:区间|范围|取值|range|interval|between|∈|=)\s*(?:为|是|在|of|in)?\s*(?::\s*)?$")
_WORDLESS = re.compile(r"[ \t]*+[\[［【〔]\s*\d")
_NEAR = 24  # characters before a mark in which a range is announced


def strip_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without its citation marks, and the numbers that they named, each once, in order."""
    kept: list[str] = []
    hints: list[int] = []
    spans = CodeSpans()
    done = at = 0
    while found := _CODE_OR_MARKS.search(text, at):
        start, at = found.span()
        if found["phrase"]:
            hints.extend(_named(found["phrase"]) or map(int, re.findall(r"\d+", found["phrase"])))
            kept.append(text[done:start])
            done = at
        elif found["weak"]:
            if _is_weak_mark(text, found.start("weak"), at):
                hints.extend(_weak_numbers(found["weak"]))
                kept.append(text[done:start])
                done = at
        elif not found["marks"]:
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
    if weak := _WEAK_MARK.match(text, start):
        behind = _behind_weak(text, weak.end())
        if not final and (not text[behind:].strip(" \t") or _WEAK_BEGUN.fullmatch(text, behind)):
            return None
        return weak.end() if _is_weak_mark(text, weak.start("weak"), weak.end()) else start
    if not final and (_MAY_BE_MARK.fullmatch(text, start) or _WEAK_BEGUN.fullmatch(text, start)):
        return None
    return start


def mark_around(text: str, at: int, *, final: bool) -> int | None:
    """Where the mark that holds the character at `at` ends; `at` when none does; None as for `mark_end`."""
    opening = max(text.rfind(sign, max(0, at - _NEAR), at) for sign in "[【［〔〖（(")
    if opening < 0:
        return at
    end = mark_end(text, opening, final=final)
    return end if end is None else max(at, end)


def _behind_weak(text: str, end: int) -> int:
    """Where the weak marks that follow on each other end."""
    while more := _WEAK_MARK.match(text, end):
        end = more.end()
    return end


def _is_weak_mark(text: str, start: int, end: int) -> bool:
    """Whether a bare number in brackets, a circle or raised ends what it stands behind, and is no power, step or figure."""
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - _NEAR) : start]
    if not before.strip(" \t>-*#") or before.rstrip()[-1:] in ":：" or max(_weak_numbers(text[start:end])) > _MOST:
        return False
    if _RAISED.fullmatch(text, start, end):
        return not _POWER_BEFORE.search(before)
    if text[start] == "(" and (before[-1:].isascii() and before[-1:].isalnum()):  # f(1)
        return False
    behind = _behind_weak(text, end)
    return bool(_ENDS_THERE.match(text, behind) or _MARK_ALONE.match(text, behind))


def _weak_numbers(mark: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", mark))] or [0]


def _is_range(named: list[int], text: str, start: int) -> bool:
    """Whether these are the ends of an interval such as [0, 1]."""
    return (0 in named and _WORDLESS.match(text, start) is not None) or (
        len(named) == 2 and bool(_RANGE_BEFORE.search(fold(text[max(0, start - _NEAR) : start])))
    )


def _named(marks: str) -> list[int]:
    numbers: list[int] = []
    for mark in _MARK_ALONE.finditer(marks):
        listed = re.sub(r"\]\(.*|†.*", "", mark.group(), flags=re.DOTALL)
        for match in re.finditer(r"(\d+)(?:\s*[-–]\s*\^?(\d+))?", listed):
            first, last = int(match[1]), int(match[2] or match[1])
            numbers.extend(range(first, last + 1) if first <= last <= first + 20 else (first, last))
    return numbers
