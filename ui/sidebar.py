"""The sidebar: conversations, the index, which models are in use, settings."""

import streamlit as st

from ingest.clean import printable
from rag.history import Conversation
from ui import state
from ui.backend import Backend, Library
from ui.export import conversation_markdown, file_name
from ui.index import draw_index
from ui.jobs import Jobs
from ui.safe import label
from ui.settings import draw_settings
from ui.source import Opened
from ui.words import Words

MOST_NOTES = 5000  # in the box that opens a note; the browser gets all of them
SHOWN = 40  # conversations in the list; older ones are found by searching


def draw_sidebar(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """Draw the sidebar."""
    with st.sidebar:
        st.html(f'<div class="an-brand">{words("title")}</div>')
        if st.button(words("new_chat"), key="new-chat", icon=":material/edit_square:", width="stretch"):
            state.show("")
        _conversations(backend, words)
        st.html('<div class="an-rule"></div>')
        draw_index(backend, library, jobs, words)
        if library:
            _notes(library, words)
        draw_settings(backend, words)


def _conversations(backend: Backend, words: Words) -> None:
    everything = backend.conversations.listed()
    if not everything:
        return
    st.html(f'<h2 class="an-side">{words("conversations")}</h2>')
    query = ""
    if len(everything) > 3:
        query = st.text_input(
            words("search_conversations"),
            key="find-conversation",
            placeholder=words("search_conversations"),
            label_visibility="collapsed",
            icon=":material/search:",
        )
    found = backend.conversations.listed(query) if query.strip() else everything
    if not found:
        st.caption(words("no_match"))
    with st.container(key="conversations", gap=None):
        for conversation in found[:SHOWN]:
            _row(backend, conversation, words)
    deleted: Conversation | None = st.session_state.get("deleted")
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center", key="undo-row"):
            st.caption(words("deleted", title=_short(deleted.title, 12)))
            if st.button(words("undo"), key="undo", type="tertiary"):
                backend.conversations.restore(deleted.id)
                st.session_state["deleted"] = None
                st.rerun()


def _notes(library: Library, words: Words) -> None:
    """A box that finds a note by its path and opens it in the pane."""

    def open_chosen() -> None:
        path = st.session_state.pop("open-note", None)
        if path in library.notes:
            state.open_source(Opened(path=path))

    st.selectbox(
        words("open_note"),
        sorted(library.notes)[:MOST_NOTES],
        index=None,
        key="open-note",
        format_func=printable,
        placeholder=words("open_note"),
        label_visibility="collapsed",
        on_change=open_chosen,
    )


def _row(backend: Backend, conversation: Conversation, words: Words) -> None:
    current = conversation.id == state.conversation()
    with st.container(horizontal=True, gap=None, key=f"row-{'open' if current else 'other'}-{conversation.id}"):
        icon = ":material/keep:" if conversation.pinned else None
        name = label(_short(conversation.title, 40))
        if st.button(name, key=f"go-{conversation.id}", type="tertiary", width="stretch", icon=icon):
            state.show(conversation.id)
            st.rerun()
        with st.popover("⋯", key=f"menu-{conversation.id}", type="tertiary", help=words("more")):
            _menu(backend, conversation, words)


def _menu(backend: Backend, conversation: Conversation, words: Words) -> None:
    kept = backend.conversations
    title = st.text_input(words("rename"), value=conversation.title, key=f"title-{conversation.id}", max_chars=120)
    if title.strip() and title != conversation.title:
        kept.rename(conversation.id, title.strip())
        st.rerun()
    if st.button(
        words("unpin" if conversation.pinned else "pin"),
        key=f"pin-{conversation.id}",
        icon=":material/keep:",
        width="stretch",
    ):
        kept.pin(conversation.id, not conversation.pinned)
        st.rerun()
    st.download_button(
        words("export"),
        lambda: conversation_markdown(conversation.title, kept.turns(conversation.id) or (), words),
        file_name(conversation.title),
        "text/markdown",
        key=f"export-{conversation.id}",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    if st.button(words("delete"), key=f"delete-{conversation.id}", icon=":material/delete:", width="stretch"):
        kept.delete(conversation.id)
        st.session_state["deleted"] = conversation
        if conversation.id == state.conversation():
            state.show("")
        st.rerun()


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + "…"
