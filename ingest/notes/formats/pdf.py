"""PDF -> Markdown: the text layer, read by PDFium, put into reading order by `pdf_columns` and `pdf_layout` beside this file."""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.pdf_columns import Run
from ingest.notes.formats.pdf_layout import Page, is_wide, markdown
from ingest.schema import Converted, Places

_GAP = 1.2  # ems between two characters of a line, from which they are in two columns or cells
_SPACE = 0.2  # ems from which there is a space
_WIDE_SPACE = 0.6  # the same between two Chinese characters, which stand apart in a line that was spread
_HYPHENS = "\x02\ufffe\u00ad"  # PDFium's signs for a hyphen at the end of a line


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character and its box in points, y downwards, its text's direction to the right."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    turned: int  # quarter turns that were taken back


def convert(data: bytes) -> Converted:
    """The text of all pages, each line's page in `places`; pages without text are named in `missing`.

    Raises:
        NoteError: when the file is protected, broken, or has no text at all.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
        pages = [_page(pdfium, document[number]) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise NoteError("note.pdf_locked") from error
        raise NoteError("note.pdf") from error
    empty = [number for number, page in enumerate(pages, start=1) if not page.runs]
    if len(empty) == len(pages):
        raise NoteError("note.pdf_scan")
    text, starts = markdown(pages)
    missing = Message("note.empty_pages", pages=empty) if empty else None
    first_page = text.split("\n")[: starts[1][0] if len(starts) > 1 else None]
    title = next((line[2:] for line in first_page if line.startswith("# ")), "")
    return Converted(text, title, Places("page", starts), missing)


def _page(pdfium: Any, page: Any) -> Page:
    """The runs of one page; text in another direction than most comes last."""
    glyphs = list(_glyphs(pdfium, page))
    turns = sorted({g.turned for g in glyphs}, key=lambda t: -sum(g.turned == t for g in glyphs))
    height = page.get_height()
    runs = [tuple(_runs([g for g in glyphs if g.turned == turn])) for turn in turns]
    return Page(height, runs[0] if runs else (), tuple(run for other in runs[1:] for run in other))


def _glyphs(pdfium: Any, page: Any) -> Iterator[_Glyph]:
    textpage = page.get_textpage()
    raw, height = textpage.raw, page.get_height()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    half = 0  # the first half of a character outside the basic plane
    for i in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(raw, i)
        if 0xD800 <= code < 0xDC00:
            half = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00) if half else ord("\ufffd")
            half = 0
        text = _letter(chr(code)) if code else ""
        if not text or not pdfium.FPDFText_GetLooseCharBox(raw, i, ctypes.byref(box)):
            continue
        pdfium.FPDFText_GetMatrix(raw, i, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(raw, i) * math.hypot(matrix.c, matrix.d)
        turned = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
        x0, top, x1, bottom = box.left, height - box.top, box.right, height - box.bottom
        for _ in range(turned):
            x0, top, x1, bottom = -bottom, x0, -top, x1
        if not all(map(math.isfinite, (x0, top, x1, bottom, size))):
            continue
        yield _Glyph(text, x0, top, x1, bottom, size or bottom - top, turned)
    textpage.close()


def _letter(character: str) -> str:
    """The character as people type it: ligatures and radicals apart; controls are none."""
    if character in _HYPHENS:
        return "\u00ad"
    if "\ufb00" <= character <= "\ufb06" or "\u2e80" <= character <= "\u2fdf":
        return unicodedata.normalize("NFKC", character)
    return " " if character.isspace() else "" if unicodedata.category(character) == "Cc" else character


def _runs(glyphs: list[_Glyph]) -> Iterator[Run]:
    """Characters that follow each other on a line, in one piece while no wide gap is between them."""
    group: list[_Glyph] = []
    text = ""
    spaced = False
    for glyph in glyphs:
        if glyph.text == " ":
            spaced = True
            continue
        if group:
            last = group[-1]
            em = max(last.size, glyph.size)
            gap = glyph.x0 - last.x1
            same_line = min(last.bottom, glyph.bottom) - max(last.top, glyph.top) > 0.5 * min(
                last.bottom - last.top, glyph.bottom - glyph.top
            )
            if not same_line or gap > _GAP * em or gap < -em:
                yield _run(group, text)
                group, text = [], ""
            elif gap > (_WIDE_SPACE if is_wide(last.text) and is_wide(glyph.text) else -1 if spaced else _SPACE) * em:
                text += " "
        group.append(glyph)
        text += glyph.text
        spaced = False
    if group:
        yield _run(group, text)


def _run(group: list[_Glyph], text: str) -> Run:
    sizes = sorted(g.size for g in group)
    return Run(
        text,
        min(g.x0 for g in group),
        min(g.top for g in group),
        max(g.x1 for g in group),
        max(g.bottom for g in group),
        round(sizes[len(sizes) // 2] * 2) / 2,
    )
