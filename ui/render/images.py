"""Pictures of notes, put into the page as they are: nothing outside the notes folder, nothing over the network."""

import base64
from pathlib import Path
from urllib.parse import unquote

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
        self._corpus = corpus.resolve()
        self._folder = (self._corpus / path).parent
        self._left = ALL_TOGETHER

    def __call__(self, source: str) -> str:
        """A `data:` address, or '' when the picture is missing, too large, of another type or outside the folder."""
        kind = _TYPES.get(Path(source).suffix.lower())
        if kind is None or "\0" in source:
            return ""
        for base in (self._folder, self._corpus):
            data = self._read(base / unquote(source).lstrip("/"))
            if data:
                self._left -= len(data)
                return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
        return ""

    def _read(self, path: Path) -> bytes:
        try:
            real = path.resolve()
            if not real.is_relative_to(self._corpus) or real.stat().st_size > min(LARGEST, self._left):
                return b""
            return real.read_bytes()
        except OSError:  # not there or not readable: the page shows its name instead
            return b""
