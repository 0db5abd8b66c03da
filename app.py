"""The chat page: `streamlit run app.py`. This file is its entry and its outline; its parts are in `ui/`.

The server imports it for `app`, what answers every request; each run of the page executes it as `__main__`.
"""

import os
from collections.abc import Callable

import streamlit as st
from streamlit.starlette import App

from ingest.config import load_settings
from ingest.errors import AskNotesError, ConfigError, ModelError, NotesIndexError
from ingest.messages import language_of
from ingest.vaults import VARIABLE, known_vaults
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.jobs.answers import Jobs
from ui.pages.chat import Chat
from ui.pages.check import draw_check
from ui.pages.index import draw_index_page
from ui.pages.models import draw_first_model
from ui.pages.notes import draw_notes
from ui.pages.pane import draw_pane
from ui.pages.scope import draw_scope
from ui.pages.settings import draw_settings_page
from ui.pages.sidebar import draw_sidebar
from ui.pages.vault.compare import draw_compare
from ui.pages.vault.picker import draw_picker
from ui.pages.welcome import draw_unready, draw_welcome
from ui.render.safe import label
from ui.server.middleware import asks_password, served, signed_in
from ui.users import folder_of, owns
from ui.words import Words


def page(backend: Backend, words: Words) -> None:
    """Draw the page but for the settings: the conversation on the left, the source that is opened beside it."""
    components.styles()
    components.document(words.language, backend.settings.theme)
    jobs = _jobs(str(folder_of(backend.settings.data, backend.user)))
    missing = backend.missing_model() == "embedding"
    if missing and owns(backend.user) and state.view() != "settings":
        draw_first_model(backend, jobs, words)
        return
    with st.spinner(words("opening")):
        library, error = (None, None) if missing else _library(backend)
    draw_sidebar(backend, library, jobs, words)
    if library is None and not owns(backend.user):
        raise ConfigError("access.unready")
    if library and state.view() == "notes":
        draw_notes(backend, library, jobs, words)
    elif library and state.view() == "compare":
        draw_compare(backend, library, words)
    elif library and state.view() == "check":
        draw_check(backend, library, words)
    elif state.view() == "index":
        draw_index_page(backend, library, jobs, words)
    elif state.view() != "settings":
        _chat_page(backend, library, jobs, error, words)


def _chat_page(
    backend: Backend, library: Library | None, jobs: Jobs, error: AskNotesError | None, words: Words
) -> None:
    chat = Chat(backend, library, jobs, words)
    with st.container(key="page"):
        left, right = st.columns(2, gap="medium")
        with left, st.container(key="chat"):
            shown, asking = st.container(), st.container(key="ask")
            with asking:
                if library:
                    draw_scope(library, chat.only, words)
                question = _ask(chat, library, words)
            with shown:
                _conversation(chat, question, jobs, error, words)
        opened = state.opened()
        if library and opened:
            with right:
                draw_pane(backend, library, opened, chat.cited(opened.turn), words)
    if library:
        backend.warm()


def _conversation(chat: Chat, question: str, jobs: Jobs, error: AskNotesError | None, words: Words) -> None:
    """The turns, or what stands in their place."""
    if chat.missing:
        st.info(words("gone_conversation"))
    new = bool(question) and not chat.id
    if question:
        chat.ask(question)
    if error:
        draw_unready(chat.backend, jobs, error, words)
    elif chat.library and chat.empty and (chosen := draw_welcome(chat.library, words, restricted=bool(chat.only))):
        chat.ask(chosen)
        st.rerun()
    chat.draw()
    if new:
        st.rerun()  # so that it stands in the sidebar, which was drawn before, at once


def _ask(chat: Chat, library: Library | None, words: Words) -> str:
    placeholder = words("ask" if chat.empty else "ask_more")
    asked = st.chat_input(placeholder, key="question", max_chars=2000, disabled=library is None)
    return str(asked or "").strip() or state.question()


def _library(backend: Backend) -> tuple[Library | None, AskNotesError | None]:
    """The index that is in use, or why there is none: the page is drawn all the same."""
    try:
        return backend.library(), None
    except (NotesIndexError, ModelError, ConfigError) as error:
        return None, error


@st.cache_resource
def _jobs(data: str) -> Jobs:
    """Those of one user in one vault, told by where their conversations are: no address shows another's answers, and the
    builds are the owner's."""
    return Jobs()


def main(open_backend: Callable[[], Backend]) -> None:
    """Set the page up and draw it; an error that a person can mend is told on the page."""
    st.set_page_config(page_title="AskNotes", page_icon="📓", layout="wide")
    words = Words(language_of("auto", st.context.locale))  # of the settings, as soon as they are read
    state.begin()
    try:
        backend = open_backend()
    except AskNotesError as error:
        with st.sidebar:  # another vault may be whole
            draw_picker(known_vaults().get(state.vault()), words)
        _broken(error, words)
        return
    words = Words(language_of(backend.settings.language, st.context.locale))
    broken = False
    try:
        page(backend, words)
    except AskNotesError as error:
        _broken(error, words)
        broken = True
    if broken or state.view() == "settings":  # whatever broke before them, they may mend it
        draw_settings_page(backend, words)


def _broken(error: AskNotesError, words: Words) -> None:
    """What keeps the page from being drawn, and a button to try it again when that is mended."""
    st.error(label(error.told(words.language)))
    if st.button(words("try_again"), key="try-again", icon=":material/refresh:"):
        st.rerun()


def _open_backend() -> Backend:
    """That of the vault in the address, else the one that the page was started with; of the settings where that is none."""
    from ui.backend.local import local_backend

    asked = state.vault()
    state.in_vault("")  # until it is known who may see another
    user = signed_in()
    started = os.environ.get(VARIABLE, "")
    vaults = known_vaults() if started and owns(user) and not asks_password() else {}
    vault = vaults.get(asked, vaults.get(started))
    state.in_vault(vault.name if vault else "")
    settings = load_settings(vault.places, vault.settings) if vault else load_settings()
    return local_backend(settings, settings.model_dump_json(), vault, user)


if __name__ == "__main__":
    main(_open_backend)
else:
    try:
        app = App(__file__, **served())
    except AskNotesError as error:
        raise SystemExit(f"error: {error}") from error
