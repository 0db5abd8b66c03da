"""How far something long is, and how it is told to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ingest.errors import BuildCancelled
from ingest.messages import Language, Message

ProgressCall = Callable[[str, int, int], None]  # stage, done, total
CancelCall = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of getting ready: a model comes, or there is something to know of a file or the index (`notice`).

    `what` says it for a person; `percent` is how much of part number `part` (from 1) of `parts` has come.
    """

    stage: Literal["waiting", "fetching", "unpacking", "ready", "notice"]
    what: Message
    part: int = 1
    parts: int = 1
    percent: int = 0

    @property
    def percent_of_all(self) -> int:
        """How much of all parts has come."""
        return (100 * (self.part - 1) + self.percent) // self.parts

    def told(self, language: Language) -> str:
        """The step in one line."""
        return (f"{self.part}/{self.parts} " if self.parts > 1 else "") + self.what.told(language)

    def __str__(self) -> str:
        return self.told("en")


Report = Callable[[SetupStep], None]


def silent(step: SetupStep) -> None:
    """Nobody is listening."""


def check(cancel: CancelCall | None) -> None:
    """Raise BuildCancelled when the user wants to stop."""
    if cancel and cancel():
        raise BuildCancelled("build.cancelled")
