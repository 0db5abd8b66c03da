"""The extractive answer: the sentences of the notes that fit a question best, quoted word for word."""

from collections.abc import Sequence

from rag.records import Sentence
from rag.relevance import RankedUnit
from rag.units import Unit, UnitKind, evidence, units_of

LIMIT = 600  # characters
MOST = 14  # sentences
_CLOSE = 0.35  # a unit scored this much below the best says something else


def extract(ranked: Sequence[RankedUnit], limit: int = LIMIT) -> tuple[Sentence, ...]:
    """Quote the best units (`ranked`, best first) in the order of sources and text, at most `limit` characters."""
    return tuple(_quote(one) for one in in_order(choose(ranked, limit, MOST)))


def choose(ranked: Sequence[RankedUnit], limit: int, most: int) -> list[RankedUnit]:
    """The best units that fit into `limit` characters, each with the line that introduces it; no text twice."""
    chosen: dict[tuple[int, int], RankedUnit] = {}
    texts: set[str] = set()
    room = limit
    for one in ranked:
        if len(chosen) >= most or (chosen and one.score < ranked[0].score - _CLOSE):
            break
        for part in (*introduction(one), one):
            key, words = (part.source.n, part.index), part.unit.words
            if key not in chosen and words not in texts and len(part.unit.text) <= room:
                chosen[key] = part
                texts.add(words)
                room -= len(part.unit.text)
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
