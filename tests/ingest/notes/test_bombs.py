"""Files made to swell, hang or crash their reader: each is read or listed with a reason, in bounded time and memory."""

import io
import os
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from documents import docx
from index_kit import OLD, FakeEmbedder, QuickDisk, put, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import NoteError
from ingest.index.read import open_index
from ingest.notes import convert
from ingest.notes.read import make_note

MB = 2**20
LAUGHS = "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
LAUGHS = f"<!DOCTYPE x [<!ENTITY a '{'ha' * 50}'>{LAUGHS}]>"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="b.opf"/></rootfiles>'
    "</container>"
)
OPF = 'xmlns="http://www.idpf.org/2007/opf"'


def archive(**parts: str | bytes) -> bytes:
    """A zip file; `__` in a name is a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def book(chapter: str, times: int, **parts: str | bytes) -> bytes:
    spine = '<itemref idref="a"/>' * times
    opf = f'<package {OPF}><manifest><item id="a" href="{chapter}"/></manifest><spine>{spine}</spine></package>'
    return archive(**{"META-INF__container.xml": CONTAINER, "b.opf": opf, **parts})


def lying(data: bytes, size: int, told: int) -> bytes:
    """A zip file that says of its part of `size` bytes that it has `told`."""
    return data.replace(struct.pack("<I", size), struct.pack("<I", told))


def packed_pdf(content: bytes) -> bytes:
    """A PDF of one page whose content is compressed."""
    stream = zlib.compress(content, 1)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, one) for n, one in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer\n<</Size 6/Root 1 0 R>>\n%%EOF\n"


def with_picture(document: bytes, size: int) -> bytes:
    file = io.BytesIO(document)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("word/media/x.png", bytes(size))
    return file.getvalue()


NESTED = '{"a":' * 100_000 + "1" + "}" * 100_000
HUGE = 110 * MB
TITLE = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>文</w:t></w:r></w:p>'
BOMBS: dict[str, tuple[str, str, Callable[[], bytes]]] = {  # name of the file, reason ('': it is read), how it is made
    "a chapter that is not called one": ("a.epub", "unpacks", lambda: book("c.bin", 1, **{"c.bin": bytes(HUGE)})),
    "a chapter again and again": (
        "b.epub",
        "computing|memory",
        lambda: book("c.xhtml", 50_000, **{"c.xhtml": "<p>x" * 9000}),
    ),
    "a book of entities": ("c.epub", "no EPUB", lambda: archive(**{"META-INF__container.xml": f"{LAUGHS}<x>&i;</x>"})),
    "slides": ("a.pptx", "unpacks", lambda: archive(**{"ppt__slides__slide1.xml": bytes(HUGE)})),
    "slides of entities": (
        "b.pptx",
        "no PowerPoint",
        lambda: archive(**{"ppt__presentation.xml": f"{LAUGHS}<x>&i;</x>"}),
    ),
    "a sheet": ("a.xlsx", "unpacks", lambda: archive(**{"xl__worksheets__sheet1.xml": bytes(HUGE)})),
    "a sheet of entities": (
        "b.xlsx",
        "no spreadsheet",
        lambda: archive(**{"xl__workbook.xml": f"{LAUGHS}<workbook><sheets>&i;</sheets></workbook>"}),
    ),
    "a document of entities": ("a.docx", "no Word", lambda: archive(**{"word__document.xml": f"{LAUGHS}<x>&i;</x>"})),
    "a picture of nothing": ("b.docx", "memory", lambda: with_picture(docx(TITLE), 3 * HUGE)),
    "a part larger than it says": (
        "c.docx",
        "no Word",
        lambda: lying(archive(**{"word__document.xml": bytes(MB)}), MB, 10),
    ),
    "an export of entities": ("a.enex", "no Evernote", lambda: f"{LAUGHS}<en-export><note><title>&i;".encode()),
    "a page of a PDF": (
        "a.pdf",
        "computing|memory|status",
        lambda: packed_pdf(b"BT /F1 9 Tf " + b"(aaaaaaaa) Tj " * 1_000_000 + b"ET"),
    ),
    "page in page": ("a.html", "", lambda: b"<div><blockquote><table><tr><td><ul><li>" * 5000 + b"x"),
    "a notebook in a notebook": ("a.ipynb", "notebook", lambda: f'{{"cells": [], "metadata": {NESTED}}}'.encode()),
    "a notebook of lists": (  # 430 MB as objects
        "b.ipynb",
        "memory|computing",
        lambda: b'{"cells": [' + b"[]," * 6_000_000 + b"[]]}",
    ),
}


def spent(whose: int) -> float:
    """Seconds of computing; those of the clock depend on what else the machine does."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


@contextmanager
def bounded() -> Iterator[None]:
    """What this process and those that it starts may take."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own, others = spent(resource.RUSAGE_SELF), spent(resource.RUSAGE_CHILDREN)
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100 * 1024  # KB
    assert spent(resource.RUSAGE_SELF) - own < 5
    assert spent(resource.RUSAGE_CHILDREN) - others < 3


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_listed_within_the_limits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "CPU_SECONDS", 1)
    monkeypatch.setattr(convert, "MEMORY_MB", 250)
    file, reason, made = BOMBS[name]
    data = made()
    assert len(data) < 20 * MB  # so small that it is tried
    with bounded():
        if reason:
            with pytest.raises(NoteError, match=reason) as caught:
                make_note(file, data, Settings())
            assert "\n" not in str(caught.value) and str(caught.value) != caught.value.told("zh")
        else:
            assert make_note(file, data, Settings()).text.count("x") == 1


def test_a_line_of_50_mb_is_listed_whatever_it_is_called(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    sizes = {"line.md": 50 * MB, "line.html": 50 * MB, "line.ipynb": 50 * MB, "terabyte.docx": 2**40}
    for name, size in sizes.items():
        put(config.corpus / name, b"x")
        os.truncate(config.corpus / name, size)  # which takes no room on the disk
    with bounded():
        report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert [skip.path for skip in report.skipped] == sorted(sizes)
    assert all("max_note_mb" in str(skip.reason) for skip in report.skipped)
    assert set(open_index(config.index).notes) == set(OLD)
