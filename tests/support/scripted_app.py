"""The page over the scripted backend: `streamlit run tests/support/scripted_app.py -- CORPUS [PAUSE [EXTRA]]`."""

import sys
from pathlib import Path

import streamlit as st
from scripted import ScriptedBackend

import app
from ingest.config import Settings


@st.cache_resource
def _backend(corpus: str, pause: str = "0", extra: str = "") -> ScriptedBackend:
    return ScriptedBackend(Settings(corpus=Path(corpus)), float(pause), extra=extra)


app.main(lambda: _backend(*sys.argv[1:4]))
