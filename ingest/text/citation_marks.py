"""What a citation mark looks like in an answer, and the text without it."""

import re

_NUMBERS = r"\^?\d{1,3}(?:\s*[,，、;；\-–]\s*(?:来源|source)?\s*\^?\d{1,3}){0,9}"

_WORD = r"(?:来源|出处|参考资料|参考|资料|笔记|sources?|refs?|notes?)\s*[:：]?\s*"

_MARK = re.compile(
    rf"(?:\[(?:{_WORD})?{_NUMBERS}\](?:\([^)\s]*\))?|【(?:{_WORD})?{_NUMBERS}(?:†[^】]*)?】"
    rf"|[（(]\s*(?:{_WORD})?(?:\[{_NUMBERS}\]\s*[,，、]?\s*)+[）)]|[（(]{_WORD}{_NUMBERS}[）)])",
    re.IGNORECASE,
)

MARKS = re.compile(rf"(?:[ \t]*{_MARK.pattern})+", re.IGNORECASE)

MAY_BE_MARK = re.compile(r"[ \t]*(?:[\[【][^\]】\n]{0,90}|[（(][^）)\n]{0,90})?")

_RANGE_BEFORE = re.compile(
    r"(?:区间|范围|取值|range|interval|between|∈|=)\s*(?:为|是|在|of|in)?\s*[:：]?\s*$", re.IGNORECASE
)

CODE_SPAN = re.compile(r"(?P<tick>`+)(?!`)[^\n]*?(?<!`)(?P=tick)(?!`)|\$(?!\s)[^$\n]+(?<!\s)\$|\\\([^\n]*?\\\)")

_CODE_OR_MARKS = re.compile(rf"(?P<code>{CODE_SPAN.pattern})|{MARKS.pattern}", re.IGNORECASE)


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
