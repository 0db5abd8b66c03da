"""Word document -> Markdown: mammoth makes HTML of it, the rest is that of HTML."""

import io
import zipfile
import zlib
from xml.parsers.expat import ExpatError
from xml.sax import SAXException

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.html import to_markdown
from ingest.schema import Converted

_UNPACKED_MB = 100  # of all parts: a larger one is no text that people wrote
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def convert(data: bytes) -> Converted:
    """The document's text with headings by style, lists, tables, links, foot- and endnotes; without pictures.

    Raises:
        NoteError: when it is no Word document, or protected.
    """
    import mammoth

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist() if part.filename.endswith((".xml", ".rels")))
        if unpacked > _UNPACKED_MB * 2**20:
            raise NoteError("note.docx_bomb", limit=_UNPACKED_MB)
        made = mammoth.convert_to_html(io.BytesIO(data), style_map=_STYLES, convert_image=lambda image: [])
    except (zipfile.BadZipFile, zlib.error, SAXException, ExpatError, KeyError, OSError, RuntimeError) as error:
        raise NoteError("note.docx") from error
    text, title, _ = to_markdown(made.value)
    formulas = any("oMath" in message.message for message in made.messages)
    return Converted(text, title, missing=Message("note.formulas") if formulas else None)
