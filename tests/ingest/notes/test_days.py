"""Daily notes: the day in a file's name is the note's, and it is found by it, however it is asked for."""

from datetime import date

import pytest

from ingest.index.blocks.postings import Postings
from ingest.index.bm25 import Bm25Index
from ingest.notes.read import parse_note
from ingest.passages.split import split
from ingest.passages.text import heading_text, keyword_text
from ingest.text.tokens import Tokenizer

tokenize = Tokenizer().tokenize


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("日记/2024-07-03.md", date(2024, 7, 3)),
        ("journals/2024_07_03.md", date(2024, 7, 3)),
        ("2024.07.03 周会.md", date(2024, 7, 3)),
        ("20240703.md", date(2024, 7, 3)),
        ("2024年7月3日.md", date(2024, 7, 3)),
        ("2024-13-03.md", None),
        ("2024-02-30.md", None),
        ("20240703123000.md", None),
        ("2024-07_03.md", None),
        ("2301.01234.md", None),
        ("关于 2024-07-03.md", None),
        ("2024-07-03/甲.md", None),
    ],
)
def test_the_day_of_a_note_is_the_one_that_its_name_begins_with(path: str, day: date | None) -> None:
    assert parse_note(path, "文\n".encode()).day == day


def test_a_day_is_a_title_that_says_something() -> None:
    made = parse_note("2024-07-03.md", "下雨\n\n修好了水龙头。\n".encode())
    assert made.title == "2024-07-03"
    assert heading_text((made.title, "8f14e45fceea167a")) == "2024-07-03"


@pytest.mark.parametrize("asked", ["2024年7月3日做了什么", "2024-07-03", "What did I do on July 3, 2024?"])
def test_a_daily_note_is_found_by_its_day(asked: str) -> None:
    texts = {
        "2024-07-03.md": "# 水管\n\n修好了水龙头。\n",
        "2024-06-13.md": "# 菜园\n\n种了番茄。\n",
        "a.md": "七月很热。\n",
    }
    tokens = [
        tokenize(keyword_text(split(parse_note(path, text.encode()), 200).passages[0])) for path, text in texts.items()
    ]
    scores = Bm25Index.over([Postings.of(tokens)], k1=0.9, b=0.4).scores(tokenize(asked))
    assert scores.argmax() == 0 and scores[0] > scores[1]
