"""Folders of notes anywhere on this machine, as they are known by name."""

from pathlib import Path

import pytest

from ingest.config import Settings, load_settings
from ingest.errors import ConfigError
from ingest.vaults import VARIABLE, known_vaults, last_vault, remember, vault_of


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_vaults_are_known_once_they_were_used(tmp_path: Path) -> None:
    assert known_vaults() == {} and last_vault() is None
    made = []
    for name in ("b/notes", "A/书", "b/Other"):
        (tmp_path / name).mkdir(parents=True)
        made.append(vault_of(tmp_path / name))
    assert known_vaults() == {}, "to look at a folder makes it no vault"
    for vault in made:
        remember(vault)
    assert [vault.notes.name for vault in known_vaults().values()] == ["notes", "Other", "书"]
    assert known_vaults() == {vault.name: vault for vault in made} and last_vault() == made[2]
    (tmp_path / "b" / "Other").rmdir()
    assert made[2].name in known_vaults(), "its disk may come back"
    assert last_vault() is None


def test_a_vault_of_an_earlier_version_is_known_by_the_last_use(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    vault = vault_of(tmp_path / "notes")
    remember(vault)
    (vault.home / "folder").unlink()
    assert known_vaults() == {vault.name: vault}
    (vault.home.parent / "last").write_text("")
    assert known_vaults() == {} and last_vault() is None


def test_each_vault_has_its_own_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = vault_of(tmp_path / "one"), vault_of(tmp_path / "two")
    for vault in (one, two):
        remember(vault)
    two.settings.write_text('sources = 3\ncorpus = "elsewhere"\n', "utf-8")
    for name, value in one.environment().items():
        monkeypatch.setenv(name, value)
    assert one.environment()[VARIABLE] == one.name
    here, there = load_settings(), load_settings(two.places, two.settings)
    assert (here.corpus, here.sources, here.source()) == (one.notes, Settings().sources, one.settings)
    assert (there.corpus, there.sources, there.source()) == (two.notes, 3, two.settings)
    assert there.index == two.home / "index" and there.data == two.home / "data"
    two.settings.write_text("sources = 99\n", "utf-8")
    with pytest.raises(ConfigError) as wrong:
        load_settings(two.places, two.settings)
    assert str(two.settings) in str(wrong.value)
