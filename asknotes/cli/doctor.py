"""What is here of what an answer needs, and what to do about what is not."""

import importlib.util
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from asknotes.library import Library
from ingest.config import Settings, settings_file
from ingest.endpoint import host_of
from ingest.errors import AskNotesError
from ingest.index.read import open_index
from ingest.messages import Message
from ingest.models.missing import gguf_here, missing_model
from ingest.models.wheels import cache_dir
from ingest.store.client import shown
from ingest.store.read import open_store

LEAST_GB = 3  # free on a disk: the models are 1.6 GB, and a build needs room beside the index
State = Literal["ok", "note", "fault"]
# What is of use only to some, and the packages that it needs.
EXTRAS = {
    "docx": ("mammoth",),
    "pdf": ("pypdfium2",),
    "spreadsheets": ("python_calamine",),
    "ocr": ("onnxruntime", "rapidocr"),
    "milvus": ("milvus_lite", "pymilvus"),
    "mcp": ("mcp",),
    "api": ("fastapi", "uvicorn"),
    "oidc": ("authlib", "httpx"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `says` names what to do when it is a fault."""

    name: str
    state: State
    says: Message


def checks(settings: Settings) -> Iterator[Check]:
    """Everything, one after the other; the index is read whole, and an endpoint is asked for one token or vector."""
    system = f"{platform.system()} {platform.machine()}"
    said = Message("doctor.versions", version=version("asknotes"), python=platform.python_version(), system=system)
    yield Check("versions", "ok", said)
    file = settings_file()
    used = Message("doctor.settings", file=file) if file.exists() else Message("doctor.no_settings", file=file)
    yield Check("settings", "ok", used)
    yield _notes(settings)
    yield _index(settings)
    if settings.store:
        yield _store(settings)
    yield _embeddings(settings)
    yield _language_model(settings)
    for folder in dict.fromkeys((_existing(settings.index), _existing(cache_dir()))):
        yield _disk(folder)
    for extra, packages in EXTRAS.items():
        lacking = [name for name in packages if importlib.util.find_spec(name) is None]
        said = (
            Message("extra.missing", package=" ".join(lacking))
            if lacking
            else Message("doctor.extra", packages=packages)
        )
        yield Check(f"extra {extra}", "note" if lacking else "ok", said)


def _notes(settings: Settings) -> Check:
    if not settings.corpus.is_dir():
        return Check("notes", "fault", Message("vault.no_folder", folder=settings.corpus))
    return Check("notes", "ok", Message("doctor.notes", folder=settings.corpus.resolve()))


def _index(settings: Settings) -> Check:
    try:
        index = open_index(settings.index)
    except AskNotesError as error:
        return Check("index", "fault", error.message)
    if index.notices:
        return Check("index", "fault", index.notices[0])
    said = Message("doctor.index", notes=len(index.notes), passages=len(index.passages), built=index.built)
    return Check("index", "ok", said)


def _store(settings: Settings) -> Check:
    try:
        store = open_store(settings, open_index(settings.index))
    except AskNotesError as error:
        return Check("store", "fault", error.message)
    return Check("store", "ok", Message("doctor.store", store=shown(store.address), name=store.collection))


def _embeddings(settings: Settings) -> Check:
    if settings.embedding_url:
        return _embedding_endpoint(settings)
    if missing_model(settings, cache_dir()) == "embedding":
        return Check("embedding model", "fault", Message("doctor.no_embeddings"))
    return Check("embedding model", "ok", Message("doctor.embeddings", name=settings.embedding_model))


def _embedding_endpoint(settings: Settings) -> Check:
    from ingest.vectors.embed import load_embeddings

    started = time.monotonic()
    try:
        dimension = load_embeddings(settings).dimension
    except AskNotesError as error:
        return Check("embedding model", "fault", error.message)
    said = Message(
        "doctor.embedding_endpoint",
        name=settings.embedding_model,
        where=host_of(settings.embedding_url),
        dimension=dimension,
        seconds=time.monotonic() - started,
    )
    return Check("embedding model", "ok", said)


def _language_model(settings: Settings) -> Check:
    name = "language model"
    if settings.kind == "none":
        return Check(name, "ok", Message("doctor.no_model_wanted"))
    try:
        if settings.kind == "endpoint":
            found = Library(settings).probe()
            said = Message("doctor.endpoint", name=found.model, where=found.where, seconds=found.seconds)
            return Check("endpoint", "ok", said)
        if gguf_here(settings, cache_dir()) is None:
            return Check(name, "fault", Message("doctor.no_model"))
    except AskNotesError as error:
        return Check(name, "fault", error.message)
    return Check(name, "ok", Message("doctor.model"))


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free / 2**30
    if free < LEAST_GB:
        return Check("disk", "fault", Message("doctor.full", folder=folder, free=free))
    return Check("disk", "ok", Message("doctor.disk", folder=folder, free=free))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
