"""The incremental build: the notes as they are, nothing embedded twice, the same bytes as a build from nothing."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingest.build.journal import JOURNAL, Journal
from ingest.build.plan import make_plan
from ingest.build.scan import stamp
from ingest.build.stages import Plan, Unchanged
from ingest.config import IndexSettings
from ingest.errors import ModelError
from ingest.index.durable import Disk
from ingest.index.lock import writer_lock
from ingest.index.manifest import Parameters
from ingest.index.read import current_generation, read_tokens
from ingest.index.term_table import TermTable
from ingest.index.write import Content, clean, write_generation
from ingest.notes.read import Skipped
from ingest.passages.overview import OVERVIEW, overview
from ingest.passages.text import keyword_text
from ingest.progress import CancelCall, ProgressCall, check
from ingest.text.tokens import TOKENIZER_VERSION, Tokenizer

CHUNK = 64  # passages embedded between two entries in the journal

Vectors = npt.NDArray[np.float32]  # [texts, dimension]
Vector = npt.NDArray[np.float32]  # [dimension]


class Embedder(Protocol):
    """What the build needs of an embedding model. `model_id` is asked for at once, the rest only when something is
    to be embedded, so that a model may load itself late."""

    @property
    def model_id(self) -> str:
        """Names the model and its revision; vectors of equal ids are comparable."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Unit vectors of passages, each the same whatever else is in `texts`; a lone surrogate (of a file's name) is no
        error. `progress` is called with (done, total), and may raise."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with `dry_run` would do. Paths are relative to the corpus.

    `embedded` texts were given to the model, by this build or by one that was stopped; `reused` passages have a vector
    from before or share one of those: `embedded + reused == passages`. `renamed` are (old, new). `stale` notes could
    not be read and keep their old text; `skipped` files are not in the index, or not whole; `edited` ones changed after
    this build had read them, so that the next build has something to do.
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
    settings: IndexSettings,
    embeddings: Embedder,
    *,
    full: bool = False,
    dry_run: bool = False,
    progress: ProgressCall | None = None,
    cancel: CancelCall | None = None,
    disk: Disk | None = None,
) -> BuildReport:
    """Bring the index in `settings.index` up to date with the notes in `settings.corpus`.

    Args:
        full: reuse nothing.
        dry_run: only tell what would be done; takes no lock, writes nothing, loads no model.
        progress: called with (stage, done, total); the stages are "reading", "embedding" and "writing".
        cancel: asked often; when it returns True the build ends and leaves the index as it was.
        disk: the file system to write to.

    Raises:
        ConfigError: when the corpus is no folder.
        IndexBusy: when another build is running.
        NotesIndexError: when the index cannot be written; the generation in use stays.
        ModelError: when the model cannot be loaded or gives no proper vectors.
        BuildCancelled: when `cancel` said so.
    """
    started = time.monotonic()
    run = _Run(settings, embeddings, progress or _no_progress, cancel, disk or Disk())
    with nullcontext() if dry_run else writer_lock(settings.index):
        if not dry_run:
            clean(settings.index, run.disk)
        plan = make_plan(settings, embeddings.model_id, full=full, progress=run.progress, cancel=cancel)
        before = current_generation(settings.index) or ""
        generation = before if dry_run or isinstance(plan, Unchanged) else run.write(plan)
        if not dry_run:
            with suppress(OSError):  # one that stays is read, and found of no use, by the next long build
                run.disk.remove(settings.index / JOURNAL)
        edited = tuple(path for path, read in plan.scan.read.items() if stamp(settings.corpus / path) != read)
    unchanged = isinstance(plan, Unchanged) or (generation == before and not dry_run)
    return _report(plan, generation, unchanged, dry_run, edited, time.monotonic() - started)


def _no_progress(stage: str, done: int, total: int) -> None:
    """Nobody is looking."""


def _report(
    plan: Plan | Unchanged, generation: str, unchanged: bool, dry_run: bool, edited: tuple[str, ...], seconds: float
) -> BuildReport:
    notes, sections, passages = plan.counts
    embedded = 0 if isinstance(plan, Unchanged) else len(plan.new)
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
        embedded=embedded,
        reused=passages - embedded,
        seconds=seconds,
        generation=generation,
        unchanged=unchanged,
        dry_run=dry_run,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """What one build works with."""

    settings: IndexSettings
    embeddings: Embedder
    progress: ProgressCall
    cancel: CancelCall | None
    disk: Disk

    def write(self, plan: Plan) -> str:
        """Embed what is new, write the generation, and return its name."""
        tokens = self._tokens(plan)
        fresh = self._embed(plan.new)
        parameters = replace(plan.parameters, dimension=plan.parameters.dimension or self.embeddings.dimension)
        vectors = _vectors(plan, parameters, fresh)
        content = Content(
            parameters=parameters,
            notes=plan.splits.notes,
            stale=plan.changes.stale,
            skipped=plan.changes.skipped,
            refused=plan.scan.refused,
            embedded=plan.splits.keys,
            tokens=tokens,
            vectors=vectors,
            extra={OVERVIEW: asdict(overview(plan.splits.notes))},
        )
        check(self.cancel)
        self.progress("writing", 0, 1)
        name = write_generation(self.settings.index, content, plan.newest, self.disk)
        self.progress("writing", 1, 1)
        return name

    def _tokens(self, plan: Plan) -> TermTable:
        """The tokens of each passage; those of a note that has not changed are as they were."""
        base = None
        if plan.base and plan.base.manifest.parameters.tokenizer == TOKENIZER_VERSION:
            base = read_tokens(self.settings.index, plan.base)
        tokenizer = Tokenizer()

        def fresh() -> Iterator[list[str]]:
            for passage, row in zip(plan.splits.passages, plan.splits.rows, strict=True):
                if base is None or row < 0:
                    check(self.cancel)
                    yield tokenizer.tokenize(keyword_text(passage))

        return TermTable.of(plan.splits.rows, fresh(), base)

    def _embed(self, new: Mapping[str, str]) -> dict[str, Vector]:
        """The vectors of new texts, by their key; a long run keeps a journal, so that it need not start again."""
        if len(new) <= CHUNK:
            return self._embed_chunk(new, 0, len(new)) if new else {}
        with Journal(self.settings.index, self.embeddings.model_id, self.embeddings.dimension, self.disk) as journal:
            vectors = {key: rows for key, rows in journal.vectors.items() if key in new}
            todo = [key for key in new if key not in vectors]
            for start in range(0, len(todo), CHUNK):
                texts = {key: new[key] for key in todo[start : start + CHUNK]}
                chunk = self._embed_chunk(texts, len(vectors), len(new))
                journal.add(chunk)
                vectors |= chunk
        return vectors

    def _embed_chunk(self, texts: Mapping[str, str], done: int, total: int) -> dict[str, Vector]:
        def tick(of_chunk: int, _: int) -> None:
            check(self.cancel)
            self.progress("embedding", done + of_chunk, total)

        tick(0, 0)
        vectors = self.embeddings.encode_passages(list(texts.values()), progress=tick)
        if vectors.shape != (len(texts), self.embeddings.dimension) or not np.isfinite(vectors).all():
            raise ModelError("build.no_vectors", model=self.embeddings.model_id)
        return dict(zip(texts, vectors.astype(np.float32, copy=False), strict=True))


def _vectors(plan: Plan, parameters: Parameters, fresh: Mapping[str, Vector]) -> Vectors:
    """The vectors of all passages, each from `fresh` or from an earlier generation."""
    if any(len(vector) != parameters.dimension for vector in fresh.values()):
        raise ModelError("build.other_length", model=parameters.model_id, dimension=parameters.dimension)
    keys = plan.splits.keys
    vectors = np.zeros((len(keys), parameters.dimension), np.float32)
    for i, key in enumerate(keys):
        if key in fresh:
            vectors[i] = fresh[key]
    missing = [i for i, key in enumerate(keys) if key not in fresh]
    for source in plan.sources:
        where = {key: row for row, key in enumerate(source.embedded)}
        found = [i for i in missing if keys[i] in where]
        vectors[found] = source.vectors[[where[keys[i]] for i in found]]
        missing = [i for i in missing if keys[i] not in where]
    return vectors
