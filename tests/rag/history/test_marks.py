"""Marks of sections are kept by question, replaced, taken back, and read without a file being made."""

from pathlib import Path

import pytest
from history_kit import told

from ingest.errors import HistoryError
from rag.history.marks import MarkList
from rag.history.store import FILE, Store

(SOURCE,) = told("q").sources


def test_a_later_mark_replaces_the_earlier_one_and_is_named_as_people_find_it(tmp_path: Path) -> None:
    marks = MarkList(Store(tmp_path))
    marks.keep("缓存多大？", SOURCE, True)
    marks.keep("缓存多大？", SOURCE, False)
    marks.keep("another", SOURCE, True)
    assert [(m.question, m.section_id, m.good) for m in MarkList(Store(tmp_path)).listed()] == [
        ("another", "s", True),
        ("缓存多大？", "s", False),
    ]
    assert marks.listed()[0].name == "甲 > 量化 (甲.md:2-2)"


def test_marks_are_taken_back_by_section_or_by_number(tmp_path: Path) -> None:
    marks = MarkList(Store(tmp_path))
    for question in ("one", "two", "three"):
        marks.keep(question, SOURCE, True)
    marks.remove("two", "s")
    marks.remove("two", "s")
    marks.take_back(1)
    assert [m.question for m in marks.listed()] == ["one"]
    for number in (0, 2):
        with pytest.raises(HistoryError, match="There is no mark"):
            marks.take_back(number)


def test_reading_makes_no_file(tmp_path: Path) -> None:
    assert MarkList(Store(tmp_path / "data")).listed() == () and not (tmp_path / "data" / FILE).exists()
