"""Fixtures that several test files share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


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
