"""The small vault that the servers and commands of these tests are asked about."""

import pytest
from asknotes_kit import NOTES
from index_kit import put

from asknotes.library import Library
from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import NoteEmbeddings


@pytest.fixture(scope="session")
def asked_notes(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> Settings:
    folder = tmp_path_factory.mktemp("asked")
    for path, text in NOTES.items():
        put(folder / "notes" / path, text)
    settings = Settings(corpus=folder / "notes", index=folder / "index", data=folder / "data", llm="none")
    build(settings, embeddings)
    return settings


@pytest.fixture(scope="session")
def library(asked_notes: Settings, embeddings: NoteEmbeddings) -> Library:
    return Library(asked_notes, embeddings=embeddings)
