"""What a build has to do: the notes as they are now against the generation in use. Reads only."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from ingest.build.compare import compare, is_as_it_was
from ingest.build.earlier import in_use_is_whole, manifest_in_use, newest_whole, vector_sources
from ingest.build.scan import content, scan_notes
from ingest.build.stages import Changes, Plan, Scan, Splits, Unchanged
from ingest.config import IndexSettings
from ingest.index.manifest import Manifest, Parameters
from ingest.index.read import NotesIndex
from ingest.notes.convert import versions
from ingest.passages.split import SPLITTER_VERSION, moved, split
from ingest.passages.text import embedding_text
from ingest.progress import CancelCall, ProgressCall
from ingest.schema import Note, Passage, Section, SplitNote
from ingest.text.tokens import TOKENIZER_VERSION


def make_plan(
    settings: IndexSettings,
    model_id: str,
    *,
    full: bool = False,
    progress: ProgressCall | None = None,
    cancel: CancelCall | None = None,
) -> Plan | Unchanged:
    """Read every note, compare with the generation in use, and split what is new.

    Raises:
        ConfigError: when the corpus is no folder.
        BuildCancelled: when `cancel()` says so.
    """
    in_use = manifest_in_use(settings.index)
    upon = None if full else in_use
    scan = scan_notes(settings, progress, cancel, upon)
    if upon is not None:
        changes = compare(scan, upon.notes)
        same = is_as_it_was(upon, _parameters(settings, model_id, upon, scan), scan, changes)
        if same and in_use_is_whole(settings.index):
            return Unchanged(scan, changes, upon)
    whole = newest_whole(settings.index)
    if scan.kept and (whole is None or whole.manifest != in_use):  # the generation in use is damaged
        scan = scan_notes(settings, progress, cancel)
    changes = compare(scan, whole.manifest.notes if whole else {})
    earlier = _from_before(scan, changes, whole) if whole else {}
    parameters = _parameters(settings, model_id, upon, scan)
    base = None if full else whole
    splits = _split_all({**scan.notes, **earlier}, parameters, base)
    passages = dict(zip(splits.keys, splits.passages, strict=True))
    sources = vector_sources(settings.index, base, model_id, passages)
    known = {key for source in sources for key in source.embedded}
    new = {key: embedding_text(passage) for key, passage in passages.items() if key not in known}
    return Plan(scan, changes, parameters, splits, new, base, sources, whole.generation if whole else "")


def text_key(text: str) -> str:
    """The SHA-256 of a text to embed; a lone surrogate of a file's name counts as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _parameters(settings: IndexSettings, model_id: str, upon: Manifest | None, scan: Scan) -> Parameters:
    return Parameters(
        model_id=model_id,
        dimension=upon.dimension if upon and upon.model_id == model_id else 0,
        tokenizer=TOKENIZER_VERSION,
        splitter=SPLITTER_VERSION,
        encodings=" ".join(settings.encodings),
        passage_chars=settings.passage_chars,
        bm25_k1=settings.bm25_k1,
        bm25_b=settings.bm25_b,
        converters=versions(scan.read),
    )


def _split_all(notes: Mapping[str, Note], parameters: Parameters, base: NotesIndex | None) -> Splits:
    """Every note split, by path; what is as it was in `base` is not split again."""
    same_splitter = base is not None and (
        (base.manifest.parameters.splitter, base.manifest.parameters.passage_chars)
        == (parameters.splitter, parameters.passage_chars)
    )
    known = _split_before(base) if base and same_splitter else {}
    places = {content(path, before.note.sha256): path for path, (before, _) in known.items()}
    splits: list[SplitNote] = []
    keys: list[str] = []
    rows: list[int] = []
    for path in sorted(notes):
        note = notes[path]
        before, first = known.get(path, (None, 0))
        if before is None or before.note != note:
            before, first = known.get(places.get(content(path, note.sha256), ""), (None, 0))
            before = moved(before, note) if before else None
        if base and before:
            last = first + len(before.passages)
            splits.append(before)
            keys.extend(base.embedded[first:last])
            rows.extend(range(first, last))
        else:
            fresh = split(note, parameters.passage_chars)
            splits.append(fresh)
            keys.extend(text_key(embedding_text(passage)) for passage in fresh.passages)
            rows.extend([-1] * len(fresh.passages))
    return Splits(tuple(splits), tuple(keys), tuple(rows))


def _from_before(scan: Scan, changes: Changes, whole: NotesIndex) -> dict[str, Note]:
    """The notes that were not read: those that are as they were, and those that could not be read."""
    places = {content(path, note.sha256): path for path, note in whole.notes.items()}
    found = {path: whole.notes[path] for path in changes.stale}
    for path, digest in scan.kept.items():
        here = whole.notes.get(path)
        if here is None or here.sha256 != digest:
            here = replace(whole.notes[places[content(path, digest)]], path=path)
        found[path] = here
    return found


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
