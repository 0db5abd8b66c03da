"""The page that checks a text of one's own, headless: each standing, escaping, what is opened, what is kept."""

import re
import threading
from pathlib import Path
from typing import Any

from page_kit import HeldBackend, drawn, opened, settings, texts, until
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.vectors.embed import NoteEmbeddings
from rag.judged import CheckedText, Judged, Support
from rag.records import Evidence, Source
from ui.backend.local import LocalBackend
from ui.pages.check import MOST
from ui.render.checked import checked_view, counts_of
from ui.render.source import Opened
from ui.words import Words

HELD, DENIED, ELSEWHERE = (
    "注意力机制让模型在每一步都看到全部输入",
    "Its weights do not have few bits each.",
    "Cats sleep all day.",
)
HELD_FULL = f"{HELD}，并按相关性给它们加权。"
CACHE = "The cache keeps the keys and values of all tokens before."
DENYING = "Its weights do have few bits each."


def check_page(backend: ScriptedBackend, text: str = "") -> AppTest:
    at = opened(backend, view="check")
    if text:
        at.text_area(key="check-text").set_value(text)
        at.button(key="check-run").click().run()
    return at


def shown(at: AppTest) -> dict[str, Any]:
    until(at, lambda: bool(drawn(at, "turn")))
    (data,) = drawn(at, "turn")
    return data


def backend_of(corpus: Path) -> ScriptedBackend:
    (corpus / "few.md").write_text(f"# Few\n\n## Bits\n\nFirst. {DENYING} Last.\n", encoding="utf-8")
    return ScriptedBackend(settings(corpus))


def test_each_sentence_shows_its_standing(corpus: Path) -> None:
    at = check_page(backend_of(corpus), f"{HELD_FULL}\n\n{DENIED} {ELSEWHERE}")
    data = shown(at)
    parts = dict(data["parts"])
    assert "3 checked: 1 supported, 1 contradicted, 1 not found" in parts["counts"]
    held, denied, elsewhere = re.findall(r"<li.*?</li>", parts["body"])
    assert HELD in held and 'data-cite="s0.1"' in held and "an-standing" not in held
    assert "The notes say otherwise" in denied and DENYING in denied and denied.count('data-cite="s1.2"') == 2
    assert "Not found in the notes" in elsewhere and ELSEWHERE in elsewhere and "data-cite" not in elsewhere
    assert [(card["title"], card["quote"]) for card in data["cards"].values()] == [
        ("注意力", HELD_FULL),
        ("Few", DENYING),
    ]
    assert at.query_params["view"] == "check"


def test_a_denying_quote_opens_its_note_with_the_words_marked(corpus: Path) -> None:
    at = check_page(backend_of(corpus), f"{HELD_FULL} {DENIED}")
    shown(at)
    at.session_state["opened"] = Opened(cite="s1.2")
    at.run()
    (pane,) = drawn(at, "pane")
    assert pane["head"]["path"].startswith("few.md") and f'<mark class="an-evidence">{DENYING}</mark>' in pane["html"]
    assert (pane["head"]["at"], pane["head"]["count"], pane["head"]["link"]) == (2, 2, "")
    assert shown(at)["open"] == "s1.2" and "at" not in at.query_params
    at.button(key="to-notes").click().run()
    at.button(key="to-check").click().run()
    assert drawn(at, "pane") == [], "what was open is closed by going away"
    assert len(drawn(at, "turn")) == 1 and at.text_area(key="check-text").value.startswith(HELD), "the text stays"


def test_a_citation_of_another_session_opens_nothing(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)), view="check", at="1:s0.1")
    assert drawn(at, "pane") == [] and drawn(at, "turn") == []


def test_nothing_to_check_and_too_much(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = check_page(backend, " \n ")
    assert "There is no sentence to check" in texts(at) and drawn(at, "turn") == []
    at = check_page(backend, "x" * (MOST + 1))
    assert "20,001 characters" in texts(at) and drawn(at, "turn") == []
    at = check_page(backend, "。")
    until(at, lambda: "There is no sentence to check" in texts(at))


def test_a_check_is_stopped_with_what_it_has(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    at = check_page(backend, f"{HELD_FULL} {ELSEWHERE}")
    assert backend.held.wait(30)
    at.button(key="cancel-build-text").click().run()
    until(at, lambda: "were not checked" in texts(at))
    assert drawn(at, "turn") == []


def test_what_the_user_and_the_notes_wrote_cannot_act() -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script></li></ol><a href='javascript:alert(3)'>go</a> **b**"
    source = Source(1, "s1", "<b>.md", ("<i onclick=x>t",), evil, 0, len(evil), 1, 1, "")
    span = (Evidence(1, evil, 0, len(evil), 1, 1),)
    sentences = tuple(Judged(evil, support, span if support != "unsupported" else ()) for support in Support)
    for _, markup in checked_view(CheckedText(sentences, (source,)), Words("zh")).parts:
        assert not re.search(r"<(?:img|script|i)\b|<[^>]*(?:onerror|onclick|javascript)", markup)
        assert markup.count("</ol>") == markup.count("<ol") and markup.count("</li>") == markup.count("<li")


def test_the_real_backend_checks_a_text_again_and_again(tmp_path: Path, embeddings: NoteEmbeddings) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "cache.md").write_text(f"# Cache\n\nOf the cache first. {CACHE}\n", encoding="utf-8")
    backend = LocalBackend(settings(notes).model_copy(update={"index": tmp_path / "i", "data": tmp_path / "d"}))
    going, told = threading.Event(), list[str]()
    backend.build(lambda what, done, total: None, going)
    for _ in range(2):
        checked = backend.check(f"{CACHE} Cats sleep.", lambda what, done, total: told.append(what), going)
        assert [one.support for one in checked.sentences] == [Support.SUPPORTED, Support.UNSUPPORTED]
        assert [source.path for source in checked.sources] == ["cache.md"]
    assert told == ["model", "checking", "checking"] * 2


def test_counts_leave_out_what_there_is_none_of() -> None:
    two = CheckedText((Judged("甲。", Support.SUPPORTED), Judged("乙。", Support.UNSUPPORTED)), ())
    assert counts_of(two, Words("zh")) == "2 句：1 句有依据，1 句没找到"
