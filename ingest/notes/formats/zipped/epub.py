"""EPUB -> Markdown: the chapters in the order of reading, each a page of HTML."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree

from ingest.errors import NoteError
from ingest.notes.formats.html import to_markdown
from ingest.notes.formats.zipped.archive import opened, part, tree
from ingest.schema import Converted

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def convert(data: bytes) -> Converted:
    """The book's text and title.

    Source: https://www.w3.org/TR/epub-33/

    Raises:
        NoteError: when it is no EPUB, or protected.
    """
    with opened(data, NoteError("note.epub")) as parts:
        rootfile = tree(parts, "META-INF/container.xml").find(f".//{_CONTAINER}rootfile")
        if rootfile is None or "META-INF/rights.xml" in parts.namelist():
            raise NoteError("note.epub")
        place = rootfile.attrib["full-path"]
        book = tree(parts, place)
        chapters = [to_markdown(page)[0] for page in _pages(parts, book, posixpath.dirname(place))]
    return Converted("\n".join(chapters), book.findtext(f".//{_TITLE}") or "")


def _pages(parts: zipfile.ZipFile, book: ElementTree.Element, folder: str) -> Iterator[str]:
    """The HTML of the spine."""
    files = {item.attrib["id"]: item.attrib["href"] for item in book.iter(f"{_OPF}item")}
    for reference in book.iter(f"{_OPF}itemref"):
        name = posixpath.normpath(posixpath.join(folder, unquote(files[reference.attrib["idref"]])))
        yield part(parts, name).decode("utf-8", "replace")
