"""The sidebar: conversations, the index, which models are in use, settings."""

import streamlit as st

from ingest.text.printable import printable
from rag.history.conversations import Conversation
from ui import state
from ui.backend.protocol import Backend, Library
from ui.jobs.answers import Jobs
from ui.pages.index import draw_status
from ui.pages.models import draw_missing_model
from ui.pages.vault.picker import draw_picker
from ui.render.export import exported, file_name
from ui.render.safe import label
from ui.users import User, owns
from ui.words import Words

SHOWN = 15  # conversations in the list, and how many more a click brings: each row is drawn on every run of the page


def draw_sidebar(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """Draw the sidebar."""
    with st.sidebar:
        st.html(f'<div class="an-brand">{words("title")}</div>')
        draw_picker(backend.vault, words)
        if st.button(words("new_chat"), key="new-chat", icon=":material/edit_square:", width="stretch"):
            state.show("")
        _pages(library, words)
        _conversations(backend, words)
        st.html('<div class="an-rule"></div>')
        draw_status(backend, library, jobs, words)
        if owns(backend.user):
            draw_missing_model(backend, jobs, words)
        if st.button(words("settings"), key="to-settings", type="tertiary", icon=":material/tune:"):
            state.go("settings")
        if backend.user:
            _account(backend.user, words)


def _account(user: User, words: Words) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="account"):
        st.caption(label(printable(_short(user.name, 40))))
        if st.button(words("sign_out"), key="sign-out", type="tertiary", icon=":material/logout:"):
            st.logout()
            st.stop()


def _pages(library: Library | None, words: Words) -> None:
    with st.container(horizontal=True, gap="small", key="pages"):
        if st.button(
            words("notes"), key="to-notes", icon=":material/menu_book:", width="stretch", disabled=library is None
        ):
            state.go("notes")
        if st.button(words("index_page"), key="to-index", icon=":material/database:", width="stretch"):
            state.go("index")
    if st.button(
        words("check"), key="to-check", icon=":material/fact_check:", width="stretch", disabled=library is None
    ):
        state.go("check")


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
        most = st.session_state.setdefault("conversations-shown", SHOWN)
        for conversation in found[:most]:
            _row(backend, conversation, words)
        if len(found) > most and st.button(words("older"), key="older", type="tertiary"):
            st.session_state["conversations-shown"] += SHOWN
            st.rerun()
    deleted: Conversation | None = st.session_state.get("deleted")
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center", key="undo-row"):
            st.caption(label(words("deleted", title=_short(deleted.title, 12))))
            if st.button(words("undo"), key="undo", type="tertiary"):
                backend.conversations.restore(deleted.id)
                st.session_state["deleted"] = None
                st.rerun()


def _row(backend: Backend, conversation: Conversation, words: Words) -> None:
    current = conversation.id == state.conversation()
    with st.container(horizontal=True, gap=None, key=f"row-{'open' if current else 'other'}-{conversation.id}"):
        icon = ":material/keep:" if conversation.pinned else None
        name = label(_short(conversation.title, 40))
        if st.button(name, key=f"go-{conversation.id}", type="tertiary", width="stretch", icon=icon):
            state.show(conversation.id)
            st.rerun()
        key = f"menu-{conversation.id}"
        with st.popover("⋯", key=key, type="tertiary", help=words("more"), on_change="rerun") as menu:
            if menu.open:  # closed ones, drawn on every run, were half of what the page computed
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
        lambda: exported(backend, conversation, words),
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
