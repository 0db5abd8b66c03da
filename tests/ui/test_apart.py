"""Users of one machine: each has conversations, gaps, marks and answers of their own, and one alone changes what they share."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_kit import HeldBackend, bodies, opened, said, settings, texts, until
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.vaults import remember, vault_of
from rag.history.gaps import GapList
from rag.history.store import Store
from rag.records import Finished
from ui.backend.local import LocalBackend, local_backend
from ui.backend.protocol import ModelChoice
from ui.users import AllowList, User, folder_of

OWNER, GUEST = User("0a", "Ada", owner=True), User("0b", "Bob *x*")
CHOICE = ModelChoice("http://127.0.0.1:9/v1", "m")
OWNERS_ALONE: dict[str, Callable[[LocalBackend], Any]] = {
    "build": lambda one: one.build(lambda *_: None, threading.Event()),
    "changes": lambda one: one.changes(),
    "fetch_model": lambda one: one.fetch_model(lambda *_: None, threading.Event()),
    "probe": lambda one: one.probe(CHOICE),
    "models_at": lambda one: one.models_at(CHOICE),
    "key_place": lambda one: one.key_place(CHOICE),
    "keep_key": lambda one: one.keep_key(CHOICE),
    "forget_key": lambda one: one.forget_key(CHOICE),
    "open_file": lambda one: one.open_file("attention.md"),
    "save_note": lambda one: one.save_note("x.md", "x"),
    "add_file": lambda one: one.add_file("x.md", b"x"),
}


@pytest.fixture
def mine(corpus: Path, tmp_path: Path) -> Settings:
    return settings(corpus).model_copy(update={"index": tmp_path / "index", "data": tmp_path / "data"})


@pytest.mark.model
def test_marks_conversations_and_gaps_are_of_one_user_over_one_index(mine: Settings) -> None:
    ada, bob = (local_backend(mine, "k", None, user) for user in (OWNER, GUEST))
    alone, going = LocalBackend(mine), threading.Event()
    ada.build(lambda *_: None, going)
    assert ada.library() is bob.library(), "what is shared is read once"

    def finds(one: LocalBackend) -> list[float]:
        *_, last = one.answer("How does RoPE encode positions?", (), going)
        assert isinstance(last, Finished)
        return [hit.mark for source in last.answer.sources for hit in source.hits]

    *_, last = ada.answer("How does RoPE encode positions?", (), going)
    assert isinstance(last, Finished)
    ada.marks.keep("How does RoPE encode positions?", last.answer.sources[0], False)
    assert any(finds(ada)) and not any(finds(bob)) and not any(finds(alone))
    name = ada.conversations.start("mine")
    assert bob.conversations.turns(name) is None and not bob.conversations.listed() and not bob.marks.listed()
    question = "Who won the chess match in Reykjavik?"
    *_, last = bob.answer(question, (), going)
    assert isinstance(last, Finished) and last.answer.refused
    gaps = {user: [g.question for g in GapList(Store(folder_of(mine.data, user))).listed()] for user in (OWNER, GUEST)}
    assert gaps == {OWNER: [], GUEST: [question]}


@pytest.mark.parametrize("what", OWNERS_ALONE)
def test_who_does_not_own_the_machine_is_refused_whatever_the_page_shows(what: str, mine: Settings) -> None:
    with pytest.raises(ConfigError) as refused:
        OWNERS_ALONE[what](LocalBackend(mine, user=GUEST))
    assert refused.value.message.key == "access.owner_only"
    assert not list(mine.corpus.glob("**/x*")) and not LocalBackend(mine, user=GUEST).opener


def keys(at: AppTest) -> set[str]:
    """The keys of all widgets, without the numbers in them."""
    kinds = (at.button, at.text_input, at.selectbox, at.toggle, at.checkbox, at.slider)
    uploads = {"drop" for _ in at.get("file_uploader")}
    return {str(widget.key) for kind in kinds for widget in kind} | uploads


def as_user(corpus: Path, user: User | None) -> ScriptedBackend:
    backend = ScriptedBackend(settings(corpus))
    backend.user = user
    return backend


@pytest.mark.parametrize("view", ["index", "settings", "notes"])
def test_a_page_offers_to_others_nothing_that_changes_what_all_share(view: str, corpus: Path) -> None:
    mine, others = (keys(opened(as_user(corpus, user), view=view)) for user in (OWNER, GUEST))
    alone = keys(opened(as_user(corpus, None), view=view))
    offered = {"index": {"rebuild", "watch", "drop", "check"}, "settings": {"settings-save"}, "notes": {"drop"}}[view]
    assert offered <= mine and not offered & others and others < mine
    assert mine == alone | {"sign-out"}, "without a sign-in the page is as it was"
    at = opened(as_user(corpus, GUEST), view=view)
    assert str(corpus) not in texts(at) + said(at) and "Bob *x*" in said(at)


def real():  # runs as a file of its own, without this one's imports
    import app

    app.main(app._open_backend)


def test_a_run_of_the_page_without_an_identity_of_the_list_shows_no_vault_and_no_note(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    vault = vault_of(corpus)
    remember(vault)
    for name, value in (vault.environment() | {"ASKNOTES_LLM": "none"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ui.server.middleware.allow_list", lambda secrets: AllowList.of(["owner@example.org"]))
    at = AppTest.from_function(real, default_timeout=30)
    at.query_params["vault"] = vault.name
    at.run()
    assert "is not on the list" in said(at) and keys(at) == {"try-again"}
    assert str(corpus) not in texts(at) + said(at) and not vault.home.joinpath("data").exists()


def test_an_answer_that_is_being_written_is_shown_to_who_asked_alone(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    backend.user = OWNER
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    until(at, lambda: bool(at.query_params.get("c")))
    (conversation,) = backend.conversations.listed()
    other = as_user(corpus, GUEST)
    assert bodies(opened(backend, c=conversation.id)) and not bodies(opened(other, c=conversation.id))
    backend.go.set()


def test_a_page_that_is_not_ready_says_so_to_others_without_a_folder_or_a_button(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus), indexed=False)
    backend.user = GUEST
    at = opened(backend)
    assert "The page is not ready" in said(at) and not {"build", "folder-use", "fetch"} & keys(at)
    assert str(corpus) not in texts(at) + said(at)
    backend.missing = "embedding"
    assert "The page is not ready" in said(opened(backend)) and backend.missing == "embedding"
