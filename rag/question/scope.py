"""Which notes a question is asked of: patterns as in `.gitignore`, and tags of the front matter.

A pattern is a folder (`papers/`), a note (`papers/rope.md`, or `rope`), or a glob (`2024-*`, `papers/**/draft-*.md`), with
gitignore's rules: without a slash in the middle it matches at any depth, `/` at the start holds it to the top, `!`
takes out again. `#tag` is every note with that tag, or one below it (`#llm` has `llm/rag`). A note counts when any
pattern matches it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
import pathspec

from ingest.errors import UnknownPlace
from ingest.index.read import NotesIndex
from ingest.schema import Note
from ingest.text.printable import printable

_SPECIAL = frozenset("\\*?[]!# ")


class ScopeError(UnknownPlace):
    """A question is restricted to notes that are not there."""


def paths_in(patterns: Sequence[str], notes: Mapping[str, Note]) -> frozenset[str]:
    """The paths of the notes that the patterns name.

    Raises:
        ScopeError: a pattern is wrong, or none names a note.
    """
    tags = tuple(_form(p[1:]).casefold() for p in patterns if p.startswith("#"))
    globs = [_form(p) for p in patterns if not p.startswith("#")]
    try:
        spec = pathspec.GitIgnoreSpec.from_lines(globs)
    except ValueError as error:
        raise ScopeError("scope.pattern", reason=error) from error
    found = frozenset(path for path in notes if _named(_form(path), spec) or (tags and _tagged(notes[path], tags)))
    if not found:
        raise ScopeError("scope.no_note", patterns=patterns)
    return found


def mask(patterns: Sequence[str], index: NotesIndex) -> npt.NDArray[np.bool_]:
    """Which passages lie in the notes that the patterns name, bool [passages]; raises ScopeError."""
    inside = np.zeros(len(index.passages), np.bool_)
    for path in paths_in(patterns, index.notes):
        own = index.passages_of(path)
        inside[own.start : own.stop] = True
    if not inside.any():
        raise ScopeError("scope.no_text", patterns=patterns)
    return inside


def pattern_of(path: str) -> str:
    """The pattern that names this note, or this folder (`papers/`), and nothing else."""
    return "/" + "".join(f"\\{c}" if c in _SPECIAL else c for c in path)


def name_of(pattern: str) -> str:
    """A pattern as people read it: without the marks that make it exact."""
    return printable(pattern.removeprefix("/").replace("\\", ""))


def tags_of(notes: Mapping[str, Note]) -> list[str]:
    """Every tag of the notes, sorted, each once."""
    return sorted({tag for note in notes.values() for tag in note.tags})


def _named(path: str, spec: pathspec.GitIgnoreSpec) -> bool:
    """Whether the patterns name a note, with or without its ending."""
    return spec.match_file(path) or spec.match_file(path.removesuffix(PurePosixPath(path).suffix))


def _tagged(note: Note, tags: Sequence[str]) -> bool:
    own = [_form(tag).casefold() for tag in note.tags]
    return any(tag == wanted or tag.startswith(wanted + "/") for tag in own for wanted in tags)


def _form(text: str) -> str:
    """One form for a name: file systems tell composed and decomposed characters apart, people do not."""
    return unicodedata.normalize("NFC", text)
