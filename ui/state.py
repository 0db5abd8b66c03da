"""What one tab of the browser is looking at, in the session and in the address, so that a reload or a link finds it."""

import streamlit as st

from ui.source import Opened

_CONVERSATION, _OPENED = "conversation", "opened"


def begin() -> None:
    """Take over what the address says, once for each session."""
    if _CONVERSATION in st.session_state:
        return
    st.session_state[_CONVERSATION] = st.query_params.get("c", "")
    turn, _, cite = st.query_params.get("at", "").partition(":")
    st.session_state[_OPENED] = Opened(int(turn) - 1, cite) if turn.isdecimal() and cite else None


def conversation() -> str:
    """The id of the conversation that is shown; '' before its first question."""
    return str(st.session_state[_CONVERSATION])


def opened() -> Opened | None:
    """What is open in the source pane."""
    value: Opened | None = st.session_state[_OPENED]
    return value


def show(conversation_id: str) -> None:
    """Go to a conversation ('' for a new one)."""
    st.session_state[_CONVERSATION] = conversation_id
    st.session_state[_OPENED] = None
    _to_address()


def open_source(what: Opened | None) -> None:
    """Open something in the source pane, or close it."""
    st.session_state[_OPENED] = what
    _to_address()


def link_to(what: Opened) -> str:
    """The address of this conversation with a citation opened; '' for what has none."""
    if not what.cite or not conversation():
        return ""
    return f"?c={conversation()}&at={what.turn + 1}:{what.cite}"


def _to_address() -> None:
    """Put what is shown into the address bar."""
    what = opened()
    wanted = {"c": conversation()} if conversation() else {}
    if what and what.cite:
        wanted["at"] = f"{what.turn + 1}:{what.cite}"
    st.query_params.from_dict(wanted)
