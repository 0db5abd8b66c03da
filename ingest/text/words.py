"""The words of a text, as far as they are compared: Latin terms and their stems, pairs of Chinese characters."""

import re
import threading
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import snowballstemmer

from ingest.text.folding import fold
from ingest.text.scripts import HAN

# A Latin term as people write one: letters and digits joined by - _ . / + #, starting with a letter or as 8x7B.
_TERM = re.compile(r"(?:(?<!\d)\d++[xX×]?)?[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:[-_./+#&][A-Za-z0-9]+)*[+#]*")

_STOP = (
    "a an the and or but if so of in on at to for from by with as is are was were be been being do does did done has "
    "have had having can could will would shall should may might must it its they them their this that these those "
    "there here he she his her you your we our us i my me what which who whom whose when where why how not no nor than "
    "then also only just very more most less some any all each both such same other another into onto out over under "
    "up down about between during before after while because through per via using use used one two get got make made "
    "note notes following e.g i.e etc vs"
)
ENGLISH_STOP = frozenset(_STOP.split())

_ID_LIKE = re.compile(r"[\d_.\- ]*(?:[0-9a-f]{8,})?[\d_.\- ]*", re.IGNORECASE)
# A day at the beginning of a name: 2024-07-03, 2024_07_03, 2024.07.03, 20240703, 2024年7月3日.
_DAY = re.compile(r"((?:19|20)\d\d)(?:([-_.]?)(\d\d)\2(\d\d)(?!\d)|年(\d{1,2})月(\d{1,2})日)")

_ENGLISH = snowballstemmer.stemmer("english")
_ONE_AT_A_TIME = threading.Lock()  # a stemmer keeps the word that it works on
_ACRONYMS = re.compile(r"[b-df-hj-np-tv-z]{2}[a-rt-z]s|[a-z][a-z0-9]*\ds")  # three letters as no word has them


def bare(text: str) -> str:
    """Letters and digits only, folded, without a leading number: how two headings are compared."""
    return re.sub(r"[\W_]+|^\d+", "", fold(text))


def is_number_or_hash(name: str) -> bool:
    """Whether the name of a file or a heading says nothing to a person; a day says something."""
    return _ID_LIKE.fullmatch(name) is not None and day_of(name) is None


def day_of(name: str) -> date | None:
    """The day that a name begins with, as those of daily notes do."""
    if not (match := _DAY.match(name)):
        return None
    try:
        return date(int(match[1]), int(match[3] or match[5]), int(match[4] or match[6]))
    except ValueError:  # no such day: a number that looks like one
        return None


def day_words(day: date) -> str:
    """A day in the forms in which people ask for it."""
    return f"{day.isoformat()} {day.year}年{day.month}月{day.day}日 {day:%B} {day.day}"


def latin_terms(text: str) -> list[str]:
    """Latin words and names in order, folded; English function words and single letters are left out."""
    terms = (match.group().strip("-_./&") for match in _TERM.finditer(fold(text)))
    return [term for term in terms if len(term) > 1 and term not in ENGLISH_STOP]


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring Chinese characters (white space and punctuation break them)."""
    found: set[str] = set()
    for run in re.findall(f"[{HAN}]+", fold(text)):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return found


def stems(words: Iterable[str]) -> set[str]:
    """The stems of the words: those of one stem meet."""
    return {stem(word) for word in words}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """An English word (lower case) without its endings, by Snowball: quantize of `quantization`, run of `runs`.

    Anything but Latin letters stays as it is, but for the plurals of acronyms and of names with a figure, in which
    Snowball sees none: `llms`, `gpus`, `a100s`.
    """
    if _ACRONYMS.fullmatch(word):
        return word[:-1]
    if not (word.isascii() and word.isalpha()):
        return word
    with _ONE_AT_A_TIME:
        return str(_ENGLISH.stemWord(word))
