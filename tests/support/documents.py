"""Documents for the tests of the formats, written byte by byte: PDF, Word, notebook."""

import io
import json
import zipfile
from collections.abc import Sequence

Piece = tuple[float, float, float, str]  # x, y from the top, size of the letters, text


def pdf(*pages: Sequence[Piece], encrypted: bool = False) -> bytes:
    """A PDF of A4 pages; Latin in Helvetica, all else in a Chinese font that is not embedded.

    Source of the format: ISO 32000-1.
    """
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (len(pages), b" ".join(b"%d 0 R" % (7 + 2 * n) for n in range(len(pages)))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[5 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 6 0 R/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]/ItalicAngle 0"
        b"/Ascent 880/Descent -120/CapHeight 700/StemV 80>>",
    ]
    for number, pieces in enumerate(pages):
        stream = b"\n".join(map(_shown, pieces))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>" % (8 + 2 * number)
        )
        objects.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream))
    extra = b""
    if encrypted:
        key = b"<" + b"ab" * 32 + b">"
        objects.append(b"<</Filter/Standard/V 1/R 2/O %s/U %s/P -4>>" % (key, key))
        extra = b"/Encrypt %d 0 R/ID[<00><00>]" % len(objects)
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra, table)
    return bytes(out)


def _shown(piece: Piece) -> bytes:
    x, y, size, text = piece
    if text.isascii():
        font, shown = b"F1", b"(%s)" % text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
    else:
        font, shown = b"F2", b"<%s>" % text.encode("utf-16-be").hex().encode()
    return b"BT /%s %g Tf 1 0 0 1 %g %g Tm %s Tj ET" % (font, size, x, 842 - y, shown)


def column(x: float, y: float, lines: Sequence[str], size: float = 10) -> list[Piece]:
    """Lines of text below each other."""
    return [(x, y + 1.3 * size * n, size, line) for n, line in enumerate(lines)]


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{level}"><w:name w:val="heading {level}"/></w:style>'
    for level in (1, 2, 3)
)


def docx(body: str, styles: str = "") -> bytes:
    """A Word document with the given WordprocessingML (prefix `w:`) in its body; styles 1 to 3 are headings.

    Source of the format: ECMA-376.
    """
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{_W}">{_STYLES}{styles}</w:styles>',
        "word/_rels/document.xml.rels": _RELATIONS.replace("officeDocument", "styles").replace(
            "word/document", "styles"
        ),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


def paragraph(text: str, style: int = 0) -> str:
    """A paragraph, or a heading of level `style`."""
    styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{styled}<w:r><w:t>{text}</w:t></w:r></w:p>"


def notebook(*cells: tuple[str, str, str]) -> bytes:
    """A Jupyter notebook of (kind, source, output) cells."""
    made = []
    for kind, source, output in cells:
        cell: dict[str, object] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
        if kind == "code":
            outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}] if output else []
            cell |= {"execution_count": 1, "outputs": outputs}
        made.append(cell)
    book = {"cells": made, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book).encode()
