"""What Obsidian's marks look like in the pane, and where its links lead."""

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.notes.read import parse_note
from ingest.passages.split import split
from ui.backend.protocol import Library
from ui.render.images import NoteImages
from ui.render.markdown import parser
from ui.render.note import Span, marked_html, render_note
from ui.render.safe import clean
from ui.render.source import linked_note

TEXTS = {
    "面包/发酵.md": (
        "---\naliases: [发面, Proofing]\n---\n# 发酵\n\n## 1. 温度 与时间\n\n### 冬天\n\n放在灯下。\n\n"
        "## 盐\n\n### 冬天\n\n少放一点。 ^salt-1\n\n| 克 | 杯 |\n| - | - |\n| 5 | 1 |\n\n^table\n"
    ),
    "面包/酸种.md": "# 酸种\n\n见[[发酵]]。\n",
    "旧/发酵.md": "# 旧的\n\n文\n",
    "C#.md": "文\n",
    "2024-07-03.md": "---\ntitle: 买菜的一天\n---\n文\n",
}


def library() -> Library:
    notes = {path: parse_note(path, text.encode()) for path, text in TEXTS.items()}
    sections = {section.id: section for note in notes.values() for section in split(note, 200).sections}
    return Library("g", "", notes, sections, (), "m")


@pytest.mark.parametrize(
    ("target", "path", "line"),
    [
        ("发酵", "面包/发酵.md", 1),  # of two, the one in the same folder
        ("发面", "面包/发酵.md", 1),
        ("proofing#盐", "面包/发酵.md", 12),
        ("旧/发酵", "旧/发酵.md", 1),
        ("./发酵.md#盐", "面包/发酵.md", 12),
        ("../旧/发酵", "旧/发酵.md", 1),
        ("面包/发酵#温度 与时间", "面包/发酵.md", 6),
        ("发酵.md#1-%E6%B8%A9%E5%BA%A6-%E4%B8%8E%E6%97%B6%E9%97%B4", "面包/发酵.md", 6),
        ("发酵#冬天", "面包/发酵.md", 8),
        ("发酵#盐#冬天", "面包/发酵.md", 14),
        ("发酵#^salt-1", "面包/发酵.md", 16),
        ("发酵#^table", "面包/发酵.md", 20),  # the block above the id
        ("发酵#没有的", "面包/发酵.md", 1),
        ("c#", "C#.md", 1),
        ("2024-07-03", "2024-07-03.md", 1),
        ("买菜的一天", "2024-07-03.md", 1),
    ],
)
def test_a_link_leads_to_its_section_or_block(target: str, path: str, line: int) -> None:
    found = linked_note(library(), "面包/酸种.md", target)
    assert found and (found.path, found.line) == (path, line)


@pytest.mark.parametrize("target", ["没有", "酵", "../../发酵/..", "#", "包/发酵"])
def test_a_link_to_nothing_leads_nowhere(target: str) -> None:
    assert linked_note(library(), "面包/酸种.md", target) is None


def shown(markdown: str, **env: object) -> str:
    return clean(parser().render(markdown, env)).strip()


@pytest.mark.parametrize(
    ("written", "target", "words"),
    [
        ("[[发酵#盐|放多少盐]]", "发酵#盐", "放多少盐"),
        ("[[发酵#盐]]", "发酵#盐", "发酵 &gt; 盐"),
        ("[[发酵#^salt-1]]", "发酵#^salt-1", "发酵"),
        ("[[#^salt-1]]", "#^salt-1", "#^salt-1"),
        ("![[发酵#盐]]", "发酵#盐", "发酵 &gt; 盐"),
        ("![[讲义.pdf]]", "讲义.pdf", "讲义.pdf"),
    ],
)
def test_links_and_embeds_are_links_with_the_words_that_a_person_sees(written: str, target: str, words: str) -> None:
    link = re.search(r'<a class="an-note" href="#" data-note="([^"]*)"[^>]*>(.*?)</a>', shown(written))
    assert link and link.groups() == (target, words)


def test_a_link_in_a_table_has_its_own_words() -> None:
    assert ">盐</a></td>" in shown("| 甲 |\n| - |\n| [[发酵#盐\\|盐]] |\n")


def test_an_embedded_picture_is_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    images = NoteImages(tmp_path, "b.md")
    assert re.fullmatch(r'<p><img src="data:[^"]*" alt="" width="300"></p>', shown("![[a.png|300x20]]", images=images))
    assert re.fullmatch(r'<p><img src="data:[^"]*" alt="锅"></p>', shown("![[a.png|锅]]", images=images))
    assert shown("![[没有.png]]", images=images) == '<p><span class="an-missing">没有.png</span></p>'
    assert "data:" not in shown("![[../../a.png]]", images=NoteImages(tmp_path / "b", "c.md"))


def test_a_picture_is_found_by_its_name_wherever_it_is_in_the_notes_folder(tmp_path: Path) -> None:
    for folder, data in (("b/c", b"far"), ("z", b"near"), (".trash", b"gone")):
        (tmp_path / "notes" / folder).mkdir(parents=True)
        (tmp_path / "notes" / folder / "a.png").write_bytes(data)
    (tmp_path / "notes" / ".trash" / "old.png").write_bytes(b"gone")
    (tmp_path / "out.png").write_bytes(b"out")
    images = NoteImages(tmp_path / "notes", "d.md")
    assert images("a.png") == "data:image/png;base64," + base64.b64encode(b"near").decode()
    assert images("b/c/a.png") == "data:image/png;base64," + base64.b64encode(b"far").decode()
    assert images("old.png") == images("out.png") == images("c/a.png") == ""


def test_the_notes_folder_is_walked_once_a_minute_for_all_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(name: str) -> bool:
        return NoteImages(tmp_path, "d.md")(name) != ""

    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "old.png").write_bytes(b"old")
    monkeypatch.setattr("time.monotonic", lambda: 600.0)
    assert seen("old.png")
    (tmp_path / "z" / "new.png").write_bytes(b"new")
    monkeypatch.setattr("time.monotonic", lambda: 630.0)
    assert seen("old.png") and not seen("new.png") and seen("z/new.png")
    monkeypatch.setattr("time.monotonic", lambda: 660.0)
    assert seen("new.png")


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("> [!warning] 小心\n> 锅很烫", "<strong>小心</strong><br>\n锅很烫"),
        ("> [!my-tip|right]-\n> 锅很烫", "<strong>My-tip</strong><br>\n锅很烫"),
        ("> [!note] 见[[发酵|这里]]", '<strong>见<a class="an-note" href="#" data-note="发酵" '),
    ],
)
def test_a_callout_is_drawn_as_one(written: str, drawn: str) -> None:
    assert shown(written).startswith(f'<blockquote class="an-callout">\n<p>{drawn}')


def test_a_callout_in_a_callout_is_one_too_and_a_quote_is_none() -> None:
    assert shown("> [!note] 外\n> > [!tip] 里").count('class="an-callout"') == 2
    assert "an-callout" not in shown("> 引用 [!note]")


def test_ids_of_blocks_are_not_shown() -> None:
    assert "^" not in shown("少放一点。 ^salt-1\n再放 ^more-1\n\n^table")
    assert "^" in shown("2 ^10") and "^" in shown("a^salt-1") and "^" in shown("甲 ^salt-1 乙")


@pytest.mark.parametrize(
    "text",
    [
        "前 [[发酵#盐]] 后 ^salt-1\n",
        "> [!note] 题目\n> 正文 [[发酵|那里]]\n",
        "见 ![[没有.png|锅的样子]] 处\n",
    ],
)
def test_what_is_cited_in_such_text_is_marked_and_looks_the_same(text: str) -> None:
    made = render_note(replace(parse_note("a.md", b""), text=text))
    for start in range(len(text)):
        for end in (start + 1, len(text)):
            marked = marked_html(made, [Span(start, end, "evidence")])
            assert re.sub(r"</?mark[^>]*>", "", marked) == marked_html(made, [])
