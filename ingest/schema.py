"""The frozen records that travel from the notes to the answer.

Offsets are characters (code points) in `Note.text`, end exclusive; lines count from 1, end inclusive.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a passage is made of; retrieval ranks everything but `PROSE` down."""

    PROSE = "prose"
    QUESTIONS = "questions"  # a list of questions without answers, a table of contents, a bare heading
    LINKS = "links"  # mostly links, image addresses, boilerplate


@dataclass(frozen=True, slots=True)
class Note:
    """One file of the corpus, decoded.

    `path` is relative to the corpus, with `/`. `text` is the decoded file without a byte order mark and with
    every line end as `\\n` (so line n is `text.split("\\n")[n - 1]`); `sha256` is of the file's bytes.
    """

    path: str
    title: str
    text: str
    sha256: str
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    body_start: int = 0  # offset of the first character after the front matter


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
    """What is indexed: a piece of one section. `text == note.text[start:end]`, never empty."""

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

    @property
    def location(self) -> str:
        """`path:first-last`, as people write it."""
        return f"{self.path}:{self.start_line}-{self.end_line}"


@dataclass(frozen=True, slots=True)
class SplitNote:
    """A note with its sections and passages, in the order of the text."""

    note: Note
    sections: tuple[Section, ...] = field(default=())
    passages: tuple[Passage, ...] = field(default=())
