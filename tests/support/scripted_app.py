"""The page over the scripted backend: `streamlit run tests/support/scripted_app.py -- CORPUS [PAUSE [EXTRA]]`.

The questions whose answers have ended stand in the file `CORPUS.answered`, a line each.
"""

import sys
from pathlib import Path

import streamlit as st
from scripted import MemoryConversations, ScriptedBackend
from streamlit.starlette import App

import app as page
from ingest.config import Settings
from rag.records import Answer
from ui.server.middleware import served


class _Told(MemoryConversations):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def add(self, conversation: str, answer: Answer) -> None:
        super().add(conversation, answer)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{answer.question}\n")


@st.cache_resource
def _backend(corpus: str, pause: str = "0", extra: str = "") -> ScriptedBackend:
    backend = ScriptedBackend(Settings(corpus=Path(corpus)), float(pause), extra=extra)
    backend.conversations = _Told(Path(f"{corpus}.answered"))
    return backend


if __name__ == "__main__":
    page.main(lambda: _backend(*sys.argv[1:4]))
else:
    app = App(__file__, **served())
