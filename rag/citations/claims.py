"""What of a sentence must stand in its source word for word: numbers, names, formulas; and which way it points."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ingest.text.code_spans import formulas
from ingest.text.folding import fold
from ingest.text.numbers import counts, read_numbers
from ingest.text.scripts import HAN, language
from ingest.text.words import ENGLISH_STOP, stem

_NAME = re.compile(
    r"(?<!\d)\d++[xX×]\d+[A-Za-z]*"
    r"|(?!(?<=\d)[eE][-+]?\d{1,2}(?![A-Za-z\d_]))"  # not the exponent of 1e-4
    r"[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:[-_./+#][A-Za-z0-9]+)*[+#]*"
)
_JOINTS = re.compile(r"[-_./ ]+")
_TERM = rf"[^，。；,;\s{HAN}]"
# A word, which is taken whole so that no part of it is tried again, and what makes a formula of it.
_WORD_OR_FORMULA = re.compile(rf"[A-Za-z_][\w()]*+(?P<formula>\s*+=\s*+[\w(]{_TERM}*+(?:\s*+[-+*/×^]\s*+{_TERM}++)*+)?")
_LIST_NUMBER = re.compile(r"^[^\S\n]*+(?:[-*+>][^\S\n]*+)*+\d{1,2}(?:\.(?!\d)|[)、）])[^\S\n]*", re.MULTILINE)
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

# Which way something goes: words that say so, and those with which a source may say the same.
_UP = (
    r"增[加大多强长高]|提[高升]|上升|升高|扩[大展]|加[快速大强]|[变更较](?:[大高快强长]|多(?!样))|改善"
    r"|\b(?:increas|improv|enhanc|higher|larger|faster|greater|better|rais|boost|accelerat|grow)"
)
_DOWN = (
    r"减[少小轻弱低慢]|降低|下降|缩[小短减]|[变更较][小少低慢短]|节[省约]|缓解"
    r"|\b(?:decreas|reduc|lower|smaller|slower|fewer|sav|mitigat|shrink|minimi)"
)
_WAYS = (
    (
        re.compile(_UP),
        re.compile(rf"{_UP}|促进|放大|优化|高效|[很越][多大高快强长]|\b(?:more|speed|promot|optimi|efficien)"),
    ),
    (
        re.compile(_DOWN),
        re.compile(
            rf"{_DOWN}|避免|防|压缩|抑制|消除|限制|去除|省|[很越][少低小慢短]|[少低小]于|\b(?:less|avoid|prevent|limit|cheap)"
        ),
    ),
)

_ABSOLUTE = re.compile(r"所有|任何|永远|总是|一律|唯一|\b(?:always|never|every)\b")
_BROAD = re.compile(
    r"所有|任何|一切|全部|全体|整个|各[种类个]|每|都|均|总|永远|一律|唯一|只有|\b(?:always|never|every|each|any|all|only)\b"
)


@dataclass(frozen=True, slots=True)
class Claims:
    """The figures (plain decimal), names (folded, joints removed) and formulas (without spaces) of a text."""

    numbers: frozenset[str]
    names: frozenset[str]
    formulas: frozenset[str]

    @property
    def empty(self) -> bool:
        """Whether nothing of this kind is claimed."""
        return not (self.numbers or self.names or self.formulas)


def claims_of(sentence: str) -> Claims:
    """What an answer's sentence (Markdown) claims.

    Names are Latin words with a capital or a digit; in English the capital of a sentence's first word does not count.
    """
    text, claimed = _without_formulas(sentence)
    text = _LIST_NUMBER.sub("", text)
    claimed += [match.group() for match in _WORD_OR_FORMULA.finditer(text) if match["formula"]]
    english = language(text) == "en"
    names = set()
    for match in _NAME.finditer(text):
        word = match.group().strip("-_./")
        if len(word) < 2 or fold(word) in ENGLISH_STOP or not re.search(r"[A-Z0-9Α-Ω]", word):
            continue
        plain_capital = word.isalpha() and word[1:].islower()
        if plain_capital and english and _starts_sentence(text, match.start()):
            continue
        names.add(_name_key(word))
    figures = frozenset(number.plain for number in read_numbers(text) if not number.in_name)
    return Claims(figures, frozenset(names), frozenset(key for key in map(_formula_key, claimed) if len(key) > 2))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a piece of a source holds, to be asked for claims."""

    numbers: frozenset[str]
    names: frozenset[str]  # and their stems
    text: str  # without white space and formula markup

    @classmethod
    def of(cls, text: str) -> "Holdings":
        """Read a piece of a note (its heading and lead-in included)."""
        words = [match.group().strip("-_./") for match in _NAME.finditer(text)]
        words += [part for word in words for part in _JOINTS.split(word)] + [a + b for a, b in pairwise(words)]
        keys = {_name_key(word) for word in words}
        figures = {part for number in read_numbers(text) for part in number.parts} | set(counts(text))
        return cls(frozenset(figures), frozenset(keys | {stem(key) for key in keys}), _formula_key(text))

    @classmethod
    def joined(cls, pieces: "Iterable[Holdings]") -> "Holdings":
        """What several pieces hold together."""
        all_pieces = list(pieces)
        numbers = frozenset[str]().union(*(piece.numbers for piece in all_pieces))
        names = frozenset[str]().union(*(piece.names for piece in all_pieces))
        return cls(numbers, names, "\n".join(piece.text for piece in all_pieces))

    def missing(self, claims: Claims) -> Claims:
        """The claims that are not held."""
        return Claims(
            claims.numbers - self.numbers,
            frozenset(name for name in claims.names if name not in self.names and stem(name) not in self.names),
            frozenset(formula for formula in claims.formulas if formula not in self.text),
        )


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


def turns(sentence: str, source: str) -> bool:
    """Whether the sentence says that something grows, or that it shrinks, and the source nothing of the kind.

    In one language only: in another, less time may well be more speed.
    """
    said, held = fold(sentence), fold(source)
    return language(said) == language(held) and any(
        says.search(said) and not may_say.search(held) for says, may_say in _WAYS
    )


def denies(text: str) -> bool:
    """Whether something is denied in a text."""
    return _NEGATION.search(fold(text)) is not None


def overstates(sentence: str, source: str) -> bool:
    """Whether the sentence says of all, or always, what the source does not."""
    return bool(_ABSOLUTE.search(fold(sentence))) and not _BROAD.search(fold(source))


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


def _starts_sentence(text: str, start: int) -> bool:
    """Whether only white space, bullets, emphasis and opening quotes stand between a place and the sentence's start."""
    while start and (text[start - 1] in "*_\"'“(>-" or text[start - 1].isspace()):
        start -= 1
        if text[start] == "\n":
            return True
    return start == 0 or text[start - 1] in ".!?:;。！？：；"


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


def _name_key(word: str) -> str:
    return _JOINTS.sub("", fold(word)).replace("×", "x")


def _formula_key(text: str) -> str:
    return re.sub(r"[\s\\{}$*`]", "", fold(text))
