"""Exports and documents of other programs: Evernote, EPUB, PowerPoint."""

import io
import zipfile

import pytest

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes.read import make_note
from ingest.schema import Note


def note(name: str, data: bytes) -> Note:
    return make_note(name, data, Settings())


def archive(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


ENEX = """<?xml version="1.0"?><!DOCTYPE en-export SYSTEM "x.dtd"><en-export>
<note><title>读书 &amp; 摘录</title><content><![CDATA[<?xml version="1.0"?><!DOCTYPE en-note SYSTEM "y.dtd"><en-note>
<h1>第一章</h1><div>缓存要有期限。</div><div><en-todo checked="true"/>买书</div><en-media type="image/png" hash="0"/></en-note>]]></content>
<created>20240305T101010Z</created><tag>读书</tag><tag>技术</tag><resource><data>QUJD</data></resource></note>
<note><title>空</title><content><![CDATA[<en-note><en-crypt>xx</en-crypt></en-note>]]></content></note></en-export>"""


def test_an_evernote_export_holds_its_notes() -> None:
    made = note("导出.enex", ENEX.encode())
    assert [line for line in made.text.split("\n") if line] == [
        *("# 读书 & 摘录", "2024-03-05 · 读书, 技术", "## 第一章", "缓存要有期限。", "[x] 买书", "# 空", "xx"),
    ]
    assert (made.title, made.missing is not None) == ("导出", True)


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="O/b.opf"/></rootfiles>'
    "</container>"
)
BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>小书</dc:title>'
    '</metadata><manifest><item id="b" href="t/2.xhtml"/><item id="a" href="1.xhtml"/></manifest>'
    '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
)
PAGES = {"O/1.xhtml": "<h1>一</h1><p>先说。</p>", "O/t/2.xhtml": "<h1>二</h1><p>后说。</p>"}
EPUB = {"META-INF/container.xml": CONTAINER, "O/b.opf": BOOK, **PAGES}


def test_an_epub_is_read_in_the_order_of_its_spine() -> None:
    made = note("a.epub", archive(EPUB))
    assert (made.title, made.text.split()) == ("小书", ["#", "一", "先说。", "#", "二", "后说。"])


A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def shape(kind: str, *texts: str) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    return f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>{paragraphs}</p:txBody></p:sp>'


def relations(**targets: str) -> str:
    return f"<Relationships>{''.join(f'<Relationship Id={i!r} Target={t!r}/>' for i, t in targets.items())}</Relationships>"


CELLS = "".join(f"<a:tr><a:tc><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:tc></a:tr>" for c in "甲乙")
PPTX = {
    "ppt/presentation.xml": f'<p:p {P} {R}><p:sldIdLst><p:sldId r:id="x"/><p:sldId r:id="y"/></p:sldIdLst></p:p>',
    "ppt/_rels/presentation.xml.rels": relations(x="slides/slide2.xml", y="slides/slide1.xml"),
    "ppt/slides/slide2.xml": f"<p:sld {P} {A}>{shape('body', '先清洗', '再去重')}{shape('title', '数据')}{shape('sldNum', '1')}</p:sld>",
    "ppt/slides/_rels/slide2.xml.rels": relations(n="../notesSlides/notesSlide1.xml"),
    "ppt/slides/slide1.xml": f"<p:sld {P} {A}>{shape('title', '表')}<a:tbl>{CELLS}</a:tbl></p:sld>",
    "ppt/notesSlides/notesSlide1.xml": f"<p:notes {P} {A}>{shape('body', '讲慢一点。')}</p:notes>",
}


def test_slides_in_their_order_with_notes_and_tables() -> None:
    made = note("a.pptx", archive(PPTX))
    lines = [line for line in made.text.split("\n") if line]
    assert lines == ["# 数据", "- 先清洗", "- 再去重", "讲慢一点。", "# 表", "| 甲 |", "| --- |", "| 乙 |"]
    assert str(made.places.at(made.text.split("\n").index("# 表") + 1, 99)) == "p. 2"


@pytest.mark.parametrize("name", ["a.epub", "a.pptx", "a.enex"])
@pytest.mark.parametrize("data", [b"", b"PK\3\4 noise", archive({"x.xml": "<x/>"}), b"<en-export/>"])
def test_what_is_none_is_listed(name: str, data: bytes) -> None:
    with pytest.raises(NoteError):
        note(name, data)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(NoteError, match="100 MB"):
        note("a.pptx", archive(PPTX | {"ppt/slides/slide3.xml": " " * 101 * 2**20}))
