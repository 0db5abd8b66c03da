"""One reading of the corpus: every note, and why others could not be read."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.build.stages import FileRead, Scan
from ingest.config import IndexSettings
from ingest.errors import NoteError, NoteLeftOut
from ingest.index.manifest import Manifest
from ingest.messages import Message
from ingest.notes.convert import Format, format_of
from ingest.notes.read import Skipped, find_notes, make_note, read_file
from ingest.passages.split import SPLITTER_VERSION
from ingest.progress import CancelCall, ProgressCall, check


def stamp(corpus: Path, path: str) -> tuple[int, int]:
    """Time (ns) and size of a file of the corpus; (0, 0) when it is not there."""
    try:
        status = os.stat(f"{corpus}/{path}")  # noqa: PTH116  # a `Path` for each takes ten times as long
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def scan_notes(
    settings: IndexSettings, progress: ProgressCall | None, cancel: CancelCall | None, before: Manifest | None = None
) -> Scan:
    """Read every note of the corpus, each once; files of an index that lies in it are left out.

    Args:
        before: of the generation in use: a note that it has, in this folder or another, is not read again, nor converted
            what could not be.

    Raises:
        ConfigError: when the corpus is no folder.
        BuildCancelled: when `cancel()` says so.
    """
    found = find_notes(settings.corpus, settings)
    earlier = _Earlier.of(before, settings) if before else None
    own = _inside(settings.index, settings.corpus)

    def listed(skips: Iterable[Skipped]) -> dict[str, Message]:
        kept = (skip for skip in skips if not (own and skip.path.startswith(own)))
        return {skip.path: skip.reason for skip in kept if not _gone(settings.corpus / skip.path)}

    unread, left_out = listed(found.unread), listed(found.left_out)
    paths = [path for path in found.paths if not (own and path.startswith(own))]
    files: dict[str, FileRead] = {}
    for done, path in enumerate(paths):
        check(cancel)
        if progress and (done % 20 == 0 or format_of(path)):
            progress("reading", done, len(paths))
        files[path] = _read(path, settings, earlier)
    return _scan(files, unread, left_out)


def _scan(files: Mapping[str, FileRead], unread: Mapping[str, Message], left_out: Mapping[str, Message]) -> Scan:
    """The readings by what they gave; `unread` and `left_out` are what was seen when the files were listed."""
    return Scan(
        notes={path: file.note for path, file in files.items() if file.note},
        kept={path: file.kept for path, file in files.items() if file.kept},
        unread={**unread, **{path: file.unread for path, file in files.items() if file.unread}},
        left_out={**left_out, **{path: file.left_out for path, file in files.items() if file.left_out}},
        refused={path: file.refused for path, file in files.items() if file.refused},
        missing={path: file.missing for path, file in files.items() if file.missing},
        read={path: file.stamp for path, file in files.items()},
    )


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A generation, and where it has which bytes under which file name; `as_now`: it was read as notes are read now."""

    manifest: Manifest
    as_now: bool
    places: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, manifest: Manifest, settings: IndexSettings) -> "_Earlier":
        made = (manifest.parameters.splitter, manifest.parameters.encodings)
        whole = {path: digest for path, digest in manifest.notes.items() if path not in manifest.stale}
        places = {content(path, digest): path for path, digest in whole.items()}
        return cls(manifest, made == (SPLITTER_VERSION, " ".join(settings.encodings)), places)

    def knows(self, form: Format | None) -> bool:
        """Whether a note of this format would be read as it was."""
        if form is None:
            return self.as_now
        return (self.as_now or not form.encoded) and self.manifest.parameters.converters.get(
            form.name, ""
        ) == form.version

    def place(self, path: str, digest: str) -> str | None:
        """Where it has a note of these bytes and this file name, on which the title may depend; if it can, at this path."""
        if self.manifest.notes.get(path) == digest and path not in self.manifest.stale:
            return path
        return self.places.get(content(path, digest))


def content(path: str, digest: str) -> tuple[str, str]:
    """What tells the notes apart that differ in more than their folder."""
    return digest, path.rpartition("/")[2]


def _read(path: str, settings: IndexSettings, before: _Earlier | None) -> FileRead:
    """Read one file."""
    read = FileRead(stamp(settings.corpus, path))
    try:
        found = _note(read, path, read_file(settings.corpus, path, settings), settings, before)
    except NoteError as error:
        found = _failed(read, error)
    return read if (found.unread or found.left_out) and _gone(settings.corpus / path) else found


def _note(read: FileRead, path: str, data: bytes, settings: IndexSettings, before: _Earlier | None) -> FileRead:
    """The note that these bytes are; they are not read again when that was done, or tried in vain, before."""
    form = format_of(path)
    digest = hashlib.sha256(data).hexdigest()
    if before and before.knows(form):
        old, skipped = before.place(path, digest), before.manifest.skipped
        if old is not None and (skipped.get(old) or old not in skipped):
            return replace(read, kept=digest, missing=skipped.get(old))
        reason = before.manifest.stale.get(path) or skipped.get(path)
        if before.manifest.refused.get(path) == digest and reason:
            return replace(read, unread=reason, refused=digest)
    try:
        note = make_note(path, data, settings)
    except NoteError as error:
        return replace(_failed(read, error), refused=digest if form and form.version else "")
    return replace(read, note=note, missing=note.missing)


def _failed(read: FileRead, error: NoteError) -> FileRead:
    if isinstance(error, NoteLeftOut):
        return replace(read, left_out=error.message)
    return replace(read, unread=error.message)


def _gone(file: Path) -> bool:
    """Whether a file was deleted since it was listed; one that cannot be looked at is not."""
    try:
        file.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _inside(index_dir: Path, corpus: Path) -> str:
    """The index's folder as a prefix of paths in the corpus, when it lies in there: it is no note."""
    inner, outer = index_dir.resolve(), corpus.resolve()
    return inner.relative_to(outer).as_posix() + "/" if inner != outer and inner.is_relative_to(outer) else ""
