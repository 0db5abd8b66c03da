"""The incremental build: the notes as they are, nothing embedded twice, the same bytes as a build from nothing."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingest.build.journal import JOURNAL, Journal
from ingest.build.plan import make_plan
from ingest.build.scan import stamp
from ingest.build.stages import KeptBlock, Piece, Plan, Unchanged
from ingest.config import IndexSettings
from ingest.errors import ModelError
from ingest.index.blocks.block import NewBlock
from ingest.index.blocks.postings import Carried, Postings, Tokens
from ingest.index.durable import Disk
from ingest.index.lock import writer_lock
from ingest.index.manifest import BlockSum, Parameters
from ingest.index.read import current_generation
from ingest.index.write import Content, clean, write_generation
from ingest.notes.read import Skipped
from ingest.passages.overview import OVERVIEW, Outline, overview
from ingest.passages.text import keyword_text
from ingest.progress import CancelCall, ProgressCall, check
from ingest.store.mirror import mirror
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
        progress: called with (stage, done, total); the stages are "reading", "embedding" and "writing", with the setting
            `store` also "storing".
        cancel: asked often; when it returns True the build ends and leaves the index as it was.
        disk: the file system to write to.

    Raises:
        ConfigError: when the corpus is no folder.
        StoreError: when the generation, which stands on the disk, could not be brought to Milvus.
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
        if settings.store and not dry_run:
            mirror(settings, generation, run.progress, cancel)
        if not dry_run:
            with suppress(OSError):  # one that stays is read, and found of no use, by the next long build
                run.disk.remove(settings.index / JOURNAL)
        edited = tuple(path for path, read in plan.scan.read.items() if stamp(settings.corpus, path) != read)
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
        fresh = self._embed(plan.new)
        parameters = replace(plan.parameters, dimension=plan.parameters.dimension or self.embeddings.dimension)
        content = Content(
            parameters=parameters,
            notes=plan.notes,
            stale=plan.changes.stale,
            skipped=plan.changes.skipped,
            refused=plan.scan.refused,
            blocks=self._blocks(plan, _vectors(plan, parameters, fresh), parameters.dimension),
            extra={OVERVIEW: asdict(overview(_outlines(plan)))},
        )
        check(self.cancel)
        name = write_generation(self.settings.index, content, plan.newest, self.disk)
        self.progress("writing", len(plan.blocks), len(plan.blocks))
        return name

    def _blocks(self, plan: Plan, vectors: Mapping[bytes, Vector], dimension: int) -> Iterator[BlockSum | NewBlock]:
        """All blocks in their order; new ones are made when their turn has come."""
        tokenizer = Tokenizer()
        for done, block in enumerate(plan.blocks):
            self.progress("writing", done, len(plan.blocks))
            if isinstance(block, KeptBlock):
                yield block.listed
                continue
            keys = [key for piece in block for key in piece.keys]
            rows = np.array([vectors[key] for key in keys], np.float32).reshape(len(keys), dimension)
            postings = Postings.of(self._texts(plan, block, tokenizer))
            notes = [piece.note for piece in block]
            yield NewBlock(notes, keys, rows, postings, [piece.outline for piece in block])

    def _texts(self, plan: Plan, block: Sequence[Piece], tokenizer: Tokenizer) -> Iterator[Tokens | Carried]:
        """The tokens of each passage of a block; those of a note that has not changed are as they were."""
        base = plan.base
        same = base is not None and base.manifest.parameters.tokenizer == TOKENIZER_VERSION
        for piece in block:
            check(self.cancel)
            if base and same and piece.block >= 0:
                yield Carried(base.block(piece.block).postings, piece.first, piece.first + len(piece.keys))
            else:
                for passage, text in zip_longest(piece.note.passages, piece.texts):
                    yield tokenizer.tokenize(keyword_text(passage, text))

    def _embed(self, new: Mapping[bytes, str]) -> dict[bytes, Vector]:
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

    def _embed_chunk(self, texts: Mapping[bytes, str], done: int, total: int) -> dict[bytes, Vector]:
        def tick(of_chunk: int, _: int) -> None:
            check(self.cancel)
            self.progress("embedding", done + of_chunk, total)

        tick(0, 0)
        vectors = self.embeddings.encode_passages(list(texts.values()), progress=tick)
        if vectors.shape != (len(texts), self.embeddings.dimension) or not np.isfinite(vectors).all():
            raise ModelError("build.no_vectors", model=self.embeddings.model_id)
        return dict(zip(texts, vectors.astype(np.float32, copy=False), strict=True))


def _vectors(plan: Plan, parameters: Parameters, fresh: Mapping[bytes, Vector]) -> Mapping[bytes, Vector]:
    """The vectors of all new blocks by key, each from `fresh` or from an earlier generation."""
    if any(len(vector) != parameters.dimension for vector in fresh.values()):
        raise ModelError("build.other_length", model=parameters.model_id, dimension=parameters.dimension)
    return {key: vector for source in plan.sources for key, vector in source.vectors()} | dict(fresh)


def _outlines(plan: Plan) -> Iterator[Outline]:
    """What each note may show of itself."""
    for block in plan.blocks:
        if isinstance(block, KeptBlock):
            assert plan.base is not None
            yield from plan.base.outlines(block.number)
        else:
            yield from (piece.outline for piece in block)
