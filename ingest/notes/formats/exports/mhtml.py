"""A page saved with all that it shows in one file (MHTML) -> Markdown: its main part, as any page of HTML."""

from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage

from ingest.errors import NoteError
from ingest.notes.decode import declared, decode, known
from ingest.notes.formats.html import to_markdown
from ingest.schema import Converted


def convert(data: bytes) -> Converted:
    """The page's text and title; frames, pictures and styles are left out.

    Source: RFC 2557.

    Raises:
        NoteError: when it holds no page.
    """
    try:
        page = _page(data)
    except (MessageError, LookupError, TypeError, ValueError) as error:
        raise NoteError("note.mhtml") from error
    text, title, _ = to_markdown(page)
    return Converted(text, title)


def _page(data: bytes) -> str:
    """The HTML of the part that the file names as its root, or of its first page."""
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)  # by its policy
    pages = [part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    root = str(message.get_param("start", "") or "").strip("<>")
    named = [part for part in pages if root and str(part.get("Content-ID", "")).strip("<> ") == root]
    if not pages:
        raise NoteError("note.mhtml")
    part = (named or pages)[0]
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise NoteError("note.mhtml")
    return decode(content, (*known(part.get_content_charset()), *declared(content))).text
