"""Two notes that disagree: the same sentence with another figure, or denied.

A false alarm is worse than a missed one, so that nearly the same words, names and headings are asked for.
"""

import re
from collections.abc import Sequence
from itertools import combinations

from ingest.messages import Message
from ingest.text.folding import fold
from ingest.text.numbers import read_numbers
from ingest.text.scripts import Language
from ingest.text.words import ENGLISH_STOP, bigrams, latin_terms
from rag.citations.claims import points_elsewhere
from rag.records import Sentence
from rag.sources.relevance import RankedUnit
from rag.sources.units import UnitKind, evidence

SAME = 0.7  # share of their words that both sentences hold
_LOOKED_AT = 12  # best units
_LEAST = 10  # characters of the words and pairs: a shorter sentence has its subject elsewhere
_UNIT = re.compile(r"\s*(?:%|(?:[kmt]i?b|gi?b?|ms|s)(?![a-z]))")
_LETTER = re.compile("[a-z]")


def contradiction(ranked: Sequence[RankedUnit], tongue: Language) -> Sentence | None:
    """A sentence with both views and both citations, when two of the best units, of different notes, disagree."""
    best = [one for one in ranked[:_LOOKED_AT] if one.unit.kind in (UnitKind.TEXT, UnitKind.ITEM)]
    for one, other in combinations(best, 2):
        if one.source.path != other.source.path and disagree(one, other):
            spans = tuple(evidence(part.source, part.unit.start, part.unit.end) for part in (one, other))
            text = Message("answer.disagree", one=one.unit.words, other=other.unit.words).told(tongue)
            return Sentence(text, "\n\n", tuple(dict.fromkeys(span.n for span in spans)), True, spans)
    return None


def disagree(one: RankedUnit, other: RankedUnit) -> bool:
    """Whether two units say nearly the same with other figures, or one denies the other."""
    (words, names, values), (others, other_names, other_values) = _read(one.unit.words), _read(other.unit.words)
    if names != other_names or sum(map(len, words)) < _LEAST or len(words & others) < SAME * len(words | others):
        return False
    if not (_about(one, other) and _about(other, one)):
        return False
    figures = bool(values - other_values and other_values - values)
    return figures or points_elsewhere(one.unit.words, other.unit.words)


def _read(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(words without figures, names, figures)."""
    folded = fold(text)
    values: set[str] = set()
    rest: list[str] = []
    at = 0
    for number in read_numbers(text):
        unit = _UNIT.match(folded, number.end)
        if number.in_name or folded.endswith("-", 0, number.start) or (not unit and _LETTER.match(folded, number.end)):
            continue  # 14 GB and 0.7 are figures; 7B, int4 and the 5 of 2-5 are not
        values.add(number.plain + (unit.group().strip() if unit else ""))
        rest.append(folded[at : number.start])
        at = unit.end() if unit else number.end
    words = " ".join([*rest, folded[at:]])
    said = bigrams(words) | {word for word in re.findall(r"[a-z]{3,}", words) if word not in ENGLISH_STOP}
    return frozenset(said), frozenset(latin_terms(words)), frozenset(values)


def _about(one: RankedUnit, other: RankedUnit) -> bool:
    """Whether the names, or else some words, of one's heading stand with the other too: headings name the subject."""
    heading = one.source.heading_path[-1]
    there = "\n".join((*other.source.heading_path, other.source.text))
    names = set(latin_terms(heading))
    return names <= set(latin_terms(there)) if names else bool(bigrams(heading) & bigrams(there))
