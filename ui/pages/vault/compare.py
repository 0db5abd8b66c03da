"""Two notes side by side: which sections answer to each other, and what stands in one of them only."""

import html

import streamlit as st

from ingest.errors import AskNotesError
from ingest.text.printable import printable
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.pages.vault.related import comparison_html
from ui.render.safe import label
from ui.render.source import Opened
from ui.render.turn import TurnView
from ui.words import Words

_ONE, _OTHER = "compare-one", "compare-other"


def draw_compare(backend: Backend, library: Library, words: Words) -> None:
    """Draw the page: two notes to choose, then what they have in common."""
    with st.container(key="compare-page"):
        st.html(f'<div class="an-page-head"><h1>{html.escape(words("compare_page"))}</h1></div>')
        st.caption(words("compare_hint"))
        one, other = _choose(library, words)
        if one == other or not {one, other} <= library.notes.keys():
            return
        try:
            found = backend.compared(one, other)
        except AskNotesError as error:
            st.warning(label(error.told(words.language)))
            return
        titles = library.notes[one].title, library.notes[other].title
        view = TurnView(parts=(("body", comparison_html(found, library, titles, words)),))
        components.turn(
            "comparison", "0", view, on_open=lambda _: None, on_note=lambda section: _open(library, section)
        )


def _choose(library: Library, words: Words) -> tuple[str, str]:
    """The two notes, by path; '' for one that is not chosen."""
    paths = list(library.notes)

    def changed() -> None:
        state.compare(st.session_state[_ONE] or "", st.session_state[_OTHER] or "")

    for key, path in ((_ONE, state.note().path), (_OTHER, state.other_note())):
        st.session_state[key] = path if path in library.notes else None
    with st.container(horizontal=True, key="compare-notes"):
        for key, name in ((_ONE, words("compare_one")), (_OTHER, words("compare_other"))):
            st.selectbox(name, paths, key=key, format_func=lambda p: _name(library, p), on_change=changed)
    return str(st.session_state[_ONE] or ""), str(st.session_state[_OTHER] or "")


def _name(library: Library, path: str) -> str:
    return printable(f"{library.notes[path].title} · {path}")


def _open(library: Library, section_id: str) -> None:
    section = library.sections.get(section_id)
    if section:
        state.open_note(Opened(path=section.path, line=section.start_line))
