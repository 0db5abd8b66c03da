"""Splitting: headings that nothing marks, code and tables kept whole, every character in exactly one passage."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paths import TESTS

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes.decode import decode
from ingest.notes.read import find_notes, load_note, parse_note
from ingest.passages.split import split
from ingest.passages.text import body_text, embedding_text
from ingest.schema import Kind, SplitNote
from ingest.text.lines import LineKind, typed_lines


def parts(text: str, size: int = 200, name: str = "笔记.md") -> SplitNote:
    return split(parse_note(name, text.encode()), size)


def headings(text: str, name: str = "笔记.md") -> list[str]:
    return [" > ".join(section.heading_path[1:]) for section in parts(text, name=name).sections]


def test_markdown_headings_nest_and_code_is_no_heading() -> None:
    text = "# 甲\n一\n## 乙\n```py\n# 不是标题\n```\n#### 丙\n三\n"
    assert headings(text) == ["", "乙", "乙 > 丙"]  # the one H1 is the note's title
    assert headings(text + "\n丁\n===\n四\n") == ["甲", "甲 > 乙", "甲 > 乙 > 丙", "丁"]


def test_a_fence_that_nothing_closes_is_text() -> None:
    assert headings("# 甲\n```\nx = 1\n\n## 乙\n文\n") == ["", "乙"]


NUMBERED = """面试题

目录

- [x] 1 什么是词表？
- [x] 2 为什么要归一化？

第一部分

1 什么是词表？

词表是模型认识的记号的集合，大小由训练分词器时定下。

2 训练的三个阶段

i. 预训练做什么？

在大量文本上预测下一个记号。

ii. 微调做什么？

1. 准备数据：成对的指令和回答。
2. 训练：只更新一部分参数。
3. 💡 对齐为什么重要？

让回答合乎人的偏好。

- 一、什么是提示？

💡 提示是交给模型的文字，它把任务说清楚，让模型照着接着往下写，一般由说明、例子和问题组成，越具体，回答越贴近要求。
"""


def test_numbering_makes_sections_in_text_without_markdown() -> None:
    assert headings(NUMBERED, "笔记.txt") == [
        "面试题",
        "目录",
        "第一部分",
        "第一部分 > 什么是词表？",
        "第一部分 > 训练的三个阶段",
        "第一部分 > 训练的三个阶段 > 预训练做什么？",
        "第一部分 > 训练的三个阶段 > 微调做什么？",
        "第一部分 > 训练的三个阶段 > 微调做什么？ > 对齐为什么重要？",
        "第一部分 > 训练的三个阶段 > 微调做什么？ > 对齐为什么重要？ > 什么是提示？",
    ]


def test_a_chapter_comes_after_the_parts_of_the_one_before() -> None:
    text = "\n".join(
        [
            "题库",
            "",
            "- 一、缓存篇",
            " - 1.1 什么是穿透？",
            "",
            "查不到的键。",
            "",
            "- 二、队列篇",
            "",
            "- 2.1 怎么去重？",
            "",
            "记下编号。",
            "",
            "- 三、怎么选？",
            "",
            "看吞吐。",
            "",
        ]
    )
    assert headings(text, "a.txt")[1:] == [
        "题库 > 什么是穿透？",
        "题库 > 队列篇",
        "题库 > 队列篇 > 怎么去重？",
        "题库 > 怎么选？",
    ]


def test_a_bold_question_with_its_answer_below_is_a_section() -> None:
    text = (
        "## 基础\n\n1. 词表多大？\n\nA:\n\n- **词表多大？**\n    - 常见三万到十五万。\n- **怎么定？**\n    - 看语料。\n"
    )
    assert headings(text)[1:] == ["基础 > 词表多大？", "基础 > 怎么定？"]


def test_lists_of_questions_are_told_from_prose() -> None:
    split_note = parts(
        "# 题\n\n1. 什么是量化？\n2. 为什么要剪枝？\n3. 如何蒸馏？\n\n## 答\n\n量化把权重存成更少的位。\n"
    )
    assert [p.kind for p in split_note.passages] == [Kind.QUESTIONS, Kind.PROSE]


def test_what_is_numbered_below_a_question_belongs_to_the_list() -> None:
    asked = "- 五、有哪些类型的幻觉？\n- 七、怎么缓解？\n- 7.1 用外部知识主动检测和减轻\n- 7.2 事实核心采样\n- 7.3 SelfCheckGPT\n"
    answered = asked.replace("SelfCheckGPT", "SelfCheckGPT：把同一个问题问几遍，看回答是否一致。")
    assert parts(asked).passages[0].kind is Kind.QUESTIONS
    assert parts(answered).passages[-1].kind is Kind.PROSE
    assert parts("# 安装\n\n- 7.1 下载\n- 7.2 解压\n- 7.3 启动\n").passages[0].kind is Kind.PROSE


def test_link_lists_are_told_from_prose() -> None:
    text = "# 参考\n- [一](https://example.com/1)\n- [二](https://example.com/2)\n"
    assert parts(text).passages[0].kind is Kind.LINKS


def test_code_tables_and_formulas_stay_whole() -> None:
    code = "```py\n" + "".join(f"x{n} = {n}\n" for n in range(30)) + "```"
    table = "| 名 | 值 |\n|---|---|\n" + "".join(f"| 甲{n} | {n} |\n" for n in range(3))
    formula = "$$\na = b\n\\cdot c\n$$"
    texts = [p.text for p in parts(f"# 题\n{'文。' * 60}\n\n{code}\n\n{table}\n\n{formula}\n").passages]
    for whole in (code, table.strip(), formula):
        assert any(whole in text for text in texts)


def test_long_paragraphs_are_cut_at_sentence_ends() -> None:
    passages = parts("# 题\n" + "这是一个不长不短的句子，说一件事。" * 40).passages
    assert len(passages) > 2
    assert all(p.text.endswith("。") for p in passages)
    assert all(len(p.text) <= 260 for p in passages)


def test_what_is_embedded_holds_the_heading_path_but_no_markup_and_no_hash_name() -> None:
    passage = parts("## 量化\n**见** [文](https://example.com)\n", name="003_c14bfeaf169b6fab.txt").passages[0]
    assert embedding_text(passage) == "量化\n量化\n见 文"
    assert body_text(passage) == "量化\n见 文"


PIECES = [
    "<!--",
    "-->",
    "%%",
    "---",
    "***",
    "```",
    "$$",
    "\n",
    "\n\n",
    "# ",
    "- ",
    "甲",
    "乙。",
    "| a | b |\n|---|---|\n",
    "  ",
]
ALPHABET = "ab甲乙。？\n #-*1.💡|`$:：\t\u00a0\u2028\x0c𠮷"


DISPLACED = (TESTS / "golden" / "displaced.md").read_text("utf-8")


@example(DISPLACED, "\r\n", True)
@given(
    st.one_of(st.text(alphabet=ALPHABET, max_size=400), st.lists(st.sampled_from(PIECES), max_size=80).map("".join)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_every_character_is_in_one_passage_and_lines_are_exact(text: str, line_end: str, mark: bool) -> None:
    data = ("\ufeff" if mark else "").encode() + text.replace("\n", line_end).encode()
    split_note = split(parse_note("a.md", data), 80)
    note = split_note.note
    unseen = "\n".join(
        " " * len(line.text) if line.kind in (LineKind.RULE, LineKind.HIDDEN) else line.text
        for line in typed_lines(note.text, note.body_start)
    )
    covered = 0
    end = 0
    for passage in split_note.passages:
        assert note.text[passage.start : passage.end] == passage.text
        assert not unseen[end : passage.start].strip(), "nothing but white space and rules between passages"
        assert passage.start_line == note.text.count("\n", 0, passage.start) + 1
        assert passage.end_line == note.text.count("\n", 0, passage.end) + 1
        end = passage.end
        covered += len("".join(unseen[passage.start : passage.end].split()))
    assert covered == len("".join(unseen.split()))
    ids = [p.id for p in split_note.passages]
    assert len(ids) == len(set(ids))
    sections = {s.id: s for s in split_note.sections}
    for passage in split_note.passages:
        section = sections[passage.section_id]
        assert section.start <= passage.start and passage.end <= section.end
        assert section.start_line <= passage.start_line <= passage.end_line <= section.end_line


def test_real_notes_come_out_as_sections_per_question(shared_notes: Path) -> None:
    note = load_note(shared_notes, "003_c14bfeaf169b6fab.txt", Settings())
    titles = [section.heading_path[-1] for section in split(note, 200).sections]
    assert len(titles) > 150
    assert sum("复读机" in title for title in titles) >= 4
    toc = [p for p in split(note, 200).passages if p.end_line <= 238 and p.start_line >= 5]
    assert toc and all(p.kind is Kind.QUESTIONS for p in toc)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    text = "# 标题\n大模型的显存占用，abc\n"
    assert parse_note("a.md", text.encode(encoding)).text == text


def test_binary_is_refused() -> None:
    with pytest.raises(NoteError, match="NUL"):
        decode(b"\x00\x01\x02\x00\x00", ())
    with pytest.raises(NoteError, match="UTF-8"):
        decode(b"\x81\x20", ("gb18030",))


def test_front_matter() -> None:
    note = parse_note("a.md", "---\ntitle: 题\ntags: [a, b]\naliases: 甲, 乙\n---\n\n# 文\n".encode())
    assert (note.title, note.tags, note.aliases) == ("题", ("a", "b"), ("甲", "乙"))
    assert note.text[note.body_start :] == "\n# 文\n"
    broken = parse_note("b.md", "---\ntitle: [\n---\n文\n".encode())
    assert broken.title == "b"


def test_finding_notes(tmp_path: Path) -> None:
    for name in ("a.md", "b.TXT", "c.png", ".hidden/d.md", "e/f.markdown", "private/g.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("文")
    (tmp_path / "x.md").mkdir()
    (tmp_path / "out.md").symlink_to("/etc/hostname")
    found = find_notes(tmp_path, Settings(ignore=("private/",)))
    assert found.paths == ("a.md", "b.TXT", "e/f.markdown")
    assert [(s.path, "out of the folder" in str(s.reason)) for s in found.left_out] == [("out.md", True)]


def test_a_heading_over_headings_stands_with_the_first_of_them() -> None:
    note = parts("# 甲\n\n## 乙\n\n### 丙\n\n一句话。\n\n### 丁\n\n另一句。\n")
    assert [(s.heading_path[1:], s.start_line) for s in note.sections] == [
        ((), 1),
        (("乙",), 3),
        (("乙", "丙"), 1),
        (("乙", "丁"), 9),
    ]
    assert [p.text for p in note.passages] == ["# 甲\n\n## 乙\n\n### 丙\n\n一句话。", "### 丁\n\n另一句。"]


def test_no_passage_starts_inside_a_link() -> None:
    link = "[一篇讲优化器的文章](https://example.org/search?q=" + "a" * 300 + "&from=notes)"
    note = parts("# 甲\n\n" + "，".join(["动量让更新更平滑", link, "衰减防止过拟合", link]) + "。\n")
    assert all(p.text.count("[") == p.text.count("](") == p.text.count("&from=notes)") for p in note.passages)


ANSWERS = {
    "怎样清洗语料？": [
        "删去重复：相同的段落只留一份。",
        "过滤广告：规则和分类器并用。",
        "统一编码：全部转成一种编码。",
    ],
    "怎样挑选学习率？": ["预热步数：开头慢慢升上去。", "峰值大小：在小模型上试出来。", "余弦衰减：到最后降下来。"],
}
CLOSING = {"怎样清洗语料？": "删去重复、过滤广告和统一编码", "怎样挑选学习率？": "预热步数、峰值大小和余弦衰减"}


@pytest.mark.parametrize("last_first", [False, True])
@pytest.mark.parametrize("items_first", [False, True])
def test_displaced_answers_are_given_back_to_their_questions(last_first: bool, items_first: bool) -> None:
    questions = list(ANSWERS)
    order = questions[::-1] if last_first else questions
    items = [item for question in order for item in ANSWERS[question]]
    run = "## 面试题\n\n" + "\n".join(f"{n}. {item}" for n, item in enumerate(items, start=1))
    asked = "\n\n".join(f"## {q}\n\n可以采取以下方法：\n\n总之，{CLOSING[q]}都有帮助。" for q in questions)
    note = parts("# 训练\n\n" + "\n\n".join([run, asked] if items_first else [asked, run]) + "\n")
    for question, answers in ANSWERS.items():
        given_back = [s for s in note.sections if s.inferred and s.heading_path[-1] == question]
        assert [note.note.text[s.start : s.end].count("：") for s in given_back] == [3]
        assert all(answer in note.note.text[given_back[0].start : given_back[0].end] for answer in answers)
    assert {p.inferred for p in note.passages if "预热步数：" in p.text} == {True}


def test_items_that_no_heading_names_stay_where_they_are() -> None:
    items = "\n".join(f"{n}. 第{n}种水果：很甜，可以多吃。" for n in range(1, 9))
    asked = "\n\n".join(f"## {q}\n\n可以采取以下方法：\n\n总之，{CLOSING[q]}都有帮助。" for q in ANSWERS)
    note = parts(f"# 杂记\n\n## 水果\n\n{items}\n\n{asked}\n")
    assert not [s for s in note.sections if s.inferred]
