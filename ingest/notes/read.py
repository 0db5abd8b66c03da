"""A folder -> paths of notes; a file -> `Note`: encodings, front matter, title, tags."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pathspec

from ingest.config import IndexSettings
from ingest.errors import ConfigError, NoteError, NoteLeftOut
from ingest.messages import Language, Message, reason_of
from ingest.notes.beside import is_part_of_page, is_view, joplin_item
from ingest.notes.convert import FORMATS, PICTURES, convert, format_of
from ingest.notes.decode import decode
from ingest.notes.files import head_within, read_within
from ingest.notes.formats.exports.roam import is_export
from ingest.notes.front_matter import read_front_matter
from ingest.notes.titles import title_of
from ingest.schema import Note
from ingest.text.lines import structure
from ingest.text.markup import heading_words

SUFFIXES = frozenset({".md", ".markdown", ".txt", *FORMATS}) - PICTURES  # of notes, whatever the settings say
BUILT_IN_IGNORE = (".*", "node_modules/", "__pycache__/", "~$*", "logseq/bak/", "logseq/.recycle/")
_IN_PICTURE = "图中文字 (text in picture):"
_HEAD = 4096  # bytes by which a JSON file is known
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# In a text that was converted: line ends beside `\n`, and what is no character.
_UNWANTED = {0: "\ufffd", ord("\r"): " "} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the index, and why."""

    path: str
    reason: Message

    def told(self, language: Language) -> str:
        """Path and reason, for a person."""
        return f"{self.path}: {self.reason.told(language)}"


@dataclass(frozen=True, slots=True)
class FoundNotes:
    """What a corpus holds: relative paths with `/`, sorted; names that are not UTF-8 hold surrogates.

    `unread` cannot be looked at, which may pass; `left_out` are none of the notes, by rule.
    """

    paths: tuple[str, ...]
    unread: tuple[Skipped, ...]
    left_out: tuple[Skipped, ...]


def find_notes(corpus: Path, settings: IndexSettings) -> FoundNotes:
    """List the notes below `corpus`; hidden files and ignored patterns are left out, and links out of the folder
    unless the setting `follow_links` is on.

    Raises:
        ConfigError: when `corpus` is no folder that can be read.
    """
    if not corpus.is_dir():
        raise ConfigError("settings.no_corpus", folder=corpus)
    try:
        ignore = pathspec.GitIgnoreSpec.from_lines([*BUILT_IN_IGNORE, *settings.ignore])
    except ValueError as error:
        raise ConfigError("settings.ignore", reason=error) from error
    paths: list[str] = []
    unread: list[Skipped] = []
    left_out: list[Skipped] = []
    for path, why_not in _walk(corpus, ignore, settings):
        if why_not is None:
            paths.append(path)
        else:
            (left_out if isinstance(why_not, NoteLeftOut) else unread).append(Skipped(path, why_not.message))
    return FoundNotes(tuple(sorted(paths)), _sorted(unread), _sorted(left_out))


def _sorted(skipped: Iterable[Skipped]) -> tuple[Skipped, ...]:
    return tuple(sorted(skipped, key=lambda skip: skip.path))


def _walk(
    corpus: Path, ignore: pathspec.GitIgnoreSpec, settings: IndexSettings
) -> Iterator[tuple[str, NoteError | None]]:
    """Yield (relative path, why not, or None) of each candidate file."""
    follow = settings.follow_links
    suffixes = SUFFIXES | PICTURES if settings.picture_text else SUFFIXES
    failed: list[OSError] = []
    root = corpus.resolve()
    entered: set[Path] = set()
    for folder, folders, files in os.walk(corpus, onerror=failed.append, followlinks=follow):
        base = _prefix(corpus, folder)
        kept = []
        for name in sorted(folders):
            relative = base + name
            if ignore.match_file(relative + "/") or is_part_of_page(name, files):
                continue
            if not follow and (corpus / relative).is_symlink():
                yield relative, NoteLeftOut("note.folder_link")
            elif follow and not _enters(root, relative, entered):
                yield relative, NoteLeftOut("note.folder_elsewhere")
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            relative = base + name
            if PurePosixPath(name).suffix.lower() not in suffixes or ignore.match_file(relative):
                continue
            if is_view(name, files):
                yield relative, NoteLeftOut("note.view")
            elif not name.lower().endswith(".json") or _may_be_export(corpus, relative, follow):
                yield relative, _why_not(corpus, relative, follow)
    for error in failed:
        name = Path(error.filename).relative_to(corpus).as_posix() if error.filename else "."
        yield name, NoteError("note.folder_unreadable", reason=reason_of(error))


def _prefix(corpus: Path, folder: str) -> str:
    """What the paths of a folder's files begin with: '' or `sub/`."""
    base = Path(folder).relative_to(corpus).as_posix()
    return "" if base == "." else base + "/"


def _may_be_export(corpus: Path, path: str, follow: bool) -> bool:
    """Whether a JSON file holds notes, as far as can be seen: most hold anything else, and need no word."""
    try:
        return is_export(head_within(corpus, path, _HEAD, follow=follow))
    except NoteLeftOut:
        return False
    except NoteError:
        return True  # who reads it tells why not


def _enters(root: Path, relative: str, entered: set[Path]) -> bool:
    """Whether to read a folder here: each once, those of the notes where they are, so that no loop of links goes on."""
    real = (root / relative).resolve()
    if real in entered or (real != root / relative and real.is_relative_to(root)):
        return False
    entered.add(real)
    return True


def _why_not(corpus: Path, relative: str, follow: bool) -> NoteError | None:
    """Why a file is not read, or None."""
    try:
        if stat.S_ISREG(os.lstat(f"{corpus}/{relative}").st_mode):  # as nearly all are
            return None
        file = corpus / relative
        if file.is_symlink():
            try:
                target = file.resolve(strict=True)
            except (FileNotFoundError, NotADirectoryError, RuntimeError):
                # Its drive may be back tomorrow, if links may lead to one.
                return NoteError("note.link_nowhere") if follow else NoteLeftOut("note.link_nowhere")
            if not follow and not target.is_relative_to(corpus.resolve()):
                return NoteLeftOut("note.link_out")
        return None if file.is_file() else NoteLeftOut("note.not_regular")
    except OSError as error:
        return NoteError("note.not_seen", reason=reason_of(error))


def load_note(corpus: Path, path: str, settings: IndexSettings) -> Note:
    """Read one note; text and hash come from one read of the bytes.

    Raises:
        NoteError: when it cannot be read, is too large, or is no text in a known encoding.
    """
    return make_note(path, read_file(corpus, path, settings), settings)


def read_file(corpus: Path, path: str, settings: IndexSettings) -> bytes:
    """A note's bytes. Raises NoteError, or NoteLeftOut when it is too large or no note of the folder any more."""
    return read_within(corpus, path, settings.max_note_mb * 2**20, follow=settings.follow_links)


def make_note(path: str, data: bytes, settings: IndexSettings) -> Note:
    """Make a `Note` of a file's bytes, whatever its format. Raises NoteError when that cannot be done.

    What no reader of a format foresaw is a NoteError too: one file never costs the others.
    """
    try:
        return _made(path, data, settings)
    except _UNFORESEEN as error:
        raise NoteError("note.unforeseen", reason=f"{type(error).__name__}: {error}"[:200]) from error


def _made(path: str, data: bytes, settings: IndexSettings) -> Note:
    form = format_of(path)
    if form is None:
        return parse_note(path, data, settings.encodings)
    made = convert(form, data, settings.encodings, settings.max_note_mb * 2**20)
    text = made.text.translate(_UNWANTED)
    if form.name == "picture" and text:
        name = PurePosixPath(path).name
        text = f"![{name}]({quote(name, errors='surrogatepass')})\n\n{_IN_PICTURE}\n\n{text}"
    lines = structure(text, 0)
    return Note(
        path=path,
        title=" ".join(made.title.translate(_UNWANTED).split()) or title_of(path, lines),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        structure=lines,
        places=made.places,
        missing=made.missing,
    )


def parse_note(path: str, data: bytes, encodings: tuple[str, ...] = ("gb18030",)) -> Note:
    """Make a `Note` of the bytes of a text file; what Joplin puts below a note's text is no part of it."""
    decoded = decode(data, encodings)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    item = joplin_item(path, text)
    if item and item.is_locked:
        raise NoteError("note.joplin_locked")
    if item and not item.is_note:
        raise NoteLeftOut("note.joplin_item")
    text = text[: item.end] if item else text
    said = read_front_matter(text)
    lines = structure(text, said.end)
    return Note(
        path=path,
        title=said.title or (heading_words(text.partition("\n")[0]) if item else "") or title_of(path, lines),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        tags=said.tags,
        aliases=said.aliases,
        body_start=said.end,
        structure=lines,
        missing=Message("note.lost_bytes", count=decoded.lost) if decoded.lost else None,
    )
