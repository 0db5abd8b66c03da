"""What is missing or broken is told in the page with a button that mends it, and the settings stay within reach."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from page_kit import HeldBackend, opened, said, settings, texts
from scripted import MemoryConversations, ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.errors import HistoryError, IndexDamaged, ModelError
from rag.history.conversations import Conversation
from ui.backend.protocol import Library


def keys(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button}


class Broken(ScriptedBackend):
    error: Exception | None = None

    def library(self) -> Library:
        if self.error:
            raise self.error
        return super().library()


def test_a_model_that_cannot_be_had_leaves_the_page_and_can_be_tried_again(corpus: Path) -> None:
    backend = Broken(settings(corpus))
    backend.error = ModelError("model.no_dimension", name="other-model")
    at = opened(backend)
    assert "Nothing can be asked yet" in texts(at) and "other-model does not tell" in texts(at)
    assert {"try-again", "to-settings"} <= keys(at) and "build" not in keys(at)
    backend.error = None
    at.button(key="try-again").click().run()
    assert "There are 2 notes" in texts(at)


def test_a_damaged_index_can_be_built_again(corpus: Path) -> None:
    backend = Broken(settings(corpus))
    backend.error = IndexDamaged("index.file_damaged", file="notes.jsonl")
    at = opened(backend)
    assert "The index cannot be used" in texts(at) and {"build", "to-settings"} <= keys(at)


def test_settings_are_reached_while_the_first_model_is_missing(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    backend.missing = "embedding"
    at = opened(backend)
    at.button(key="first-settings").click().run()
    assert "settings-save" in keys(at) and not at.exception
    backend.go.set()


@pytest.mark.parametrize("view", ["chat", "settings"])
def test_what_breaks_the_page_is_told_above_the_settings(corpus: Path, view: str) -> None:
    class Unreadable(MemoryConversations):
        def listed(self, query: str = "") -> Sequence[Conversation]:
            raise HistoryError("history.unusable", file="asknotes.db", reason="it is damaged")

    backend = ScriptedBackend(settings(corpus))
    backend.conversations = Unreadable()
    at = opened(backend, view=view)
    assert "asknotes.db" in said(at) and {"try-again", "settings-save"} <= keys(at) and not at.exception
    backend.conversations = MemoryConversations()
    at.button(key="try-again").click().run()
    assert "asknotes.db" not in said(at) and ("settings-save" in keys(at)) == (view == "settings")
    at.button(key="new-chat").click().run()
    assert "There are 2 notes" in texts(at)
