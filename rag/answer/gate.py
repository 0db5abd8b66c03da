"""When the notes do not answer: what the retrieval says about that before the model is asked, and how 'no' is said.

The weights are a logistic regression over questions that several folders of notes answer, nearly answer, or say nothing
about; `python -m benchmarks.gate` fits them, docs/benchmarks.md has the figures.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.messages import Message
from ingest.passages.text import embedding_text
from ingest.schema import Kind, Passage
from ingest.text.scripts import Language
from rag.records import Sentence, Source

if TYPE_CHECKING:
    from rag.citations.check import Entails

UNLIKELY = 0.5  # below this probability of an answer the model is not even asked
CERTAIN = 0.6  # from here on the quotes stand when the local model says no or strays
INTERCEPT = -8.79
WEIGHTS: Mapping[str, float] = {"cosine": 13.37, "standing": 14.73, "held": 0.46}
FIRST, LAST = 20, 200  # of the nearest passages those that any question of this kind has: what is usual
READ = 3  # statements that the checker reads beside the question
_LEAST_HELD = 0.001  # probabilities below count as this
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What the retrieval says about a question: whether some statement that was found bears on what is asked."""

    cosine: float  # of the nearest passage that states something with the question
    standing: float  # how much that is above what is usual for the question in these notes
    held: float  # logarithm of the checker's probability that a statement found holds what the question says


def signals(
    question: str,
    scores: npt.NDArray[np.float32],
    passages: Sequence[Passage],
    entails: "Entails",
) -> Signals:
    """Measure a search: by the cosines float32 [m] of the `passages` nearest to the question, nearest first, and by what
    the checker says of the question beside the first of them; lists of questions among them state nothing."""
    if not any(character.isalnum() for character in question):  # a lone question mark asks for nothing
        return Signals(0.0, 0.0, math.log(_LEAST_HELD))
    prose = [(float(score), one) for score, one in zip(scores, passages, strict=True) if one.kind is Kind.PROSE][:READ]
    cosine = prose[0][0] if prose else 0.0
    usual = scores[min(FIRST, len(scores) // 2) : LAST]
    read = [embedding_text(one) for _, one in prose]
    held = max((verdict.held for verdict in entails(question, read)), default=0.0) if read else 0.0
    standing = cosine - float(usual.mean()) if len(usual) else 0.0
    return Signals(cosine, standing, math.log(max(held, _LEAST_HELD)))


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
