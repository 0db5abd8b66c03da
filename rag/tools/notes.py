"""Plain functions over an index that answer questions about the notes themselves; any program may call them.

Each gives a `Listing`; `rag.tools.desk` chooses one for a question and tells it in words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from ingest.index.read import NotesIndex
from ingest.messages import Message, Text
from ingest.schema import Note, Section
from rag.search.retriever import HybridRetriever
from rag.tools.dates import Span, changed_on, written_on

_READ = 50  # hits in which sections about a topic are looked for
_NEAREST = 10  # those of them that stand for a topic of which no note has the words


@dataclass(frozen=True, slots=True)
class Row:
    """A note, or a folder (`path` ends with `/`), with why it is listed, and its section that says so."""

    path: str
    title: str
    why: Text | None = None
    section: Section | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a function found: its name, what it was given, and the rows, best first; `total` may count more than rows."""

    tool: str
    total: int
    rows: tuple[Row, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


def count_notes(index: NotesIndex, folder: str = "") -> Listing:
    """How many notes there are, in all or below a folder."""
    given = {"folder": folder} if folder else {}
    return Listing("count_notes", sum(path.startswith(folder) for path in index.notes), (), given)


def notes_in(index: NotesIndex, folder: str = "") -> Listing:
    """The notes below a folder (`papers/`); of all notes the folders, with how many each holds."""
    if folder:
        rows = [_row(note) for path, note in index.notes.items() if path.startswith(folder)]
        return Listing("notes_in", len(rows), tuple(rows), {"folder": folder})
    held = Counter(path.rpartition("/")[0] + "/" for path in index.notes if "/" in path)
    folders = [Row(name, name, Message("tools.holds", n=held[name])) for name in sorted(held)]
    alone = [_row(note) for path, note in index.notes.items() if "/" not in path]
    return Listing("notes_in", len(index.notes), (*folders, *alone))


def notes_written(index: NotesIndex, corpus: Path, days: Span) -> Listing:
    """The notes written in these days, by their front matter, else by their files; the youngest first."""
    return _dated("notes_written", ((written_on(n, corpus), n) for n in index.notes.values()), days)


def notes_changed(index: NotesIndex, corpus: Path, since: date | None = None) -> Listing:
    """The notes whose files have changed since a day, or all; the last changed first."""
    days = Span(since or date.min, date.max)
    return _dated("notes_changed", ((changed_on(n, corpus), n) for n in index.notes.values()), days)


def notes_by_length(index: NotesIndex, shortest: bool = False) -> Listing:
    """All notes by the characters of their text, the longest first, or the shortest."""
    order = sorted(index.notes.values(), key=lambda n: (len(n.text) if shortest else -len(n.text), n.path))
    rows = tuple(_row(note, Message("tools.characters", n=len(note.text))) for note in order)
    return Listing("shortest_notes" if shortest else "longest_notes", len(rows), rows)


def notes_about(retriever: HybridRetriever, topic: str) -> Listing:
    """The notes on a topic, best first: those with all its words, in the order in which search finds their sections.

    When no note has the words, such as those of another language, the notes of the nearest sections.
    """
    index, words = retriever.index, retriever.tokenize(topic)
    held = _holding(index, words)
    places: dict[str, list[Section]] = {}
    for place, hit in enumerate(retriever.search(topic, _READ)):
        if hit.passage.path in held or (not held and place < _NEAREST):
            places.setdefault(hit.passage.path, []).append(index.sections[hit.passage.section_id])
    first = [_about(index.notes[path], sections) for path, sections in places.items()]
    rest = [_row(index.notes[path]) for path in index.notes if path in held and path not in places]
    rows = sorted([*first, *rest], key=lambda row: not _named(index.notes[row.path], words, retriever))
    return Listing("notes_about", len(rows), tuple(rows), {"topic": topic})


def _holding(index: NotesIndex, words: Iterable[str]) -> frozenset[str]:
    """The paths of the notes that hold every word."""
    bm25, found = index.bm25, set(index.notes)
    for word in dict.fromkeys(words):
        row = bm25.vocabulary.get(word)
        passages = bm25.gains(row)[0] if row is not None else np.zeros(0, np.int64)
        found &= index.paths_of(passages)
    return frozenset(found)


def _about(note: Note, sections: list[Section]) -> Row:
    best = sections[0]
    heading = " > ".join(best.heading_path[1:]) or note.title
    return _row(note, Message("tools.section", heading=heading, n=len({one.id for one in sections})), best)


def _named(note: Note, words: list[str], retriever: HybridRetriever) -> bool:
    return set(words) <= set(retriever.tokenize(f"{note.title}\n{note.path}"))


def _dated(tool: str, notes: Iterable[tuple[date | None, Note]], days: Span) -> Listing:
    inside = [(day, note) for day, note in notes if day and days.first <= day <= days.last]
    inside.sort(key=lambda pair: (-pair[0].toordinal(), pair[1].path))
    rows = tuple(_row(note, day.isoformat()) for day, note in inside)
    known = {"since": days.first, "until": days.last}
    return Listing(tool, len(rows), rows, {k: d.isoformat() for k, d in known.items() if d not in (date.min, date.max)})


def _row(note: Note, why: Text | None = None, section: Section | None = None) -> Row:
    return Row(note.path, note.title, why, section)
