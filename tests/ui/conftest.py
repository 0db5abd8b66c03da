"""A small vault, and no jobs left over from other tests."""

from pathlib import Path

import pytest
import streamlit
from page_kit import NOTE


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
