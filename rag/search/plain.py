"""Notes by what stands in them: plain search as one types, without any model."""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

from rank_bm25 import BM25Okapi

from ingest.schema import Note

AROUND = 30  # characters of a line shown on each side of a match
MOST_PLACES = 300  # of a word in a note that are looked at for the place to show
# How much BM25 holds against a note that it is long; rank_bm25's 0.75 is for texts that are long by being wordy, and a
# long note is long by saying more (docs/benchmarks.md, plain search).
LENGTH = 0.1


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note that holds every word looked for; `line` (from 1) holds most of them together, 0 when only its name does.

    `excerpt` is that line, or the middle of a long one; `marks` are the places of the words in it.
    """

    note: Note
    line: int
    count: int
    excerpt: str = ""
    marks: tuple[tuple[int, int], ...] = ()


class NoteFinder:
    """Finds notes of one generation of the index; letter case does not matter, nor which Chinese script is typed."""

    def __init__(self, notes: Mapping[str, Note]) -> None:
        self._notes = notes

    @functools.cached_property
    def _lowered(self) -> Mapping[str, tuple[str, str]]:
        """What a note is called, and its text below the front matter, in lower case, by path."""
        return {
            path: ("\n".join([note.title, path, *note.aliases]).lower(), note.text[note.body_start :].lower())
            for path, note in self._notes.items()
        }

    def find(self, query: str) -> list[FoundNote]:
        """Notes whose title, path or text hold every word of the query; names first, then by BM25.

        A word `#tag` names notes with that tag, or one below it.
        """
        words = query.split()
        tags = [word[1:].lower() for word in words if word.startswith("#") and len(word) > 1]
        wanted = [_scripts(word.lower()) for word in words if not word.startswith("#")]
        paths = [path for path, note in self._notes.items() if all(_tagged(note, tag) for tag in tags)]
        texts = [self._lowered[path][1] for path in paths]
        counts = [[sum(text.count(form) for form in forms) for forms in wanted] for text in texts]
        found = []
        for path, count, score in zip(paths, counts, _bm25(texts, wanted, counts), strict=True):
            named = [any(form in self._lowered[path][0] for form in forms) for forms in wanted]
            if all(held or at for held, at in zip(count, named, strict=True)):
                found.append((not all(named), -score, path, sum(count)))
        return [self._shown(path, wanted, count) for *_, path, count in sorted(found)]

    def _shown(self, path: str, wanted: Sequence[Sequence[str]], count: int) -> FoundNote:
        """The note with the line of it that holds most of the words close together."""
        note, text = self._notes[path], self._lowered[path][1]
        first = _closest(text, wanted)
        if first < 0:
            return FoundNote(note, 0, count)
        line = note.text.count("\n", 0, note.body_start) + text.count("\n", 0, first)
        column = first - (text.rfind("\n", 0, first) + 1)
        forms = [form for group in wanted for form in group]
        excerpt, marks = _excerpt(note.text.split("\n", line + 1)[line], column, forms)
        return FoundNote(note, line + 1, count, excerpt, marks)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A note as BM25Okapi reads it: as long as its text, though only the words looked for are named, by number."""

    length: int  # characters
    counts: Sequence[int]  # of each word

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(repeat(word, count) for word, count in enumerate(self.counts))


def _bm25(texts: Sequence[str], wanted: Sequence[Sequence[str]], counts: Sequence[Sequence[int]]) -> list[float]:
    """BM25 of each text for the words, whose `counts` are those of any place, within other words too.

    Made anew for each query from what it counts, so that nothing is cut into tokens first, which takes jieba a second
    for 300,000 characters, and a word half typed is a term as any other.
    """
    terms = [_whole(texts, forms, column) for forms, column in zip(wanted, zip(*counts, strict=True), strict=False)]
    held = list(zip(*terms, strict=True)) or [()] * len(texts)
    if not any(map(any, held)):  # BM25Okapi divides by the number of terms
        return [0.0] * len(texts)
    mean = sum(map(len, texts)) // len(texts)
    # As many blank notes beside them: in rank_bm25 a word that half of all notes hold weighs nothing, or less.
    blank = [_Counted(mean, ())] * (len(texts) + 1)
    okapi = BM25Okapi([*(_Counted(*one) for one in zip(map(len, texts), held, strict=True)), *blank], b=LENGTH)
    scores: list[float] = okapi.get_scores(range(len(wanted))).tolist()
    return scores[: len(texts)]


def _whole(texts: Sequence[str], forms: Sequence[str], counts: Sequence[int]) -> Sequence[int]:
    """How often each text holds a Latin word by itself ("lora", not "qlora"); when none does, in any place."""
    if not all(form.isascii() for form in forms):
        return counts
    (word,) = map(re.escape, forms)
    alone = re.compile(rf"{word}(?<![a-z0-9]{word})(?![a-z0-9])")  # the word first: a search for it is quick
    whole = [len(alone.findall(text)) if count else 0 for text, count in zip(texts, counts, strict=True)]
    return whole if any(whole) else counts


def _closest(text: str, wanted: Sequence[Sequence[str]]) -> int:
    """Where most of the words stand in one line as near as an excerpt shows them, closest together; -1 for nowhere."""
    spots: list[tuple[int, int, int]] = []  # start, end, number of the word
    for number, forms in enumerate(wanted):
        for form in forms:
            places = islice(re.finditer(re.escape(form), text), MOST_PLACES)
            spots += ((found.start(), found.end(), number) for found in places)
    spots.sort()
    best = (0, 0, -1)  # words, less the width, place
    for i, (start, end, number) in enumerate(spots):
        seen = {number}
        best = max(best, (1, start - end, start), key=lambda one: one[:2])
        for _, last, other in spots[i + 1 :]:
            if last > start + 2 * AROUND or "\n" in text[start:last]:
                break
            if other not in seen:
                seen.add(other)
                best = max(best, (len(seen), start - last, start), key=lambda one: one[:2])
        if best[0] == len(wanted) == 1:
            break
    return best[2]


def _excerpt(line: str, first: int, forms: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """What stands around column `first` of a line, and where the words are in it."""
    start = max(first - AROUND, 0)
    piece = line[start : first + 2 * AROUND].rstrip()
    text = ("…" if start else "") + piece + ("…" if first + 2 * AROUND < len(line) else "")
    low = text.lower()
    marks: list[tuple[int, int]] = []
    at = 0
    while len(low) == len(text) and at < len(low):
        hit = min(((low.find(form, at), -len(form)) for form in forms if form in low[at:]), default=None)
        if hit is None:
            break
        marks.append((hit[0], hit[0] - hit[1]))
        at = marks[-1][1]
    return text, tuple(marks)


@functools.lru_cache(maxsize=256)
def _scripts(word: str) -> tuple[str, ...]:
    """The word as typed, in Simplified and in Traditional Chinese; each form once."""
    if word.isascii():
        return (word,)
    return tuple(dict.fromkeys([word, *(converter.convert(word) for converter in _converters())]))


@functools.cache
def _converters() -> tuple[Any, Any]:
    from opencc import OpenCC

    return OpenCC("t2s"), OpenCC("s2t")


def _tagged(note: Note, tag: str) -> bool:
    return any(own.lower() == tag or own.lower().startswith(tag + "/") for own in note.tags)
