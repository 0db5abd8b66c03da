"""Fixtures that several test files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import Tab, chromium
from paths import SHARED
from playwright.sync_api import Browser


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the folder ../shared/{name} is not here")
    return folder


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
