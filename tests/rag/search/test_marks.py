"""What readers marked moves the passages of that section, for near questions alone, as far as the two are near."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from rag.records import Mark
from rag.search.marks import FITS, WRONG, Marks, Reach

VECTORS = {"asked": (1.0, 0.0, 0.0), "beside": (0.8, 0.6, 0.0), "other": (0.0, 0.0, 1.0)}


PASSAGES = {"one": [0, 2], "two": [1]}


class Reader:
    """Marks that are kept, and the questions that were embedded for them."""

    def __init__(self, *marks: Mark) -> None:
        self.kept: Sequence[Mark] = marks
        self.embedded: list[str] = []
        self.marks = Marks(lambda section: PASSAGES.get(section, []), self.encode, lambda: self.kept)

    def encode(self, questions: Sequence[str]) -> npt.NDArray[np.float32]:
        self.embedded += questions
        return np.array([VECTORS[question] for question in questions], np.float32)

    def moves(self, question: str) -> dict[int, float]:
        return dict(self.marks.moves(np.array(VECTORS[question], np.float32)))


def test_a_section_rises_whole_for_its_question_and_less_for_a_near_one() -> None:
    reader = Reader(Mark("asked", "one", True))
    assert reader.moves("asked") == pytest.approx({0: FITS.strength, 2: FITS.strength})
    share = (0.8 - FITS.near) / (1 - FITS.near)
    assert reader.moves("beside") == pytest.approx({0: FITS.strength * share, 2: FITS.strength * share})
    assert reader.moves("other") == {}


def test_a_wrong_source_sinks_for_its_question_and_what_is_taken_back_moves_nothing() -> None:
    reader = Reader(Mark("asked", "two", False))
    assert reader.moves("asked") == pytest.approx({1: WRONG.strength}) and WRONG.strength < 0
    reader.kept = ()
    assert reader.moves("asked") == {}


@pytest.mark.parametrize("reach", [FITS, WRONG])
def test_a_mark_ends_where_questions_are_no_longer_near(reach: Reach) -> None:
    assert reach.at(reach.near) == 0 and reach.at(reach.near - 0.1) == 0
    assert abs(reach.at(reach.near + 0.01)) == pytest.approx(abs(reach.strength) * 0.01 / (1 - reach.near))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_marks_of_a_section_the_nearer_question_counts(turned: bool) -> None:
    marks = (Mark("asked", "two", True), Mark("beside", "two", False))
    reader = Reader(*(reversed(marks) if turned else marks))
    assert reader.moves("asked")[1] == pytest.approx(FITS.strength)
    assert reader.moves("beside")[1] == pytest.approx(WRONG.strength)


def test_a_section_that_is_gone_moves_nothing_and_questions_are_embedded_once() -> None:
    reader = Reader(Mark("asked", "gone", True), Mark("asked", "one", True))
    assert set(reader.moves("asked")) == set(reader.moves("beside")) == {0, 2}
    assert reader.embedded == ["asked"]
