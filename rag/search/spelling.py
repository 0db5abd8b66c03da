"""The words of a question in the spelling of the notes: other joints, typos, homophones, pinyin.

The notes' own vocabulary (BM25's) is the dictionary, so nothing is corrected towards a word that finds nothing. A name
with other joints (`Q-LoRA`, `q_lora`, `Q LoRA`) is the same name; any other word that is put in the place of what
was typed is a `Correction`, and is told.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import TypeVar

from pypinyin import Style, pinyin
from rapidfuzz.distance import OSA

from ingest.text.folding import fold
from ingest.text.scripts import HAN, has_han
from ingest.text.tokens import Tokenizer, is_word
from ingest.text.words import ENGLISH_STOP, stem
from rag.records import Correction

_Key = TypeVar("_Key")
_LATIN = re.compile(r"[a-z0-9]+(?:[-_./+#'][a-z0-9]+)*[+#]*")
_RUN = re.compile(f"[{HAN}]{{2,}}")
_ONE_NAME = re.compile(r"[!-~]+(?: [!-~]+)*")  # words with single spaces between them
_SHORTEST_NAME = 3  # letters and figures
_JOINTS = re.compile(r"[^a-z0-9]+")
_MOST_JOINED = 4  # words as typed that may be one name: S H A 1
_SHORTEST = 4  # letters of a word in which two may have changed places; in a longer one a letter may be wrong
_LONGEST_HAN = 5  # characters of a Chinese word
_SYLLABLE = 6  # letters at most: zhuang
_START = 3  # letters that a word shares with its stem
# Syllables that people mix up when they type by ear: zh z, ch c, sh s, ang an, eng en, ing in.
_BY_EAR = re.compile(r"(?<=[zcs])h|(?<=[aei]n)g")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of the notes by how they are compared; of equal ones the most frequent comes first."""

    terms: frozenset[str] = field(repr=False)
    weight: Callable[[str], float] = field(repr=False)  # a term's idf
    tokenizer: Tokenizer = field(repr=False)
    joined: Mapping[str, tuple[str, ...]] = field(repr=False)  # letters and figures alone -> the spellings of it
    by_start: Mapping[str, tuple[str, ...]] = field(repr=False)  # the first letters -> `joined`
    by_letters: Mapping[tuple[str, int], tuple[str, ...]] = field(repr=False)  # first letter, length -> `joined`
    by_sound: "Sounds" = field(repr=False)  # of Chinese terms of two characters or more

    @classmethod
    def of(cls, terms: Iterable[str], weight: Callable[[str], float], tokenizer: Tokenizer) -> "Vocabulary":
        """Sort the terms of an index."""
        known = frozenset(terms)
        joined: dict[str, list[str]] = {}
        latin: list[str] = []
        others: dict[str, list[str]] = {}  # by their first character
        for term in known:
            if term.isascii():
                latin.append(term)
            elif len(term) > 1:
                others.setdefault(term[0], []).append(term)
        for term in sorted(sorted(latin), key=weight):
            joined.setdefault(_joined(term), []).append(term)
        starts: dict[str, list[str]] = {}
        letters: dict[tuple[str, int], list[str]] = {}
        for name in joined:
            starts.setdefault(name[:_START], []).append(name)
            if name.isalpha():
                letters.setdefault((name[0], len(name)), []).append(name)
        return cls(
            known, weight, tokenizer, _frozen(joined), _frozen(starts), _frozen(letters), Sounds.of(others, weight)
        )

    def spellings(self, question: str) -> list[str]:
        """The terms of the notes, each in its most frequent spelling, that are names of the question which no note spells as
        typed, or which are typed as several words."""
        text = fold(question)
        words = list(_LATIN.finditer(text))
        found: dict[str, None] = {}
        for first, last in ((i, j) for i in range(len(words)) for j in range(i, min(i + _MOST_JOINED, len(words)))):
            typed = text[words[first].start() : words[last].end()]
            name = _joined(typed)
            if len(name) < _SHORTEST_NAME or typed in self.terms or not _ONE_NAME.fullmatch(typed):
                continue
            same = self.joined.get(name) or (self._with_other_ending(name) if first == last else ())
            found |= dict.fromkeys(same[:1] or (self._parts(typed) if first == last else ()))
        return list(found)

    def corrections(self, question: str) -> tuple[Correction, ...]:
        """What no note holds, in the order of the text, and the word of the notes that may be meant."""
        text = fold(question)
        found = [*self._latin(text), *self._han(text)]
        return tuple(dict.fromkeys(one for _, one in sorted(found, key=lambda pair: pair[0])))

    def _latin(self, text: str) -> Iterator[tuple[int, Correction]]:
        for match in _LATIN.finditer(text):
            whole = match.group()
            if text.startswith("://", match.end()) or self._known(whole) or self._parts(whole):
                continue
            near = None if whole in ENGLISH_STOP else self._near(_joined(whole))
            if near:
                yield match.start(), Correction(whole, near)
                continue
            for part in re.finditer(r"[a-z]+", whole):
                known = self._known(part.group()) or part.group() in ENGLISH_STOP
                near = None if known else self._near(part.group())
                if near:
                    yield match.start() + part.start(), Correction(part.group(), near)

    def _near(self, word: str) -> str | None:
        """The most frequent term one slip away, or the Chinese word whose pinyin it is.

        The first letter is rarely mistyped, and another figure is another thing.
        """
        if len(word) < _SHORTEST or not word.isalpha():
            return None
        spelt = self.by_sound.get(_BY_EAR.sub("", word))
        if spelt:
            return spelt
        for length in (len(word), len(word) + 1, len(word) - 1):
            for name in self.by_letters.get((word[0], length), ()):
                swapped = len(word) > _SHORTEST or sorted(word) == sorted(name)
                if swapped and name not in ENGLISH_STOP and OSA.distance(word, name, score_cutoff=1) == 1:
                    return self.joined[name][0]
        return None

    def _han(self, text: str) -> Iterator[tuple[int, Correction]]:
        """Unknown words, and longer windows across words, that sound like a term of the notes and are none."""
        for run in _RUN.finditer(text):
            taken = 0
            for start, end in self._windows(run.group()):
                word = run.group()[start:end]
                meant = next(filter(None, map(self.by_sound.get, _sounds(word))), None)
                if start >= taken and meant and len(meant) == len(word) and word not in self.terms:
                    taken = end
                    yield run.start() + start, Correction(word, meant)

    def _windows(self, run: str) -> list[tuple[int, int]]:
        """Where a word may stand that sounds like one of the notes: any three characters or more, and what is no word."""
        sizes = range(3, _LONGEST_HAN + 1)
        windows = [(at, at + size) for at in range(len(run)) for size in sizes if at + size <= len(run)]
        words = [(at, end) for token, at, end in self.tokenizer.spans(run) if end - at == 2 and not is_word(token)]
        return sorted([*windows, *words], key=lambda span: (span[0], -span[1]))

    def _known(self, word: str) -> bool:
        return word in self.terms or _joined(word) in self.joined or bool(self._with_other_ending(_joined(word)))

    def _with_other_ending(self, name: str) -> tuple[str, ...]:
        """The spellings of a name of the same stem."""
        like = (other for other in self.by_start.get(name[:_START], ()) if stem(other) == stem(name))
        return next((self.joined[other] for other in like), ())

    def _parts(self, word: str) -> tuple[str, ...]:
        """The two terms that a word is made of: springboot. The rarer of them as frequent as can be."""
        cuts = [(word[:i], word[i:]) for i in range(3, len(word) - 2)]
        known = [pair for pair in cuts if all(part in self.terms for part in pair)]
        return min(known, key=lambda pair: max(map(self.weight, pair)), default=())


@dataclass(frozen=True, slots=True)
class Sounds:
    """Pinyin -> the most frequent Chinese term that is said so. How a term is said is worked out when its first two syllables
    are asked for: all at once would take a second for each hundred thousand terms."""

    by_first: Mapping[str, Sequence[Sequence[str]]] = field(repr=False)  # a syllable -> terms that may begin with it
    weight: Callable[[str], float] = field(repr=False)
    _begun: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False)
    _known: dict[tuple[str, str], dict[str, tuple[float, str]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, terms: Mapping[str, Sequence[str]], weight: Callable[[str], float]) -> "Sounds":
        """Of terms of two characters and more, by the first of them; those that are not Chinese count for nothing."""
        by_first: dict[str, list[Sequence[str]]] = {}
        for character, own in terms.items():
            for first in _readings(character) if has_han(character) else ():
                by_first.setdefault(first, []).append(own)
        return cls(by_first, weight)

    def get(self, sound: str) -> str | None:
        """The term, if there is one."""
        found = []
        for first in _beginnings(sound):
            begun = self._begun_with(first)
            for second in _beginnings(sound[len(first) :]) if begun else ():
                if second in begun and (term := self._said(first, second).get(sound)):
                    found.append(term)
        return min(found)[1] if found else None

    def _begun_with(self, first: str) -> Mapping[str, Sequence[str]]:
        """The terms that may begin with a syllable, by what the second may be."""
        if first not in self.by_first:
            return {}
        if first not in self._begun:
            begun: dict[str, list[str]] = {}
            for term in chain.from_iterable(self.by_first[first]):
                for second in _readings(term[1]) if _RUN.fullmatch(term) else ():
                    begun.setdefault(second, []).append(term)
            self._begun[first] = begun
        return self._begun[first]

    def _said(self, first: str, second: str) -> Mapping[str, tuple[float, str]]:
        """The most frequent of these terms by all that they may be said as, with their weights."""
        if (first, second) not in self._known:
            said: dict[str, tuple[float, str]] = {}
            for term in self._begun[first][second]:
                own = self.weight(term), term
                for sound in _sounds(term):
                    said[sound] = min(said.get(sound, own), own)
            self._known[first, second] = said
        return self._known[first, second]


def _beginnings(sound: str) -> Iterator[str]:
    """What may be its first syllable."""
    return (sound[:end] for end in range(1, min(_SYLLABLE, len(sound)) + 1))


def corrected(question: str, corrections: Sequence[Correction]) -> str:
    """The question with the words that are meant; folded where they stand in another script than they were found in."""
    for one in corrections:
        typed = re.compile(re.escape(one.typed), re.IGNORECASE)
        question = typed.sub(one.meant, question if typed.search(question) else fold(question))
    return question


def _frozen(lists: Mapping[_Key, Sequence[str]]) -> dict[_Key, tuple[str, ...]]:
    return {key: tuple(terms) for key, terms in lists.items()}


def _joined(word: str) -> str:
    return _JOINTS.sub("", word)


def _sounds(word: str) -> tuple[str, ...]:
    """How a Chinese word may be said, as it is typed; at most one of its characters has another reading than its first."""
    readings = [_readings(character) for character in word]
    usual = [syllables[0] for syllables in readings]
    others = (
        [*usual[:at], other, *usual[at + 1 :]] for at, syllables in enumerate(readings) for other in syllables[1:]
    )
    return tuple(map("".join, (usual, *others)))


@cache
def _readings(character: str) -> tuple[str, ...]:
    """The syllables that a character may stand for."""
    (readings,) = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(_BY_EAR.sub("", syllable) for syllable in readings))
