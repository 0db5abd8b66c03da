"""Which source supports which sentence, by our own check: the model's `[n]` is only a hint.

A sentence is supported by a stretch of one or two units of a source (with its heading and the line that introduces
it) when that holds enough of what the sentence says, every number, name and formula of it, and does not point the
other way. The thresholds are calibrated as docs/benchmarks.md tells.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.text.folding import fold
from ingest.text.markup import plain
from ingest.text.numbers import numbers
from ingest.text.scripts import HAN, Language, count_han, count_latin_words, language
from ingest.text.words import ENGLISH_STOP, bigrams, latin_terms, stems
from rag.citations.claims import Claims, Holdings, claims_of, denies, overstates, points_elsewhere, turns
from rag.citations.splitter import Piece, PieceKind
from rag.records import Sentence, Source
from rag.sources.relevance import Relevance
from rag.sources.units import Unit, UnitKind, asks, evidence, units_of

# (sentence, stretches of sources) -> cosine of each with the sentence
Similarity = Callable[[str, Sequence[str]], Sequence[float]]

ENOUGH = 0.55  # share of the sentence that a stretch must hold by its words alone
GREY = 0.45  # from here on the embedding may decide
SIMILAR = 0.895  # cosine that does so, in one language
SIMILAR_ACROSS = 0.7  # the same with a source in the other language
PAIR_GAIN = 0.08  # what a second unit must add to be quoted too
CLOSE = 0.12  # another source is cited too when it comes this close to the best
OWN_ENOUGH = 0.2  # share that a unit itself must hold where the line that introduces it holds the rest
NEARLY_ALL = 0.85  # from here on one stretch is the evidence of an enumeration too
PART_ENOUGH = 0.75  # share of each part of an enumeration
PARTS_HELD = 0.8  # share of the parts: one may be said in other words
CLAUSE_ENOUGH = 0.3  # share of every clause of the sentence; of one that denies something, `ENOUGH`
MAX_CITATIONS = 3
_HINT_BONUS = 0.05
_EMBEDDED_ACROSS = 24  # units of another language, for the time that it takes

_FUNCTION = frozenset("的是了在和与及或也都就而着过被把等个种些这那其之为以于从由对中上下里可能会要有")
_SAID = r"(?:明确|直接|具体|详细)?(?:提到|提及|说明|说到|写明|写到|给出|找到|包含|包括|涉及|记载|回答|介绍|讨论|相关|关于|这[个些方])"
# The patterns below read folded text: Simplified, lower case.
_SAYS_NOTHING = re.compile(
    rf"(?:笔记|资料|来源|原文|文档|上述内容|提供的信息)[^。,;]{{0,10}}(?:并?没有|并?未|不)(?:能)?{_SAID}"
    r"|^[^。,;]{0,30}(?:没有|未|无法)(?:在(?:笔记|资料)[中里]?)?(?:明确)?(?:提到|提及|说明|找到|给出|记载|回答)[^。]{0,20}。?$"
    r"|\b(?:notes?|sources?|text|context|information)\b[^.]{0,20}\b(?:do(?:es)?\s?n[o']t|did\s?n[o']t|never)\s+(?:\w+ly\s+)?"
    r"(?:say|state|mention|contain|include|provide|specify|give|cover|discuss|describe|answer|hold|name|tell)\b"
    r"|\b(?:no|not)\b[^.]{0,30}\b(?:in the (?:notes?|sources?)|(?:is|are|was|were) (?:mentioned|provided|given|stated))\b"
    r"|\bnot (?:mentioned|stated|provided|specified|given)\b"
)
_LEAD_IN = re.compile(r":\s*+(?:[*_]++\s*+)?$|(?:如下|以下几[点个种方]\w*+)[。.]?\s*+$")
_QUESTION = re.compile(r"\?\s*+[*_]*+$")
_CLAUSES = re.compile(r"[,;:]")
_PARTS = re.compile(rf"[、,;/]|以及|\band\b|\bor\b|(?<=[{HAN}])[和与及或](?=[{HAN}A-Za-z])")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One or two units of a source, and what they hold; `holdings` count the heading and lead-in too."""

    source: Source
    first: Unit
    last: Unit
    text: str
    words: frozenset[str]
    pairs: frozenset[str]
    lead: tuple[frozenset[str], frozenset[str]]  # words and pairs of the line that introduces it
    holdings: Holdings


@dataclass(frozen=True, slots=True)
class _Support:
    score: float
    stretches: tuple[_Stretch, ...]

    @property
    def n(self) -> int:
        return self.stretches[0].source.n


def says_nothing(text: str) -> bool:
    """Whether the sentence says that the notes do not hold what is asked."""
    return bool(_SAYS_NOTHING.search(fold(text)))


class Checker:
    """Checks the sentences of one answer against its sources."""

    def __init__(self, sources: Sequence[Source], relevance: Relevance, similarity: Similarity | None = None) -> None:
        self._relevance = relevance
        self._similarity = similarity
        self._stretches = [stretch for source in sources for stretch in self._of_source(source)]
        self._all = Holdings.of("\n".join(part for s in sources for part in (*s.heading_path, s.text)))

    def check(self, piece: Piece) -> Sentence:
        """The sentence with the sources that support it; a number that no source has is never cited."""
        bare = Sentence(piece.text, piece.lead)
        text = plain(piece.text).strip()
        said = fold(text)
        if piece.kind is PieceKind.HEADING or _QUESTION.search(said) or _LEAD_IN.search(said) or says_nothing(text):
            return bare
        words, pairs = self._content(text)
        if not words and not pairs:
            return bare
        claims = claims_of(piece.text)
        supports: list[_Support] = []
        if self._all.missing(claims).empty:
            supports = self._supports(text, words, pairs, claims, piece.hints)
        spans = tuple(evidence(s.source, s.first.start, s.last.end) for one in supports for s in one.stretches)
        citations = tuple(one.n for one in supports)
        return Sentence(piece.text, piece.lead, citations, bool(citations), spans)

    def _supports(
        self, text: str, words: frozenset[str], pairs: frozenset[str], claims: Claims, hints: Sequence[int]
    ) -> list[_Support]:
        """The best support of each source that is enough, best first, at most `MAX_CITATIONS`."""
        able = [(self._share(words, pairs, s), s) for s in self._stretches if s.holdings.missing(claims).empty]
        able = [(share, s) for share, s in able if not _strays(text, s.text)]
        able.sort(key=lambda pair: pair[1].first is not pair[1].last)  # single units first
        clauses = self._clauses(text)
        found: dict[int, _Support] = {}
        for share, stretch in able:
            if share < ENOUGH or any(self._share(*part, stretch, 0.0) < enough for part, enough in clauses):
                continue
            known = found.get(stretch.source.n)
            gain = 0.0 if stretch.first is stretch.last else PAIR_GAIN
            if known is None or share > known.score + gain:
                found[stretch.source.n] = _Support(share, (stretch,))
        if max((one.score for one in found.values()), default=0.0) < NEARLY_ALL:
            found = self._by_parts(text, claims) or found or self._by_meaning(text, able)
        for n in set(hints) & found.keys():
            found[n] = _Support(found[n].score + _HINT_BONUS, found[n].stretches)
        best = sorted(found.values(), key=lambda one: (-one.score, one.n))
        return [one for one in best if one.score >= best[0].score - CLOSE][:MAX_CITATIONS]

    def _clauses(self, text: str) -> list[tuple[tuple[frozenset[str], frozenset[str]], float]]:
        """The content of each clause that has some, and the share of it that a source must hold."""
        contents = ((self._content(clause), denies(clause)) for clause in _CLAUSES.split(fold(text)))
        return [(content, ENOUGH if denied else CLAUSE_ENOUGH) for content, denied in contents if len(content[1]) >= 3]

    def _by_meaning(self, text: str, able: Sequence[tuple[float, _Stretch]]) -> dict[int, _Support]:
        """What the embedding finds near enough: in the grey zone, or in another language."""
        if self._similarity is None:
            return {}
        own = language(text)
        across = [(share, s) for share, s in able if _other_language(s.text, own)]
        grey = [pair for pair in able if pair[0] >= GREY]
        candidates = grey + [pair for pair in _likeliest(across) if pair not in grey]
        if not candidates:
            return {}
        found: dict[int, _Support] = {}
        for (_, stretch), cosine in zip(
            candidates, self._similarity(text, [stretch.text for _, stretch in candidates]), strict=True
        ):
            least = SIMILAR if not _other_language(stretch.text, own) else SIMILAR_ACROSS
            known = found.get(stretch.source.n)
            if cosine >= least and (known is None or cosine > known.score):
                found[stretch.source.n] = _Support(float(cosine), (stretch,))
        return found

    def _by_parts(self, text: str, claims: Claims) -> dict[int, _Support]:
        """An enumeration whose parts stand in several units of one source, each part nearly whole in one."""
        parts = [self._content(part) for part in _PARTS.split(fold(text))]
        parts = [(words, pairs) for words, pairs in parts if len(words) + len(pairs) >= 3]
        least = max(3, round(PARTS_HELD * len(parts)))
        if len(parts) < least:
            return {}
        found: dict[int, _Support] = {}
        for n in {stretch.source.n for stretch in self._stretches}:
            singles = [s for s in self._stretches if s.source.n == n and s.first is s.last]
            chosen: list[_Stretch] = []
            shares = []
            for words, pairs in parts:
                share, best = max(((self._share(words, pairs, s), s) for s in singles), key=lambda pair: pair[0])
                shares.append(share)
                if share >= PART_ENOUGH and best not in chosen:
                    chosen.append(best)
            held = sum(share >= PART_ENOUGH for share in shares)
            if held < least or _strays(text, " ".join(s.text for s in chosen)):
                continue
            if Holdings.joined(s.holdings for s in chosen).missing(claims).empty:
                found[n] = _Support(sum(shares) / len(shares), tuple(sorted(chosen, key=lambda s: s.first.start)))
        return found

    def _share(
        self, words: frozenset[str], pairs: frozenset[str], stretch: _Stretch, own_enough: float = OWN_ENOUGH
    ) -> float:
        """How much of the sentence the stretch holds: the mean over its words (by idf) and its character pairs."""
        own = self._held(words, pairs, stretch.words, stretch.pairs)
        if own < own_enough or not stretch.lead[0]:
            return own
        return max(own, self._held(words, pairs, stretch.words | stretch.lead[0], stretch.pairs | stretch.lead[1]))

    def _held(
        self, words: frozenset[str], pairs: frozenset[str], of_words: frozenset[str], of_pairs: frozenset[str]
    ) -> float:
        held_pairs = len(pairs & of_pairs) / len(pairs) if pairs else 1.0
        if not words:
            return held_pairs
        weights = {word: self._relevance.weight(word) for word in words}
        total = sum(weights.values()) or 1.0
        held = sum(weight for word, weight in weights.items() if word in of_words) / total
        return (held + held_pairs) / 2 if pairs else held

    def _content(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """(words, character pairs with Latin stems and numbers) that carry what a text says."""
        tokens = (token for token in self._relevance.tokenize(text) if not token[0].isdigit())  # see `numbers`
        words = {token for token in tokens if token not in ENGLISH_STOP and token not in _FUNCTION}
        pairs = {pair for pair in bigrams(text) if pair[0] not in _FUNCTION and pair[-1] not in _FUNCTION}
        terms = [term for term in latin_terms(text) if not term[0].isdigit()]
        return frozenset(stems(words)), frozenset(pairs | stems(terms) | set(numbers(text)))

    def _of_source(self, source: Source) -> list[_Stretch]:
        units = units_of(source)
        stretches = []
        for index, unit in enumerate(units):
            if not _states(unit):
                continue
            lead = units[unit.lead].words if unit.lead >= 0 else ""
            following = units[index + 1] if index + 1 < len(units) else None
            stretches.append(self._stretch(source, unit, unit, lead))
            if following is not None and _states(following):
                stretches.append(self._stretch(source, unit, following, lead))
        return stretches

    def _stretch(self, source: Source, first: Unit, last: Unit, lead: str) -> _Stretch:
        text = first.words if first is last else f"{first.words}\n{last.words}"
        words, pairs = self._content(text)
        markup = source.text[first.start - source.start : last.end - source.start]  # formulas keep their signs
        context = "\n".join((*source.heading_path, lead, text, markup))
        return _Stretch(source, first, last, text, words, pairs, self._content(lead), Holdings.of(context))


def _states(unit: Unit) -> bool:
    """Whether a unit can be evidence: a heading is none, nor is a question, which asks what others answer."""
    return unit.kind is not UnitKind.HEADING and bool(unit.words) and not asks(unit.words)


def _other_language(text: str, own: Language) -> bool:
    """Whether a stretch is prose in the other language: no table, link or scrap."""
    han, latin = count_han(text), count_latin_words(text)
    return han >= 10 and latin <= han if own == "en" else han == 0 and latin >= 6 and "](" not in text


def _strays(sentence: str, source: str) -> bool:
    return points_elsewhere(sentence, source) or overstates(sentence, source) or turns(sentence, source)


def _likeliest(able: Sequence[tuple[float, _Stretch]]) -> list[tuple[float, _Stretch]]:
    """Single units of another language worth embedding: those with most in common, then those of the best sources."""
    singles = [pair for pair in able if pair[1].first is pair[1].last]
    return sorted(singles, key=lambda pair: (-pair[0], pair[1].source.n, pair[1].first.start))[:_EMBEDDED_ACROSS]
