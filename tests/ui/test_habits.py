"""What one can do beside and after reading: sum up, ask next, save, put in other words."""

from pathlib import Path

import pytest
from page_kit import HeldBackend, drawn, opened, settings, texts, turn, until, until_answered
from scripted import ScriptedBackend

from ingest.notes.read import load_note
from ui import state


def test_with_a_button_the_model_sums_up_beneath_the_evidence_that_stays(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus).model_copy(update={"write": "ask"}))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    before = turn(until_answered(at), 0)
    assert before["body"] == "" and "No model was asked" in before["foot"]
    at.button(key="sum-up-0").click().run()
    until(at, lambda: "scripted-model was asked" in turn(at, 0).get("foot", ""))
    after = turn(at, 0)
    assert after["evidence"] == before["evidence"] and "Summed up by scripted-model" in after["summary"]
    assert 'data-cite="s0.1"' in after["body"] and len(backend.conversations.turns("c1") or ()) == 1
    assert not [button for button in at.button if button.key == "sum-up-0"]


def test_the_evidence_opens_its_note_with_the_answer_marked(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    until_answered(at)
    (pane,) = drawn(opened(backend, c="c1", at="1:e0.1"), "pane")
    assert '<mark class="an-evidence">RoPE rotates queries and keys' in pane["html"]
    assert (pane["head"]["at"], pane["head"]["count"]) == (1, 2)


def test_a_new_conversation_stands_in_the_sidebar_at_once_and_a_heading_beside_it_can_be_asked(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert backend.held.wait(30)
    assert [b.label for b in at.button if b.key == "go-c1"] == ["What does RoPE rotate?"]
    backend.go.set()
    until_answered(at)
    following = [b for b in at.button if b.key and b.key.startswith("follow-1-")]
    assert "什么是注意力机制？" in [b.label for b in following]
    following[0].click().run()
    until_answered(at, 2)
    assert following[0].label in turn(at, 1)["question"]


def test_a_topic_on_the_first_page_can_be_asked(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    topics = [b for b in at.button if b.key and b.key.startswith("topic-")]
    assert topics
    topics[0].click().run()
    assert f"What do the notes say about “{topics[0].label}”?" in turn(until_answered(at), 0)["question"]


def test_an_answer_is_saved_as_a_new_note_and_never_over_another(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    at = until_answered(at)
    for path in ("AskNotes/What does RoPE rotate.md", "AskNotes/What does RoPE rotate 2.md"):
        at.button(key="save-0").click().run()
        assert path in at.toast[0].value.replace("\\", "")
        saved = load_note(corpus, path, settings(corpus))
        assert saved.title == "What does RoPE rotate?" and "> RoPE rotates queries" in saved.text
        assert '  - "[[attention#How does RoPE encode positions?]]"' in saved.text[: saved.body_start]
    (corpus / "AskNotes").rename(corpus / "moved")
    (corpus / "AskNotes").write_text("a file in the way", encoding="utf-8")
    at.button(key="save-0").click().run()
    assert "could not be saved" in at.error[0].value


def test_the_last_question_can_be_put_in_other_words(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    at = until_answered(at)
    at.text_area[0].set_value("What is a quantised model?")
    next(b for b in at.button if b.label == "Ask it again").click().run()
    at = until_answered(at)
    assert [a.question for a in backend.conversations.turns("c1") or ()] == ["What is a quantised model?"]


def test_back_changes_the_page_and_what_is_asked_next(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "LATE", 0.0)
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    until_answered(at)
    at.button(key="new-chat").click().run()
    at.chat_input[0].set_value("What is a quantised model?").run()
    until_answered(at)
    at.query_params["c"] = "c1"  # what the browser sends when one goes back
    at.run()
    assert "What does RoPE rotate?" in turn(at, 0)["question"]
    at.chat_input[0].set_value("And keys?").run()
    until_answered(at, 2)
    assert len(backend.conversations.turns("c1") or ()) == 2 and len(backend.conversations.turns("c2") or ()) == 1


def test_a_click_that_crosses_a_new_address_is_not_taken_for_back(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "LATE", 60.0)
    at = opened(ScriptedBackend(settings(corpus)), view="settings")
    at.button(key="to-index").click().run()
    at.query_params["view"] = "settings"  # of a run that had begun before
    assert "<h1>Index</h1>" in texts(at.run())
