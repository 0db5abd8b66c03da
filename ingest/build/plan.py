"""What a build has to do: the notes as they are now against the generation in use. Reads only."""

import hashlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from ingest.build.compare import compare, is_as_it_was
from ingest.build.earlier import MANY, Earlier, manifest_in_use, newest_whole, one_before
from ingest.build.format_five import OldVectors, old_vectors
from ingest.build.scan import content, scan_notes
from ingest.build.stages import Changes, KeptBlock, Piece, Plan, Scan, Unchanged, VectorSource
from ingest.config import IndexSettings
from ingest.index.blocks.cuts import ends_block
from ingest.index.manifest import Manifest, Parameters
from ingest.notes.convert import versions
from ingest.passages.overview import outline
from ingest.passages.split import SPLITTER_VERSION, moved, split
from ingest.passages.text import embedding_text
from ingest.progress import CancelCall, ProgressCall
from ingest.schema import Note
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
    earlier = newest_whole(settings.index)
    is_in_use = earlier is not None and earlier.whole and earlier.manifest == in_use
    if upon is not None and is_in_use:
        changes = compare(scan, upon.notes)
        if is_as_it_was(upon, _parameters(settings, model_id, upon, scan), scan, changes):
            return Unchanged(scan, changes, upon)
    if scan.kept and not is_in_use:  # the generation in use is damaged
        scan = scan_notes(settings, progress, cancel)
    changes = compare(scan, earlier.notes if earlier else {})
    parameters = _parameters(settings, model_id, upon, scan)
    notes = _Notes(scan, changes, parameters, earlier, None if full else earlier)
    blocks = tuple(notes.blocks())
    pieces = [piece for block in blocks if not isinstance(block, KeptBlock) for piece in block]
    wanted = {key for piece in pieces for key in piece.keys}
    sources = tuple(_vector_sources(settings, notes.base, parameters, wanted, full))
    missing = wanted - {key for source in sources for key in source.places}
    new = {key: text for piece in pieces for key, text in _texts(piece, missing)}
    newest = earlier.name if earlier and earlier.whole else ""
    return Plan(scan, changes, parameters, notes.hashes, blocks, new, notes.base, sources, newest)


def _texts(piece: Piece, wanted: Set[bytes]) -> Iterator[tuple[bytes, str]]:
    """The texts to embed of its passages, those with these keys."""
    for number, key in enumerate(piece.keys):
        if key in wanted:
            yield key, piece.texts[number] if piece.texts else embedding_text(piece.note.passages[number])


def text_key(text: str) -> bytes:
    """The SHA-256 of a text to embed; a lone surrogate of a file's name counts as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


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


def _vector_sources(
    settings: IndexSettings, base: Earlier | None, parameters: Parameters, wanted: Set[bytes], full: bool
) -> Iterator[VectorSource | OldVectors]:
    """Generations with vectors of these keys: the one that is built upon, and when much is missing there, the one before."""
    old = old_vectors(settings.index, parameters.model_id) if base is None and not full else None
    if old:
        yield old
    if base is None or base.manifest.model_id != parameters.model_id or not wanted:
        return
    here = VectorSource(base, base.find(wanted))
    yield here
    missing = wanted - here.places.keys()
    before = one_before(settings.index, parameters.model_id, base.manifest.dimension) if len(missing) > MANY else None
    if before:
        yield VectorSource(before, before.find(missing))


class _Notes:
    """The notes as they are now, in blocks; `hashes` are their SHA-256 by path, in order."""

    def __init__(
        self, scan: Scan, changes: Changes, parameters: Parameters, earlier: Earlier | None, base: Earlier | None
    ) -> None:
        """Those that were not read are taken from `earlier`; of `base` is reused what is as it was."""
        self.base = base
        self._read, self._earlier, self._size = scan.notes, earlier, parameters.passage_chars
        stale = {path: earlier.notes[path] for path in changes.stale} if earlier else {}
        hashes = {**scan.hashes, **stale}
        self.hashes = {path: hashes[path] for path in sorted(hashes)}
        self._places = {content(path, digest): path for path, digest in earlier.notes.items()} if earlier else {}
        made = base.manifest.parameters if base else None
        self._split_alike = made is not None and (made.splitter, made.passage_chars) == (
            parameters.splitter,
            parameters.passage_chars,
        )
        self._all_alike = (
            made is not None
            and self._split_alike
            and (made.tokenizer, made.model_id, made.dimension)
            == (parameters.tokenizer, parameters.model_id, parameters.dimension)
        )

    def blocks(self) -> Iterator[KeptBlock | tuple[Piece, ...]]:
        """All of them: those of `base` that are as they were, and what others are to be made of."""
        paths = list(self.hashes)
        kept = self._intact(paths)
        loose: list[Piece] = []
        at = held = 0
        while at < len(paths):
            block = kept.get(paths[at])
            if block and not loose and (at + block.listed.notes == len(paths) or self._ends(block)):
                yield block
                at += block.listed.notes
                continue
            loose.append(self._piece(paths[at]))
            held += len(loose[-1].keys)
            if ends_block(paths[at], len(loose[-1].keys), held):
                yield tuple(loose)
                loose, held = [], 0
            at += 1
        if loose:
            yield tuple(loose)

    def _intact(self, paths: Sequence[str]) -> dict[str, KeptBlock]:
        """The blocks whose notes are as they were with no other between them, by the first of them."""
        if self.base is None or not self._all_alike:
            return {}
        places = {path: place for place, path in enumerate(paths)}
        found = {}
        for number, listed, own in self.base.blocks():
            first = places.get(own[0], len(paths))
            if tuple(paths[first : first + len(own)]) == own and all(
                path not in self._read and self.hashes[path] == self.base.notes[path] for path in own
            ):
                found[own[0]] = KeptBlock(number, listed)
        return found

    def _ends(self, kept: KeptBlock) -> bool:
        """Whether a block is cut off behind its last note; only the last one of a generation may not be."""
        assert self.base is not None
        if kept.number < len(self.base.manifest.blocks) - 1:
            return True
        block = self.base.block(kept.number)
        last = len(block.notes) - 1
        return ends_block(block.notes[last][0], len(block.passages_of(last)), len(block.passages))

    def _piece(self, path: str) -> Piece:
        """A note for a new block; what is as it was in `base`, here or in another folder, is not split again."""
        note = self._note(path)
        if self.base and self._split_alike:
            for place in (path, self._places.get(content(path, note.sha256), "")):
                if place in self.base.notes:
                    before, block, rows = self.base.split(place)
                    same = before if before.note == note else moved(before, note)
                    if same:
                        keys = self.base.block(block).keys[rows.start : rows.stop]
                        shown = replace(self.base.outline(place), path=path)
                        return Piece(same, tuple(keys), shown, block, rows.start)
        fresh = split(note, self._size)
        texts = tuple(map(embedding_text, fresh.passages))
        return Piece(fresh, tuple(map(text_key, texts)), outline(fresh), texts=texts)

    def _note(self, path: str) -> Note:
        """A note as it is; one that was not read as it was before, here or in another folder."""
        if path in self._read:
            return self._read[path]
        assert self._earlier is not None
        if self._earlier.notes.get(path) == self.hashes[path]:
            return self._earlier.note(path)
        return replace(self._earlier.note(self._places[content(path, self.hashes[path])]), path=path)
