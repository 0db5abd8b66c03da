"""Summaries of a named note or chapter."""

import pytest

from ingest.passages.split import split
from ingest.schema import Note
from ingest.text.tokens import Tokenizer
from rag.sources.summary import leading_units, named_sections, section_sources

NOTES = [
    Note(
        "缓存.md",
        "KV 缓存",
        "# KV 缓存\n\n省计算。\n\n## 大小\n\n它的大小与层数成正比。7B 约半 MB。\n\n## 淘汰\n\n滑动窗口。\n",
        "",
    ),
    Note(
        "rlhf.md",
        "RLHF",
        "# RLHF\n\n三步。\n\n## 奖励模型\n\n打分。\n\n### 数据\n\n来自人。\n\n## PPO\n\n更新策略。\n\n"
        "## 部署\n\n### 监控\n\n看延迟。\n\n### 回滚\n\n换回旧的。\n",
        "",
    ),
]


@pytest.mark.parametrize(
    ("question", "first", "count"),
    [
        ("总结一下 KV 缓存这篇笔记", "KV 缓存", 3),
        ("概括《RLHF》", "RLHF", 7),
        ("总结奖励模型一节", "奖励模型", 2),
        ("Summarize the RLHF note", "RLHF", 7),
        ("总结部署相关的内容", "部署", 3),
        ("总结一下量化", None, 0),
        ("总结一下", None, 0),
    ],
)
def test_the_note_or_chapter_that_is_named(question: str, first: str | None, count: int) -> None:
    sections = {note.path: split(note, 300).sections for note in NOTES}
    found = named_sections(question, {note.path: note for note in NOTES}, sections.__getitem__, Tokenizer().tokenize)
    assert len(found) == count
    assert not found or found[0].heading_path[-1] == first


def test_every_section_comes_with_its_first_statement_before_any_second() -> None:
    sections = split(NOTES[0], 300).sections
    sources = section_sources(sections, {NOTES[0].path: NOTES[0]})
    assert [source.n for source in sources] == [1, 2, 3]
    assert all(NOTES[0].text[s.start : s.end] == s.text for s in sources)
    assert [one.unit.text for one in leading_units(sources)] == [
        "省计算。",
        "它的大小与层数成正比。",
        "滑动窗口。",
        "7B 约半 MB。",
    ]
    assert len(section_sources(sections, {NOTES[0].path: NOTES[0]}, 2)) == 2
