"""The settings that one changes while using the page; they are kept in `notes.toml`."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from ingest.config import SETTINGS_FILE, Settings
from ingest.errors import ConfigError
from ui.backend import Backend
from ui.safe import label
from ui.words import Words

Value = str | int | float


def draw_settings(backend: Backend, words: Words) -> None:
    """The button in the sidebar that opens the settings."""
    if st.button(words("settings"), key="settings", type="tertiary", icon=":material/tune:"):
        st.dialog(words("settings"))(_form)(backend.settings, words)


def save(values: Mapping[str, Value], file: Path = SETTINGS_FILE) -> None:
    """Write values into the settings file; what else it holds, comments too, stays.

    Raises:
        ConfigError: when the file is no TOML, or cannot be written.
    """
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        tomllib.loads(text)
        file.write_text(with_values(text, values), encoding="utf-8")
    except ValueError as error:
        raise ConfigError(f"{file} is not valid TOML ({error}); mend or remove it.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}); the settings stay as they were.") from error


def with_values(toml: str, values: Mapping[str, Value]) -> str:
    """A TOML document with top-level keys set: in their place, or else before the first table."""
    for name, value in values.items():
        line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
        head, table, rest = _before_tables(toml)
        assignment = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*=.*$", re.MULTILINE)
        if found := assignment.search(head):
            head = head[: found.start()] + line + head[found.end() :]
        else:
            head = f"{head.rstrip()}\n{line}\n".lstrip() + ("\n" if table else "")
        toml = head + table + rest
    return toml


def _before_tables(toml: str) -> tuple[str, str, str]:
    match = re.search(r"^[ \t]*\[", toml, re.MULTILINE)
    return (toml[: match.start()], match[0], toml[match.end() :]) if match else (toml, "", "")


def _form(settings: Settings, words: Words) -> None:
    languages = {"auto": words("language_auto"), "zh": "中文", "en": "English"}
    models = {name: words(f"llm_{name}") for name in ("auto", "local", "endpoint", "none")}
    with st.form("settings-form", border=False):
        language = st.selectbox(
            words("language"),
            list(languages),
            list(languages).index(settings.language),
            format_func=languages.__getitem__,
        )
        sources = st.slider(words("number_of_sources"), 1, 20, settings.sources)
        llm = st.selectbox(
            words("which_model"), list(models), list(models).index(settings.llm), format_func=models.__getitem__
        )
        base_url = st.text_input(words("endpoint"), settings.base_url, placeholder="http://127.0.0.1:11434/v1")
        model = st.text_input(words("endpoint_model"), settings.model)
        st.caption(words("key_hint"))
        if st.form_submit_button(words("save"), type="primary"):
            values: dict[str, Value] = {"language": language, "sources": sources, "llm": llm}
            try:
                save(values | {"base_url": base_url.strip(), "model": model.strip()})
            except ConfigError as error:
                st.error(label(str(error)))
            else:
                st.rerun()
