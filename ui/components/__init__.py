"""The page's own components: a turn of the conversation, the source pane, the list of notes, and the document as a whole.

Streamlit's chat elements cannot put clickable marks into a text, its Markdown loads pictures from anywhere, and its
text box tells what was typed only after Enter. These are Streamlit components (v2: no frame, no build step, no CDN), each one JavaScript file of this folder.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ui.render.turn import TurnView

_HERE = Path(__file__).parent


def styles() -> None:
    """Put the page's style sheet in."""
    import streamlit as st

    st.html(f"<style>{_read('page.css')}</style>")


def document(language: str, theme: str) -> None:
    """Tell the browser the page's language, and its theme (`system`, `light`, `dark`)."""
    _component("document")(key="document", data={"lang": language, "theme": theme}, height="content")


def turn(
    key: str,
    name: str,
    view: TurnView,
    *,
    opened: str = "",
    live: bool = False,
    on_open: Callable[[str], None],
    on_note: Callable[[str], None],
) -> None:
    """Draw a turn; `name` tells it apart on the page, `opened` is its citation in the pane, callbacks get clicks."""
    data = {
        "turn": name,
        "parts": [list(part) for part in view.parts],
        "cards": {citation: asdict(card) for citation, card in view.cards.items()},
        "copies": dict(view.copies),
        "open": opened,
        "live": live,
    }
    _component("turn")(
        key=key,
        data=data,
        on_open_change=lambda: _passed_on(key, "open", on_open),
        on_note_change=lambda: _passed_on(key, "note", on_note),
    )


def pane(key: str, data: Mapping[str, Any], on_act: Callable[[Mapping[str, Any]], None]) -> None:
    """Draw the source pane; `on_act` gets what the reader does in it (`{"do": "close"}`, …)."""
    _component("pane")(key=key, data=dict(data), on_act_change=lambda: _passed_on(key, "act", on_act))


def tree(key: str, data: Mapping[str, Any], calls: Mapping[str, Callable[[str], None]]) -> None:
    """Draw the list of notes; `calls` get what the reader typed ("find"), chose ("open"), asks about ("ask"), or that
    what was typed is to be asked ("question")."""
    _component("tree")(
        key=key,
        data=dict(data),
        on_find_change=lambda: _passed_on(key, "find", calls["find"]),
        on_open_change=lambda: _passed_on(key, "open", calls["open"]),
        on_ask_change=lambda: _passed_on(key, "ask", calls["ask"]),
        on_question_change=lambda: _passed_on(key, "question", calls["question"]),
    )


def _passed_on(key: str, trigger: str, call: Callable[[Any], None]) -> None:
    import streamlit as st

    value = st.session_state.get(key, {}).get(trigger)
    if value is not None:
        call(value)


@functools.cache
def _component(name: str) -> Callable[..., Any]:
    import streamlit as st

    made: Callable[..., Any] = st.components.v2.component(
        f"asknotes_{name}", js=_read(f"{name}.js"), isolate_styles=False
    )
    return made


@functools.cache
def _read(file: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8")
