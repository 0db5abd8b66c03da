"""What the notes say of a text of the user's own, sentence by sentence."""

from dataclasses import dataclass
from enum import StrEnum

from rag.records import Evidence, Source, numbers_of_sources


class Support(StrEnum):
    """What sources say of a sentence."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence of a text of the user's own; `evidence` is where the notes hold or deny it, empty when nowhere."""

    text: str
    support: Support
    evidence: tuple[Evidence, ...] = ()

    @property
    def citations(self) -> tuple[int, ...]:
        """The numbers of the sources that hold it."""
        held = self.support is Support.SUPPORTED
        return numbers_of_sources(self.evidence) if held else ()


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The sentences in order, headings left out, and the sources of their evidence, numbered from 1 as they come."""

    sentences: tuple[Judged, ...]
    sources: tuple[Source, ...]
