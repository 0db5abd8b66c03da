"""What Notion, Joplin, Roam, Typora and Obsidian's canvas leave in files: the words stay, their own marks do not."""

import json
from pathlib import Path

import pytest
from index_kit import FakeEmbedder, QuickDisk, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import NoteError, NoteLeftOut
from ingest.index.read import open_index
from ingest.notes.read import find_notes, make_note
from ingest.passages.split import split
from ingest.passages.text import body_text
from ingest.schema import Note
from ingest.text.markup import plain

KEY, OTHER = "3c" * 16, "a0" * 16


def note(name: str, text: str) -> Note:
    return make_note(name, text.encode(), Settings())


def lines(made: Note) -> list[str]:
    return [line for line in made.text.split("\n") if line.strip()]


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        (f"旅行 清单 {KEY}.md", "# 甲\n\n文。\n\n# 乙\n\n文。\n", "旅行 清单"),
        (f"Trips {KEY}/Packing {OTHER}.html", "<p>socks</p>", "Packing"),
        (f"花费 {KEY}_all.csv", "项,元\n票,80\n", "花费"),
        (f"{KEY}.md", "今天下雨，没有出门。\n", KEY),
    ],
)
def test_an_id_behind_a_name_is_not_in_the_title(name: str, text: str, title: str) -> None:
    assert note(name, text).title == title


def test_of_a_database_all_counts_and_not_a_view(tmp_path: Path) -> None:
    for name in (f"书 {KEY}.csv", f"书 {KEY}_all.csv", f"片 {OTHER}.csv", "a.csv", "a_all.csv"):
        (tmp_path / name).write_text("x,y\n1,2\n")
    found = find_notes(tmp_path, Settings())
    assert set(found.paths) == {f"书 {KEY}_all.csv", f"片 {OTHER}.csv", "a.csv", "a_all.csv"}
    assert [skip.path for skip in found.left_out] == [f"书 {KEY}.csv"]


def tail(kind: int, more: str = "encryption_applied: 0\n") -> str:
    return f"id: {KEY}\nparent_id: {OTHER}\ncreated_time: 2023-02-03T04:05:06.000Z\n{more}source: \ntype_: {kind}"


def test_the_properties_below_a_note_are_none_of_its_text() -> None:
    made = note(
        f"{KEY}.md",
        "怎样养好一缸孔雀鱼（第二次，写得更细一些，也更长一些，免得再忘）\n\n水温 24 度。\n\nid: 不是它\n\n" + tail(1),
    )
    assert made.title.startswith("怎样养好一缸孔雀鱼") and lines(made)[1:] == ["水温 24 度。", "id: 不是它"]
    assert note(f"{OTHER}.md", "空\n\n" + tail(1)).text == "空"
    assert "type_: 1" in note("joplin.md", "讲导出格式。\n\n" + tail(1)).text


@pytest.mark.parametrize(("kind", "more"), [(2, ""), (5, ""), (6, ""), (1, "encryption_applied: 1\n")])
def test_other_items_and_locked_notes_are_no_notes(kind: int, more: str) -> None:
    with pytest.raises(NoteError) as raised:
        note(f"{KEY}.md", "学习\n\n" + tail(kind, more))
    assert isinstance(raised.value, NoteLeftOut) is not bool(more)


PAGES = [
    {
        "title": "菜谱",
        "uid": "u-0000001",
        "children": [
            {"string": "{{[[TODO]]}} 买 ^^生抽^^", "uid": "u-0000002", "create-time": 1},
            {
                "string": "红烧",
                "heading": 2,
                "uid": "u-0000003",
                "children": [{"string": "先 [焯水](((u-0000005)))，再 ((u-0000006))", "uid": "u-0000004"}],
            },
            {"string": "```python\ncook()```", "uid": "u-0000007"},
            {"string": "{{word-count}}", "uid": "u-0000008"},
        ],
    },
    {"title": "January 1st, 2024", "uid": "u-0000009"},
    {
        "title": "步骤",
        "children": [{"string": "冷水下锅", "uid": "u-0000005"}, {"string": "小火炖 1 小时", "uid": "u-0000006"}],
    },
]


def test_pages_of_roam_are_chapters_and_references_are_said() -> None:
    made = note("我的库.json", json.dumps(PAGES))
    assert lines(made) == [
        *("# 菜谱", "- [ ] 买 ==生抽==", "- ### 红烧", "  - 先 焯水，再 小火炖 1 小时"),
        *("- ```python", "  cook()", "  ```", "# 步骤", "- 冷水下锅", "- 小火炖 1 小时"),
    ]
    assert made.title == "我的库"
    assert ("我的库", "菜谱", "红烧") in {section.heading_path for section in split(made, 80).sections}
    assert note("库.json", json.dumps(PAGES[2:])).title == "步骤"


def node(kind: str, x: int, y: int, size: int = 10, **more: str) -> dict[str, object]:
    return {"id": f"{x}/{y}", "type": kind, "x": x, "y": y, "width": size, "height": size, **more}


def test_cards_of_a_canvas_in_their_groups() -> None:
    nodes = [
        node("text", 5, 50, text="# 乙卡\n后说。"),
        node("text", 0, 0, text="先说。"),
        node("text", 120, 120, text="# 组里\n一句。"),
        node("text", 110, 140, text="没有标题的卡。"),
        node("group", 100, 100, 90, label="阶段  一"),
        node("group", 400, 0, 50, label="空组"),
        node("file", 0, 90, file="甲.md"),
    ]
    made = note("图.canvas", json.dumps({"nodes": nodes, "edges": []}))
    assert lines(made) == [
        "先说。",
        "## 乙卡",
        "后说。",
        "## 阶段  一".replace("  ", " "),
        "没有标题的卡。",
        "### 组里",
        "一句。",
    ]
    assert made.title == "图"
    assert [lines(note("b.canvas", text)) for text in ("", "{}", '{"nodes":[]}')] == [[], [], []]


@pytest.mark.parametrize("name", ["a.json", "a.canvas"])
@pytest.mark.parametrize(
    "text", ["[3]", "[" * 100_000, '{"nodes": [{"type": "text"}]}', '[{"children": 3, "title": "x"}]']
)
def test_what_is_no_export_is_listed(name: str, text: str) -> None:
    with pytest.raises(NoteError):
        note(name, text)


def test_json_of_programs_is_passed_over_without_a_word(tmp_path_factory: pytest.TempPathFactory) -> None:
    files: dict[str, str | bytes] = {
        "package.json": json.dumps({"name": "x", "title": "t"}),
        "list.json": json.dumps([{"title": "x", "price": 3}]),
        "roam.json": json.dumps(PAGES),
    }
    config = vault(tmp_path_factory.mktemp("json"), files)
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert (set(open_index(config.index).notes), report.skipped) == ({"roam.json"}, ())


def test_an_export_that_is_too_large_is_listed_and_not_passed_over(tmp_path: Path) -> None:
    config = vault(tmp_path, {"roam.json": json.dumps(PAGES) + " " * 2**20, "a.json": "[1]" + " " * 2**20})
    config = config.model_copy(update={"max_note_mb": 1})
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert [(one.path, one.reason.key) for one in report.skipped] == [("roam.json", "note.too_large")]


@pytest.mark.parametrize("mark", ["[toc]", "[TOC]", "[[_TOC_]]", "@[toc]"])
def test_the_place_of_a_table_of_contents_is_neither_heading_nor_text(mark: str) -> None:
    made = split(note("a.md", f"---\ntitle: 笔记\n---\n\n{mark}\n\n先讲土壤要疏松透气。\n"), 200)
    assert [body_text(passage) for passage in made.passages[1:]] == ["先讲土壤要疏松透气。"]
    assert made.passages[-1].heading_path == ("笔记",)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("![叶脉|300](x.png)", "叶脉"),
        ("![叶脉 | 120x80](x.png)", "叶脉"),
        ("![alt text](a/b.png)", ""),
        ("![在这里插入图片描述](https://x.cn/1.png)", ""),
        ("![image-20240102](./i/image-20240102.png)", ""),
        ("![shot.png](shot.png?raw=true)", ""),
        ("![图片里的表](t.png)", "图片里的表"),
        ('<img src="y.png" alt="根系" style="zoom:50%;" />', "根系"),
        ("![alt text", "![alt text"),
    ],
)
def test_words_for_pictures_are_those_of_people(picture: str, words: str) -> None:
    assert plain(f"看{picture}。") == f"看{words}。"
