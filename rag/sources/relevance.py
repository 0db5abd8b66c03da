"""How well each unit of the sources fits a question: how near it is in meaning, and how its passage was found.

The words that it shares with the question are counted only to tell what of the question it is about: as a part of its score
they led short questions, which share few, to the wrong sections (docs/benchmarks.md).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from ingest.text.words import ENGLISH_STOP, bare
from rag.records import Source
from rag.sources.instructions import commands_the_model
from rag.sources.units import Unit, UnitKind, asks, body_start, units_of

Tokenize = Callable[[str], list[str]]
Idf = Callable[[str], float]
# (question, texts) -> the cosine of each text with the question
Near = Callable[[str, Sequence[str]], Sequence[float]]
Floats = npt.NDArray[np.float32]

NEAR_WEIGHT = 2.0  # of the unit's own nearness to the question
READ = 32  # units whose nearness is measured, those of the best passages; the others count as the farthest of these
DENSE_WEIGHT = 1.2  # of its passage's
RANK_WEIGHT = 0.03  # off for each rank of the passage
FRONT_MATTER_WEIGHT = 0.2  # off for what stands in a note's front matter, which is about the note
ORDER_WEIGHT = 1.0  # off for what gives the model orders: all words of the question in it do not bring it before a fact
_UNFOUND_RANK = 10  # of a unit in no passage that was found, behind the worst of its source
# Question words: they say what kind of answer is wanted, not what it is about.
_ASKING_WORDS = (
    "什么 哪些 哪个 哪种 哪 怎么 怎样 怎么样 如何 为什么 为何 为啥 多少 多大 多长 几 是否 吗 呢 请 请问 一下 有 是 用 做 "
    "各 自 各自 分别 各有 可以 能 会 要 应该 需要 区别 差别 不同 笔记 介绍 说明 解释 办法 里 中 上 下 时 这 那 它 它们 个 种 "
    "些 name give list tell explain describe does mean means difference"
)
_ASKING = frozenset(_ASKING_WORDS.split())
_LINKS_ONLY = re.compile(r"\s*+(?:\[[^\]\n]*+\]\([^)\n]*+\)\s*+)++")


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """A question and its terms with their weights (idf, never negative); `total` is their sum."""

    question: str
    weights: Mapping[str, float]

    @property
    def total(self) -> float:
        """The weight of the whole question."""
        return sum(self.weights.values())

    def held(self, tokens: Iterable[str]) -> frozenset[str]:
        """The terms that are among these tokens."""
        return frozenset(self.weights.keys() & set(tokens))

    def coverage(self, tokens: Iterable[str]) -> float:
        """The share of the question's weight that these tokens hold, 0 to 1."""
        held = self.held(tokens)
        total = self.total
        return sum(weight for term, weight in self.weights.items() if term in held) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit of a source and what it scores."""

    source: Source
    index: int  # in `units_of(source)`
    unit: Unit
    score: float
    held: frozenset[str] = frozenset()  # the question's terms that it, its heading or its lead holds


class Relevance:
    """Weighs terms as the index does; `tokenize` is BM25's tokenizer, `idf` gives a term's weight (`Bm25Index.weight`)."""

    def __init__(self, tokenize: Tokenize, idf: Idf, near: Near) -> None:
        self.tokenize = tokenize
        self._near = near
        self._idf = lru_cache(maxsize=10_000)(idf)

    def weight(self, term: str) -> float:
        """The weight of one term; at least a little, so that a text of common words still counts."""
        return max(self._idf(term), 0.1)

    def terms(self, question: str, whole: str = "") -> QuestionTerms:
        """The terms that an answer should be about; of a follow-up `whole` is the question that stands alone."""
        tokens = dict.fromkeys(self.tokenize(question))
        about = [t for t in tokens if t not in _ASKING and t not in ENGLISH_STOP] or list(tokens)
        return QuestionTerms(whole or question, {term: self.weight(term) for term in about})

    def rank(self, terms: QuestionTerms, sources: Sequence[Source]) -> list[RankedUnit]:
        """All units that state something (no headings, no bare questions), best first."""
        hits = sorted((hit for source in sources for hit in source.hits), key=lambda hit: hit.place)
        order = {hit.passage.id: place for place, hit in enumerate(hits)}
        floor = min((hit.scores["dense"] for hit in hits if "dense" in hit.scores), default=0.0)
        found = [one for source in sources for one in self._of_source(terms, source, order, floor)]
        found.sort(key=_best_first)
        near = self._near(terms.question, [_in_context(one) for one in found[:READ]]) if found else ()
        cosines = chain(near, repeat(min(near, default=0.0)))
        return sorted(
            (replace(one, score=one.score + NEAR_WEIGHT * cosine) for one, cosine in zip(found, cosines, strict=False)),
            key=_best_first,
        )

    def _of_source(
        self, terms: QuestionTerms, source: Source, order: Mapping[str, int], floor: float
    ) -> Iterable[RankedUnit]:
        """The units, each with what its passage scores."""
        heading = self.tokenize("\n".join(source.heading_path))
        titles = {bare(part) for part in source.heading_path}
        units = units_of(source)
        body = body_start(source)
        last = max((order[hit.passage.id] for hit in source.hits), default=0) + _UNFOUND_RANK
        for index, unit in enumerate(units):
            if not states_something(unit) or bare(unit.words) in titles:
                continue
            lead = self.tokenize(units[unit.lead].text) if unit.lead >= 0 else []
            held = terms.held([*self.tokenize(unit.text), *lead, *heading])
            hit = next((h for h in source.hits if h.passage.start <= unit.start < h.passage.end), None)
            rank = order[hit.passage.id] if hit else last
            dense = hit.scores.get("dense", floor) if hit else floor
            score = DENSE_WEIGHT * dense - RANK_WEIGHT * rank
            score -= FRONT_MATTER_WEIGHT if unit.start < body else 0.0
            score -= ORDER_WEIGHT if commands_the_model(unit.text) else 0.0
            yield RankedUnit(source, index, unit, score, held)


def nearness(vectors: Callable[[Sequence[str]], Floats], embedded: Callable[[str], Floats]) -> Near:
    """Of what gives unit vectors of texts, float32 [n, dimension], and that of a question, float32 [dimension]."""
    return lambda question, texts: [float(cosine) for cosine in vectors(texts) @ embedded(question)]


def _best_first(one: RankedUnit) -> tuple[float, int, int]:
    return -one.score, one.source.n, one.index


def _in_context(one: RankedUnit) -> str:
    """A unit under its heading and what introduces it."""
    units = units_of(one.source)
    lead = (units[one.unit.lead].words,) if one.unit.lead >= 0 else ()
    return "\n".join((*one.source.heading_path[-1:], *lead, one.unit.words))


def states_something(unit: Unit) -> bool:
    """Not a heading, not a bare question, not a scrap, and not a mere link, such as "see the answer"."""
    if unit.kind is UnitKind.HEADING or len(unit.words) < 4 or _LINKS_ONLY.fullmatch(unit.text):
        return False
    return not asks(unit.words)
