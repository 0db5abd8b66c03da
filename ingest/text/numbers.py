"""The one reader of numbers, Arabic and Chinese."""

import re

from ingest.text.folding import fold

# 3.5, 1,000, 8x7 and 2024-07-23 are one number each; a unit or per cent sign is not part of it.
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*")


_CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


def numbers(text: str) -> list[str]:
    """Numbers in order, without thousands commas and leading zeros: `1,000` is `1000`, `3.50` is `3.5`."""
    return [_plain(match.group()) for match in _NUMBER.finditer(fold(text))]


def _plain(number: str) -> str:
    digits = number.replace(",", "")
    if digits.count(".") == 1:
        whole, fraction = digits.split(".")
        fraction = fraction.rstrip("0")
        return f"{int(whole)}.{fraction}" if fraction else str(int(whole))
    return digits.lstrip("0") or "0" if digits.isdigit() else digits


def ordinal(text: str) -> int | None:
    """`三` and `3` are 3, `十二` is 12; None for anything else."""
    if text.isdigit():
        return int(text)
    if text in _CHINESE_DIGITS:
        return _CHINESE_DIGITS[text]
    if len(text) == 2 and text[0] == "十" and text[1] in _CHINESE_DIGITS:
        return 10 + _CHINESE_DIGITS[text[1]]
    return None
