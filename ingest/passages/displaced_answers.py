"""Answers that stand away from their questions: lists given back to the headings that announce them.

Text copied out of a PDF can hold all list items of several answers in one run, before or after the headings whose
answers they are, each left with "…以下方法：" and a closing sentence. Such a run is cut up and its pieces go to the
headings, in one order, where the heading's own words name the items; what nothing names stays where it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import log

from ingest.text.folding import fold
from ingest.text.lines import Line, LineKind
from ingest.text.scripts import HAN

CLAIM = 0.5  # of an item's label, in weight, that a heading's words must hold
MIN_ITEMS = 6  # of a run that may belong to other headings
MAX_GAP = 3  # from one claimed item of a heading to the next
MAX_WAITING = 600  # characters that an answer without its list has at most

_NUMBERED = re.compile(r"[ \t]*(?:[-*+][ \t]+)?\d{1,3}[.、)](?!\d)[ \t]*(?P<text>.*)")
_ANNOUNCED = re.compile(r"(?:以下|如下|下面|下列|几[个点种]|包括|特点|优点|缺点|following)[^。；\n]{0,30}[：:]")
_GRAMS = re.compile(rf"[a-z0-9]{{2,}}|(?=([{HAN}]{{2}}))")


@dataclass(frozen=True, slots=True)
class Part:
    """The lines between two headings. `lead` of them are the headings themselves; -1: a heading over headings only."""

    path: tuple[str, ...]
    lines: Sequence[Line]
    lead: int
    inferred: bool = False

    def body(self) -> Sequence[Line]:
        """The lines below the headings."""
        return self.lines[max(self.lead, 0) :]


def with_questions(parts: Sequence[Part]) -> list[Part]:
    """The parts in the order of the text, runs of items cut up and under the headings that they were matched to."""
    waiting = [_waits(part) for part in parts]
    placed: list[Part] = []
    for at, part in enumerate(parts):
        items = _items(part)
        block = _block(waiting, at) if len(items) >= MIN_ITEMS and not waiting[at] else range(0)
        headings = [parts[i] for i in block]
        owners = _owners([_label(part.lines[i]) for i in items], headings) if len(headings) > 1 else []
        placed.extend(_cut(part, items, owners, headings) if any(o is not None for o in owners) else [part])
    return placed


def _waits(part: Part) -> bool:
    """Whether a heading's text announces a list that does not come."""
    body = part.body()
    text = "\n".join(line.text for line in body)
    listed = any(line.kind is LineKind.ITEM for line in body)
    return part.lead > 0 and not listed and len(text) <= MAX_WAITING and bool(_ANNOUNCED.search(text))


def _items(part: Part) -> list[int]:
    """Places of the numbered items, where no text but items stands below the heading."""
    kinds = {line.kind for line in part.body()} - {LineKind.BLANK}
    if part.lead < 0 or kinds != {LineKind.ITEM}:
        return []
    return [i for i, line in enumerate(part.lines) if i >= part.lead and _NUMBERED.match(line.text)]


def _block(waiting: Sequence[bool], at: int) -> range:
    """The waiting parts right after place `at`, or else right before it."""
    after = before = at
    while after + 1 < len(waiting) and waiting[after + 1]:
        after += 1
    while before > 0 and waiting[before - 1]:
        before -= 1
    return range(at + 1, after + 1) if after > at else range(before, at)


def _owners(labels: Sequence[str], headings: Sequence[Part]) -> list[int | None]:
    """The heading of each item: the better of both orders, None where no heading's words name the items."""
    texts = [_grams(" ".join((part.path[-1], *(line.text for line in part.body())))) for part in headings]
    weight = {gram: log((len(texts) + 1) / (sum(gram in t for t in texts) + 0.5)) for t in texts for gram in t}
    unknown = log(2 * len(texts) + 2)
    named = [[_named(_grams(label), text, weight, unknown) for text in texts] for label in labels]
    there, back = _best_order(named), _best_order([row[::-1] for row in named])
    owners = there[1]
    if back[0] > there[0]:
        owners = [None if owner is None else len(texts) - 1 - owner for owner in back[1]]
    return _without_lone(_filled(owners))


def _named(label: set[str], text: set[str], weight: dict[str, float], unknown: float) -> float:
    """The share of a label, in weight, that a heading's words hold: 0 to 1."""
    total = sum(weight.get(gram, unknown) for gram in label)
    return sum(weight[gram] for gram in label & text) / total if total else 0.0


def _best_order(named: Sequence[Sequence[float]]) -> tuple[float, list[int | None]]:
    """Owners of items that never go back in the order of headings, the greatest sum (unclaimed items count CLAIM)."""
    best: list[tuple[float, list[int | None]]] = [(0.0, [])] * len(named[0])
    for row in named:
        for heading in range(len(row) - 1, -1, -1):
            score, owners = max(best[: heading + 1], key=lambda state: state[0])
            owner = heading if row[heading] > CLAIM else None
            best[heading] = (score + max(row[heading], CLAIM), [*owners, owner])
    return max(best, key=lambda state: state[0])


def _filled(owners: Sequence[int | None]) -> list[int | None]:
    """Unclaimed items between two of one heading are that heading's too, when they are few."""
    filled = list(owners)
    known = [i for i, owner in enumerate(owners) if owner is not None]
    for left, right in pairwise(known):
        if owners[left] == owners[right] and right - left <= MAX_GAP:
            filled[left:right] = [owners[left]] * (right - left)
    return filled


def _without_lone(owners: Sequence[int | None]) -> list[int | None]:
    """A single item that no neighbour joins is not claimed: one chance match is no answer."""
    runs = [(owner, len(list(group))) for owner, group in groupby(owners)]
    return [owner if length > 1 else None for owner, length in runs for _ in range(length)]


def _cut(part: Part, items: Sequence[int], owners: Sequence[int | None], headings: Sequence[Part]) -> Iterator[Part]:
    """What stands before the items, then each stretch of items with one owner."""
    if items[0]:
        yield replace(part, lines=part.lines[: items[0]])
    ends = [*items[1:], len(part.lines)]
    for owner, group in groupby(range(len(items)), key=lambda i: owners[i]):
        run = list(group)
        lines = part.lines[items[run[0]] : ends[run[-1]]]
        yield Part(part.path if owner is None else headings[owner].path, lines, 0, inferred=owner is not None)


def _label(line: Line) -> str:
    """What an item is called: its words up to the colon."""
    match = _NUMBERED.match(line.text)
    text = match["text"] if match else line.text
    return re.split("[：:]", text, maxsplit=1)[0][:30]


def _grams(text: str) -> set[str]:
    """Latin words, and pairs of neighbouring Han characters."""
    return {match.group(1) or match.group() for match in _GRAMS.finditer(fold(text))} - {""}
