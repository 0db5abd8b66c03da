"""What of a source is read beside a sentence: the units that have most of its words, with their surroundings.

The checker is trained on the windows that this module cuts (`training.checker_data`), so that it meets the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.text.words import bigrams, latin_terms, stems
from rag.records import Source
from rag.sources.instructions import commands_the_model
from rag.sources.units import Unit, UnitKind, units_of

FILLED = 160  # characters up to which neighbours of the best unit are read too
ACROSS = 400  # the same for a sentence in another language, whose words do not lead to a place
MOST = 420  # characters of units at most
_GAIN = 2  # words that a further unit must add to what the others have of the sentence
_UNIT_CHARS = 300  # of one unit, such as a long row or a block of code
_HEADINGS = 2  # of the path, the last ones


@dataclass(frozen=True, slots=True)
class Window:
    """Units of one source in order, and what is read: those with their neighbours, but for such as give the model orders, of
    which the checker makes nothing; `own` words of the sentence in them."""

    source: Source
    units: tuple[Unit, ...]
    text: str
    own: int


def terms_of(text: str) -> frozenset[str]:
    """What sentences and units are compared by: pairs of Chinese characters, stems of Latin words."""
    return frozenset(bigrams(text) | stems(latin_terms(text)))


def window(terms: frozenset[str], source: Source, nearest: int = 0, filled: int = FILLED) -> Window:
    """The window of a source for a sentence with these terms.

    `nearest` is the unit to begin with when none has a term of it, as with a sentence in another language.
    """
    units = units_of(source)
    stating = [index for index, unit in enumerate(units) if unit.kind is not UnitKind.HEADING and unit.words]
    if not stating:
        return Window(source, (), _text(source, units, ()), 0)
    has = {index: terms & terms_of(_with_lead(units, index)) for index in stating}
    first = max(stating, key=lambda index: (len(has[index]), index == nearest, -index))
    chosen, held = {first}, set(has[first])
    while len(chosen) < len(stating):
        best = max((i for i in stating if i not in chosen), key=lambda index: (len(has[index] - held), -index))
        if len(has[best] - held) < _GAIN or _size(units, chosen | {best}) > MOST:
            break
        chosen.add(best)
        held |= has[best]
    read = set(chosen)
    for index in _outwards(stating, first):
        if _size(units, read | {index}) <= filled and not commands_the_model(units[index].text):
            read.add(index)
    kept = tuple(units[index] for index in sorted(chosen))
    return Window(source, kept, _text(source, units, sorted(read)), len(held))


def _outwards(stating: Sequence[int], first: int) -> list[int]:
    """The neighbours of a unit, nearest first, the one below before the one above."""
    return sorted((index for index in stating if index != first), key=lambda index: (abs(index - first), -index))


def _size(units: Sequence[Unit], chosen: set[int]) -> int:
    return sum(min(len(units[index].words), _UNIT_CHARS) for index in chosen)


def _with_lead(units: Sequence[Unit], index: int) -> str:
    lead = units[index].lead
    return f"{units[lead].words}\n{units[index].words}" if lead >= 0 else units[index].words


def _text(source: Source, units: Sequence[Unit], chosen: Sequence[int]) -> str:
    """The last headings, and the units below the lines that introduce them."""
    lines = [" › ".join(source.heading_path[-_HEADINGS:])]
    written = set(chosen)
    for index in chosen:
        lead = units[index].lead
        if lead >= 0 and lead not in written:
            lines.append(units[lead].words[:_UNIT_CHARS])
            written.add(lead)
        lines.append(units[index].words[:_UNIT_CHARS])
    return "\n".join(lines)
