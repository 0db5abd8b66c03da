"""Files that are archives of XML parts: Word, PowerPoint, EPUB."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

from ingest.errors import NoteError

UNPACKED_MB = 100  # of all parts: a larger one is no text that people wrote
_TEXT = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf")


@contextmanager
def opened(data: bytes, problem: NoteError) -> Iterator[zipfile.ZipFile]:
    """The archive; what is wrong with it, and what else a reader meets in it, becomes `problem`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist() if part.filename.lower().endswith(_TEXT))
            if unpacked > UNPACKED_MB * 2**20:
                raise NoteError("note.bomb", limit=UNPACKED_MB)
            yield parts
    except (
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        LookupError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise problem from error


def part(parts: zipfile.ZipFile, name: str) -> bytes:
    """One part, whatever it is called, when it is no larger than all of them may be."""
    if parts.getinfo(name).file_size > UNPACKED_MB * 2**20:
        raise NoteError("note.bomb", limit=UNPACKED_MB)
    return parts.read(name)


def tree(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """One part as XML."""
    return ElementTree.fromstring(part(parts, name))
