"""The extractive answer: the sentences of the notes that fit a question best, quoted word for word."""

from collections.abc import Callable, Sequence

from rag.records import Sentence, Source
from rag.sources.relevance import QuestionTerms, RankedUnit
from rag.sources.units import Unit, UnitKind, asks, evidence, units_of

LIMIT = 600  # characters
MOST = 14  # sentences
MOST_SECTIONS = 3
NEAR = 0.05  # a section scored this much below the best stands beside it though it covers nothing new
_FIRST_SHARE = 0.5  # of the characters that are left: what a section may take when another follows
_CLOSE = 0.4  # a unit scored this much below the best of its section does not answer
_BESIDE = 0.6  # and from here on is not even shown beside those that do
_TELLING = 3  # units of a section that say what it covers


def _free(_: Source) -> int:
    return 0


def gather(ranked: Sequence[RankedUnit], terms: QuestionTerms, limit: int = LIMIT) -> list[RankedUnit]:
    """The best units (`ranked`, best first) of the sections that answer together, at most `limit` characters.

    By section, the best first, and by place in it. A question that stands over others is left out: it states nothing.
    """
    chosen: list[RankedUnit] = []
    said: set[str] = set()
    together = _answering(ranked, terms)
    for units in together:
        share = limit if units is together[-1] else int(_FIRST_SHARE * limit)
        near = [one for one in units if one.score >= units[0].score - _BESIDE and one.unit.words not in said]
        part = choose(near, share, lambda unit: len(unit.text))
        limit -= sum(len(one.unit.text) for one in part)
        chosen += sorted(part, key=lambda one: one.index)
        said |= {one.unit.words for one in part}
    return [one for one in chosen if not asks(one.unit.words)]


def outline(ranked: Sequence[RankedUnit], limit: int = LIMIT) -> list[RankedUnit]:
    """The units of a summary (`ranked`, best first) in the order of the text, at most `limit` characters."""
    chosen = choose(ranked, limit, lambda unit: len(unit.text))[:MOST]
    return [one for one in in_order(chosen) if not asks(one.unit.words)]


def extract(gathered: Sequence[RankedUnit]) -> tuple[Sentence, ...]:
    """Quote of each section's units those that say it: nearly as good as its best, at most `MOST` in all."""
    best: dict[int, float] = {}
    for one in gathered:
        best[one.source.n] = max(one.score, best.get(one.source.n, one.score))
    near = [one for one in gathered if one.score >= best[one.source.n] - _CLOSE]
    return tuple(map(_quote, near[:MOST]))


def _answering(ranked: Sequence[RankedUnit], terms: QuestionTerms) -> list[list[RankedUnit]]:
    """The units of each section that answers, the best section first.

    After the best a section has its place only by what it covers of the question that those before do not: as much
    as its best unit scores lower (both are shares of the question's weight), less `NEAR`.
    """
    groups: dict[int, list[RankedUnit]] = {}
    for one in ranked:
        groups.setdefault(one.source.n, []).append(one)
    rest = list(groups.values())
    if not rest:
        return []
    best = rest[0][0].score
    chosen: list[list[RankedUnit]] = []
    covered: frozenset[str] = frozenset()

    def worth(units: Sequence[RankedUnit]) -> float:
        return terms.coverage(_covers(units) - covered) - (best - units[0].score)

    while rest and len(chosen) < MOST_SECTIONS:
        following = max(rest, key=worth) if chosen else rest[0]
        if chosen and worth(following) < -NEAR:
            break
        rest.remove(following)
        chosen.append(following)
        covered |= _covers(following)
    return chosen


def _covers(units: Sequence[RankedUnit]) -> frozenset[str]:
    return frozenset().union(*(one.held for one in units[:_TELLING]))


def choose(
    ranked: Sequence[RankedUnit], budget: int, cost: Callable[[Unit], int], source_cost: Callable[[Source], int] = _free
) -> list[RankedUnit]:
    """The best units (best first) that fit into the budget, each with the line that introduces it; no text twice.

    `cost` is that of a unit, `source_cost` that of the first unit of a source, beside its own.
    """
    chosen: dict[str, RankedUnit] = {}
    begun: set[int] = set()
    for one in ranked:
        parts = {part.unit.words: part for part in (*introduction(one), one) if part.unit.words not in chosen}
        price = sum(cost(part.unit) for part in parts.values())
        price += source_cost(one.source) if one.source.n not in begun else 0
        if parts and price <= budget:
            chosen |= parts
            begun.add(one.source.n)
            budget -= price
    return list(chosen.values())


def in_order(units: Sequence[RankedUnit]) -> list[RankedUnit]:
    """By source, then by place in the text."""
    return sorted(units, key=lambda one: (one.source.n, one.index))


def introduction(one: RankedUnit) -> tuple[RankedUnit, ...]:
    """The unit that introduces this one (the line before its list, the header of its table), if any."""
    if one.unit.lead < 0:
        return ()
    lead = units_of(one.source)[one.unit.lead]
    return (RankedUnit(one.source, one.unit.lead, lead, one.score),)


def _quote(one: RankedUnit) -> Sentence:
    span = evidence(one.source, one.unit.start, one.unit.end)
    return Sentence(one.unit.text.strip(), _lead(one.unit), (one.source.n,), True, (span,))


def _lead(unit: Unit) -> str:
    return "\n" if unit.kind in (UnitKind.ROW, UnitKind.BLOCK) else "\n- "
