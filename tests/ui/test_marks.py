"""The reader says of an opened source that it fits, or is wrong; it is shown, and can be taken back there and in the settings."""

from dataclasses import replace
from pathlib import Path

import pytest
from history_kit import told
from page_kit import drawn, opened, said, settings, until_answered
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from rag.records import Answer
from ui import components
from ui.render.turn import finished_view
from ui.words import Words

QUESTION = "What does RoPE rotate?"


def clicked(backend: ScriptedBackend, what: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with a source open, after a click in its pane, which a headless page has no browser for."""
    real = components.pane

    def pane(key, data, on_act):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(components, "pane", real)
        on_act({"do": "mark", "what": what})
        real(key, data, on_act)

    monkeypatch.setattr(components, "pane", pane)
    return opened(backend, c="c1", at="1:e0.1")


def pressed(at: AppTest) -> list[bool]:
    (pane,) = drawn(at, "pane")
    return [on for _, _, on in pane["head"]["marks"]]


def test_a_source_is_marked_and_unmarked_in_its_pane(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value(QUESTION).run()
    until_answered(at)
    assert pressed(opened(backend, c="c1", at="1:e0.1")) == [False, False]
    at = clicked(backend, "wrong", monkeypatch)
    assert "find this section later" in at.toast[0].value
    (mark,) = backend.marks.listed()
    answer = (backend.conversations.turns("c1") or ())[0]
    assert (mark.question, mark.section_id, mark.good) == (QUESTION, answer.sources[0].section_id, False)
    assert pressed(opened(backend, c="c1", at="1:e0.1")) == [False, True]
    clicked(backend, "good", monkeypatch)
    assert [one.good for one in backend.marks.listed()] == [True]
    at = clicked(backend, "good", monkeypatch)
    assert not backend.marks.listed() and "gone" in at.toast[0].value


def test_the_settings_list_the_marks_and_remove_them(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    assert "you marked" not in str(opened(backend, view="settings").get("html"))
    (source,) = told(QUESTION).sources
    backend.marks.keep(QUESTION, source, True)
    at = opened(backend, view="settings")
    assert QUESTION in said(at) and "▲" in said(at)
    at.button(key="unmark-0").click().run()
    assert not backend.marks.listed() and QUESTION not in said(at)


@pytest.mark.parametrize(("mark", "words"), [(0.1, "raised by your mark"), (-0.1, "lowered by your mark"), (0.0, "")])
def test_a_source_that_was_moved_says_so(mark: float, words: str) -> None:
    shown = dict(finished_view(_moved(told(QUESTION), mark), Words("en")).parts)
    assert ("by your mark" in shown["sources"]) is bool(words) and words in shown["sources"]


def _moved(answer: Answer, mark: float) -> Answer:
    (source,) = answer.sources
    hits = tuple(replace(hit, mark=mark) for hit in source.hits)
    return replace(answer, sources=(replace(source, hits=hits),))
