"""Inline code and formulas are found as one regular expression would find them, whole or as the text grows."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.code_spans import Ahead, CodeSpans, formulas

# What a span is; it takes time that grows with the square of the text, so that the product does not use it.
SPAN = re.compile(r"(?P<tick>`+)(?!`)[^\n]*?(?<!`)(?P=tick)(?!`)|\$(?!\s)[^$\n]+(?<!\s)\$|\\\([^\n]*?\\\)")
TEXT = st.lists(st.sampled_from(["`", "``", "$", "\\(", "\\)", "\\", "\n", " ", "a", "。"]), max_size=24).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_spans_are_those_of_the_pattern(text: str) -> None:
    spans = CodeSpans()
    places = [at for at, char in enumerate(text) if char in "`$\\"]
    found = [spans.end(text, at, final=True) for at in places]
    assert found == [match.end() if (match := SPAN.match(text, at)) else at for at in places]


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_what_is_said_of_a_beginning_stays_true(text: str) -> None:
    for at in (at for at, char in enumerate(text) if char in "`$\\"):
        growing = CodeSpans()
        said = {growing.end(text[:size], at, final=False) for size in range(at + 1, len(text) + 1)} - {None}
        assert said <= {CodeSpans().end(text, at, final=True)}


@given(text=st.text("ab\n", max_size=30), starts=st.lists(st.integers(0, 30), max_size=10))
def test_looking_ahead_is_finding(text: str, starts: list[int]) -> None:
    ahead = Ahead()
    for start in starts:
        for mark in ("a", "\n\n"):
            assert ahead.find(text, mark, start) == text.find(mark, start)


def test_formulas() -> None:
    text = "a $x$ b $$y\nz$$ c \\(u\\) d \\[v\\] e $5 \n and $6, \\("
    assert [formula for _, _, formula in formulas(text)] == ["x", "y\nz", "u", "v"]
    assert [text[start:end] for start, end, _ in formulas(text)] == ["$x$", "$$y\nz$$", "\\(u\\)", "\\[v\\]"]
