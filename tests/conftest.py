"""Fixtures that several test files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import Tab, chromium
from paths import SHARED
from playwright.sync_api import Browser

from ingest.config import Settings
from ingest.models.defaults import local_gguf
from ingest.models.wheels import cache_dir
from ingest.vectors.embed import NoteEmbeddings

REAL_MODELS = frozenset(
    {"embeddings", "real_gguf", "engine", "unpacked", "tokenizer"}
)  # fixtures that load one; a test that needs one gets the marker


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real model."""
    for item in items:
        if REAL_MODELS & set(getattr(item, "fixturenames", ())):
            item.add_marker("model")


@pytest.fixture(autouse=True)
def words_for_the_checker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests without a real model count words where the product has its checker."""
    if not any(request.node.get_closest_marker(name) for name in ("model", "llm", "browser")):
        from citing import WordReader  # here, so that the check itself is not loaded before `moved_numbers` moves it

        monkeypatch.setattr("rag.open.shipped_reader", WordReader)


@pytest.fixture(scope="session")
def embeddings() -> NoteEmbeddings:
    """The default embedding model, loaded once."""
    return NoteEmbeddings()


@pytest.fixture(scope="session")
def real_gguf() -> Path:
    """The file of the default language model."""
    return local_gguf(Settings(llm="local"), cache_dir(), print)


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the folder ../shared/{name} is not here")
    return folder


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """All of it."""
    return _shared(".")


@pytest.fixture(scope="session")
def shared_notes() -> Path:
    """Real notes, read in place."""
    return _shared("notes")


@pytest.fixture(scope="session")
def shared_vault() -> Path:
    """A public vault of Markdown notes, read in place."""
    return _shared("vaults/LLMForEverybody")


@pytest.fixture(scope="session")
def shared_eval() -> Path:
    """Questions with gold passages, and the scorer."""
    return _shared("eval")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Tab]:
    """The page at the `address` of the test's module; at the end it has asked no other machine and complained of nothing."""
    opened = Tab(browser)
    opened.page.goto(address)
    opened.page.locator(".an-welcome").wait_for()
    yield opened
    opened.close()
    assert opened.foreign_requests == []
    assert opened.complaints == []
