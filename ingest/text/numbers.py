"""The one reader of numbers, Arabic and Chinese."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ingest.text.folding import fold

# 8x7 | 1,000 and 1,000.5 | 3.5, 1.2.3 and 1e-4; a unit, a per cent sign or 亿 is not part of a number.
_NUMBER = re.compile(
    r"(?P<product>\d++(?:[x×]\d++)++)|(?P<thousands>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d++)?)"
    r"|(?P<dotted>\d++(?:\.\d++){2,})|\d++(?:\.\d++)?+(?:e[-+]?\d{1,2}(?![a-z\d_]))?"
)
_IN_NAME = re.compile(r"[a-z\d_.]|[a-z][-_]")  # what stands before the 4 of int4 and the 3 of GPT-3
_COUNT = re.compile("[一二两三四五六七八九十]{1,2}")
_CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


@dataclass(frozen=True, slots=True)
class Number:
    """An Arabic number, `fold(text)[start:end]`.

    `plain` is without thousands commas, exponent and idle zeros: 1000 of `1,000`, 3.5 of `3.50`, 0.0001 of `1e-4`; a
    version or address stays as it is, and so does 8x7 of `8×7B`. `in_name`: part of a name such as int4, GPT-3 or 8x7B.
    """

    plain: str
    start: int
    end: int
    in_name: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """It, and what it says besides: 8x7 also says 8 and 7; version 1.2.3 is one of 1.2."""
        if "x" in self.plain:
            return (self.plain, *map(_plain, self.plain.split("x")))
        pieces = self.plain.split(".")
        return (self.plain, *(".".join(pieces[:count]) for count in range(2, min(len(pieces), 4))))


def read_numbers(text: str) -> Iterator[Number]:
    """The Arabic numbers in order; a Chinese comma stands between two of them, never within one."""
    folded = fold(text.replace("，", "、"))
    for match in _NUMBER.finditer(folded):
        start = match.start()
        before = folded[max(0, start - 2) : start]
        in_name = bool(match["product"] or _IN_NAME.fullmatch(before[-1:]) or _IN_NAME.fullmatch(before))
        yield Number(_plain(match.group()), start, match.end(), in_name)


def numbers(text: str) -> list[str]:
    """The plain forms of the Arabic numbers in order, those in names too."""
    return [number.plain for number in read_numbers(text)]


def counts(text: str) -> list[str]:
    """What Chinese numerals up to 19 stand for, in order: `三种` is 3."""
    read = (ordinal(match.group()) for match in _COUNT.finditer(fold(text)))
    return [str(count) for count in read if count]


def _plain(number: str) -> str:
    if "x" in number or "×" in number:
        return number.replace("×", "x")
    if number.count(".") > 1:
        return number
    digits = format(Decimal(number.replace(",", "")), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def ordinal(text: str) -> int | None:
    """`三` and `3` are 3, `十二` is 12; None for anything else."""
    if text.isdecimal() and len(text) < 10:
        return int(text)
    if text in _CHINESE_DIGITS:
        return _CHINESE_DIGITS[text]
    if len(text) == 2 and text[0] == "十" and text[1] in _CHINESE_DIGITS:
        return 10 + _CHINESE_DIGITS[text[1]]
    return None
