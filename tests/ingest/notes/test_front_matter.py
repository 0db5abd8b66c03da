"""What notes say of themselves, as sloppily as people write it; and what only looks like it."""

import pytest

from ingest.notes.read import parse_note
from ingest.schema import Note


def note(text: str, name: str = "笔记.md") -> Note:
    return parse_note(name, text.encode())


@pytest.mark.parametrize(
    ("text", "title", "tags"),
    [
        ("---\ntitle: RAG: 检索增强\ntags: [检索, 生成]\ndate: {{date}}\n---\n文\n", "RAG: 检索增强", ("检索", "生成")),
        ("---\ntitle: '引号: 里'\ntags:\n  - 一\n- 二\nbad: [a\n---\n文\n", "引号: 里", ()),
        ("---\ntitle: 007\ntags: '#缓存 #并发'\n---\n文\n", "007", ("缓存", "并发")),
        ("---\ntitle: !!timestamp 昨天\ntag: 单数\n---\n文\n", "昨天", ("单数",)),
        ("---\ntitle: 三点\ntags: a b\n...\n文\n", "三点", ("a", "b")),
        ("---\ntitle: 空\ntags:\n---\n文\n", "空", ()),
        ("---\ntitle: 嵌套\ntags: [[双链]]\n---\n文\n", "嵌套", ("双链",)),
        ('+++\ntitle = "部署"\ntags = ["量化", "推理"]\n+++\n文\n', "部署", ("量化", "推理")),
        ("title: 周记\ndate: 2024-01-01\ntags: [生活]\n---\n文\n", "周记", ("生活",)),
        ("title:: 大纲\ntags:: [[甲]], 乙\n\n- 文\n", "大纲", ("甲", "乙")),
    ],
)
def test_front_matter_as_people_write_it(text: str, title: str, tags: tuple[str, ...]) -> None:
    made = note(text)
    assert made.title == title
    assert made.tags == tags or not tags
    if "::" not in text:
        assert made.text[made.body_start :] == "文\n"


@pytest.mark.parametrize(
    "text",
    [
        "---\n\n# 早会\n\n- 目标: 更快: 两倍\n\n---\n\n# 晚会\n",
        "---\n一句话，没有键。\n---\n文\n",
        "---\n- 甲\n- 乙\n---\n文\n",
        "+++\n加号之间的话\n+++\n",
        "名字: 张三\n电话: 1\n\n---\n文\n",
    ],
)
def test_rules_around_text_are_no_front_matter(text: str) -> None:
    assert note(text).body_start == 0


@pytest.mark.parametrize("value", ["[" * 3000, "{a: " * 2000, "&a [*a, *a]", "!!python/object:os.system x", "? {b: c}"])
def test_values_that_break_parsers_cost_no_note(value: str) -> None:
    made = note(f"---\ntitle: {value}\nkey: 1\n---\n正文还在。\n")
    assert made.text.endswith("正文还在。\n")
    assert len(made.title) <= 200


def test_a_template_is_no_title() -> None:
    assert note("---\ntitle: '{{title}}'\n---\n文\n").title == "笔记"


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("# C#\n\n委托。\n\n## 事件\n", "a.md", "C#"),
        ("# **部署**：\n\n文\n", "a.md", "部署"),
        ("单独\n====\n\n文\n", "a.md", "单独"),
        ("# 第一章\n\n文\n\n# 第二章\n\n文\n", "手册.md", "手册"),
        ("# 一\n\n```\n# 注释\n```\n", "a.md", "一"),
        ("分布式训练面试题\n\n1 什么是流水线？\n", "004_0a1b2c3d4e5f6071.txt", "分布式训练面试题"),
        ("分布式训练面试题\n\n1 什么是流水线？\n", "训练.txt", "训练"),
        ("今天去看了展览，很好。\n\n回来写\n", "20240102.txt", "20240102"),
    ],
)
def test_titles(text: str, name: str, title: str) -> None:
    assert note(text, name).title == title
