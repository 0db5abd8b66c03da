"""The days that a question names, and the day of a note."""

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from ingest.config import Settings
from ingest.notes.read import make_note
from rag.tools.dates import Span, changed_on, span_in, written_on

TODAY = date(2025, 3, 12)  # a Wednesday


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("2024年2月写了什么", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-05 那天的笔记", date(2024, 2, 5), date(2024, 2, 5)),
        ("what did I write in July 2023?", date(2023, 7, 1), date(2023, 7, 31)),
        ("files after 2 May 2023", date(2023, 5, 2), date(2023, 5, 2)),
        ("七月记了些什么", date(2024, 7, 1), date(2024, 7, 31)),
        ("去年十二月份", date(2024, 12, 1), date(2024, 12, 31)),
        ("3月5日之后改过的", date(2025, 3, 5), date(2025, 3, 5)),
        ("近三天新加的", date(2025, 3, 9), date(2025, 3, 12)),
        ("in the last 2 weeks", date(2025, 2, 26), date(2025, 3, 12)),
        ("上週改過什麼", date(2025, 3, 3), date(2025, 3, 9)),
        ("先週のノート", date(2025, 3, 3), date(2025, 3, 9)),
        ("this week", date(2025, 3, 10), date(2025, 3, 16)),
        ("지난달에 쓴 노트", date(2025, 2, 1), date(2025, 2, 28)),
        ("这个月", date(2025, 3, 1), date(2025, 3, 31)),
        ("昨天写的", date(2025, 3, 11), date(2025, 3, 11)),
        ("2022 年的笔记", date(2022, 1, 1), date(2022, 12, 31)),
        ("去年", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_the_days_that_a_question_names(question: str, first: date, last: date) -> None:
    assert span_in(question, TODAY) == Span(first, last)


@pytest.mark.parametrize("question", ["最近改了什么", "which notes are long", "13月45日"])
def test_what_names_no_day(question: str) -> None:
    assert span_in(question, TODAY) is None


def test_the_front_matter_says_when_a_note_was_written_else_its_name_or_file(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# 乙\n\n没有日期。\n", encoding="utf-8")
    then = datetime(2021, 4, 3, 12).timestamp()
    os.utime(tmp_path / "b.md", (then, then))
    dated = make_note("a.md", "---\ntitle: 甲\ndate: 2020-01-02\n---\n\n正文 date: 1999-09-09\n".encode(), Settings())
    bare = make_note("b.md", (tmp_path / "b.md").read_bytes(), Settings())
    assert written_on(dated, tmp_path) == date(2020, 1, 2)
    assert written_on(bare, tmp_path) == date(2021, 4, 3)
    assert written_on(replace(bare, path="日记/2022-05-06.md"), tmp_path) == date(2022, 5, 6)
    assert written_on(replace(dated, path="2022-05-06.md"), tmp_path) == date(2020, 1, 2)
    assert changed_on(dated, tmp_path) is None
