"""The settings, headless: what is typed is tested and saved, and a key goes to its address alone."""

import tomllib
from pathlib import Path

import pytest
from page_kit import opened, said, settings, texts
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.config import Settings
from ui.backend.local import local_backend
from ui.backend.protocol import ModelChoice


@pytest.fixture
def page(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[AppTest, ScriptedBackend]:
    monkeypatch.chdir(tmp_path)
    backend = ScriptedBackend(settings(corpus))
    return opened(backend, view="settings"), backend


def typed_key(at: AppTest) -> str:
    (field,) = [field for field in at.text_input if (field.key or "").startswith("endpoint-key")]
    return str(field.key)


def test_settings_are_tested_and_saved(page: tuple[AppTest, ScriptedBackend], tmp_path: Path) -> None:
    at, _ = page
    at.text_input(key="endpoint-url").set_value("http://127.0.0.1:9/v1")
    at.button(key="settings-test").click().run()
    assert "model is not" in said(at)
    at.text_input(key="endpoint-model").set_value("qwen3:8b")
    at.button(key="settings-test").click().run()
    assert "qwen3:8b at http://127.0.0.1:9/v1 answered within 0.4 s." in said(at)
    at.text_input(key="endpoint-provider").set_value("anthropic")
    at.button(key="settings-test").click().run()
    assert "qwen3:8b at anthropic answered" in said(at)
    at.selectbox[3].set_value("dark")
    at.slider[1].set_value(2.0)
    field = typed_key(at)
    at.button(key="settings-save").click().run()
    assert "Saved to notes.toml" in said(at) and typed_key(at) == field, "an empty field is not made anew"
    assert "ASKNOTES_BASE_URL" in said(at), "the scripted settings stay, as those of the environment do"
    saved = tomllib.loads((tmp_path / "notes.toml").read_text())
    assert saved["theme"] == "dark" and saved["bm25_weight"] == 2.0 and saved["model"] == "qwen3:8b"
    assert saved["provider"] == "anthropic"
    assert "api_key" not in saved


def test_the_endpoints_models_can_be_chosen(page: tuple[AppTest, ScriptedBackend], tmp_path: Path) -> None:
    at, _ = page
    at.button(key="settings-models").click().run()
    assert "base_url is not set" in said(at), "what went wrong is told"
    at.text_input(key="endpoint-url").set_value("http://127.0.0.1:9/v1")
    at.button(key="settings-models").click().run()
    (models,) = [box for box in at.selectbox if "tiny" in box.options]
    models.set_value("tiny")
    at.button(key="settings-save").click().run()
    assert tomllib.loads((tmp_path / "notes.toml").read_text())["model"] == "tiny"


def test_a_key_is_kept_and_sent_to_its_address_alone(
    page: tuple[AppTest, ScriptedBackend], tmp_path: Path, corpus: Path
) -> None:
    at, backend = page
    at.text_input(key="endpoint-url").set_value("https://a.example/v1")
    at.text_input(key="endpoint-model").set_value("m")
    at.text_input(key=typed_key(at)).set_value("secret-a")
    at.button(key="settings-test").click().run()
    at.text_input(key="endpoint-url").set_value("https://b.example/v1")
    at.button(key="settings-test").click().run()
    assert backend.sent == [("https://a.example:443", "secret-a")]
    assert "was not sent to https://b.example:443" in said(at)
    assert at.text_input(key=typed_key(at)).value == ""
    at.button(key="settings-test").click().run()
    assert backend.sent[1:] == [("https://b.example:443", "")]
    at.text_input(key=typed_key(at)).set_value("secret-b")
    at.button(key="settings-save").click().run()
    assert backend.keys == {"https://b.example:443": "secret-b"}
    assert at.text_input(key=typed_key(at)).value == ""
    assert "https://b.example:443 is in the system&#x27;s keyring" in texts(at)
    assert "secret" not in (tmp_path / "notes.toml").read_text()
    at.button(key="settings-forget").click().run()
    assert backend.keys == {} and "There is no key for https://b.example:443" in texts(at)
    at.text_input(key="endpoint-url").set_value("")
    at.text_input(key=typed_key(at)).set_value("secret-c")
    at.button(key="settings-save").click().run()
    assert "Type the address" in said(at) and backend.keys == {}


def test_a_key_is_none_of_the_settings_that_a_choice_stands_for() -> None:
    values = ModelChoice("https://a.example/v1", "m", "anthropic", "secret").values
    assert values == {"base_url": "https://a.example/v1", "model": "m", "provider": "anthropic"}
    assert set(values) <= set(Settings.model_fields)


def test_settings_that_were_saved_are_used_at_once(corpus: Path, tmp_path: Path) -> None:
    before = settings(corpus).model_copy(update={"data": tmp_path / "data"})
    after = before.model_copy(update={"sources": 3, "base_url": "localhost", "llm": "endpoint"})
    first, second = (local_backend(one, one.model_dump_json()) for one in (before, after))
    assert (first.settings, second.settings) == (before, after)
    assert local_backend(before, before.model_dump_json()) is first
    assert second.language_model().kind == "none", "an address that is none is told, and the page goes on"
    assert "base_url is no address" in str(second.language_model().where)
