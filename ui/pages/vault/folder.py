"""The notes folder: choosing another one, and dropping files into it."""

from pathlib import Path

import streamlit as st

from ingest.config import Settings
from ingest.errors import AskNotesError, ConfigError
from ingest.messages import reason_of
from ingest.text.printable import printable
from ingest.vaults import remember, vault_of
from ui import state
from ui.backend.protocol import Backend
from ui.backend.saved import kinds
from ui.jobs.answers import Jobs
from ui.pages.settings import save, told_saved
from ui.render.safe import label
from ui.users import owns
from ui.words import Words

_CHOSEN, _DROPPED, _NUMBER = "folder-chosen", "files-dropped", "files-number"


def draw_folder(backend: Backend, words: Words, *, opened: bool = False) -> None:
    """Which folder the notes are in, to be changed."""
    with st.expander(words("choose_folder"), expanded=opened, icon=":material/folder_open:"):
        tell_folder(backend, words)
        folder_form(None if backend.vault else backend.settings, words, "folder")


def folder_form(settings: Settings | None, words: Words, key: str) -> None:
    """Where a folder is named: another one for these settings, else one that becomes a vault of its own."""
    with st.form(f"{key}-form", border=False):
        typed = st.text_input(
            words("notes_folder"),
            str(settings.corpus.absolute()) if settings else "",
            key=key,
            help=words("folder_hint" if settings else "vault_hint"),
        )
        st.caption(words("folder_then" if settings else "vault_then"))
        if st.form_submit_button(words("use_folder"), key=f"{key}-use"):
            _choose(settings, typed.strip(), words)


def tell_folder(backend: Backend, words: Words) -> None:
    """Say once that a folder was chosen, on whatever is drawn next."""
    if chosen := st.session_state.pop(_CHOSEN, None):
        told_saved(backend.settings, chosen, words)


def draw_drop(backend: Backend, jobs: Jobs, words: Words) -> None:
    """A place to drop files, and what became of those that were; the index is brought up to date then. For the owner of
    the notes alone."""
    if not owns(backend.user):
        return
    number = st.session_state.setdefault(_NUMBER, 0)
    files = st.file_uploader(
        words("drop_files"),
        type=[kind.removeprefix(".") for kind in kinds()],
        accept_multiple_files=True,
        max_upload_size=backend.settings.max_note_mb,
        key=f"drop-{number}",
        disabled=jobs.building,  # which has read the folder already; Streamlit takes nothing from what is disabled
    )
    st.caption(label(words("drop_kinds", kinds=" ".join(kinds()), limit=backend.settings.max_note_mb)))
    if files:
        with st.spinner(words("adding_files")):
            said = [_add(backend, file.name, file.getvalue(), words) for file in files]
        st.session_state[_DROPPED] = state.view(), said
        st.session_state[_NUMBER] = number + 1
        if any(added for added, _ in said):
            jobs.start_build(backend.build)
        st.rerun()
    view, said = st.session_state.get(_DROPPED, ("", ()))
    for added, what in said if view == state.view() else ():
        (st.success if added else st.warning)(label(what))


def _add(backend: Backend, name: str, data: bytes, words: Words) -> tuple[bool, str]:
    """Whether a file was added, and what to say of it."""
    try:
        return True, words("file_added", path=printable(backend.add_file(name, data)))
    except AskNotesError as error:
        return False, words("file_left", name=printable(name), why=error.told(words.language))


def _choose(settings: Settings | None, typed: str, words: Words) -> None:
    try:
        folder = _folder(typed)
        if settings:
            chosen = {"corpus": str(folder)}
            save(chosen, settings.source())
            st.session_state[_CHOSEN] = chosen
        else:
            added = vault_of(folder)
            remember(added)
            state.switch(added.name)
    except ConfigError as error:
        st.error(label(error.told(words.language)))
    else:
        st.rerun()


def _folder(typed: str) -> Path:
    """The folder that is meant, from the root. Raises ConfigError when it is none that can be looked into."""
    try:
        folder = Path(typed).expanduser().absolute()
    except RuntimeError as error:  # nobody of that name has a home
        raise ConfigError("settings.no_such_folder", folder=typed) from error
    if not typed or not folder.is_dir():
        raise ConfigError("settings.no_such_folder", folder=folder if typed else "")
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise ConfigError("settings.folder_unreadable", folder=folder, reason=reason_of(error)) from error
    return folder
