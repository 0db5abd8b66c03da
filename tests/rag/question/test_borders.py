"""What a follow-up takes from the last answer, and the kind of answer that a question wants."""

import pytest

from rag.question.followup import item_named, items_of, wants_another_form, with_context
from rag.question.kind import QuestionKind, kind_of
from rag.records import Turn

LISTED = [
    Turn("user", "怎样缓解幻觉？"),
    Turn("assistant", "1. 检索增强：先查再答\n2. 降低温度：更确定\n3. 人工审核：有人看"),
]


@pytest.mark.parametrize(
    "question",
    [
        "用英文再说一遍",
        "列成表格",
        "你确定吗？",
        "来源是哪里",
        "展開第 2 點",
        "簡短一點，謝謝",
        "shorter please",
        "Are you sure?",
    ],
)
def test_another_form_of_the_last_answer(question: str) -> None:
    assert wants_another_form(question)


@pytest.mark.parametrize(
    "question",
    [
        "用表格存特征好吗？",
        "来源文档怎么切？",
        "什么是表格",
        "为什么？",
        "举个例子",
        "谢谢",
        "Is English text cheaper?",
    ],
)
def test_what_has_to_be_found_is_no_form(question: str) -> None:
    assert not wants_another_form(question)


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("第二种具体怎么做？", "降低温度"),
        ("expand on point 3", "人工审核"),
        ("第九点呢？", ""),
        ("为什么？", ""),
    ],
)
def test_an_ordinal_names_an_item_of_the_last_answer(question: str, item: str) -> None:
    assert item_named(question, LISTED) == item
    assert item_named(question, LISTED[:1]) == ""


def test_the_conversation_stands_behind_the_question_and_is_cut_at_its_beginning() -> None:
    assert with_context("缺点呢", "LoRA 是什么") == "缺点呢（LoRA 是什么）"
    assert with_context("and why?", "What is LoRA?") == "and why? (What is LoRA?)"
    assert with_context("为什么？", "") == "为什么？"
    assert with_context("为什么？", "甲" * 9 + "乙" * 200) == f"为什么？（{'乙' * 200}）"


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ("可以用检索增强、降低温度等几种常见方法。", ("检索增强", "降低温度")),
        ("可以用调整损失、均等地采样各个类别。", ("调整损失", "均等地采样各个类别")),
        ("- 检索增强：先查、后读、再答\n- 降低温度：更稳", ("检索增强", "降低温度")),
        ("- 常用的两种：1. 检索增强 2. 降低温度", ("检索增强", "降低温度")),
        ("见 2. 方法：检索增强、降低温度、人工审核。", ("检索增强", "降低温度", "人工审核")),
        ("它省显存。", ()),
    ],
)
def test_the_items_of_an_answer(answer: str, items: tuple[str, ...]) -> None:
    assert items_of(answer) == items


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("批量应该先减小还是先把模型的优化器状态都放到内存里去？", QuestionKind.COMPARISON),
        ("数据再多也还是要先去重再打乱顺序的，为什么一定要打乱它们的顺序？", QuestionKind.QUESTION),
        ("Which of the most used position encodings are learned?", QuestionKind.LIST),
        ("Which feed-forward activation do most current LLMs such as LLaMA and Qwen use?", QuestionKind.QUESTION),
    ],
)
def test_the_second_side_or_the_plural_stands_near(question: str, kind: QuestionKind) -> None:
    assert kind_of(question) is kind


def test_an_item_is_named_by_its_first_forty_characters() -> None:
    item = "零一二三四五六七八九" * 5
    assert items_of(f"1. {item}\n2. 别的") == (item[:40], "别的")
