"""One reading of the corpus: every note, and why others could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.load import find_notes, load_note
from ingest.progress import CancelCall, ProgressCall, check
from ingest.schema import Note


@dataclass(frozen=True, slots=True)
class Scan:
    """Notes by path; why other files were not read; and time and size of each just before it was read."""

    notes: Mapping[str, Note]
    unread: Mapping[str, str]
    read: Mapping[str, tuple[int, int]]


def stamp(file: Path) -> tuple[int, int]:
    """Time (ns) and size of a file; (0, 0) when it is not there."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def scan_notes(settings: Settings, progress: ProgressCall | None, cancel: CancelCall | None) -> Scan:
    """Read every note of the corpus, each once; files of an index that lies in it are left out.

    Raises:
        ConfigError: when the corpus is no folder.
        BuildCancelled: when `cancel()` says so.
    """
    found = find_notes(settings.corpus, settings)
    own = _inside(settings.index, settings.corpus)
    paths = [path for path in found.paths if not (own and path.startswith(own))]
    notes: dict[str, Note] = {}
    read: dict[str, tuple[int, int]] = {}
    skipped = [skip for skip in found.skipped if not (own and skip.path.startswith(own))]
    unread = {skip.path: skip.reason for skip in skipped if not _gone(settings.corpus / skip.path)}
    for done, path in enumerate(paths):
        check(cancel)
        if progress and done % 20 == 0:
            progress("reading", done, len(paths))
        read[path] = stamp(settings.corpus / path)
        try:
            notes[path] = load_note(settings.corpus, path, settings)
        except NoteError as error:
            if not _gone(settings.corpus / path):
                unread[path] = str(error)
    return Scan(notes, unread, read)


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
    stale = {path: reason for path, reason in _under(scan.unread, before) if path not in scan.notes}
    return stale, {path: reason for path, reason in scan.unread.items() if path not in stale}


def _under(unread: Mapping[str, str], before: Mapping[str, str]) -> list[tuple[str, str]]:
    """Notes of the index that are, or lie in a folder that is, unread now; with the reason."""
    folders = {path + "/": reason for path, reason in unread.items() if path not in before}
    found = [(path, unread[path]) for path in before if path in unread]
    if folders:
        for path in before:
            parents = (path[: end + 1] for end, letter in enumerate(path) if letter == "/")
            found += [(path, folders[parent]) for parent in parents if parent in folders]
    return found
