"""Evernote export -> Markdown: each note of the file under its title, with its day and its tags."""

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.html import to_markdown
from ingest.notes.formats.markdown import lowered
from ingest.schema import Converted

_DONE = re.compile(r"""<en-todo\b[^>]*\bchecked\s*=\s*["']true["'][^>]*>""", re.IGNORECASE)
_TO_DO = re.compile(r"<en-todo\b[^>]*>", re.IGNORECASE)
_LOCKED = re.compile(r"<en-crypt\b", re.IGNORECASE)


def convert(data: bytes) -> Converted:
    """The notes in the order of the file; their pictures and attachments are left out.

    Source: https://evernote.com/blog/how-evernotes-xml-export-format-works

    Raises:
        NoteError: when it is no Evernote export.
    """
    notes: list[str] = []
    locked = False
    try:
        for element in _elements(data):
            content = element.findtext("content") or ""
            locked = locked or bool(_LOCKED.search(content))
            notes.append(_note(element, content))
    except ElementTree.ParseError as error:
        raise NoteError("note.enex") from error
    if not notes:
        raise NoteError("note.enex")
    return Converted("\n".join(notes), missing=Message("note.locked_parts") if locked else None)


def _elements(data: bytes) -> Iterator[ElementTree.Element]:
    """The notes, one after the other: what was read is let go, above all the files in them."""
    for _, element in ElementTree.iterparse(io.BytesIO(data)):
        if element.tag == "note":
            yield element
        if element.tag in ("note", "resource"):
            element.clear()


def _note(element: ElementTree.Element, content: str) -> str:
    title = " ".join((element.findtext("title") or "").split())
    day = re.match(r"(\d{4})(\d\d)(\d\d)T", element.findtext("created") or "")
    tags = [tag.text.strip() for tag in element.findall("tag") if tag.text and tag.text.strip()]
    said = " · ".join(filter(None, ("-".join(day.groups()) if day else "", ", ".join(tags))))
    text, _, _ = to_markdown(_TO_DO.sub("[ ] ", _DONE.sub("[x] ", content)))
    return "\n\n".join(filter(None, (f"# {title}", said, lowered(text, 1).strip()))) + "\n"
