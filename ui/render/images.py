"""Pictures of notes, put into the page as they are: nothing outside the notes folder, nothing over the network."""

import base64
import functools
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ingest.errors import NoteError
from ingest.notes.files import read_within

_TYPES = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".gif": "gif",
    ".webp": "webp",
    ".avif": "avif",
    ".svg": "svg+xml",
}
LARGEST = 3_000_000  # bytes of one picture
ALL_TOGETHER = 20_000_000  # bytes of the pictures of one note
WALKED_EVERY = 60  # seconds


class NoteImages:
    """Resolves the addresses of the pictures of one note; `path` is the note's, relative to `corpus`."""

    def __init__(self, corpus: Path, path: str) -> None:
        self._corpus = corpus
        self._folder = PurePosixPath(path).parent
        self._left = ALL_TOGETHER

    def __call__(self, source: str) -> str:
        """A `data:` address, or '' when the picture is missing, too large, of another type or outside the folder."""
        kind = _TYPES.get(PurePosixPath(source).suffix.lower())
        if kind is None:
            return ""
        name = unquote(source).lstrip("/")
        data = self._read(f"{self._folder}/{name}") or self._read(name)
        if not data and (found := _by_name(self._corpus, int(time.monotonic() // WALKED_EVERY)).get(name)):
            data = self._read(found)
        self._left -= len(data)
        return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}" if data else ""

    def _read(self, path: str) -> bytes:
        with suppress(NoteError):  # not there or not readable: the page shows its name instead
            return read_within(self._corpus, path, min(LARGEST, self._left))
        return b""


@functools.lru_cache(maxsize=2)
def _by_name(corpus: Path, when: int) -> Mapping[str, str]:
    """Where the pictures of the notes folder are, by their names alone, as Obsidian writes them; of two of one name the
    one that is less deep. `when` counts the walks, which all notes share."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(corpus):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = (Path(folder) / name).relative_to(corpus).as_posix()
            if PurePosixPath(name).suffix.lower() in _TYPES and path.count("/") < found.get(name, path + "/").count(
                "/"
            ):
                found[name] = path
    return found
