"""The page shows how a model looks further, may be asked to, and has a setting for it."""

import tomllib
from pathlib import Path

import pytest
from history_kit import told
from page_kit import opened, settings, turn, until, until_answered
from scripted import ScriptedBackend

from rag.model.language_model import ModelInfo
from rag.records import Look
from ui.jobs.answers import Draft
from ui.render.turn import draft_view
from ui.words import Words


class AtEndpoint(ScriptedBackend):
    def language_model(self) -> ModelInfo:
        return ModelInfo("endpoint", "scripted-model", "example.org")


def test_the_model_is_asked_to_look_further_and_its_steps_stay(corpus: Path) -> None:
    backend = AtEndpoint(settings(corpus).model_copy(update={"write": "ask"}))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert turn(until_answered(at), 0).get("looks", "") == ""
    at.button(key="further-0").click().run()
    until(at, lambda: bool(turn(at, 0).get("looks")) and "an-foot" in turn(at, 0).get("foot", ""))
    looks = turn(at, 0)["looks"]
    assert "steps: 1" in looks and "search_notes(" in looks and "A &gt; B" in looks
    assert not [button for button in at.button if button.key == "further-0"]
    assert len(backend.conversations.turns("c1") or ()) == 1


@pytest.mark.parametrize("agent", [False, True])
def test_there_is_no_button_without_an_endpoint_or_where_it_looks_by_itself(corpus: Path, agent: bool) -> None:
    kind = AtEndpoint if agent else ScriptedBackend
    at = opened(kind(settings(corpus).model_copy(update={"agent": agent})))
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    shown = turn(until_answered(at), 0)
    assert ("search_notes(" in shown.get("looks", "")) is agent
    assert not [button for button in at.button if button.key == "further-0"]


def test_steps_are_shown_as_they_come_and_say_why_they_end() -> None:
    looks = (
        Look("search_notes", "<b>", ("Heading & more",)),
        Look("burn_notes", "", fault="no <such> tool"),
        Look(fault="the end"),
    )
    (answer,) = [told("q")]
    draft = Draft("q", answer.sources, looks=looks)
    shown = dict(draft_view("q", draft, Words("en")).parts)["looks"]
    assert shown.startswith('<details class="an-more" open') and "steps: 2" in shown
    for said in ("search_notes(&lt;b&gt;): new sections: 1", "Heading &amp; more", "no &lt;such&gt; tool", "the end"):
        assert said in shown


def test_the_setting_is_saved(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKNOTES_SETTINGS", str(tmp_path / "notes.toml"))
    at = opened(ScriptedBackend(settings(corpus)), view="settings")
    at.checkbox(key="agent").check()
    at.button(key="settings-save").click().run()
    assert tomllib.loads((tmp_path / "notes.toml").read_text("utf-8"))["agent"] is True
