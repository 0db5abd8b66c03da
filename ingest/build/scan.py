"""One reading of the corpus: every note, and why others could not be read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.config import IndexSettings
from ingest.errors import NoteError, NoteLeftOut
from ingest.index.manifest import Manifest
from ingest.notes.convert import format_of, versions
from ingest.notes.read import find_notes, make_note, read_file
from ingest.progress import CancelCall, ProgressCall, check
from ingest.schema import Note


@dataclass(frozen=True, slots=True)
class Scan:
    """What one reading found. Everything by path.

    `notes` were read; `kept` are converted notes whose file is as it was, by the SHA-256, and whose text is to be taken
    from the index. `unread` could not be read, which may pass; `left_out` are no notes by rule; both with the reason.
    `refused` are those of `unread` whose bytes cannot be converted, by SHA-256. `missing` tells what of a note is not
    in its text. `read` has time and size of each file just before it was read.
    """

    notes: dict[str, Note] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    read: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of every note, by path."""
        return {path: note.sha256 for path, note in self.notes.items()} | self.kept

    @property
    def converters(self) -> dict[str, str]:
        """The versions of the converters that these files need."""
        return versions(self.read)


def stamp(file: Path) -> tuple[int, int]:
    """Time (ns) and size of a file; (0, 0) when it is not there."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def scan_notes(
    settings: IndexSettings, progress: ProgressCall | None, cancel: CancelCall | None, before: Manifest | None = None
) -> Scan:
    """Read every note of the corpus, each once; files of an index that lies in it are left out.

    Args:
        before: of the generation in use: a file that it converted, or could not, is not converted again.

    Raises:
        ConfigError: when the corpus is no folder.
        BuildCancelled: when `cancel()` says so.
    """
    found = find_notes(settings.corpus, settings)
    own = _inside(settings.index, settings.corpus)
    paths = [path for path in found.paths if not (own and path.startswith(own))]
    scan = Scan()
    for reasons, skips in ((scan.unread, found.unread), (scan.left_out, found.left_out)):
        for skip in skips:
            if not (own and skip.path.startswith(own)) and not _gone(settings.corpus / skip.path):
                reasons[skip.path] = skip.reason
    for done, path in enumerate(paths):
        check(cancel)
        if progress and (done % 20 == 0 or format_of(path)):
            progress("reading", done, len(paths))
        scan.read[path] = stamp(settings.corpus / path)
        try:
            _read(scan, path, settings, before)
        except NoteError as error:
            if not _gone(settings.corpus / path):
                (scan.left_out if isinstance(error, NoteLeftOut) else scan.unread)[path] = str(error)
    return scan


def _read(scan: Scan, path: str, settings: IndexSettings, before: Manifest | None) -> None:
    """Read one note into `scan`; raises NoteError."""
    data = read_file(settings.corpus, path, settings)
    form = format_of(path)
    digest = hashlib.sha256(data).hexdigest() if form else ""
    if form and before and before.parameters.converters.get(form.name, "") == form.version:
        if before.notes.get(path) == digest and path not in before.stale:
            scan.kept[path] = digest
            if path in before.skipped:
                scan.missing[path] = before.skipped[path]
            return
        if before.refused.get(path) == digest:
            scan.refused[path] = digest
            raise NoteError(before.stale.get(path) or before.skipped[path])
    try:
        scan.notes[path] = note = make_note(path, data, settings)
    except NoteError:
        if form and form.version:
            scan.refused[path] = digest
        raise
    if note.missing:
        scan.missing[path] = note.missing


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


def stale_and_skipped(scan: Scan, before: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Why files could not be read: those whose text of `before` is kept, and the others."""
    stale = {path: reason for path, reason in _under(scan.unread, before) if path not in scan.hashes}
    skipped = {path: reason for path, reason in scan.unread.items() if path not in stale}
    return stale, skipped | scan.left_out | scan.missing


def _under(unread: Mapping[str, str], before: Mapping[str, str]) -> list[tuple[str, str]]:
    """Notes of the index that are, or lie in a folder that is, unread now; with the reason."""
    folders = {path + "/": reason for path, reason in unread.items() if path not in before}
    found = [(path, unread[path]) for path in before if path in unread]
    if folders:
        for path in before:
            parents = (path[: end + 1] for end, letter in enumerate(path) if letter == "/")
            found += [(path, folders[parent]) for parent in parents if parent in folders]
    return found
