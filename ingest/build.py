"""The incremental build: the notes as they are, nothing embedded twice, the same bytes as a build from nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ingest.config import Settings
from ingest.durable import Disk
from ingest.errors import ModelError
from ingest.load import Skipped
from ingest.lock import writer_lock
from ingest.manifest import Parameters
from ingest.plan import CancelCall, Plan, ProgressCall, check, make_plan, stamp
from ingest.publish import Content, clean, write_generation
from ingest.schema import SplitNote
from ingest.split import keyword_text
from ingest.store import current_generation, read_tokens
from ingest.tokens import TOKENIZER_VERSION, Tokenizer

ExtraCall = Callable[[Sequence[SplitNote]], Mapping[str, Any]]


class Embedder(Protocol):
    """What the build needs of an embedding model. `model_id` is asked for at once, the rest only when something is
    to be embedded, so that a model may load itself late."""

    @property
    def model_id(self) -> str:
        """Names the model and its revision; vectors of equal ids are comparable."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 [len(texts), dimension], each the same whatever else is in `texts`; a lone surrogate
        (of a file's name) is no error. `progress` is called with (done, total), and may raise."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with `dry_run` would do. Paths are relative to the corpus.

    `embedded` texts were given to the model; `reused` passages have a vector from before or share one of those:
    `embedded + reused == passages`. `renamed` are (old, new). `stale` notes could not be read and keep their old text;
    `edited` ones changed after this build had read them, so that the next build has something to do.
    """

    notes: int
    sections: int
    passages: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    stale: tuple[Skipped, ...]
    skipped: tuple[Skipped, ...]
    embedded: int
    reused: int
    seconds: float
    generation: str  # the one in use afterwards; '' when a dry run finds none
    unchanged: bool  # no generation was written, since there was nothing to do
    dry_run: bool = False
    edited: tuple[str, ...] = ()


def build(
    settings: Settings,
    embeddings: Embedder,
    *,
    full: bool = False,
    dry_run: bool = False,
    progress: ProgressCall | None = None,
    cancel: CancelCall | None = None,
    extra: ExtraCall | None = None,
    disk: Disk | None = None,
) -> BuildReport:
    """Bring the index in `settings.index` up to date with the notes in `settings.corpus`.

    Args:
        full: reuse nothing.
        dry_run: only tell what would be done; takes no lock, writes nothing, loads no model.
        progress: called with (stage, done, total); the stages are "reading", "embedding" and "writing".
        cancel: asked often; when it returns True the build ends and leaves the index as it was.
        extra: mines data for `NotesIndex.extra` from the notes; deterministic.
        disk: the file system to write to.

    Raises:
        ConfigError: when the corpus is no folder.
        IndexBusy: when another build is running.
        NotesIndexError: when the index cannot be written; the generation in use stays.
        ModelError: when the model cannot be loaded or gives no proper vectors.
        BuildCancelled: when `cancel` said so.
    """
    started = time.monotonic()
    with nullcontext() if dry_run else writer_lock(settings.index):
        if not dry_run:
            clean(settings.index, disk or Disk())
        plan = make_plan(settings, embeddings.model_id, full=full, progress=progress, cancel=cancel)
        generation = current_generation(settings.index) or ""
        unchanged = plan.unchanged
        if not dry_run and not unchanged:
            before = generation
            content = _content(settings, plan, embeddings, extra, progress, cancel)
            if progress:
                progress("writing", 0, 1)
            generation = write_generation(settings.index, content, plan.newest, disk)
            unchanged = generation == before
            if progress:
                progress("writing", 1, 1)
        edited = tuple(path for path, before in plan.read.items() if stamp(settings.corpus / path) != before)
    return _report(plan, generation, unchanged, dry_run, edited, time.monotonic() - started)


def _report(
    plan: Plan, generation: str, unchanged: bool, dry_run: bool, edited: tuple[str, ...], seconds: float
) -> BuildReport:
    if plan.unchanged and plan.manifest:
        notes, sections, passages = len(plan.manifest.notes), plan.manifest.sections, plan.manifest.passages
    else:
        notes, passages = len(plan.notes), len(plan.keys)
        sections = sum(len(note.sections) for note in plan.notes)
    changes = plan.changes
    return BuildReport(
        notes=notes,
        sections=sections,
        passages=passages,
        added=changes.added,
        changed=changes.changed,
        renamed=changes.renamed,
        removed=changes.removed,
        stale=tuple(Skipped(path, reason) for path, reason in sorted(changes.stale.items())),
        skipped=tuple(Skipped(path, reason) for path, reason in sorted(changes.skipped.items())),
        edited=edited,
        embedded=len(plan.new),
        reused=passages - len(plan.new),
        seconds=seconds,
        generation=generation,
        unchanged=unchanged,
        dry_run=dry_run,
    )


def _content(
    settings: Settings,
    plan: Plan,
    embeddings: Embedder,
    extra: ExtraCall | None,
    progress: ProgressCall | None,
    cancel: CancelCall | None,
) -> Content:
    tokens = _tokens(settings, plan, cancel)
    fresh = _embed(plan.new, embeddings, progress, cancel)
    parameters = replace(plan.parameters, dimension=plan.parameters.dimension or embeddings.dimension)
    vectors = _vectors(plan, parameters, fresh)
    mined = extra(plan.notes) if extra else {}
    check(cancel)
    return Content(
        parameters=parameters,
        notes=plan.notes,
        stale=plan.changes.stale,
        skipped=plan.changes.skipped,
        embedded=plan.keys,
        tokens=tokens,
        vectors=vectors,
        extra=mined,
    )


def _tokens(settings: Settings, plan: Plan, cancel: CancelCall | None) -> list[list[str]]:
    """The tokens of each passage; those of a note that has not changed are as they were."""
    before: list[list[str]] = []
    if plan.base and plan.base.manifest.parameters.tokenizer == TOKENIZER_VERSION:
        before = read_tokens(settings.index, plan.base)
    tokenizer = Tokenizer()
    tokens = []
    for passage, row in zip(plan.passages, plan.rows, strict=True):
        if before and row >= 0:
            tokens.append(before[row])
        else:
            check(cancel)
            tokens.append(tokenizer.tokenize(keyword_text(passage)))
    return tokens


def _embed(
    new: Mapping[str, str], embeddings: Embedder, progress: ProgressCall | None, cancel: CancelCall | None
) -> dict[str, npt.NDArray[np.float32]]:
    """The vector of each new text, by its key."""

    def tick(done: int, total: int) -> None:
        check(cancel)
        if progress:
            progress("embedding", done, total)

    if not new:
        return {}
    tick(0, len(new))
    rows = embeddings.encode_passages(list(new.values()), progress=tick)
    if rows.shape != (len(new), embeddings.dimension) or not np.isfinite(rows).all():
        raise ModelError(
            f"The embedding model {embeddings.model_id} gave no proper vectors (shape {rows.shape}); "
            "use another model (the setting 'embedding_model')."
        )
    return dict(zip(new, rows.astype(np.float32, copy=False), strict=True))


def _vectors(
    plan: Plan, parameters: Parameters, fresh: Mapping[str, npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """The vectors of all passages, float32 [n, dimension], each text's from `fresh` or from the generation before."""
    if any(len(row) != parameters.dimension for row in fresh.values()):
        raise ModelError(
            f"The embedding model {parameters.model_id} gave vectors of another length than before "
            f"({parameters.dimension}) under the same name; run `python -m ingest --full`."
        )
    rows = np.zeros((len(plan.keys), parameters.dimension), np.float32)
    old = [i for i, key in enumerate(plan.keys) if key not in fresh]
    if old and plan.base:
        where = {key: row for row, key in enumerate(plan.base.embedded)}
        rows[old] = plan.base.vectors()[[where[plan.keys[i]] for i in old]]
    for i, key in enumerate(plan.keys):
        if key in fresh:
            rows[i] = fresh[key]
    return rows
