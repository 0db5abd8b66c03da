"""Beside a note: what is related to it, and another note to compare it with."""

import re
from collections.abc import Sequence
from pathlib import Path

from page_kit import bodies, drawn, opened, settings
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.errors import UnknownPlace
from rag.search.related import Related


def chosen(at: AppTest, key: str) -> object:
    return at.selectbox(key=key).value


def test_related_sections_stand_beside_an_opened_note(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    (pane,) = drawn(opened(backend, view="notes", note="attention.md"), "pane")
    ((name, why),) = pane["head"]["related"]
    first = next(s for s in backend.library().sections.values() if s.path == "other.md")
    assert name == " › ".join(first.heading_path) and why.startswith("Near to “")
    assert pane["labels"]["related"] == "Related sections" and ["Compare", "compare"] in pane["head"]["tools"]


def test_a_note_is_read_when_the_index_was_changed_for_one_without_it(corpus: Path) -> None:
    class Changed(ScriptedBackend):
        def related(self, path: str) -> Sequence[Related]:
            raise UnknownPlace("place.no_note", path=path)

    (pane,) = drawn(opened(Changed(settings(corpus)), view="notes", note="attention.md"), "pane")
    assert not pane["head"]["related"] and "RoPE" in pane["html"]


def test_two_notes_are_compared_by_link_and_by_choice(corpus: Path) -> None:
    (corpus / "third.md").write_text("# Third <script>\n\n## Own\n\nOnly here & there.\n", encoding="utf-8")
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend, view="compare", note="attention.md")
    assert chosen(at, "compare-one") == "attention.md" and chosen(at, "compare-other") is None
    assert not drawn(at, "turn")
    at.selectbox(key="compare-other").set_value("third.md").run()
    assert at.query_params["with"] in ("third.md", ["third.md"])
    (shown,) = bodies(opened(backend, view="compare", note="attention.md", **{"with": "third.md"}))
    assert shown == bodies(at)[0]
    ids = set(re.findall(r'data-note="([^"]+)"', shown["body"]))
    of_both = {s.id for s in backend.library().sections.values() if s.path in ("attention.md", "third.md")}
    assert ids == of_both
    assert "Sections with a counterpart: 1; only in the first note: " in shown["body"]
    assert "<span>Only here &amp; there.</span>" in shown["body"] and "<script>" not in shown["body"]
    at.selectbox(key="compare-other").set_value("attention.md").run()
    assert not drawn(at, "turn"), "a note is not compared with itself"
