"""What the reader thought of sections, question by question, moves them for near questions.

A mark belongs to a question, and counts for another one by the cosine of their vectors, the same that search by meaning uses.
The numbers were chosen on one vault and measured on another (docs/benchmarks.md, "Marks").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.records import Mark


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a mark reaches: `strength`, of an inner product, for its own question, falling to 0 at the cosine `near`."""

    near: float
    strength: float

    def at(self, cosine: float) -> float:
        """What is added for a question at this cosine."""
        return self.strength * max(0.0, cosine - self.near) / (1 - self.near)


FITS = Reach(0.6, 0.1)
WRONG = Reach(0.8, -0.2)  # what is wrong for one question is often right for the next

PassagesOf = Callable[[str], Sequence[int]]  # the numbers of a section's passages; none of one that is gone
Marked = Callable[[], Sequence[Mark]]  # the marks as they are kept now
EncodeQuestions = Callable[[Sequence[str]], npt.NDArray[np.float32]]


def no_marks() -> Sequence[Mark]:
    """What is searched without a reader."""
    return ()


class Marks:
    """The marks of one reader over the passages of one index; safe to use from threads."""

    def __init__(self, passages_of: PassagesOf, encode: EncodeQuestions, marked: Marked) -> None:
        """`encode` gives unit vectors float32 [n, dimension] of questions."""
        self._passages_of, self._encode, self._marked = passages_of, encode, marked
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}

    def moves(self, vector: npt.NDArray[np.float32]) -> Mapping[int, float]:
        """What is added to the scores of passages, by number, for a question with this vector, float32 [dimension].

        Of the marks of a section that of the nearest question counts. Raises HistoryError.
        """
        marks = self._marked()
        if not marks:
            return {}
        cosines = self._vectors_of([mark.question for mark in marks]) @ vector
        nearest: dict[str, tuple[float, bool]] = {}
        for cosine, mark in zip(cosines.tolist(), marks, strict=True):
            if mark.section_id not in nearest or cosine > nearest[mark.section_id][0]:
                nearest[mark.section_id] = cosine, mark.good
        added = {section: (FITS if good else WRONG).at(cosine) for section, (cosine, good) in nearest.items()}
        return {item: move for section, move in added.items() if move for item in self._passages_of(section)}

    def _vectors_of(self, questions: Sequence[str]) -> npt.NDArray[np.float32]:
        known = self._vectors
        new = [question for question in dict.fromkeys(questions) if question not in known]
        if new:
            self._vectors = known = known | dict(zip(new, self._encode(new), strict=True))
        return np.stack([known[question] for question in questions])
