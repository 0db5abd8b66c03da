"""What a piece of text says, as far as plain string work can tell: language, Latin terms, numbers, n-grams."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

Language = Literal["zh", "en"]

CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{CJK}]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
# A Latin term as people write one: letters and digits joined by - _ . / + #, starting with a letter or as 8x7B.
_TERM = re.compile(r"(?:\d+[xX×]?)?[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:[-_./+#&][A-Za-z0-9]+)*[+#]*")
# 3.5, 1,000, 8x7 and 2024-07-23 are one number each; a unit or per cent sign is not part of it.
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*")
_CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}

_STOP = (
    "a an the and or but if so of in on at to for from by with as is are was were be been being do does did done has "
    "have had having can could will would shall should may might must it its they them their this that these those "
    "there here he she his her you your we our us i my me what which who whom whose when where why how not no nor than "
    "then also only just very more most less some any all each both such same other another into onto out over under "
    "up down about between during before after while because through per via using use used one two get got make made "
    "note notes following e.g i.e etc vs"
)
ENGLISH_STOP = frozenset(_STOP.split())


def language(text: str) -> Language:
    """`zh` when at least a fifth of the words are Chinese (a character counts half a word), else `en`."""
    han = len(_HAN.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    return "zh" if han and han / 2 >= (han / 2 + latin) / 5 else "en"


def fold(text: str) -> str:
    """Full-width forms to half-width, lower case: for comparing, never for showing."""
    return unicodedata.normalize("NFKC", text).casefold()


def bare(text: str) -> str:
    """Letters and digits only, folded, without a leading number: how two headings are compared."""
    return re.sub(r"[\W_]+|^\d+", "", fold(text))


def latin_terms(text: str) -> list[str]:
    """Latin words and names in order, folded; English function words and single letters are left out."""
    terms = (match.group().strip("-_./&") for match in _TERM.finditer(fold(text)))
    return [term for term in terms if len(term) > 1 and term not in ENGLISH_STOP]


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


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring Chinese characters (white space and punctuation break them)."""
    found: set[str] = set()
    for run in re.findall(f"[{CJK}]+", fold(text)):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return found


def stems(words: Iterable[str]) -> set[str]:
    """English words without their plainest endings, so that `batches` meets `batch`."""
    return {_stem(word) for word in words}


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    for ending, least in (("ization", 4), ("ations", 4), ("ation", 4), ("ings", 4), ("ing", 4), ("ies", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least - 1:
            return word[: -len(ending)]
    for ending in ("ches", "shes", "sses", "xes", "ed", "es", "s", "ly", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            cut = 2 if ending in ("ches", "shes", "sses", "xes") else len(ending)
            return word[:-cut]
    return word
