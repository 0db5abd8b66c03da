"""The sections that the reader marked: each moves what near questions find, until it is taken back."""

import html

import streamlit as st

from ui.backend.protocol import Backend
from ui.render.safe import label
from ui.words import Words

SHOWN = 200  # of the last


def draw_marks(backend: Backend, words: Words) -> None:
    """The marks, each with a button that removes it; nothing where there are none."""
    marks = backend.marks.listed()
    if not marks:
        return
    st.html(f'<h2 class="an-side">{html.escape(words("marks"))}</h2>')
    st.caption(words("marks_hint"))
    with st.container(key="marks", gap="small"):
        for i, mark in enumerate(marks[:SHOWN]):
            with st.container(horizontal=True, vertical_alignment="center", key=f"mark-{i}"):
                st.markdown(f"{'▲' if mark.good else '▼'} {label(mark.question)} — {label(mark.name)}")
                if st.button(words("mark_remove"), key=f"unmark-{i}", type="tertiary", icon=":material/undo:"):
                    backend.marks.remove(mark.question, mark.section_id)
                    st.rerun()
