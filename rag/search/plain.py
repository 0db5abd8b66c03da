"""Notes by what stands in them: plain search as one types, without any model."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.schema import Note

AROUND = 30  # characters of a line shown on each side of a match


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note that holds every word looked for; `line` (from 1) is the first that holds one, 0 when only its name does.

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
        """Notes whose title, path or text hold every word of the query; names first, then who holds them most often.

        A word `#tag` names notes with that tag, or one below it.
        """
        words = query.split()
        tags = [word[1:].lower() for word in words if word.startswith("#") and len(word) > 1]
        wanted = [_scripts(word.lower()) for word in words if not word.startswith("#")]
        found = []
        for path, note in self._notes.items():
            if all(_tagged(note, tag) for tag in tags) and (hit := self._look(note, *self._lowered[path], wanted)):
                found.append(hit)
        return [hit for _, hit in sorted(found, key=lambda pair: (*pair[0], pair[1].note.path))]

    def _look(
        self, note: Note, name: str, text: str, wanted: Sequence[Sequence[str]]
    ) -> tuple[tuple[bool, int], FoundNote] | None:
        """How well the note fits (small is better), and the note; None when a word is missing."""
        counts = [sum(text.count(form) for form in forms) for forms in wanted]
        named = [any(form in name for form in forms) for forms in wanted]
        if not all(count or at for count, at in zip(counts, named, strict=True)):
            return None
        forms = [form for group in wanted for form in group]
        first = min((at for form in forms if (at := text.find(form)) >= 0), default=-1)
        rank = (not all(named), -sum(counts))
        if first < 0:
            return rank, FoundNote(note, 0, sum(counts))
        line = note.text.count("\n", 0, note.body_start) + text.count("\n", 0, first)
        excerpt, marks = _excerpt(note.text.split("\n", line + 1)[line], forms)
        return rank, FoundNote(note, line + 1, sum(counts), excerpt, marks)


def _excerpt(line: str, forms: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    low = line.lower()
    first = min((at for form in forms if (at := low.find(form)) >= 0), default=0)
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
