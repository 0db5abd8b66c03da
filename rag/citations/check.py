"""Which source supports which sentence, by our own check: the model's `[n]` is only a hint.

A sentence is read beside a window of each likely source, and the checker says whether the window holds it, denies it,
or says nothing of the kind (`rag.citations.entailment`). Two rules are exact and stand before that: whole clauses of a
source, word for word, are held by it; and a source that lacks a figure or a formula of the sentence does not hold it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.text.folding import fold
from ingest.text.markup import plain
from ingest.text.scripts import language
from rag.citations.claims import Claims, Holdings
from rag.citations.entailment import Verdict
from rag.citations.splitter import Piece, PieceKind
from rag.citations.windows import ACROSS, Window, terms_of, window
from rag.judged import Support
from rag.records import Evidence, Sentence, Source, numbers_of_sources
from rag.sources.instructions import commands_the_model
from rag.sources.units import evidence, units_of

# (sentence, stretches of sources) -> cosine of each with the sentence
Similarity = Callable[[str, Sequence[str]], Sequence[float]]
# (sentence, windows) -> the verdict on each
Entails = Callable[[str, Sequence[str]], Sequence[Verdict]]

HELD = 0.5  # probability from which a window supports a sentence
DENIED = 0.96  # the same for one that denies it: to accuse a sentence one must be surer (docs/benchmarks.md)
READ = 4  # sources whose window is read
MAX_CITATIONS = 3
ORDERED = 2  # words that only an order to the model holds, from which on a sentence says what it was told to say

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


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a sentence is supported, and the spans that it comes from, the best source first."""

    support: Support
    evidence: tuple[Evidence, ...] = ()

    @property
    def citations(self) -> tuple[int, ...]:
        """The numbers of the sources."""
        return numbers_of_sources(self.evidence)


def says_nothing(text: str) -> bool:
    """Whether the sentence says that the notes do not hold what is asked."""
    return bool(_SAYS_NOTHING.search(fold(text)))


def states(piece: Piece) -> bool:
    """Whether a piece of an answer says something that a source can hold: no heading, question, lead-in or 'no'."""
    text = plain(piece.text).strip()
    said = fold(text)
    if piece.kind is PieceKind.HEADING or _QUESTION.search(said) or _LEAD_IN.search(said) or says_nothing(text):
        return False
    return bool(terms_of(text))


class Checker:
    """Checks the sentences of one answer against its sources."""

    def __init__(self, sources: Sequence[Source], entails: Entails, similarity: Similarity) -> None:
        """`similarity` leads to the place in a source that is written in another language than the sentence."""
        self._entails, self._similarity = entails, similarity
        self._sources = [(source, _holdings(source)) for source in sources]
        self._ordered = _only_ordered(sources)

    def check(self, piece: Piece) -> Sentence:
        """The sentence with the sources that support it."""
        if not states(piece):
            return Sentence(piece.text, piece.lead)
        found = self.find(piece)
        supported = found.support is Support.SUPPORTED
        spans = found.evidence if supported else ()
        return Sentence(piece.text, piece.lead, found.citations if supported else (), supported, spans)

    def find(self, piece: Piece) -> Finding:
        """What the sources say of a sentence, and where."""
        if not states(piece):
            return Finding(Support.UNSUPPORTED)
        text = plain(piece.text).strip()
        if len(terms_of(text) & self._ordered) >= ORDERED:  # one that rides on a fact would be held by it
            return Finding(Support.UNSUPPORTED)
        claims = Claims.of(piece.text)
        able = [source for source, holdings in self._sources if holdings.hold(claims)]
        windows = self._windows(text, able, piece.hints)
        same = [one for one in windows if _clauses(text) in _clauses(one.source.text)]
        if same:
            return Finding(Support.SUPPORTED, _spans(same[:MAX_CITATIONS]))
        read = list(zip(self._entails(text, [one.text for one in windows]), windows, strict=True))
        held = sorted((one for one in read if one[0].held >= HELD), key=lambda one: -one[0].held)
        if held:
            return Finding(Support.SUPPORTED, _spans([found for _, found in held[:MAX_CITATIONS]]))
        denied = sorted((one for one in read if one[0].denied >= DENIED), key=lambda one: -one[0].denied)
        if denied:
            return Finding(Support.CONTRADICTED, _spans([denied[0][1]]))
        return Finding(Support.UNSUPPORTED)

    def _windows(self, text: str, sources: Sequence[Source], hints: Sequence[int]) -> list[Window]:
        """The windows of the likeliest sources: those that the model names, and those with most of the words."""
        terms, own = terms_of(text), language(text)
        found = []
        for source in sources:
            if language(source.text) == own:
                made = window(terms, source)
                found.append((made.own / len(terms) if terms else 0.0, made))
            else:
                stretches = [unit.words for unit in units_of(source)]
                cosines = list(self._similarity(text, stretches))
                nearest = max(range(len(cosines)), key=cosines.__getitem__, default=0)
                found.append((max(cosines, default=0.0), window(frozenset(), source, nearest, ACROSS)))
        found.sort(key=lambda one: (one[1].source.n not in hints, -one[0]))
        return [made for _, made in found[:READ] if made.units and not _is_order(made)]


def _is_order(window: Window) -> bool:
    """Whether what a sentence would be cited to tells the model what to say."""
    return any(commands_the_model(unit.text) for unit in window.units)


def _only_ordered(sources: Sequence[Source]) -> frozenset[str]:
    """The words that stand in the sources' orders to the model, and nowhere else in them."""
    orders: list[str] = []
    others = [heading for source in sources for heading in source.heading_path]
    for unit in (unit for source in sources for unit in units_of(source)):
        (orders if commands_the_model(unit.text) else others).append(unit.words)
    return terms_of("\n".join(orders)) - terms_of("\n".join(others)) if orders else frozenset()


def _holdings(source: Source) -> Holdings:
    return Holdings.of("\n".join((*source.heading_path, source.text)))


def _clauses(text: str) -> str:
    """The text without spaces, markup and the kind of its punctuation, so that only whole clauses are equal."""
    parts = re.split(r"[^\w%]+", re.sub(r"[^\S\n]+", "", fold(plain(text))))
    return "|" + "|".join(part for part in parts if part) + "|"


def _spans(windows: Sequence[Window]) -> tuple[Evidence, ...]:
    return tuple(evidence(one.source, unit.start, unit.end) for one in windows for unit in one.units)
