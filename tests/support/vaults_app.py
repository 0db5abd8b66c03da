"""The page over scripted backends of all known vaults: `streamlit run tests/support/vaults_app.py`."""

import streamlit as st
from scripted import ScriptedBackend
from streamlit.starlette import App

import app as page
from ingest.config import Settings
from ingest.vaults import known_vaults
from ui import state
from ui.server.middleware import served


@st.cache_resource
def _backend(name: str) -> ScriptedBackend:
    vault = known_vaults()[name]
    backend = ScriptedBackend(Settings(**vault.places))
    backend.vault = vault
    return backend


def _shown() -> ScriptedBackend:
    names = list(known_vaults())
    name = state.vault() if state.vault() in names else names[0]
    state.in_vault(name)
    return _backend(name)


if __name__ == "__main__":
    page.main(_shown)
else:
    app = App(__file__, **served())
