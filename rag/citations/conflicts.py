"""Two notes that disagree: the same sentence with another figure, or denied.

A false alarm is worse than a missed one, so that nearly the same words, names and headings are asked for.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from ingest.messages import Message
from ingest.text.folding import fold
from ingest.text.numbers import read_numbers
from ingest.text.scripts import HAN, Language
from ingest.text.words import ENGLISH_STOP, bigrams, latin_terms
from rag.records import Sentence, numbers_of_sources
from rag.sources.relevance import RankedUnit
from rag.sources.units import UnitKind, evidence

SAME = 0.7  # share of their words that both sentences hold
_LOOKED_AT = 12  # best units
_LEAST = 10  # characters of the words and pairs: a shorter sentence has its subject elsewhere
_UNIT = re.compile(r"\s*(?:%|(?:[kmt]i?b|gi?b?|ms|s)(?![a-z]))")
_LETTER = re.compile("[a-z]")
_NEGATION = re.compile(
    r"(?:(?<![差区])不(?![同仅但断只过错妨论管少])|没有|没(?!办法|法)|无法|无须|无需|未(?![来知经必])|并非|"
    r"\b(?:cannot|not|never|without|no)\b|n't)\s*(?:能够?|会|可以|是|再|需要?|进行|被|应该?|要|有|太|be|have|need)?\s*",
    re.IGNORECASE,
)
_LIMITS = re.compile(rf"{_NEGATION.pattern}|避免|防止|难以|缺乏|缺少|禁止|无|\b(?:fail|lack)", re.IGNORECASE)
_NEGATED = re.compile(rf"[{HAN}]{{2}}|[a-z]{{3,}}")
_PAIRS = """优点/缺点 好处/坏处 增加/减少 增大/减小 提高/降低 提升/降低 上升/下降 加快/减慢 变大/变小 较长/较短 更长/更短
较大/较小 更大/更小 更高/更低 较高/较低 更快/更慢 更多/更少 有监督/无监督 有标签/无标签 编码器/解码器 绝对/相对 在线/离线 大型/小型
必须/不必 increase/decrease higher/lower larger/smaller faster/slower advantage/disadvantage"""
_OPPOSITES = tuple(tuple(pair.split("/")) for pair in _PAIRS.split())


def contradiction(ranked: Sequence[RankedUnit], tongue: Language) -> Sentence | None:
    """A sentence with both views and both citations, when two of the best units, of different notes, disagree."""
    best = [one for one in ranked[:_LOOKED_AT] if one.unit.kind in (UnitKind.TEXT, UnitKind.ITEM)]
    for one, other in combinations(best, 2):
        if one.source.path != other.source.path and disagree(one, other):
            spans = tuple(evidence(part.source, part.unit.start, part.unit.end) for part in (one, other))
            text = Message("answer.disagree", one=one.unit.words, other=other.unit.words).told(tongue)
            return Sentence(text, "\n\n", numbers_of_sources(spans), True, spans)
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


def points_elsewhere(sentence: str, source: str) -> bool:
    """Whether the sentence denies what the source affirms (or the other way), or says the opposite word of it."""
    said, held = fold(sentence), fold(source)
    denied = _NEGATION.split(held)[1:]
    mine, theirs = _negated(_NEGATION.split(said)[1:]), _negated(denied)
    if (mine - theirs) and not _LIMITS.search(held):
        return True
    stems = {word[:1] for word in theirs}
    if any(_affirmed(word, held, denied) or (word[0] not in stems and word[0] in held) for word in mine - theirs):
        return True
    if any(word in said and _affirmed(word, held, denied) == 0 for word in theirs - mine):
        return True
    return _opposite(said, held)


def _negated(denied: Iterable[str]) -> set[str]:
    """The words (two characters, or a Latin word) at the start of what stands behind each negation."""
    return {match.group() for part in denied if (match := _NEGATED.match(part))}


def _affirmed(word: str, text: str, denied: Iterable[str]) -> int:
    """How often a word stands without a negation before it."""
    return text.count(word) - sum(part.startswith(word) for part in denied)


def _opposite(said: str, held: str) -> bool:
    """`增加参数量` where the source has `减少了参数量`; or one word of a pair where the source has only the other."""
    for one, other in _OPPOSITES:
        for here, there in ((one, other), (other, one)):
            mine, theirs = _objects(here, said), _objects(there, held)
            if mine & theirs - _objects(here, held) - _objects(there, said):
                return True
            if here in said and there not in said and there in held and here not in held.replace(there, ""):
                return True
    return False


def _objects(word: str, text: str) -> set[str]:
    """The two characters after each occurrence of a word: what is increased, what is high."""
    return set(re.findall(rf"{word}(?:了|的|着|其|每个|模型的?)?([{HAN}]{{2}})", text))
