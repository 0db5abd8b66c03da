"""The help of `asknotes` in both languages."""

import re
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from asknotes.__main__ import command_line, help_language, main
from asknotes.cli.translated import wrapped
from ingest.messages import Language, language_of
from ingest.text.scripts import has_han
from ingest.vaults import remember, vault_of


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and home, and a terminal that says nothing of its language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "ASKNOTES_LANGUAGE", "ASKNOTES_CORPUS", "ASKNOTES_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def test_the_language_is_that_of_the_setting_else_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert help_language() == "en"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert help_language() == "zh"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert help_language() == "en"
    (tmp_path / "notes").mkdir()
    vault = vault_of(tmp_path / "notes")
    remember(vault)
    vault.settings.write_text('language = "zh"\n', "utf-8")
    assert help_language() == "zh", "the settings of the vault that is meant when none is named"
    vault.settings.write_text("sources = 99\n", "utf-8")
    assert help_language() == "en", "wrong settings keep nobody from the help"
    (tmp_path / "notes.toml").write_text('language = "zh"\n', "utf-8")
    assert help_language() == "zh"
    monkeypatch.setenv("ASKNOTES_LANGUAGE", "en")
    assert help_language() == "en"


def test_language_of_a_setting_and_a_locale() -> None:
    assert language_of("auto", "zh-TW") == language_of("zh", "en-GB") == "zh"
    assert language_of("auto", None) == language_of("auto", "de") == language_of("en", "zh") == "en"


def helps(language: Language, columns: int) -> dict[str, str]:
    group = command_line(language)
    found = {}
    with group.context_class(group, info_name="asknotes", terminal_width=columns) as above:
        found["asknotes"] = group.get_help(above)
        for name, command in group.commands.items():
            with command.context_class(command, info_name=name, parent=above, terminal_width=columns) as here:
                found[name] = command.get_help(here)
    return found


@pytest.mark.parametrize("columns", [60, 100])
def test_every_line_of_the_chinese_help_is_chinese_and_fits(columns: int) -> None:
    chinese, english = helps("zh", columns), helps("en", columns)
    assert chinese.keys() == english.keys()
    for name, text in chinese.items():
        assert "用法：" in text and "选项：" in text and "显示这段说明" in text, name
        assert not [line for line in text.splitlines() if cell_len(line) > columns and " " in line.strip()], name
        assert not {"Usage:", "Options:", "Commands:", "Show this"} & set(text.split()), name
        assert not any(has_han(said) for said in english[name]), name
        assert re.findall(r"^  (-[-\w]+)", text, re.M) == re.findall(r"^  (-[-\w]+)", english[name], re.M), name


def test_a_line_is_broken_between_words_and_before_no_closing_sign() -> None:
    assert list(wrapped("一二三四。五 alpha beta", 8)) == ["一二三", "四。五", "alpha", "beta"]
    assert list(wrapped("", 8)) == [""]
    assert list(wrapped("alphabetagamma 一", 8)) == ["alphabetagamma", "一"]


def test_the_help_comes_in_the_language(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_TW.UTF-8")
    assert main(["search", "--help"]) == 0
    assert "与问题相符的段落" in capsys.readouterr().out
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert main(["-h"]) == 0
    assert capsys.readouterr().out.startswith("Usage: asknotes")
    assert isinstance(command_line("zh").commands["mcp"], click.Command)
