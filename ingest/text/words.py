"""What a piece of text says, as far as plain string work can tell: language, Latin terms, numbers, n-grams."""

import re
from collections.abc import Iterable

from ingest.text.folding import fold
from ingest.text.scripts import CJK

# A Latin term as people write one: letters and digits joined by - _ . / + #, starting with a letter or as 8x7B.
_TERM = re.compile(r"(?:\d+[xX×]?)?[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:[-_./+#&][A-Za-z0-9]+)*[+#]*")

_STOP = (
    "a an the and or but if so of in on at to for from by with as is are was were be been being do does did done has "
    "have had having can could will would shall should may might must it its they them their this that these those "
    "there here he she his her you your we our us i my me what which who whom whose when where why how not no nor than "
    "then also only just very more most less some any all each both such same other another into onto out over under "
    "up down about between during before after while because through per via using use used one two get got make made "
    "note notes following e.g i.e etc vs"
)
ENGLISH_STOP = frozenset(_STOP.split())


def bare(text: str) -> str:
    """Letters and digits only, folded, without a leading number: how two headings are compared."""
    return re.sub(r"[\W_]+|^\d+", "", fold(text))


def latin_terms(text: str) -> list[str]:
    """Latin words and names in order, folded; English function words and single letters are left out."""
    terms = (match.group().strip("-_./&") for match in _TERM.finditer(fold(text)))
    return [term for term in terms if len(term) > 1 and term not in ENGLISH_STOP]


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
