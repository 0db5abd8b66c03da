"""When the notes do not answer: what the retrieval says about that before the model is asked, and how 'no' is said.

The weights are a logistic regression over questions that several folders of notes answer, nearly answer, or say nothing
about; `python -m benchmarks.gate` fits them, docs/benchmarks.md has the figures.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.messages import Message
from ingest.schema import Kind, Passage
from ingest.text.scripts import Language
from rag.records import Sentence, Source

UNLIKELY = 0.5  # below this probability of an answer the model is not even asked
CERTAIN = 0.6  # from here on the quotes stand when the local model says no or strays
INTERCEPT = -10.79
WEIGHTS: Mapping[str, float] = {"cosine": 11.23, "standing": 32.3}
FIRST, LAST = 20, 200  # of the nearest passages those that any question of this kind has: what is usual
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What the retrieval says about a question: whether some statement that was found bears on what is asked."""

    cosine: float  # of the nearest passage that states something with the question
    standing: float  # how much that is above what is usual for the question in these notes


def signals(question: str, scores: npt.NDArray[np.float32], passages: Sequence[Passage]) -> Signals:
    """Measure a search by the cosines float32 [m] of the `passages` nearest to the question, nearest first; lists of
    questions among them state nothing."""
    if not any(character.isalnum() for character in question):  # a lone question mark asks for nothing
        return Signals(0.0, 0.0)
    stating = (float(score) for score, one in zip(scores, passages, strict=True) if one.kind is Kind.PROSE)
    cosine = next(stating, 0.0)
    usual = scores[min(FIRST, len(scores) // 2) : LAST]
    return Signals(cosine, cosine - float(usual.mean()) if len(usual) else 0.0)


def probability(measured: Signals) -> float:
    """The chance that the notes hold the answer, 0 to 1."""
    z = INTERCEPT + sum(weight * getattr(measured, name) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-z))


def refusal(tongue: Language, sources: Sequence[Source]) -> tuple[Sentence, ...]:
    """One sentence that says no, and one that names the nearest sections, plainly not as an answer."""
    titles = list(dict.fromkeys(source.heading_path[-1] for source in sources))[:_NEAREST]
    said = Sentence(Message("answer.refused").told(tongue))
    if not titles:
        return (said,)
    named = "、".join(f"「{title}」" for title in titles) if tongue == "zh" else "; ".join(titles)
    return said, Sentence(Message("answer.nearest", titles=named).told(tongue), "\n\n")
