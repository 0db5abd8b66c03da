"""Pictures of notes, put into the page as they are: nothing outside the notes folder, nothing over the network."""

import base64
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
        for path in (f"{self._folder}/{name}", name):
            data = self._read(path)
            if data:
                self._left -= len(data)
                return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
        return ""

    def _read(self, path: str) -> bytes:
        with suppress(NoteError):  # not there or not readable: the page shows its name instead
            return read_within(self._corpus, path, min(LARGEST, self._left))
        return b""
