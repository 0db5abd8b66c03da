"""Several vaults in one page: each tab shows one, and nothing of it in another."""

from pathlib import Path

import pytest
from page_kit import bodies, opened, said, settings, texts, until_answered
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.vaults import Vault, known_vaults, last_vault, remember, vault_of


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))


@pytest.fixture
def two(corpus: Path, tmp_path: Path) -> tuple[Vault, Vault]:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "bread.md").write_text("# Bread\n\n## How long does dough rest?\n\nIt rests for an hour.\n")
    made = vault_of(corpus), vault_of(tmp_path / "recipes")
    for vault in reversed(made):
        remember(vault)
    return made


def many(backends):  # runs as a file of its own, without this one's imports
    import app
    from ui import state

    def open_backend():
        backend = backends.get(state.vault()) or next(iter(backends.values()))
        state.in_vault(backend.vault.name)
        return backend

    app.main(open_backend)


def backend_of(vault: Vault) -> ScriptedBackend:
    made = ScriptedBackend(settings(vault.notes).model_copy(update=vault.places))
    made.vault = vault
    return made


def picker(at: AppTest) -> str:
    (box,) = (box for box in at.selectbox if box.label == "Vault")
    return box.value


def test_a_tab_goes_to_another_vault_and_takes_nothing_along(two: tuple[Vault, Vault]) -> None:
    backends = {vault.name: backend_of(vault) for vault in two}
    at = AppTest.from_function(many, args=(backends,), default_timeout=30).run()
    assert picker(at) == two[0].name and "There are 2 notes" in texts(at)
    at.chat_input[0].set_value("What is a quantised model?").run()
    until_answered(at)
    assert at.query_params["vault"] == two[0].name and at.query_params["c"]
    at.selectbox[0].set_value(two[1].name).run()
    assert picker(at) == two[1].name and "There are 1 notes" in texts(at)
    assert at.query_params == {"vault": two[1].name} and last_vault() == two[1]
    assert not bodies(at) and "quantised" not in texts(at) + " ".join(b.label for b in at.button)
    at.selectbox[0].set_value(two[0].name).run()
    assert "What is a quantised model?" in [b.label for b in at.button], "its conversations are still there"


def test_a_folder_is_added_and_shown(two: tuple[Vault, Vault], tmp_path: Path) -> None:
    backends = {vault.name: backend_of(vault) for vault in two}
    (tmp_path / "recipes" / "new").mkdir()
    added = vault_of(tmp_path / "recipes" / "new")
    backends[added.name] = ScriptedBackend(settings(added.notes), indexed=False)
    backends[added.name].vault = added
    at = AppTest.from_function(many, args=(backends,), default_timeout=30).run()
    at.text_input(key="vault-folder").set_value("nowhere")
    at.button(key="vault-folder-use").click().run()
    assert "There is no folder" in said(at) and set(known_vaults()) == {vault.name for vault in two}
    at.text_input(key="vault-folder").set_value(str(added.notes))
    at.button(key="vault-folder-use").click().run()
    assert picker(at) == added.name and added.name in known_vaults()
    assert "There are no notes in the folder yet" in texts(at)


def test_fixed_paths_have_no_picker(corpus: Path, two: tuple[Vault, Vault]) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    assert "Vault" not in [box.label for box in at.selectbox] and "vault" not in at.query_params


def real():
    import app

    app.main(app._open_backend)


@pytest.fixture
def started(two: tuple[Vault, Vault], monkeypatch: pytest.MonkeyPatch) -> tuple[Vault, Vault]:
    """The page as `asknotes chat` starts it in the first vault; no model is fetched."""
    for name, value in (two[0].environment() | {"ASKNOTES_LLM": "none", "ASKNOTES_LANGUAGE": "en"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ui.backend.local.missing_model", lambda settings, cache: "")
    return two


def test_the_vault_of_the_address_counts_before_the_one_of_the_start(started: tuple[Vault, Vault]) -> None:
    at = AppTest.from_function(real, default_timeout=30).run()
    assert picker(at) == started[0].name and "There is no index yet" in texts(at)
    at.selectbox[0].set_value(started[1].name).run()
    assert picker(at) == started[1].name
    at.button(key="to-settings").click().run()
    at.slider[0].set_value(4)
    at.button(key="settings-save").click().run()
    assert "sources = 4" in started[1].settings.read_text() and not started[0].settings.exists()
    for name in ("unknown-12345678", "../.."):
        at = AppTest.from_function(real, default_timeout=30)
        at.query_params["vault"] = name
        assert picker(at.run()) == started[0].name


def test_a_vault_whose_settings_are_wrong_is_left_by_the_picker(started: tuple[Vault, Vault]) -> None:
    started[0].settings.write_text("sources = 99\n", "utf-8")
    at = AppTest.from_function(real, default_timeout=30).run()
    assert str(started[0].settings) in said(at)
    at.selectbox[0].set_value(started[1].name).run()
    assert picker(at) == started[1].name and "There is no index yet" in texts(at)


def test_those_who_come_in_by_a_password_have_no_picker(
    started: tuple[Vault, Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.asks_password", lambda: True)
    at = AppTest.from_function(real, default_timeout=30)
    at.query_params["vault"] = started[1].name
    at.run()
    assert "There is no index yet" in texts(at) and not at.selectbox
    assert at.session_state["vault"] == ""
