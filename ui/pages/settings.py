"""The settings that one changes while using the page; they are kept in `notes.toml`."""

import html
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.messages import reason_of
from ui.backend.protocol import Backend, ModelChoice
from ui.pages import endpoint
from ui.pages.vault.marks import draw_marks
from ui.render.safe import label
from ui.users import owns
from ui.words import Words

Value = str | int | float
_SAVED = "settings-saved"


def draw_settings_page(backend: Backend, words: Words) -> None:
    """The page of the settings."""
    with st.container(key="settings-page"):
        st.html(f'<div class="an-page-head"><h1>{html.escape(words("settings"))}</h1></div>')
        if saved := st.session_state.pop(_SAVED, None):
            told_saved(backend.settings, saved, words)
        if owns(backend.user):
            _form(backend, words)
        else:
            st.info(words("owner_settings"))
        draw_marks(backend, words)


def save(values: Mapping[str, Value], file: Path) -> None:
    """Write values into the settings file; what else it holds, comments too, stays.

    Raises:
        ConfigError: when the file is no TOML, or cannot be written.
    """
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        tomllib.loads(text)
        file.write_text(with_values(text, values), encoding="utf-8")
    except ValueError as error:
        raise ConfigError("settings.not_toml", file=file, reason=error) from error
    except OSError as error:
        raise ConfigError("settings.not_saved", file=file, reason=reason_of(error)) from error


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


def _form(backend: Backend, words: Words) -> None:
    settings = backend.settings
    with st.form("settings-form", border=False):
        answers, search, page = st.tabs([words(f"section_{name}") for name in ("answers", "search", "page")])
        with answers:
            values, wanted = _answers(backend, words)
        with search:
            values |= _search(settings, words)
        with page:
            values |= _page(settings, words)
        saved = st.form_submit_button(words("save"), type="primary", key="settings-save")
    if saved and endpoint.keep_key(backend, wanted, words):
        try:
            save(values, settings.source())
        except ConfigError as error:
            st.error(label(error.told(words.language)))
        else:
            st.session_state[_SAVED] = values
            st.rerun()


def told_saved(settings: Settings, values: Mapping[str, Value], words: Words) -> None:
    """Say that values were saved, and which of them the environment overrules."""
    st.success(words("saved"))
    other = [name for name, value in values.items() if str(getattr(settings, name)) != str(value)]
    if other:
        st.warning(label(words("overruled", names=", ".join(f"ASKNOTES_{name.upper()}" for name in other))))


def _answers(backend: Backend, words: Words) -> tuple[dict[str, Value], ModelChoice]:
    settings = backend.settings
    models = {llm: words(f"llm_{llm}") for llm in ("auto", "local", "endpoint", "none")}
    llm = _choice(words("which_model"), models, settings.llm)
    when = {write: words(f"write_{write}") for write in ("auto", "ask", "never")}
    write = _choice(words("write"), when, settings.write)
    wanted = endpoint.draw(backend, words)
    agent = st.checkbox(words("agent"), settings.agent, help=words("agent_hint"), key="agent")
    return {"llm": llm, "write": write, **wanted.values, "agent": agent}, wanted


def _search(settings: Settings, words: Words) -> dict[str, Value]:
    sources = st.slider(words("number_of_sources"), 1, 20, settings.sources)
    with st.container(horizontal=True):
        bm25 = st.slider(words("bm25_weight"), 0.0, 3.0, settings.bm25_weight, 0.1)
        dense = st.slider(words("dense_weight"), 0.0, 3.0, settings.dense_weight, 0.1)
    return {"sources": sources, "bm25_weight": bm25, "dense_weight": dense}


def _page(settings: Settings, words: Words) -> dict[str, Value]:
    languages = {"auto": words("language_auto"), "zh": "中文", "en": "English"}
    language = _choice(words("language"), languages, settings.language)
    themes = {theme: words(f"theme_{theme}") for theme in ("system", "light", "dark")}
    theme = _choice(words("theme"), themes, settings.theme)
    return {"language": language, "theme": theme}


def _choice(name: str, choices: Mapping[str, str], now: str) -> str:
    """A value of the setting out of those that `choices` has names for."""
    return st.selectbox(name, list(choices), list(choices).index(now), format_func=choices.__getitem__)
