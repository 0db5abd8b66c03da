"""What the page writes into the notes folder: answers that are saved, files that are dropped; never over another file."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath

from ingest.config import IndexSettings
from ingest.errors import ConfigError, NoteError, NoteLeftOut
from ingest.messages import Message, reason_of
from ingest.notes.convert import FORMATS
from ingest.notes.read import SUFFIXES, make_note

FOLDER = "AskNotes"  # of the answers
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f\ud800-\udfff]')  # no character of a name on one system or another
_NAME_BYTES = 200  # of at most 255, so that there is room for a number


def save_new(corpus: Path, name: str, text: str) -> str:
    """Write a note into `FOLDER`; its path in the notes folder, with a number when another note has its name.

    Raises:
        NoteError: it cannot be written.
    """
    try:
        (corpus / FOLDER).mkdir(exist_ok=True)
        if not (corpus / FOLDER).resolve().is_relative_to(corpus.resolve()):
            raise NoteError("note.not_saved", path=f"{FOLDER}/{name}", reason=Message("note.link_out"))
        return _write_new(corpus, f"{FOLDER}/{PurePosixPath(name).stem}", ".md", text.encode(errors="surrogateescape"))
    except OSError as error:
        raise NoteError("note.not_saved", path=f"{FOLDER}/{name}", reason=reason_of(error)) from error


def save_dropped(settings: IndexSettings, name: str, data: bytes) -> str:
    """Write a file at the top of the notes folder; its path there. One that is there already, byte for byte, stays alone.

    Raises:
        ConfigError: there is no notes folder.
        NoteError: it is no file of a kind that is read, cannot be read, or cannot be written.
    """
    if not settings.corpus.is_dir():
        raise ConfigError("settings.no_corpus", folder=settings.corpus)
    stem, suffix = safe_name(name)
    if suffix.lower() not in SUFFIXES:
        raise NoteError("note.other_kind", kinds=", ".join(kinds()))
    if len(data) > settings.max_note_mb * 2**20:
        raise NoteLeftOut("note.too_large", limit=settings.max_note_mb)
    make_note(stem + suffix, data, settings)
    try:
        for path in _numbered(stem, suffix):
            file = settings.corpus / path
            if not (file.exists() or file.is_symlink()):
                break
            if file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data:
                return path
        return _write_new(settings.corpus, stem, suffix, data)
    except OSError as error:
        raise NoteError("note.not_written", reason=reason_of(error)) from error


def kinds() -> list[str]:
    """The endings of the files that can be read here, sorted."""
    return sorted(suffix for suffix in SUFFIXES if suffix not in FORMATS or FORMATS[suffix].version)


def safe_name(name: str) -> tuple[str, str]:
    """A file's name as every system takes it, in two parts: no folder, nothing hidden, not too long; and its ending."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = PurePosixPath(_UNSAFE.sub(" ", last))
    stem = " ".join(plain.stem.split()).lstrip("~$. ").rstrip(". ")
    return stem.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ") or "note", plain.suffix.strip()


def _numbered(stem: str, suffix: str) -> Iterator[str]:
    return (f"{stem}{f' {number}' if number > 1 else ''}{suffix}" for number in count(1))


def _write_new(corpus: Path, stem: str, suffix: str, data: bytes) -> str:
    """Write under the first name that is free. Raises OSError, and then leaves no part of it."""
    for path in _numbered(stem, suffix):
        file = corpus / path
        try:
            handle = file.open("xb")
        except FileExistsError:
            continue
        try:
            with handle:
                handle.write(data)
        except OSError:
            with suppress(OSError):
                file.unlink()
            raise
        return path
    raise AssertionError("a number is free")
