"""What one tab of the browser is looking at, in the session and in the address, so that a reload or a link finds it."""

import time
from collections.abc import Sequence
from typing import Literal, get_args
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.render.source import Opened

View = Literal["chat", "notes", "compare", "check", "index", "settings"]

_CONVERSATION, _OPENED, _VIEW, _NOTE, _ONLY = "conversation", "opened", "view", "note", "only"
_VAULT = "vault"
_OTHER, _QUESTION = "other-note", "question-to-ask"
_ADDRESS, _WRITTEN = "address", "address-written"  # as it was last seen or written, and when it was written
LOGIN_COOKIE = "asknotes_session"
LATE = 0.5  # seconds that a click with the address before may take


def begin() -> None:
    """Take over what the address says: at the start of a session, and when Back, Forward or a typed address changed it.

    A click may still be on its way when the page writes a new address, and then brings the one before along: that is not
    gone back to.
    """
    known, now = st.session_state.get(_ADDRESS), _address()
    if now == known or (known is not None and time.monotonic() - st.session_state[_WRITTEN] < LATE):
        return
    st.session_state[_ADDRESS], st.session_state[_WRITTEN] = now, -LATE
    address = st.query_params
    st.session_state[_VAULT] = address.get("vault", "")
    st.session_state[_CONVERSATION] = address.get("c", "")
    turn, _, cite = address.get("at", "").partition(":")
    st.session_state[_OPENED] = Opened(int(turn) - 1, cite) if turn.isdecimal() and cite else None
    st.session_state[_VIEW] = address.get("view", "") if address.get("view", "") in get_args(View) else "chat"
    line = address.get("line", "1")
    st.session_state[_NOTE] = Opened(path=address.get("note", ""), line=int(line) if line.isdecimal() else 1)
    st.session_state[_OTHER] = address.get("with", "")
    st.session_state[_ONLY] = tuple(address.get_all("only")) or None


def vault() -> str:
    """The name of the vault that is shown, or that the address asks for; '' where there is but one."""
    return str(st.session_state[_VAULT])


def in_vault(name: str) -> None:
    """This is the vault that is shown: it stands in the address from the next change on."""
    st.session_state[_VAULT] = name


def switch(name: str) -> None:
    """Go to another vault; nothing of what the tab shows goes along."""
    st.session_state.clear()
    st.query_params.from_dict({"vault": name})
    begin()
    st.session_state[_WRITTEN] = time.monotonic()


def tab() -> str:
    """What Streamlit calls this tab; '' outside of one."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def reader() -> str:
    """What is the same for all that one reader asks: the browser that has logged in, else the tab."""
    return str(st.context.cookies.get(LOGIN_COOKIE, "")) or tab()


def conversation() -> str:
    """The id of the conversation that is shown; '' before its first question."""
    return str(st.session_state[_CONVERSATION])


def opened() -> Opened | None:
    """What is open in the source pane."""
    value: Opened | None = st.session_state[_OPENED]
    return value


def view() -> View:
    """Which page is shown."""
    value: View = st.session_state[_VIEW]
    return value


def note() -> Opened:
    """The note of the notes page; its path is '' when none is open."""
    value: Opened = st.session_state[_NOTE]
    return value


def other_note() -> str:
    """The path of the note that `note` is compared with; '' when none is chosen."""
    return str(st.session_state[_OTHER])


def only() -> tuple[str, ...] | None:
    """What the next question is restricted to (patterns of `rag.question.scope`); None: as the last one was."""
    value: tuple[str, ...] | None = st.session_state[_ONLY]
    return value


def show(conversation_id: str, only: Sequence[str] | None = None) -> None:
    """Go to a conversation ('' for a new one), restricted to `only` from now on."""
    st.session_state[_CONVERSATION] = conversation_id
    st.session_state[_OPENED] = None
    st.session_state[_VIEW] = "chat"
    restrict(only)


def ask(question: str) -> None:
    """Go to a new conversation that begins with this question."""
    st.session_state[_QUESTION] = question
    show("")


def question() -> str:
    """The question that `ask` was given, once; '' for none."""
    return str(st.session_state.pop(_QUESTION, ""))


def restrict(only: Sequence[str] | None) -> None:
    """Restrict the questions from now on."""
    st.session_state[_ONLY] = None if only is None else tuple(only)
    _to_address()


def open_source(what: Opened | None) -> None:
    """Open something in the source pane, or close it."""
    st.session_state[_OPENED] = what
    _to_address()


def go(view: View) -> None:
    """Show another page; what was open beside the one before is closed."""
    if view != st.session_state[_VIEW]:
        st.session_state[_OPENED] = None
    st.session_state[_VIEW] = view
    _to_address()


def open_note(what: Opened) -> None:
    """Show a note on the notes page; with an empty path the list alone."""
    st.session_state[_NOTE] = what
    go("notes")


def compare(one: str, other: str) -> None:
    """Show two notes side by side, by path; '' for one that is not chosen yet."""
    st.session_state[_NOTE], st.session_state[_OTHER] = Opened(path=one), other
    go("compare")


def link_to(what: Opened) -> str:
    """The address of this conversation with a citation opened; '' for what has none, as a text of one's own."""
    if not what.cite or what.turn < 0 or not conversation():
        return ""
    return f"?{f'vault={vault()}&' if vault() else ''}c={conversation()}&at={what.turn + 1}:{what.cite}"


def _to_address() -> None:
    """Put what is shown into the address bar."""
    what, shown = opened(), note()
    wanted: dict[str, str | list[str]] = {"vault": vault()} if vault() else {}
    if conversation():
        wanted["c"] = conversation()
    if what and what.cite and what.turn >= 0:
        wanted["at"] = f"{what.turn + 1}:{what.cite}"
    if only():
        wanted["only"] = list(only() or ())
    if view() != "chat":
        wanted["view"] = view()
    if view() == "notes" and shown.path:
        wanted |= {"note": shown.path, "line": str(shown.line)}
    if view() == "compare":
        wanted |= {name: path for name, path in (("note", shown.path), ("with", other_note())) if path}
    st.query_params.from_dict(wanted)
    st.session_state[_ADDRESS], st.session_state[_WRITTEN] = _address(), time.monotonic()


def _address() -> str:
    """The address in one form, however it was put."""
    params = sorted((name, value) for name in st.query_params for value in st.query_params.get_all(name) if value)
    return urlencode(params, errors="replace")
