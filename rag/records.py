"""The frozen records between question and answer, and the events of a streaming answer."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.messages import Message
from ingest.schema import FILE_LINES, Passage, Place, Places, located

STOPPED = Message("answer.stopped")  # told in `Answer.incomplete` of one that its reader ended

# What became of the text of the model that was asked: it stands, word for word as the notes have it (`echoes`), nothing of
# it is in the notes (`unsupported`), it says no, it came to nothing (`failed`), or the reader ended it before.
Verdict = Literal["", "stands", "echoes", "unsupported", "says no", "failed", "stopped"]

EXTRACTIVE = "extractive"  # `Answer.model` when no language model wrote it


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of the question that no note holds, as typed, and the word of the notes that was searched instead."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What the reader thought of a section as a source for a question: it fits (`good`), or it is a wrong one."""

    question: str  # as it stands alone
    section_id: str
    good: bool
    name: str = ""  # the section as people find it
    at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and why: each retriever's rank (from 1), score, and share of the fused score.

    `mark` is what the reader's marks on near questions added to its scores, less than 0 where they took from them.
    """

    passage: Passage
    score: float
    ranks: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    also_at: tuple[str, ...] = ()  # locations of near-duplicates that this hit stands for
    mark: float = 0.0

    @property
    def place(self) -> tuple[float, float]:
        """Sorts the hits of one search as it gave them: the reranker's order, then the fused score."""
        return self.ranks.get("reranker", math.inf), -self.score


Cut = Literal["shown", "duplicate", "below", "outside"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one passage stood for a question, over the whole index.

    `ranks` and `scores` hold a retriever only when it gave the passage a score (BM25 gives none without a shared term);
    `fused_rank` is None outside both lists. `cut`: `shown` among the hits, `duplicate` of one that is shown, `below` them in
    the fused list, or `outside` of both retrievers' lists.
    """

    passage: Passage
    ranks: Mapping[str, int]
    scores: Mapping[str, float]
    fused_rank: int | None
    cut: Cut


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered section that the model and the reader get.

    `text` is a piece of the note as indexed, `note.text[start:end]`; the passages found lie in it.
    """

    n: int
    section_id: str
    path: str
    heading_path: tuple[str, ...]
    text: str
    start: int
    end: int
    start_line: int
    end_line: int
    content_hash: str  # SHA-256 of `text` in UTF-8, hex
    inferred: bool = False
    hits: tuple[Hit, ...] = ()
    places: Places = FILE_LINES

    @property
    def mark(self) -> float:
        """What the reader's marks moved it by, as of its hits."""
        return next((hit.mark for hit in self.hits if hit.mark), 0.0)

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return self.places.at(self.start_line, self.end_line)

    @property
    def location(self) -> str:
        """`path:first-last`, as people write it, or `path, p. 3`."""
        return located(self.path, self.place)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The exact span of a source that supports a sentence: `note.text[start:end] == quote`."""

    n: int
    quote: str
    start: int
    end: int
    start_line: int
    end_line: int


def numbers_of_sources(spans: Iterable[Evidence]) -> tuple[int, ...]:
    """The numbers of the sources that the spans are of, each once, in order."""
    return tuple(dict.fromkeys(span.n for span in spans))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item of an answer, without `[n]` marks; `text` keeps its Markdown, line breaks included.

    The answer is the concatenation of `lead + text` of its sentences, `lead` being the white space, bullet or
    block (code, table, heading) markup before it. `supported` is None where no citation is needed (headings,
    'the notes do not say').
    """

    text: str
    lead: str = ""
    citations: tuple[int, ...] = ()
    supported: bool | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a section that is shown: `note.text[start:end]`, behind `joint` when it is not the first.

    `folded` tells that words of the section between it and the piece before are not shown.
    """

    start: int
    end: int
    joint: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a source that answers, as it stands in the note: its heading is not in it.

    The section's body is `note.text[start:end]`; `more` tells that it goes on behind the last piece. `marked` are the
    spans (start, end) that answer.
    """

    n: int
    start: int
    end: int
    pieces: tuple[Piece, ...]
    marked: tuple[tuple[int, int], ...]
    more: bool = False

    @property
    def folded(self) -> bool:
        """Whether something of the section is not shown."""
        return self.more or any(piece.folded for piece in self.pieces)

    def text(self, source: Source, fold: str = "⋯") -> str:
        """The pieces as one Markdown text, `fold` where words are left out."""
        parts = []
        for piece in self.pieces:
            gap = fold + piece.joint if piece.folded else piece.joint
            parts.append(gap + source.text[piece.start - source.start : piece.end - source.start])
        return "".join(parts) + (fold if self.more else "")


@dataclass(frozen=True, slots=True)
class Look:
    """A step of a model that looks in the notes itself: the tool that it called, what it gave, and what that brought.

    `found` names sections that it had not seen before; `fault` tells, for a person, why the step brought nothing, or why
    there are no more.
    """

    tool: str = ""
    given: str = ""
    found: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. Times are milliseconds from the question."""

    question: str
    standalone_question: str
    text: str
    refused: bool
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    model: str  # `EXTRACTIVE` when no language model wrote it
    generation: str  # id of the index generation used
    timings: Mapping[str, float]
    incomplete: str = ""  # why the answer breaks off, for a person (or `STOPPED`); empty when it is whole
    only: tuple[str, ...] = ()  # what it was restricted to: patterns of `rag.question.scope`
    excerpts: tuple[Excerpt, ...] = ()  # what the reader sees at once: the sections that answer, or the nearest
    asked: str = ""  # the model that was asked to sum up; '' when none was
    verdict: Verdict = ""  # what became of its text
    written: tuple[Sentence, ...] = ()  # its text as it was streamed, whatever became of it
    differs: tuple[str, ...] = ()  # figures of its text that the sources do not hold
    disagreement: bool = False  # the last of `sentences` tells that two notes disagree
    corrections: tuple[Correction, ...] = ()  # words that no note holds, and what was searched instead
    tool: str = ""  # what answered out of the index, without a search, with what it was given: `notes_about(topic=RAG)`
    looks: tuple[Look, ...] = ()  # how the model looked further, step by step

    @property
    def remarks(self) -> tuple[Message, ...]:
        """What is to be said of the model's text, a sentence each; nothing of one that stands as it is."""
        said: list[Message] = []
        if self.verdict == "echoes":
            said.append(Message("verdict.echoes", model=self.asked))
        elif self.verdict == "unsupported":
            said.append(Message("verdict.unsupported", model=self.asked))
        elif self.verdict == "says no":
            said.append(Message("verdict.says_no", model=self.asked))
        if self.asked and self.incomplete and self.written:
            said.append(Message("verdict.cut", model=self.asked, why=self.incomplete))
        elif self.asked and self.incomplete:
            said.append(Message("verdict.failed", model=self.asked, why=self.incomplete))
        if self.differs:
            said.append(Message("verdict.differs", figures="、".join(self.differs)))
        return tuple(said)

    @property
    def stopped(self) -> bool:
        """Whether its reader ended it."""
        return self.incomplete in (STOPPED.told("zh"), STOPPED.told("en"))


# Events of a streaming answer, in this order; `Waiting`s come when others are asked first, `Delta`s and `Checked`s alternate.
# Where a model looks further, `Looked`s follow `Found`, and another `Found` that holds what the first one did.


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched for, after a follow-up was made a stand-alone question and slips were mended."""

    standalone_question: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The sources, before the model has read them; `extract` quotes the best sentences word for word.

    `excerpts` shows these sentences in their places. When the notes seem to hold no answer, `extract` is empty and
    they are of the nearest section.
    """

    sources: tuple[Source, ...]
    extract: tuple[Sentence, ...]
    excerpts: tuple[Excerpt, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """The model has looked further, one step."""

    look: Look


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model answers others first: how many, the one that it writes for with them; 0 when the wait is over."""

    place: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More text of the answer, as the model writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence is complete and checked; in order, none left out."""

    sentence: Sentence


Change = Literal["quoted", "refused", "repetition dropped", "conflict added"]


@dataclass(frozen=True, slots=True)
class Finished:
    """The end, always the last event, also after an error.

    `changes` say in what the answer differs from the sentences that were streamed: `quoted` or `refused` when no
    sentence of it is in the notes and others stand in their place; `repetition dropped` (of a sentence said before, or
    of the question); `conflict added` at the end, where two notes disagree.
    """

    answer: Answer
    changes: tuple[Change, ...] = ()


Event = Searched | Found | Looked | Waiting | Delta | Checked | Finished
