"""Word document -> Markdown: mammoth makes HTML of it, the rest is that of HTML."""

import io
import zipfile
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError
from xml.sax import SAXException

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.html import to_markdown
from ingest.notes.formats.zipped.archive import opened
from ingest.schema import Converted

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def convert(data: bytes) -> Converted:
    """The document's text with headings by style, lists, tables, links, foot- and endnotes; without pictures.

    Raises:
        NoteError: when it is no Word document, or protected.
    """
    import mammoth

    try:
        with opened(data, NoteError("note.docx")):
            made = mammoth.convert_to_html(
                _with_heading_styles(data), style_map=_STYLES, convert_image=lambda image: []
            )
    except (SAXException, ExpatError) as error:
        raise NoteError("note.docx") from error
    text, title, _ = to_markdown(made.value)
    formulas = any("oMath" in message.message for message in made.messages)
    return Converted(text, title, missing=Message("note.formulas") if formulas else None)


def _with_heading_styles(data: bytes) -> io.BytesIO:
    """The document with the style of a heading wherever a paragraph, or its own style, is of a level of the outline.

    mammoth knows headings by their styles only; Word's outline knows them by these levels.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if "word/document.xml" not in parts.namelist():
            return io.BytesIO(data)
        styles = (
            ElementTree.fromstring(parts.read("word/styles.xml")) if "word/styles.xml" in parts.namelist() else None
        )
        levels = {} if styles is None else _levels(styles)
        document = ElementTree.fromstring(parts.read("word/document.xml"))
        changed = [_raise(properties, levels) for properties in document.iter(f"{_WORD}pPr")]
        if not any(changed):
            return io.BytesIO(data)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as written:
            for name in parts.namelist():
                written.writestr(
                    name, ElementTree.tostring(document) if name == "word/document.xml" else parts.read(name)
                )
    out.seek(0)
    return out


def _levels(styles: ElementTree.Element) -> dict[str, int]:
    """The outline levels (from 0) of the styles that have one, by id, but for Word's own headings."""
    found: dict[str, int] = {}
    for style in styles.iter(f"{_WORD}style"):
        name = style.find(f"{_WORD}name")
        level = style.find(f"{_WORD}pPr/{_WORD}outlineLvl")
        if level is not None and (name is None or not name.get(f"{_WORD}val", "").lower().startswith("heading")):
            found[style.get(f"{_WORD}styleId", "")] = int(level.get(f"{_WORD}val", "9"))
    return found


def _raise(properties: ElementTree.Element, levels: dict[str, int]) -> bool:
    """Give a paragraph the style of a heading; whether there was a reason to."""
    style, own = properties.find(f"{_WORD}pStyle"), properties.find(f"{_WORD}outlineLvl")
    level = levels.get("" if style is None else style.get(f"{_WORD}val", ""), 9)
    if own is not None and own.get(f"{_WORD}val", "").isdecimal():
        level = int(own.get(f"{_WORD}val", "9"))
    if not 0 <= level < 6:
        return False
    if style is None:
        style = ElementTree.Element(f"{_WORD}pStyle")
        properties.insert(0, style)
    style.set(f"{_WORD}val", f"Heading{level + 1}")
    return True
