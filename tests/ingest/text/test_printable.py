"""Texts from outside in a terminal: they are seen, and tell it nothing."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.printable import for_terminal, for_terminal_json

ATTACKS = [
    "\x1b]0;owned\x07",  # the window's title
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # the clipboard
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",  # a link under other words
    "\x9d52;c;cm0=\x9c",  # the same by one byte
    "\x1b[2J\x1b[H\x1b[31m",
    "\x9b31m",
    "a\rb",
    "\x08\x7f\x00",
    "abc\u202egnp.exe",
    "\u2066x\u2069",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_reaches_the_terminal(attack: str) -> None:
    for text in (for_terminal(attack), for_terminal_json(json.dumps({"a": attack}, ensure_ascii=False))):
        assert not any(unicodedata.category(char) == "Cc" or char in "\u202e\u2066\u2069" for char in text)


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(for_terminal_json(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}
    assert for_terminal(for_terminal(text)) == for_terminal(text)


def test_writing_stays_as_it_is() -> None:
    text = "标题\n\n\tcode\n- ✅ émoji 👩‍🔬 نص \u200c"
    assert for_terminal(text) == text
