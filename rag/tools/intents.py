"""What a message to the notes wants: an answer out of them, something about them, or nothing.

A multinomial regression on the question's vector by the default embedding model, trained by `training.intents`; it
reads Chinese, English, Japanese and Korean alike, as the embedding model does.
"""

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).with_name("intents.safetensors")
SURE = 0.5  # probability from which a message is a question to search for


class Intent(StrEnum):
    """In the order of the regression's rows."""

    QUESTION = "question"  # to search for
    NOISE = "noise"  # keys, signs, laughter, a bare address
    GREETING = "greeting"  # and thanks, and what this is
    COUNT = "count"
    ABOUT = "about"  # which notes are about something
    WRITTEN = "written"  # in a month, a year
    CHANGED = "changed"  # since
    FOLDER = "folder"  # what is in one, or in all
    LONGEST = "longest"
    SUMMARY = "summary"

    @property
    def about_notes(self) -> bool:
        """Whether it asks something about the notes themselves."""
        return self not in (Intent.QUESTION, Intent.NOISE, Intent.GREETING)


@dataclass(frozen=True, slots=True)
class Recognizer:
    """The regression: `weight` float32 [intents, dimension], `bias` float32 [intents]; `frame` are the words of requests
    that are not what they are about."""

    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    frame: frozenset[str]

    def intent(self, vector: npt.NDArray[np.float32]) -> Intent:
        """What a question float32 [dimension] wants: something else than a search only when all else together is likelier."""
        logits = self.weight @ vector + self.bias
        odds = np.exp(logits - logits.max())
        if odds[0] >= SURE * odds.sum():
            return Intent.QUESTION
        return list(Intent)[1 + int(odds[1:].argmax())]


@functools.cache
def shipped() -> Recognizer:
    """The one for the default embedding model."""
    from safetensors import safe_open

    with safe_open(FILE, framework="numpy") as file:
        weight, bias = (file.get_tensor(name).astype(np.float32) for name in ("weight", "bias"))
        return Recognizer(weight, bias, frozenset(file.metadata()["frame"].split()))
