"""The default models for who has started the page without them: which one is missing, and getting it with progress."""

from pathlib import Path
from typing import Literal

from ingest.config import ModelSettings, Settings
from ingest.errors import ModelError
from ingest.messages import Message
from ingest.models.defaults import DEFAULT, GGUF, default_embedding_folder, default_gguf, local_gguf
from ingest.models.e5_file import E5_FOLDER
from ingest.models.e5_folder import RECEIPT
from ingest.models.wheels import remembered_sha256
from ingest.progress import CancelCall, ProgressCall, SetupStep, silent

Missing = Literal["", "embedding", "language"]


def missing_model(settings: Settings, cache: Path) -> Missing:
    """The default model that the settings want and that is not in the cache; the embedding model before the other."""
    if (
        settings.embedding_model == DEFAULT
        and not settings.embedding_url
        and not (cache / E5_FOLDER / RECEIPT).exists()
    ):
        return "embedding"
    if not settings.runs_here or settings.local_model is not None:
        return ""
    return "language" if gguf_here(settings, cache) is None else ""


def gguf_here(settings: ModelSettings, cache: Path) -> Path | None:
    """The local model's file when it is on this machine, whole; nothing is fetched. Raises ModelError."""
    if settings.local_model:
        return local_gguf(settings, cache, silent)
    path = cache / GGUF.name
    whole = path.exists() and path.stat().st_size == GGUF.size and remembered_sha256(path, cache) == GGUF.sha256
    return path if whole else None


def get_model(which: Missing, cache: Path, progress: ProgressCall, cancel: CancelCall) -> None:
    """Fetch a model; `progress` gets the stage "fetching" with percent done and 100, then maybe "unpacking" (0, 0).

    Raises:
        ModelError: it cannot be fetched, or `cancel` said stop; what has come is kept for the next time.
    """
    percent = 0

    def report(step: SetupStep) -> None:
        nonlocal percent
        if cancel():
            raise ModelError("fetch.stopped")
        percent = max(percent, step.percent_of_all)
        if step.stage == "unpacking":
            progress("unpacking", 0, 0)
        else:
            progress("fetching", percent, 100)

    report(SetupStep("fetching", Message("fetch.begun")))
    if which == "embedding":
        default_embedding_folder(cache, report)
    else:
        default_gguf(cache, report)
