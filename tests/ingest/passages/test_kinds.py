"""Passages that do not mislead: what a passage is made of, what is not indexed, what its words need beside them."""

import pytest

from ingest.notes.read import parse_note
from ingest.passages.split import split
from ingest.passages.text import body_text, embedding_text, keyword_text
from ingest.schema import Kind, SplitNote


def parts(text: str, name: str = "笔记.md", size: int = 200) -> SplitNote:
    return split(parse_note(name, text.encode()), size)


@pytest.mark.parametrize(
    "text",
    [
        "# 周报\n\n- [x] 缓存命中率升到九成\n- [ ] 把日志换成结构化的\n",
        "# 步骤\n\n点开菜单 ![](1.png)\n\n选中高级模式再保存 ![](2.png)\n",
        "# 码\n\n```c\nint a[] = {1};\nchar *s[] = {0};\nreturn b[i] + a[];\n```\n",
        "# 摘录\n\n![](a.png)\n\n吞吐量在批大小翻倍之后只涨了三成。\n",
    ],
)
def test_statements_are_prose(text: str) -> None:
    assert {passage.kind for passage in parts(text).passages} == {Kind.PROSE}


def test_pictures_alone_and_tables_of_contents_are_not() -> None:
    assert parts("# 图\n\n![](https://example.org/a.png)\n").passages[0].kind is Kind.LINKS
    contents = "# 册\n\n- 安装与升级\n- 2. 备份\n- [x] 三、恢复\n\n"
    body = "## 安装与升级\n\n先装。\n\n## 备份\n\n再备。\n\n## 恢复\n\n后恢复。\n"
    assert [p.kind for p in parts(contents + body).passages] == [Kind.QUESTIONS, *[Kind.PROSE] * 3]


def test_headings_that_are_all_a_note_says_are_statements() -> None:
    assert {p.kind for p in parts("# 用固态盘存索引\n# 每晚备份\n# 周二发版\n").passages} == {Kind.PROSE}
    asked = parts("# 为什么要备份？\n# 什么是快照？\n# 如何恢复？\n").passages
    assert {p.kind for p in asked} == {Kind.QUESTIONS}
    lone = parts("# 册\n\n## 甲\n\n文。\n\n## 乙\n\n文。\n\n## 待写\n").passages
    assert lone[-1].kind is Kind.QUESTIONS


def test_short_lines_apart_are_one_list() -> None:
    made = parts("\n\n".join(["猫 cat", "狗 dog", "马 horse", "羊 sheep", "牛 cow"]) + "\n")
    assert len(made.sections) == 1
    assert [p.kind for p in made.passages] == [Kind.PROSE]
    two = parts("简介\n\n背景\n\n这一段讲的是为什么要做这件事，以及做了什么。\n", "a.txt")
    assert [s.heading_path[-1] for s in two.sections] == ["简介", "背景"]


ROWS = "".join(f"| 机型{n} | {n * 3} GB | {n}0 W |\n" for n in range(40))


@pytest.mark.parametrize("before", ["", "# 表\n\n", "说明：\n"])
def test_rows_carry_their_columns(before: str) -> None:
    passages = parts(f"{before}| 名称 | 显存 | 功耗 |\n|---|---|---|\n{ROWS}\n表后的话。\n").passages
    assert len(passages) > 3
    for passage in passages:
        if "机型" in passage.text:
            assert embedding_text(passage).count("功耗") == keyword_text(passage).count("功耗") == 1
    assert passages[0].columns == ""


@pytest.mark.parametrize("word", ["gradient", "反向传播", "layer，"])
def test_words_are_not_cut_in_two(word: str) -> None:
    spaced = " ".join([word] * 400)
    for passage in parts(spaced + "\n", size=150).passages:
        assert set(passage.text.split()) == {word}


DRAWING = "---\nexcalidraw-plugin: parsed\n---\n# Text Elements\n入口网关 ^Ab12Cd34\n\n%%\n# Drawing\n```compressed-json\n{}\n```\n%%\n"


def test_drawings_and_picture_bytes_are_not_indexed() -> None:
    blob = "QUJD" * 5000
    drawn = parts(DRAWING.replace("{}", "\n\n".join([blob] * 3)), "图.excalidraw.md")
    assert "QUJD" not in "".join(p.text for p in drawn.passages)
    assert "Ab12Cd34" not in "".join(embedding_text(p) for p in drawn.passages)
    assert any(body_text(p).endswith("入口网关") for p in drawn.passages)
    linked = parts(f"# 记\n\n如 ![][a] 所示。\n\n[a]: <data:image/png;base64,{blob}>\n\n之后的话。\n")
    assert [p.text for p in linked.passages] == ["# 记\n\n如 ![][a] 所示。", "之后的话。"]
    inline = parts(f"# 记\n\n前![](data:image/png;base64,{blob})后。\n")
    assert len(inline.passages) <= 3 and "QUJD" not in "".join(embedding_text(p) for p in inline.passages)


def test_rules_and_queries_are_no_passages() -> None:
    made = parts("---\n\n# 甲\n\n一。\n\n---\n\n# 乙\n\n```dataview\nLIST\n```\n\n二。\n\n***\n")
    assert [p.text for p in made.passages] == ["# 甲\n\n一。", "# 乙", "二。"]


@pytest.mark.parametrize(
    ("me", "other"),
    [
        ("**我**：{}", "**助手**：\n\n{}"),
        ("## User\n\n{}", "## ChatGPT\n\n{}"),
        ("You: {}", "Model: {}"),
        ("**Human:** {}", "**AI:** {}"),
    ],
)
def test_an_answer_in_a_chat_is_found_with_its_question(me: str, other: str) -> None:
    said = [
        ("缓存多久过期合适", "# 过期时间\n\n" + "看数据多久变一次，再留出余量。" * 20),
        ("那穿透呢", "给空值也设一个短的期限。"),
    ]
    text = "\n\n".join(me.format(asked) + "\n\n" + other.format(answer) for asked, answer in said)
    passages = parts(f"# 对谈\n\n{text}\n").passages
    for passage in passages:
        if "留出余量" in passage.text:
            assert "缓存多久过期合适" in passage.heading_path
        if "短的期限" in passage.text:
            assert passage.heading_path[-1] == "那穿透呢"


@pytest.mark.parametrize(
    "text", ["**优点**：快。\n\n**缺点**：贵。\n\n**优点**：省。\n\n**缺点**：慢。\n", "我：在。\n\n你：好。\n"]
)
def test_labels_are_no_turns(text: str) -> None:
    assert len(parts(f"# 比较\n\n{text}").sections) == 1
