"""What of a sentence must stand in its source word for word: figures and formulas."""

import re
from dataclasses import dataclass

from ingest.text.code_spans import formulas
from ingest.text.folding import fold
from ingest.text.numbers import counts, read_numbers
from ingest.text.scripts import HAN

_TERM = rf"[^，。；,;\s{HAN}]"
# A word, which is taken whole so that no part of it is tried again, and what makes a formula of it.
_WORD_OR_FORMULA = re.compile(rf"[A-Za-z_][\w()]*+(?P<formula>\s*+=\s*+[\w(]{_TERM}*+(?:\s*+[-+*/×^]\s*+{_TERM}++)*+)?")
_LIST_NUMBER = re.compile(r"^[^\S\n]*+(?:[-*+>][^\S\n]*+)*+\d{1,2}(?:\.(?!\d)|[)、）])[^\S\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Claims:
    """The figures (plain decimal) and formulas (without spaces) of a sentence; those within names are none."""

    numbers: frozenset[str]
    formulas: frozenset[str]

    @classmethod
    def of(cls, sentence: str) -> "Claims":
        """What an answer's sentence (Markdown) claims."""
        text, claimed = _without_formulas(sentence)
        text = _LIST_NUMBER.sub("", text)
        claimed += [match.group() for match in _WORD_OR_FORMULA.finditer(text) if match["formula"]]
        figures = frozenset(number.plain for number in read_numbers(text) if not number.in_name)
        return cls(figures, frozenset(key for key in map(_formula_key, claimed) if len(key) > 2))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a source holds, to be asked for claims."""

    numbers: frozenset[str]
    text: str  # without white space and formula markup

    @classmethod
    def of(cls, text: str) -> "Holdings":
        """Read a piece of a note (its headings included); `三种` holds a 3."""
        figures = {part for number in read_numbers(text) for part in number.parts} | set(counts(text))
        return cls(frozenset(figures), _formula_key(text))

    def hold(self, claims: Claims) -> bool:
        """Whether every figure and formula stands there."""
        return claims.numbers <= self.numbers and all(formula in self.text for formula in claims.formulas)


def _without_formulas(text: str) -> tuple[str, list[str]]:
    """The text with a space for each formula, and the formulas."""
    kept: list[str] = []
    found: list[str] = []
    at = 0
    for start, end, formula in formulas(text):
        kept.append(text[at:start])
        found.append(formula)
        at = end
    return " ".join([*kept, text[at:]]), found


def _formula_key(text: str) -> str:
    return re.sub(r"[\s\\{}$*`]", "", fold(text))
