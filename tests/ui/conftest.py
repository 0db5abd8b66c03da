"""A small vault, and no jobs left over from other tests."""

from pathlib import Path

import pytest
import streamlit
from clock import Clock
from page_kit import NOTE
from streamlit import config


@pytest.fixture(scope="session", autouse=True)
def _options_of_the_checkout() -> None:
    """Read once, in the folder of the first look: before a test goes elsewhere."""
    config.get_config_options()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "attention.md").write_text(NOTE, encoding="utf-8")
    (folder / "other.md").write_text("# Other\n\n## What is a quantised model?\n\nIts weights have few bits each.\n")
    return folder


@pytest.fixture(autouse=True)
def _no_jobs_of_other_tests() -> None:
    streamlit.cache_resource.clear()
