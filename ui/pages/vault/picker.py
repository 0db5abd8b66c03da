"""Which of this machine's vaults a tab shows: each has an index, conversations and settings of its own."""

from collections.abc import Mapping

import streamlit as st

from ingest.errors import ConfigError
from ingest.text.printable import printable
from ingest.vaults import Vault, known_vaults, remember
from ui import state
from ui.pages.vault.folder import folder_form
from ui.render.safe import label
from ui.words import Words

_KEY, _FAILED = "vault-chosen", "vault-failed"


def draw_picker(shown: Vault | None, words: Words) -> None:
    """The vaults to choose from, and a place to add one; nothing where the page was started with fixed paths."""
    if shown is None:
        return
    vaults = known_vaults() | {shown.name: shown}
    names = list(vaults)
    with st.container(gap=None, key="vaults"):
        st.selectbox(
            words("vault"),
            names,
            names.index(shown.name),
            key=f"{_KEY}-{shown.name}",
            format_func=lambda name: _told(vaults, name),
            on_change=_chosen,
            args=(vaults, f"{_KEY}-{shown.name}"),
            help=label(str(shown.notes)),
        )
        with st.popover(words("vault_add"), icon=":material/create_new_folder:", key="vault-add", type="tertiary"):
            folder_form(None, words, "vault-folder")
    if failed := st.session_state.pop(_FAILED, None):
        st.warning(label(failed.told(words.language)))


def _chosen(vaults: Mapping[str, Vault], key: str) -> None:
    name = str(st.session_state[key])
    try:
        remember(vaults[name])
    except ConfigError as error:
        st.session_state[_FAILED] = error
    else:
        state.switch(name)


def _told(vaults: Mapping[str, Vault], name: str) -> str:
    """The folder's name, with its place where several have that name."""
    notes = vaults[name].notes
    alike = sum(vault.notes.name == notes.name for vault in vaults.values())
    return printable(f"{notes.name} · {notes.parent}" if alike > 1 else notes.name or str(notes))
