"""What goes out to other programs, and the limits of what comes in: with their JSON schema, for the API and for MCP alike."""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from ingest.schema import Note, Section
from rag import records
from rag.judged import CheckedText
from rag.records import Answer, Hit
from rag.records_json import answer_to_json, checked_to_json, hit_to_json, look_to_json

PAGE = 20_000  # characters of a section that are given at once
NOTE_URI = "note:///{+path}"  # a template of RFC 6570

QuestionText = Annotated[str, Field(min_length=1, max_length=4000, description="in any language, as a whole sentence")]
Best = Annotated[int, Field(ge=1, le=50, description="how many passages")]
Only = Annotated[
    list[str],
    Field(description="these notes alone: a folder `papers/`, a note, a glob as in .gitignore, or a `#tag`"),
]
TextToCheck = Annotated[str, Field(min_length=1, max_length=50_000)]
Answered = Annotated[str, Field(description="what the text answers, when it answers one")]


class Form(BaseModel):
    """Fields of ours that a form does not name stay here."""


class FoundPassage(Form):
    """A passage that fits a question. `section_id` opens the section around it; lines count from 1."""

    path: str
    heading_path: list[str]
    section_id: str
    start_line: int
    end_line: int
    location: str = Field(description="`lines 3-9`, or `p. 4` of a PDF")
    text: str
    score: float
    ranks: dict[str, int] = Field(description="the place in each retriever's own list, from 1")
    mark: float = Field(0.0, description="what the user's marks added to its scores; below 0: took")


class FoundPassages(Form):
    """Best first."""

    passages: list[FoundPassage]


class ListedSection(Form):
    """One heading of a note."""

    section_id: str
    heading_path: list[str]
    start_line: int
    end_line: int


class ListedNote(Form):
    """A note; its sections are named when one note was asked for."""

    path: str
    title: str
    tags: list[str]
    aliases: list[str]
    characters: int
    sections: list[ListedSection] = []


class ListedNotes(Form):
    """A page of the list, by path; `next_offset` when there are more."""

    notes: list[ListedNote]
    total: int
    next_offset: int | None = None


class SectionText(Form):
    """A section as it stands in its note; `next_start` when it goes on behind `text`."""

    section_id: str
    path: str
    heading_path: list[str]
    start_line: int
    end_line: int
    text: str
    next_start: int | None = Field(None, description="give it as `start` to read on")
    previous_section: str | None = None
    next_section: str | None = None


class Span(Form):
    """The words of a source that hold a sentence, or deny it."""

    n: int
    path: str = Field("", description="empty where the source with this number names it")
    start_line: int
    end_line: int
    quote: str


class AnswerSentence(Form):
    """A sentence, the numbers of its sources, and whether they hold it."""

    text: str
    citations: list[int]
    supported: bool
    evidence: list[Span]


class Source(Form):
    """A numbered section that was found."""

    n: int
    path: str
    heading_path: list[str]
    section_id: str
    start_line: int
    end_line: int
    location: str
    text: str


class Excerpt(Form):
    """What answers, as it stands in source `n`; `marked` are the words in it that do."""

    n: int
    text: str
    marked: list[str]


class Look(Form):
    """A step of a model that looked further in the notes: what it called, and the sections that this brought."""

    tool: str
    given: str
    found: list[str]
    fault: str = Field(description="why it brought nothing, or why there are no more steps; empty without one")


class NotesAnswer(Form):
    """An answer. `refused`: the notes do not say. `evidence` answers by itself; `sentences` are the answer, checked."""

    question: str
    standalone_question: str
    answer: str
    refused: bool
    sentences: list[AnswerSentence]
    evidence: list[Excerpt]
    sources: list[Source]
    model: str = Field(description="`extractive` when the answer is quoted from the notes")
    incomplete: str = Field(description="why it breaks off; empty when it is whole")
    looks: list[Look] = Field(default=[], description="how the model looked further before it wrote")


class CheckedSentence(Form):
    """A sentence of a text, and what the notes say of it."""

    text: str
    verdict: Literal["supported", "contradicted", "unsupported"]
    citations: list[int]
    evidence: list[Span]


class CheckedSentences(Form):
    """In the order of the text, without its headings."""

    sentences: list[CheckedSentence]


def note_uri(path: str) -> str:
    """The address of a note, for programs."""
    return NOTE_URI.replace("{+path}", quote(path))


def passages_form(hits: Sequence[Hit]) -> FoundPassages:
    """Hits as they go out."""
    return FoundPassages.model_validate({"passages": [hit_to_json(hit) for hit in hits]})


def answer_form(answer: Answer) -> NotesAnswer:
    """An answer as it goes out."""
    return NotesAnswer.model_validate(answer_to_json(answer))


def look_form(look: records.Look) -> Look:
    """A step of a model that looks further, as it goes out."""
    return Look.model_validate(look_to_json(look))


def checked_form(checked: CheckedText) -> CheckedSentences:
    """A checked text as it goes out."""
    return CheckedSentences.model_validate({"sentences": checked_to_json(checked)})


def note_form(note: Note, sections: Sequence[Section] = ()) -> ListedNote:
    """A note, with these sections."""
    return ListedNote(
        path=note.path,
        title=note.title,
        tags=list(note.tags),
        aliases=list(note.aliases),
        characters=len(note.text),
        sections=[
            ListedSection(
                section_id=one.id,
                heading_path=list(one.heading_path),
                start_line=one.start_line,
                end_line=one.end_line,
            )
            for one in sections
        ],
    )


def list_form(found: Sequence[tuple[Note, Sequence[Section]]], offset: int, limit: int) -> ListedNotes:
    """A page of a list of notes; the sections are told when it is of one note."""
    page = found[offset : offset + limit]
    last = offset + len(page)
    return ListedNotes(
        notes=[note_form(note, sections if len(found) == 1 else ()) for note, sections in page],
        total=len(found),
        next_offset=last if last < len(found) else None,
    )


def section_form(note: Note, beside: Sequence[Section], at: int, start: int) -> SectionText:
    """Section `at` of those of a note, from character `start` of it."""
    section = beside[at]
    whole = note.text[section.start : section.end].rstrip()
    text = whole[start : start + PAGE]
    return SectionText(
        section_id=section.id,
        path=section.path,
        heading_path=list(section.heading_path),
        start_line=section.start_line,
        end_line=section.end_line,
        text=text,
        next_start=start + len(text) if start + len(text) < len(whole) else None,
        previous_section=beside[at - 1].id if at else None,
        next_section=beside[at + 1].id if at + 1 < len(beside) else None,
    )
