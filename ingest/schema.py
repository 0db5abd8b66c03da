"""The frozen records that travel from the notes to the answer.

Offsets are characters (code points) in `Note.text`, end exclusive; lines count from 1, end inclusive.
"""

import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from ingest.messages import Message
from ingest.text.printable import printable
from ingest.text.words import day_of

if TYPE_CHECKING:
    from ingest.text.lines import Structure

PlaceUnit = Literal["line", "page", "cell", "row"]


class Kind(StrEnum):
    """What a passage is made of; retrieval ranks everything but `PROSE` down."""

    PROSE = "prose"
    QUESTIONS = "questions"  # a list of questions without answers, a table of contents, a bare heading
    LINKS = "links"  # mostly links, image addresses, boilerplate


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file: lines, pages of a PDF, cells of a notebook, rows of a sheet; from 1, `last` inclusive."""

    unit: PlaceUnit
    first: int
    last: int

    def __str__(self) -> str:
        one = self.first == self.last
        name = ("p." if one else "pp.") if self.unit == "page" else self.unit + ("" if one else "s")
        return f"{name} {self.first}" + ("" if one else f"-{self.last}")


@dataclass(frozen=True, slots=True)
class Places:
    """What the lines of a note's text are in its file.

    `starts` are pairs (line, number), ascending: from that line on the text is of the page, cell or row with that number.
    Without any, the lines are the file's own (or, of a format that numbers nothing, those of the text).
    """

    unit: PlaceUnit = "line"
    starts: tuple[tuple[int, int], ...] = ()

    def at(self, first_line: int, last_line: int) -> Place:
        """The place of these lines of the text."""
        numbers = [number for _, number in self.between(first_line, last_line).starts]
        return Place(self.unit, numbers[0], numbers[-1]) if numbers else Place("line", first_line, last_line)

    def between(self, first_line: int, last_line: int) -> "Places":
        """What these lines of the text need, and no more."""
        if not self.starts:
            return self
        after = bisect_right(self.starts, (last_line, sys.maxsize))
        first = max(bisect_right(self.starts, (first_line, sys.maxsize)) - 1, 0)
        return Places(self.unit, self.starts[first : max(after, first + 1)])


FILE_LINES = Places()


@dataclass(frozen=True, slots=True)
class Converted:
    """A file of another format as Markdown; `missing` tells what of it is not there."""

    text: str
    title: str = ""
    places: Places = FILE_LINES
    missing: Message | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One file of the corpus, decoded.

    `path` is relative to the corpus, with `/`. `text` is the decoded file without a byte order mark and with
    every line end as `\\n` (so line n is `text.split("\\n")[n - 1]`), or what a file of another format was converted
    to, `places` telling where its lines come from. `sha256` is of the file's bytes.
    """

    path: str
    title: str
    text: str
    sha256: str
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    body_start: int = 0  # offset of the first character after the front matter
    places: Places = FILE_LINES
    missing: Message | None = None
    structure: "Structure | None" = field(default=None, compare=False, repr=False)  # of `text`, when it was just read

    @property
    def day(self) -> date | None:
        """The day that its file's name begins with, as that of a daily note does."""
        return day_of(PurePosixPath(self.path).stem)


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading: what a citation points to.

    `id` is stable while the note's path and the heading path stay. `heading_path` starts with the note's title.
    `start` is the heading's first character (or the body's start), `end` where the next section starts.
    `inferred` tells that the last heading was not written above the text but matched to it.
    """

    id: str
    path: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    start_line: int
    end_line: int
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed: a piece of one section. `text == note.text[start:end]`, never empty.

    `columns` is the header row of the table that it begins within, '' when it begins with none or with its header.
    """

    id: str
    section_id: str
    path: str
    heading_path: tuple[str, ...]
    text: str
    start: int
    end: int
    start_line: int
    end_line: int
    kind: Kind = Kind.PROSE
    inferred: bool = False
    places: Places = FILE_LINES
    columns: str = ""

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return self.places.at(self.start_line, self.end_line)

    @property
    def location(self) -> str:
        """`path:first-last`, as people write it, or `path, p. 3`."""
        return located(self.path, self.place)


def located(path: str, place: Place) -> str:
    """A file and a place in it, for a person: `path:first-last`, or `path, p. 3`."""
    name = printable(path)
    return f"{name}:{place.first}-{place.last}" if place.unit == "line" else f"{name}, {place}"


@dataclass(frozen=True, slots=True)
class SplitNote:
    """A note with its sections and passages, in the order of the text."""

    note: Note
    sections: tuple[Section, ...] = field(default=())
    passages: tuple[Passage, ...] = field(default=())
