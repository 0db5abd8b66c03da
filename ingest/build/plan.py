"""What a build has to do: the notes as they are now against the generation in use. Reads only."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.build.scan import Scan, scan_notes, stale_and_skipped
from ingest.config import IndexSettings
from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.manifest import Manifest, Parameters, read_pointer
from ingest.index.read import NotesIndex, generations, read_generation, read_manifest, verify_generation
from ingest.passages.split import SPLITTER_VERSION, split
from ingest.passages.text import embedding_text, sentences
from ingest.progress import CancelCall, ProgressCall
from ingest.schema import Note, Passage, Section, SplitNote
from ingest.text.tokens import TOKENIZER_VERSION

MANY = 64  # texts to embed, from which it pays to look for their vectors further back


@dataclass(frozen=True, slots=True)
class Changes:
    """How the notes differ from those of the generation in use; paths relative to the corpus, sorted.

    `renamed` are pairs of an old and a new path with the same bytes. `stale` are notes that cannot be read now and keep
    their earlier text, `skipped` files that are not in the index, or not whole; both map to the reason.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    stale: Mapping[str, str]
    skipped: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a build needs but vectors and tokens.

    `keys[i]` is the SHA-256 of the texts to embed of passage i (its own and its sentences), and `new` maps the keys that
    have no vectors yet to those texts. `rows[i]` is the passage's number in `base` when its note has not changed, else
    -1. `unchanged` tells that the generation in use is just what a build would make; `notes` is then empty.
    """

    parameters: Parameters  # dimension 0: not known before the model is loaded
    changes: Changes
    notes: tuple[SplitNote, ...]
    keys: tuple[str, ...]
    rows: tuple[int, ...]
    new: Mapping[str, tuple[str, ...]]
    base: NotesIndex | None  # what may be reused
    sources: tuple[NotesIndex, ...]  # generations that hold the vectors of all other keys, the best first
    read: Mapping[str, tuple[int, int]]  # time and size of each file just before it was read
    refused: Mapping[str, str]  # files that cannot be converted, by SHA-256
    newest: str  # the newest generation that is whole, or ''
    unchanged: bool
    manifest: Manifest | None  # of the generation in use

    @property
    def passages(self) -> list[Passage]:
        """All passages, in the order of the index."""
        return [passage for note in self.notes for passage in note.passages]


def make_plan(
    settings: IndexSettings,
    model_id: str,
    *,
    full: bool = False,
    progress: ProgressCall | None = None,
    cancel: CancelCall | None = None,
) -> Plan:
    """Read every note, compare with the generation in use, and split what is new.

    Raises:
        ConfigError: when the corpus is no folder.
        BuildCancelled: when `cancel()` says so.
    """
    manifest = _manifest_in_use(settings.index)
    scan = scan_notes(settings, progress, cancel, None if full else manifest)
    stale, skipped = stale_and_skipped(scan, manifest.notes if manifest else {})
    dimension = manifest.dimension if manifest and manifest.model_id == model_id and not full else 0
    parameters = _parameters(settings, model_id, dimension, scan.converters)
    if manifest and not full and _same(manifest, parameters, scan, stale, skipped) and _whole(settings.index):
        changes = Changes((), (), (), (), stale, skipped)
        return Plan(parameters, changes, (), (), (), {}, None, (), scan.read, scan.refused, "", True, manifest)
    whole = _newest_whole(settings.index)
    before = whole.manifest.notes if whole else {}
    if scan.kept and (whole is None or whole.manifest != manifest):  # the generation in use is damaged
        scan = scan_notes(settings, progress, cancel)
    stale, skipped = stale_and_skipped(scan, before)
    now = scan.notes | {path: whole.notes[path] for path in (*scan.kept, *stale) if whole}
    changes = _changes(before, {path: note.sha256 for path, note in now.items()}, stale, skipped)
    base = None if full else whole
    notes, keys, rows = _split_all([now[path] for path in sorted(now)], parameters, base)
    passages = dict(zip(keys, (passage for note in notes for passage in note.passages), strict=True))
    sources = _vector_sources(settings.index, base, model_id, passages)
    known = {key for source in sources for key in source.embedded}
    new = {key: _texts(passage) for key, passage in passages.items() if key not in known}
    newest = whole.generation if whole else ""
    return Plan(
        parameters, changes, notes, keys, rows, new, base, sources, scan.read, scan.refused, newest, False, manifest
    )


def texts_key(texts: Sequence[str]) -> str:
    """The SHA-256 of texts to embed; a lone surrogate of a file's name counts as it is."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _texts(passage: Passage) -> tuple[str, ...]:
    return (embedding_text(passage), *sentences(passage))


def _manifest_in_use(index_dir: Path) -> Manifest | None:
    pointer = read_pointer(index_dir)
    try:
        return read_manifest(index_dir, pointer.name) if pointer else None
    except (IndexDamaged, IndexMismatch):  # rebuilt, that is what the build is for
        return None


def _whole(index_dir: Path) -> bool:
    pointer = read_pointer(index_dir)
    try:
        return pointer is not None and verify_generation(index_dir, pointer.name) is not None
    except IndexDamaged:
        return False


def _newest_whole(index_dir: Path) -> NotesIndex | None:
    """The generation in use, or the newest that is whole."""
    pointer = read_pointer(index_dir)
    names = [pointer.name, pointer.previous] if pointer else []
    names += [name for name in generations(index_dir) if name not in names]
    for name in names:
        try:
            return read_generation(index_dir, name)
        except (IndexDamaged, IndexMismatch):  # of no use, and removed once the new one is in place
            continue
    return None


def _vector_sources(
    index_dir: Path, base: NotesIndex | None, model_id: str, keys: Collection[str]
) -> tuple[NotesIndex, ...]:
    """Generations with vectors of this model: `base`, and when much is missing there, the one before, for who goes
    back to earlier notes (another branch, a drive that was not mounted) shall not wait for all to be embedded again."""
    if base is None or base.manifest.model_id != model_id:
        return ()
    pointer = read_pointer(index_dir)
    if pointer and pointer.previous and len(set(keys).difference(base.embedded)) > MANY:
        try:
            before = read_generation(index_dir, pointer.previous)
        except (IndexDamaged, IndexMismatch):  # it was only a chance
            return (base,)
        if (before.manifest.model_id, before.manifest.dimension) == (model_id, base.manifest.dimension):
            return base, before
    return (base,)


def _parameters(settings: IndexSettings, model_id: str, dimension: int, converters: Mapping[str, str]) -> Parameters:
    return Parameters(
        model_id=model_id,
        dimension=dimension,
        tokenizer=TOKENIZER_VERSION,
        splitter=SPLITTER_VERSION,
        encodings=" ".join(settings.encodings),
        passage_chars=settings.passage_chars,
        bm25_k1=settings.bm25_k1,
        bm25_b=settings.bm25_b,
        hnsw_from=settings.hnsw_from,
        converters=converters,
    )


def _same(
    manifest: Manifest, parameters: Parameters, scan: Scan, stale: Mapping[str, str], skipped: Mapping[str, str]
) -> bool:
    readable = {path: digest for path, digest in manifest.notes.items() if path not in stale}
    return (
        manifest.parameters == replace(parameters, dimension=manifest.dimension)
        and readable == scan.hashes
        and manifest.stale == stale
        and manifest.skipped == skipped
        and manifest.refused == scan.refused
    )


def _changes(
    before: Mapping[str, str], now: Mapping[str, str], stale: Mapping[str, str], skipped: Mapping[str, str]
) -> Changes:
    added = [path for path in sorted(now) if path not in before]
    removed = [path for path in sorted(before) if path not in now]
    origins: dict[str, list[str]] = defaultdict(list)
    for path in reversed(removed):
        origins[before[path]].append(path)
    renamed = tuple((origins[now[path]].pop(), path) for path in added if origins.get(now[path]))
    old, new = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
    return Changes(
        added=tuple(path for path in added if path not in new),
        changed=tuple(path for path in sorted(now) if path in before and before[path] != now[path]),
        renamed=renamed,
        removed=tuple(path for path in removed if path not in old),
        stale=stale,
        skipped=skipped,
    )


def _split_all(
    notes: Sequence[Note], parameters: Parameters, base: NotesIndex | None
) -> tuple[tuple[SplitNote, ...], tuple[str, ...], tuple[int, ...]]:
    """Every note split, with the keys of the passages and their numbers in `base`; what is as it was is not split."""
    same_splitter = base is not None and (
        (base.manifest.parameters.splitter, base.manifest.parameters.passage_chars)
        == (parameters.splitter, parameters.passage_chars)
    )
    known = _split_before(base) if base and same_splitter else {}
    splits: list[SplitNote] = []
    keys: list[str] = []
    rows: list[int] = []
    for note in notes:
        before, first = known.get(note.path, (None, 0))
        if base and before and before.note == note:
            last = first + len(before.passages)
            splits.append(before)
            keys.extend(base.embedded[first:last])
            rows.extend(range(first, last))
        else:
            fresh = split(note, parameters.passage_chars)
            splits.append(fresh)
            keys.extend(texts_key(_texts(passage)) for passage in fresh.passages)
            rows.extend([-1] * len(fresh.passages))
    return tuple(splits), tuple(keys), tuple(rows)


def _split_before(base: NotesIndex) -> dict[str, tuple[SplitNote, int]]:
    """The notes of a generation, split, each with the number of its first passage, by path."""
    sections: dict[str, list[Section]] = defaultdict(list)
    passages: dict[str, list[Passage]] = defaultdict(list)
    first: dict[str, int] = {}
    for section in base.sections.values():
        sections[section.path].append(section)
    for row, passage in enumerate(base.passages):
        first.setdefault(passage.path, row)
        passages[passage.path].append(passage)
    return {
        path: (SplitNote(note, tuple(sections[path]), tuple(passages[path])), first.get(path, 0))
        for path, note in base.notes.items()
    }
