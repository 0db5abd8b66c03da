"""Above the question: which notes it is asked of."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from rag.question.scope import ScopeError, name_of, paths_in, pattern_of, tags_of
from ui import state
from ui.backend.protocol import Library
from ui.render.safe import label
from ui.words import Words

MOST = 1000  # entries to choose from; the browser gets all of them, and others can be typed
SHOWN = 40  # characters of the restriction on its button


def draw_scope(library: Library, only: Sequence[str], words: Words) -> None:
    """A quiet button that says what questions are restricted to, and opens the choice."""
    named = "、".join(map(name_of, only))
    shown = named if len(named) <= SHOWN else named[:SHOWN] + "…"
    icon = ":material/filter_alt:" if only else ":material/filter_alt_off:"
    name = label(shown) if only else words("all_notes")
    with st.popover(name, icon=icon, type="tertiary", key="scope-box"):
        _choice(library, only, words)


def _choice(library: Library, only: Sequence[str], words: Words) -> None:
    def chosen() -> None:
        state.restrict([str(one) for one in st.session_state["scope"]])

    st.session_state["scope"] = list(only)
    st.multiselect(
        words("scope"),
        [*dict.fromkeys([*only, *_options(library)])],
        key="scope",
        format_func=name_of,
        accept_new_options=True,
        placeholder=words("scope_placeholder"),
        on_change=chosen,
    )
    if not only:
        st.caption(words("scope_hint"))
        return
    try:
        st.caption(label(words("scope_size", n=len(paths_in(only, library.notes)))))
    except ScopeError as error:
        st.warning(label(error.told(words.language)))


def _options(library: Library) -> list[str]:
    """Folders, tags and notes, in this order, as patterns."""
    folders = sorted({f"{parent}/" for path in library.notes for parent in PurePosixPath(path).parents[:-1]})
    tags = [f"#{tag}" for tag in tags_of(library.notes)]
    return [*map(pattern_of, folders), *tags, *map(pattern_of, sorted(library.notes))][:MOST]
