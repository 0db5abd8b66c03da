"""What an answer is on its way: `Asked` -> `Retrieved` -> `Written` -> `Outcome`, each made from the one before."""

import time
from dataclasses import dataclass
from typing import Literal

from ingest.text.scripts import Language
from rag.answer.gate import UNLIKELY
from rag.records import Excerpt, Look, Sentence, Source, Turn, Verdict
from rag.search.understanding import Understood
from rag.sources.relevance import RankedUnit


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, and what is searched for it. `earlier` is the conversation, when the question is a follow-up; `who` asks."""

    question: str
    understood: Understood
    tongue: Language  # of what we say ourselves
    started: float  # of `time.monotonic`
    earlier: tuple[Turn, ...] = ()
    only: tuple[str, ...] = ()
    who: str = ""

    @property
    def searched(self) -> str:
        """What is searched, as it is shown."""
        return self.understood.question

    @property
    def to_answer(self) -> str:
        """What the model is asked: to say the last answer in another form, or the question that stands alone."""
        return self.question if self.understood.again else self.searched

    def milliseconds(self) -> float:
        """Since the question."""
        return milliseconds_since(self.started)


def milliseconds_since(started: float) -> float:
    """Since a moment of `time.monotonic`."""
    return (time.monotonic() - started) * 1000


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The sources, their units, best first, and those of them that answer, word for word."""

    sources: tuple[Source, ...]
    ranked: tuple[RankedUnit, ...]
    quotes: tuple[Sentence, ...]
    chance: float  # that the notes hold the answer
    milliseconds: float
    excerpts: tuple[Excerpt, ...] = ()  # the quotes in their places
    tool: str = ""  # what gave the sources in place of a search
    looks: tuple[Look, ...] = ()  # how a model looked further

    @property
    def answers(self) -> bool:
        """Whether the notes seem to hold the answer."""
        return self.chance >= UNLIKELY and bool(self.quotes)

    @property
    def shown(self) -> tuple[Excerpt, ...]:
        """What the reader sees at once: the excerpts, or only the nearest when the notes seem to hold no answer."""
        return self.excerpts if self.answers else self.excerpts[:1]


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, checked; `incomplete` says why it breaks off."""

    sentences: tuple[Sentence, ...]
    incomplete: str
    first_token_ms: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands in the end: the text `written` by `model`, the quotes, or no."""

    kind: Literal["written", "quoted", "refused"]
    sentences: tuple[Sentence, ...]
    model: str
    incomplete: str = ""
    asked: str = ""  # the model that was asked
    verdict: Verdict = ""
