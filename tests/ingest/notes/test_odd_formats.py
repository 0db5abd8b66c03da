"""Pages, outlines, notebooks and documents as programs leave them: nothing of the text is lost, nothing else is in it."""

import json

import pytest
from documents import docx, notebook, paragraph
from index_kit import FakeEmbedder, QuickDisk, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import open_index
from ingest.notes.read import make_note
from ingest.schema import Note


def note(name: str, data: str | bytes) -> Note:
    return make_note(name, data.encode() if isinstance(data, str) else data, Settings())


def lines(name: str, data: str | bytes) -> list[str]:
    return [line for line in note(name, data).text.split("\n") if line]


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<h1>甲</h1><button>更多<p>第一段。<h2>乙</h2><p>第二段。", ["# 甲", "更多", "第一段。", "## 乙", "第二段。"]),
        ("<nav><a href=/>首页</a><h1>甲</h1><p>文。</p><nav>菜单</nav>", ["# 甲", "文。"]),
        ("<p>前。<select><option>一<p>后。<select><option>二</select>", ["前。", "后。"]),
        ("<svg><text>图<p>图下的字。</p></svg><p>尾。", ["图下的字。", "尾。"]),
        (
            "<p hidden>没人看<p>看得见。<div style='color:red; display:none'>广告<p>词</p></div><p>完。",
            ["看得见。", "完。"],
        ),
        ("<h2>节<a aria-hidden=true href=#x>¶</a></h2><p>文。", ["## 节", "文。"]),
    ],
)
def test_what_is_not_closed_or_not_shown(page: str, left: list[str]) -> None:
    assert lines("a.html", page) == left


def test_code_beside_line_numbers() -> None:
    page = (
        "<table class=hl><tr><td class='lineno gutter'><pre>1\n2</pre></td><td><pre>x = [1]\n# 注释</pre></td></tr></table>"
        "<p>之后。</p><table><tr><th>名<th>值<tr><td>甲<td>1</table>"
    )
    assert lines("a.html", page) == [
        "```",
        "x = [1]",
        "# 注释",
        "```",
        "之后。",
        "| 名 | 值 |",
        "| --- | --- |",
        "| 甲 | 1 |",
    ]


@pytest.mark.parametrize(
    ("formula", "tex"),
    [
        ('<script type="math/tex; mode=display">\\frac{a}{b}</script>', "$$\\frac{a}{b}$$"),
        ('<span class="MathJax_Preview">ab</span><script type="math/tex">a_b</script>', "$a_b$"),
        ("<math alttext='y^2'><mi>y</mi><mn>2</mn></math>", "$y^2$"),
        ("<math><mi>z</mi></math>", "z"),
        (
            "<span class=katex><math><semantics><mi>w</mi><annotation encoding='application/x-tex'>w_1</annotation>"
            "</semantics></math><span aria-hidden=true>w1</span></span>",
            "$w_1$",
        ),
    ],
)
def test_formulas_are_said_once(formula: str, tex: str) -> None:
    assert lines("a.html", f"<p>值 {formula} 为正。") == [f"值 {tex} 为正。"]


def test_org_drawers_and_blocks_without_an_end_hide_nothing() -> None:
    org = "* 甲\n:NOTES:\n写了一半。\n* 乙\n:PROPERTIES:\n:ID: 7\n:END:\n文。\n#+begin_src\n没有结束\n* 丙\n文。\n"
    kept = ["# 甲", ":NOTES:", "写了一半。", "# 乙", "文。", "#+begin_src", "没有结束", "# 丙", "文。"]
    assert lines("a.org", org) == kept
    two = "* 甲\n:LOGBOOK:\n* 乙\n:LOGBOOK:\n记\n:END:\n文。\n"
    assert lines("b.org", two) == ["# 甲", ":LOGBOOK:", "# 乙", "文。"]


def test_outputs_of_a_notebook_as_a_terminal_ends() -> None:
    bar = "\r".join(f"{n}%|{'#' * n}" for n in range(0, 101, 5)) + "\ndone\r\n"
    cells = [
        ("code", "run()", bar),
        ("code", "fail()", "\x1b[0;31mKeyError\x1b[0m: \x1b]8;;x\x07'k'\n"),
        ("markdown", "# 题", ""),
    ]
    made = note("a.ipynb", notebook(*cells)).text
    assert "100%|" in made and "95%|" not in made and "done" in made
    assert "KeyError: 'k'" in made and "\x1b" not in made


STYLES = '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="我的标题"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'


def test_word_s_outline_levels_are_headings() -> None:
    def styled(properties: str, text: str) -> str:
        return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"

    body = styled('<w:pStyle w:val="Own"/>', "一层") + paragraph("文。") + styled('<w:outlineLvl w:val="1"/>', "二层")
    body += styled('<w:outlineLvl w:val="9"/>', "正文。")
    assert lines("a.docx", docx(body, styles=STYLES)) == ["# 一层", "文。", "## 二层", "正文。"]


def test_one_bad_note_is_listed_and_the_rest_goes_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    files: dict[str, str | bytes] = {
        "nested.md": "---\nx: " + "[" * 5000 + "\n---\n# 嵌套\n\n正文。\n",
        "cells.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": 3, "outputs": 4}]}),
        "good.md": "# 好\n\n文。\n",
    }
    config = vault(tmp_path_factory.mktemp("bad"), files)
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert {skip.path for skip in report.skipped} == {"cells.ipynb"}
    assert set(open_index(config.index).notes) == {"nested.md", "good.md"}
