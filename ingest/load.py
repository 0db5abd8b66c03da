"""A folder -> paths of notes; a file -> `Note`: encodings, front matter, title, tags."""

import codecs
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pathspec
import yaml

from ingest.config import Settings
from ingest.errors import ConfigError, NoteError
from ingest.schema import Note

SUFFIXES = frozenset({".md", ".markdown", ".txt"})
BUILT_IN_IGNORE = (".*", "node_modules/", "__pycache__/")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_H1 = re.compile(r"^#[ \t]+(.+?)[ \t#]*$")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the index, and why, in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundNotes:
    """What a corpus holds: relative paths with `/`, sorted; names that are not UTF-8 hold surrogates."""

    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def find_notes(corpus: Path, settings: Settings) -> FoundNotes:
    """List the notes below `corpus`; hidden files, ignored patterns and links out of the folder are left out.

    Raises:
        ConfigError: when `corpus` is no folder that can be read.
    """
    if not corpus.is_dir():
        raise ConfigError(f"The notes folder {corpus} does not exist; set CORPUS=/path or 'corpus' in notes.toml.")
    try:
        ignore = pathspec.GitIgnoreSpec.from_lines([*BUILT_IN_IGNORE, *settings.ignore])
    except ValueError as error:
        raise ConfigError(f"A pattern in the setting 'ignore' is wrong ({error}); mend it in notes.toml.") from error
    paths: list[str] = []
    skipped: list[Skipped] = []
    for path, reason in _walk(corpus, ignore):
        if reason:
            skipped.append(Skipped(path, reason))
        else:
            paths.append(path)
    return FoundNotes(tuple(sorted(paths)), tuple(sorted(skipped, key=lambda s: s.path)))


def _walk(corpus: Path, ignore: pathspec.GitIgnoreSpec) -> Iterator[tuple[str, str]]:
    """Yield (relative path, reason to skip or '') of each candidate file; never follows a link to a folder."""
    failed: list[OSError] = []
    for folder, folders, files in os.walk(corpus, onerror=failed.append):
        base = Path(folder).relative_to(corpus)
        kept = []
        for name in sorted(folders):
            relative = (base / name).as_posix()
            if ignore.match_file(relative + "/"):
                continue
            if (corpus / relative).is_symlink():
                yield relative, "a link to a folder, which is not followed"
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            relative = (base / name).as_posix()
            if Path(name).suffix.lower() not in SUFFIXES or ignore.match_file(relative):
                continue
            yield relative, _reason_to_skip(corpus, relative)
    for error in failed:
        name = Path(error.filename).relative_to(corpus).as_posix() if error.filename else "."
        yield name, f"the folder cannot be read ({error.strerror})"


def _reason_to_skip(corpus: Path, relative: str) -> str:
    file = corpus / relative
    try:
        if file.is_symlink():
            try:
                target = file.resolve(strict=True)
            except (FileNotFoundError, NotADirectoryError, RuntimeError):
                return "a link that leads nowhere"
            if not target.is_relative_to(corpus.resolve()):
                return "a link out of the folder, which is not followed"
        return "" if file.is_file() else "not a regular file"
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"


def load_note(corpus: Path, path: str, settings: Settings) -> Note:
    """Read one note; text and hash come from one read of the bytes.

    Raises:
        NoteError: when it cannot be read, is too large, or is no text in a known encoding.
    """
    try:
        with (corpus / path).open("rb") as file:
            limit = settings.max_note_mb * 2**20
            data = file.read(limit + 1)
    except OSError as error:
        raise NoteError(f"cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise NoteError(f"larger than {settings.max_note_mb} MB (the setting 'max_note_mb')")
    return parse_note(path, data, settings.encodings)


def parse_note(path: str, data: bytes, encodings: tuple[str, ...] = ("gb18030",)) -> Note:
    """Make a `Note` of a file's bytes."""
    text = decode(data, encodings).replace("\r\n", "\n").replace("\r", "\n")
    meta, body_start = _front_matter(text)
    return Note(
        path=path,
        title=_title(path, text, meta, body_start),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        tags=_words(meta.get("tags")),
        aliases=_words(meta.get("aliases")),
        body_start=body_start,
    )


def decode(data: bytes, encodings: tuple[str, ...]) -> str:
    """Decode by byte order mark, then strict UTF-8, then UTF-16 by its zero bytes, then `encodings` in order.

    Statistical detectors misread short Chinese texts, so none is asked.

    Raises:
        NoteError: when no decoding is exact, or the file holds NUL characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, f"marked as {encoding} but is not valid")
    if b"\0" in data:
        encoding = _utf16_by_zeros(data)
        if not encoding:
            raise NoteError("holds NUL bytes, so it is no text")
        return _strict(data, encoding, "holds NUL bytes and is not valid UTF-16")
    for encoding in ("utf-8", *encodings):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ConfigError(f"The setting 'encodings' names an unknown encoding ({error}).") from error
    raise NoteError(f"is not text in UTF-8 or {', '.join(encodings)} (the setting 'encodings' adds others)")


def _strict(data: bytes, encoding: str, problem: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoteError(problem) from error
    if "\0" in text:
        raise NoteError("holds NUL characters, so it is no text")
    return text


def _utf16_by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: line ends and spaces have their zero byte on one side only."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or not (even == 0 or odd == 0):
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _front_matter(text: str) -> tuple[dict[str, Any], int]:
    """The YAML front matter and the offset behind it; YAML that does not parse is left as text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, 0
    try:
        meta = yaml.safe_load(match.group(1) or "")
    except (yaml.YAMLError, ValueError):  # ValueError: a date such as 2024-99-99
        return {}, match.end()
    if not isinstance(meta, dict):
        return {}, match.end() if meta is None else 0
    return meta, match.end()


def _title(path: str, text: str, meta: dict[str, Any], body_start: int) -> str:
    if isinstance(meta.get("title"), str) and meta["title"].strip():
        return str(meta["title"]).strip()
    for line in text[body_start : body_start + 2000].split("\n"):
        if line.strip():
            match = _H1.match(line)
            return match.group(1) if match else Path(path).stem
    return Path(path).stem


def _words(value: object) -> tuple[str, ...]:
    """Tags and aliases: a YAML list, or one string with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(str(word).strip().lstrip("#") for word in value if str(word).strip())
