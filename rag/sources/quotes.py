"""The extractive answer: the sentences of the notes that fit a question best, quoted word for word."""

from collections.abc import Callable, Sequence

from rag.records import Sentence, Source
from rag.sources.relevance import RankedUnit
from rag.sources.units import Unit, UnitKind, asks, evidence, units_of

LIMIT = 600  # characters
MOST = 14  # sentences
SOURCE_WEIGHT = 0.2  # off for each other source with a better unit: an answer rarely stands in many places
_CLOSE = 0.4  # a unit scored this much below the best says something else


def _free(_: Source) -> int:
    return 0


def extract(ranked: Sequence[RankedUnit], limit: int = LIMIT) -> tuple[Sentence, ...]:
    """Quote the best units (`ranked`, best first) in the order of sources and text, at most `limit` characters.

    A question that stands over them is no quote: it states nothing.
    """
    place = {n: place for place, n in enumerate(dict.fromkeys(one.source.n for one in ranked))}
    scores = {id(one): one.score - SOURCE_WEIGHT * place[one.source.n] for one in ranked}
    best = sorted(ranked, key=lambda one: -scores[id(one)])
    near = [one for one in best if scores[id(one)] >= scores[id(best[0])] - _CLOSE]
    chosen = choose(near, limit, lambda unit: len(unit.text))[:MOST]
    return tuple(_quote(one) for one in in_order(chosen) if not asks(one.unit.words))


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
    return (RankedUnit(one.source, one.unit.lead, lead, one.covered, one.own, one.score),)


def _quote(one: RankedUnit) -> Sentence:
    span = evidence(one.source, one.unit.start, one.unit.end)
    return Sentence(one.unit.text.strip(), _lead(one.unit), (one.source.n,), True, (span,))


def _lead(unit: Unit) -> str:
    return "\n" if unit.kind in (UnitKind.ROW, UnitKind.BLOCK) else "\n- "
