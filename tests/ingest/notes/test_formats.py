"""Files of other formats: their text in the order of reading, their places, and whatever is wrong with them, listed."""

import json
import time
from pathlib import Path

import pytest
from documents import Piece, column, docx, notebook, paragraph, pdf
from index_kit import FakeEmbedder, NoEmbedder, QuickDisk, index_bytes, put, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import NoteError
from ingest.index.read import open_index
from ingest.notes import convert
from ingest.notes.read import make_note
from ingest.schema import Note
from rag.records import Answer, Evidence, Hit, Sentence
from rag.records_json import answer_from_record, answer_to_json, answer_to_record, hit_to_json
from rag.sources.sections import build_sources
from ui.render.source import Cited, Opened, PaneContent, pane_data, spans_of
from ui.render.turn import finished_view
from ui.words import Words

LEFT = [
    "The first column begins with this line of text",
    "and it goes on here, as columns of prose do,",
    "line below line, until the page's end. It is",
    "read before the column that stands beside it.",
    "The last line is short.",
]
RIGHT = [
    "The second column comes after the first one,",
    "although its lines stand on the same height",
    "and the file may hold them in any order. It",
    "ends with a word that is broken: esti-",
    "mation of the memory.",
]
TABLE = [["Model", "Memory", "Speed"], ["7B", "14 GB", "fast"], ["70B", "140 GB", "slow"]]
ROWS: list[Piece] = [
    (60 + 150 * x, 260 + 16 * y, 10, cell) for y, row in enumerate(TABLE) for x, cell in enumerate(row)
]
PAPER: list[Piece] = [
    (200, 60, 20, "A title over both"),
    (60, 100, 10, "An abstract that goes over the whole width of the page, from the left edge to the right one."),
    # as a careless program writes them: line by line over both columns
    *(piece for pair in zip(column(60, 140, LEFT), column(320, 140, RIGHT), strict=True) for piece in pair),
    (60, 230, 14, "Results"),
    *ROWS,
]
CHINESE: list[Piece] = [
    (60, 80, 14, "显存的估算"),
    (60, 110, 10, "参数本身以半精度存放时每个占两个字节，因此七十亿参数的模型需要大约十四吉字节的显"),
    (60, 124, 10, "存。训练时更多。"),
    (60, 150, 10, "另起一段。"),
]


def note(name: str, data: bytes) -> Note:
    return make_note(name, data, Settings())


def test_pdf_columns_tables_headings_and_pages() -> None:
    made = note("paper.pdf", pdf(PAPER, CHINESE))
    assert [line for line in made.text.split("\n") if line] == [
        "# A title over both",
        PAPER[1][3],
        " ".join(LEFT),
        " ".join(RIGHT).replace("esti- mation", "estimation"),
        "## Results",
        "| Model | Memory | Speed |",
        "| --- | --- | --- |",
        "| 7B | 14 GB | fast |",
        "| 70B | 140 GB | slow |",
        "## 显存的估算",
        CHINESE[1][3] + CHINESE[2][3],
        CHINESE[3][3],
    ]
    assert made.title == "A title over both"
    chinese = made.text.split("\n").index("## 显存的估算") + 1
    assert str(made.places.at(1, chinese - 1)) == "p. 1"
    assert str(made.places.at(chinese, chinese + 2)) == "p. 2"
    assert str(made.places.at(1, chinese)) == "pp. 1-2"
    assert note("paper.pdf", pdf(PAPER, CHINESE)) == made


def test_pdf_page_numbers_go_and_running_titles_stand_once() -> None:
    pages = [
        [(60, 40, 9, "The handbook"), (60, 400, 10, f"Page {n} says this."), (300, 810, 9, str(n))] for n in (1, 2, 3)
    ]
    text = note("book.pdf", pdf(*pages)).text
    assert text.split() == "The handbook Page 1 says this. Page 2 says this. Page 3 says this.".split()


def test_notebook_cells_are_places() -> None:
    made = note(
        "a.ipynb", notebook(("markdown", "# 题\n\n一", ""), ("code", "print('```')\n", "```\n"), ("raw", "二", ""))
    )
    lines = made.text.split("\n")
    assert lines == [
        "# 题",
        "",
        "一",
        "",
        "````python",
        "print('```')",
        "````",
        "",
        "````text",
        "```",
        "````",
        "",
        "二",
        "",
    ]
    assert made.title == "题"
    assert [str(made.places.at(n, n)) for n in (1, 3, 5, 11, 13)] == ["cell 1", "cell 1", "cell 2", "cell 2", "cell 3"]
    assert str(made.places.at(3, 5)) == "cells 1-2"


def test_word_headings_lists_and_tables() -> None:
    rows = "".join(f"<w:tr>{''.join(f'<w:tc>{paragraph(c)}</w:tc>' for c in row)}</w:tr>" for row in TABLE[:2])
    body = (
        paragraph("显存", 1) + paragraph("参数 &lt;b&gt; 两字节。") + paragraph("1. 训练", 2) + f"<w:tbl>{rows}</w:tbl>"
    )
    made = note("a.docx", docx(body))
    table = "| Model | Memory | Speed |\n| --- | --- | --- |\n| 7B | 14 GB | fast |\n"
    assert made.text == "# 显存\n\n参数 \\<b> 两字节。\n\n## 1. 训练\n\n" + table
    assert made.title == "显存"


PAGE = """<!DOCTYPE html><head><title>站点</title><style>x{}</style></head><nav>菜单</nav>
<h1>推理显存</h1>

<p>参数 <b>两字节 </b>见<a href="https://x.org/(1)">论文</a>。<br># 换行</p>
<ul><li>一<ul><li>甲</ul><li>二</ul><ol start=3><li>三</ol>
<table><tr><th>模型<th>显存<tr><td>7B<td>14 | GB</table>
<pre>  x = 1
</pre><blockquote>引文</blockquote><script>alert(1)</script><p># 不是标题<p>1. 不是列表
"""


def test_html_becomes_markdown_with_the_lines_of_the_page() -> None:
    made = note("a.html", PAGE.encode("gb18030"))
    assert [line for line in made.text.split("\n") if line] == [
        "# 推理显存",
        "参数 **两字节** 见[论文](https://x.org/%281%29)。",
        "# 换行",
        "- 一",
        "  - 甲",
        "- 二",
        "3. 三",
        "| 模型 | 显存 |",
        "| --- | --- |",
        "| 7B | 14 \\| GB |",
        "```",
        "  x = 1",
        "```",
        "> 引文",
        "\\# 不是标题",
        "1\\. 不是列表",
    ]
    assert made.title == "推理显存"
    where = {line: str(made.places.at(n, n)) for n, line in enumerate(made.text.split("\n"), start=1)}
    assert (where["# 推理显存"], where["3. 三"], where["> 引文"]) == ("line 2", "line 5", "line 8")


ORG = """#+TITLE: 推理
:PROPERTIES:
:ID: 1
:END:
# 注释
* TODO [#A] 参数 :gpu:
*两字节* ，见 [[https://x.org][论文]] 和 =fp16= 。a/b/c
#+begin_src python
* x
#+end_src
| 甲 | 乙 |
|----+----|
"""


def test_org_keeps_its_lines() -> None:
    made = note("a.org", ORG.encode())
    assert made.text.split("\n") == [
        *("推理", "", "", "", "", "# 参数", "**两字节** ，见 [论文](https://x.org) 和 `fp16` 。a/b/c"),
        *("```python", "* x", "```", "| 甲 | 乙 |", "|----|----|", ""),
    ]
    assert (made.title, str(made.places.at(6, 7))) == ("推理", "lines 6-7")


BOMB = docx(paragraph("a" * 120 * 2**20))
BAD = [
    ("empty.pdf", pdf([]), "no text, only pictures"),
    ("locked.pdf", pdf(CHINESE, encrypted=True), "protected by a password"),
    ("broken.pdf", pdf(CHINESE)[:900], "no PDF that can be read"),
    ("claims.pdf", pdf(CHINESE).replace(b"/Count 1", b"/Count 1000000000"), ""),
    ("noise.docx", b"PK\3\4 noise", "no Word document"),
    ("bomb.docx", BOMB, "unpacks to more than 100 MB"),
    ("deep.docx", docx("<w:p>" * 9000 + "</w:p>" * 9000), ""),
    ("deep.ipynb", b"[" * 500_000, "no Jupyter notebook"),
    ("other.ipynb", b'{"cells": [1]}', "no Jupyter notebook"),
]


@pytest.mark.parametrize(("name", "data", "reason"), BAD, ids=[name for name, _, _ in BAD])
def test_what_cannot_be_converted_is_listed(name: str, data: bytes, reason: str) -> None:
    started = time.monotonic()
    if reason:
        with pytest.raises(NoteError, match=reason):
            note(name, data)
    else:  # nothing is promised but an end: the text that is there, or a reason
        try:
            assert note(name, data).text
        except NoteError as error:
            assert str(error)
    assert time.monotonic() - started < 20


def test_a_converter_is_bound_in_time_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "CPU_SECONDS", 1)
    with pytest.raises(NoteError, match="more than 1 s of computing"):
        note("slow.html", b"<!--x" * 200_000)
    monkeypatch.setattr(convert, "MEMORY_MB", 100)
    with pytest.raises(NoteError, match="more than 100 MB of memory"):
        note("large.html", b"<p>" + b"x" * 40_000_000)
    made = note("deep.html", b"<ul><li><b><blockquote>x" * 2000)
    assert made.text.count("x") == 2000


def test_without_the_library_it_is_listed_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = convert.Format("pdf", package="no-such-package")
    monkeypatch.setitem(convert.FORMATS, ".pdf", missing)
    with pytest.raises(NoteError, match="make formats"):
        note("a.pdf", pdf(CHINESE))


FILES: dict[str, str | bytes] = {
    "paper.pdf": pdf(PAPER, CHINESE),
    "scan.pdf": pdf([]),
    "half.pdf": pdf(CHINESE, [], [(60, 300, 10, "第三页也估算。")]),
    "a.docx": docx(paragraph("显存", 1) + paragraph("两字节。")),
    "a.ipynb": notebook(("markdown", "# 题\n\n一段。", "")),
    "a.html": PAGE,
    "a.org": ORG,
    "a.md": "# 笔记\n\n原样。\n",
}


def test_in_the_index_as_any_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, FILES)
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert {skip.path for skip in report.skipped} == {"scan.pdf", "half.pdf"}
    assert "(2)" in {skip.path: str(skip.reason) for skip in report.skipped}["half.pdf"]
    index = open_index(config.index)
    assert set(index.notes) == set(FILES) - {"scan.pdf"}
    for passage in index.passages:
        assert index.notes[passage.path].text[passage.start : passage.end] == passage.text
    located = {p.location for p in index.passages if "另起" in p.text or "第三页" in p.text}
    assert located == {"paper.pdf, p. 2", "half.pdf, pp. 1-3"}

    # nothing is converted again, neither what is in the index nor what cannot be
    calls: list[str] = []
    real = convert.convert
    monkeypatch.setattr("ingest.notes.read.convert", lambda form, *rest: calls.append(form.name) or real(form, *rest))
    assert build(config, NoEmbedder(), disk=QuickDisk()).unchanged
    put(config.corpus / "a.md", "# 笔记\n\n改了。\n")
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert (calls, report.embedded, {skip.path for skip in report.skipped}) == ([], 1, {"scan.pdf", "half.pdf"})
    (config.corpus / "a.docx").rename(config.corpus / "b.docx")
    assert build(config, NoEmbedder(), disk=QuickDisk()).renamed == (("a.docx", "b.docx"),)
    put(config.corpus / "half.pdf", pdf(CHINESE))
    assert build(config, FakeEmbedder(), disk=QuickDisk()).changed == ("half.pdf",)
    assert calls == ["docx", "pdf"]
    incremental = index_bytes(config.index)
    build(config, FakeEmbedder(), full=True, disk=QuickDisk())
    assert index_bytes(config.index) == incremental
    fresh = config.model_copy(update={"index": tmp_path / "fresh"})
    build(fresh, FakeEmbedder(), disk=QuickDisk())
    assert index_bytes(fresh.index) == incremental


def test_another_version_of_a_converter_converts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, {"a.ipynb": FILES["a.ipynb"], "a.org": ORG})
    build(config, FakeEmbedder(), disk=QuickDisk())
    monkeypatch.setitem(convert.FORMATS, ".ipynb", convert.Format("ipynb", number=99, apart=False))
    report = build(config, NoEmbedder(), disk=QuickDisk())
    assert not report.unchanged and report.changed == ()
    assert build(config, NoEmbedder(), disk=QuickDisk()).unchanged


def test_a_converted_note_that_breaks_keeps_its_text_and_says_so(tmp_path: Path) -> None:
    config = vault(tmp_path, {"a.pdf": FILES["paper.pdf"]})
    build(config, FakeEmbedder(), disk=QuickDisk())
    put(config.corpus / "a.pdf", b"%PDF-1.7 half written")
    report = build(config, NoEmbedder(), disk=QuickDisk())
    assert [(stale.path, "no PDF" in str(stale.reason)) for stale in report.stale] == [("a.pdf", True)]
    assert build(config, NoEmbedder(), disk=QuickDisk()).unchanged
    assert open_index(config.index).notes["a.pdf"].title == "A title over both"


def test_pages_reach_the_citation_the_history_and_the_pane(tmp_path: Path) -> None:
    config = vault(tmp_path, {"paper.pdf": FILES["paper.pdf"]})
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    hit = Hit(next(p for p in index.passages if "另起" in p.text), 1.0)
    (source,) = build_sources([hit], index.notes, index.sections, 6)
    assert (source.location, hit_to_json(hit)["location"]) == ("paper.pdf, p. 2", "p. 2")

    evidence = Evidence(1, "另起一段。", source.end - 5, source.end, source.end_line, source.end_line)
    sentence = Sentence("另起一段。", citations=(1,), supported=True, evidence=(evidence,))
    answer = Answer("问", "问", "另起一段。", False, (sentence,), (source,), "m", index.generation, {})
    assert answer_to_json(answer)["sources"][0]["location"] == "p. 2"
    assert answer_from_record(json.loads(json.dumps(answer_to_record(answer)))) == answer

    words = Words("zh")
    view = finished_view(answer, words)
    assert "paper.pdf · 第 2 页" in dict(view.parts)["sources"]
    assert view.cards["s0.1"].place.endswith("第 2 页")
    made, cited = index.notes["paper.pdf"], Cited((sentence,), (), (source,))
    content = PaneContent(made, spans_of(cited, "s0.1", made), Opened(turn=0, cite="s0.1"), source=source)
    data = pane_data(content, config.corpus, "", words)
    assert data["head"]["path"] == "paper.pdf · 第 2 页"
    assert all(address.endswith("paper.pdf") for _, address in data["head"]["editors"])
    assert '<mark class="an-evidence">另起一段。</mark>' in data["html"]


def test_names_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    name = "a\u202eb\udcff\n.md"
    config = vault(tmp_path, {name: "没有标题。\n"})
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    (source,) = build_sources([Hit(index.passages[0], 1.0)], index.notes, index.sections, 6)
    answer = Answer("问", "问", "没", False, (Sentence("没", citations=(1,)),), (source,), "m", "", {})
    content = PaneContent(index.notes[name], (), Opened(cite="n.1"), source=source)
    head = pane_data(content, config.corpus, "", Words("zh"))["head"]
    sources = dict(finished_view(answer, Words("zh")).parts)["sources"]
    for text in (sources, head["title"], head["path"], source.location, index.notes[name].title):
        assert text.encode() and "\u202e" not in text and "u202eb" in text
