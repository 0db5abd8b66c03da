"""Citation marks, whole and as far as a model has written them."""

import pytest

from ingest.text.citation_marks import mark_end, strip_marks, strip_written_marks

MARKS = [
    "[1]",
    "[12, 3]",
    "[1-3]",
    "[^2]",
    "[1，来源 2]",
    "[来源 1、2]",
    "[Source 1; source 2]",
    "[7](http://evil.example/x)",
    "【1】",
    "【3†source】",
    "【来源：2】",
    "（来源1）",
    "（來源：1、2）",
    "(Source 2)",
    "(Sources: 1, 2)",
    "（参考资料：[1]、[2]）",
    "（參考資料：[1]）",
    "([1], [2])",
    " [1] [2]",
    "[citation:1]",
    "[ID:0]",
    "［1］",
    "［２］",
    "[文档1]",
    "[[1]](http://a.example/b)",
    "[[3]]",
    "[1；2]",
    "[^1^]",
    "[#2]",
    "[doc_3]",
    "\\[1\\]",
    "〔2〕",
    "<sup>[1]</sup>",
    "（见[1]、[2]）",
    "（参见来源2）",
]
NO_MARKS = ["[附录", "（注：见", "(e.g. ", "[link](x", "【注", "[0.5", "[so-called", "（来自"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_not_shown_however_much_of_it_is_written(mark: str) -> None:
    assert [strip_written_marks("甲。" + mark[:size]).rstrip() for size in range(len(mark) + 1)] == ["甲。"] * (
        len(mark) + 1
    )
    assert strip_marks("甲" + mark + "。")[0] == "甲。"


@pytest.mark.parametrize("mark", MARKS)
def test_a_sentence_waits_for_the_end_of_its_mark(mark: str) -> None:
    whole = mark_end(mark + "乙", 0, final=True)
    assert whole is not None and whole > 0
    for size in range(len(mark)):
        assert mark_end(mark[:size], 0, final=False) in (None, whole), mark[:size]


@pytest.mark.parametrize("text", NO_MARKS)
def test_brackets_that_are_no_mark_are_shown_at_once(text: str) -> None:
    assert strip_written_marks("甲。" + text) == "甲。" + text
    assert mark_end(text, 0, final=False) == 0


def test_code_and_intervals_keep_their_brackets() -> None:
    for text in ("`a[1]`", "$x[2]$", "\\(a[3]\\)", "取值在 [0, 1] 内", "取值範圍為：[1, 10]", "区间为[2，8]"):
        assert strip_marks(text) == (text, ())


WEAK = ["（1）", "①", "②③", "¹", "²˒³", "<sup>1</sup>", "<sup>1, 2</sup>", "(2)"]


@pytest.mark.parametrize("mark", WEAK)
def test_a_bare_number_is_a_mark_where_a_sentence_ends(mark: str) -> None:
    for text in (f"缓存分三级{mark}。", f"缓存分三级。{mark}", f"缓存分三级{mark}，各有用处。"):
        assert strip_marks(text)[0] == text.replace(mark, "") and strip_marks(text)[1], text


@pytest.mark.parametrize(
    "text",
    [
        "（1）先关机，（2）再换盘。",
        "步骤：①关机；②换盘。",
        "面积是 9m²。",
        "共 10² 个。",
        "体积 3 cm<sup>3</sup>。",
        "x² 与 y³。",
        "复杂度是 O(1)。",
        "发表于（2019）。",
        "占比为（85）。",
        "一共（3）个盘。",
        "① 关机\n② 换盘",
    ],
)
def test_steps_powers_and_figures_are_no_marks(text: str) -> None:
    assert strip_marks(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "plain", "numbers"),
    [
        ("根据[1]，缓存分三级。", "缓存分三级。", (1,)),
        ("正如来源2所述，缓存分三级。", "缓存分三级。", (2,)),
        ("缓存分三级，根据笔记1和3，一级最快。", "缓存分三级，一级最快。", (1, 3)),
        ("[2]指出，缓存分三级。", "缓存分三级。", (2,)),
        ("According to source 3, it has levels.", "it has levels.", (3,)),
        ("[1] states that it has levels.", "it has levels.", (1,)),
        ("根据大小，缓存分三级。", "根据大小，缓存分三级。", ()),
        ("笔记本2指出问题。", "笔记本2指出问题。", ()),
        ("根据文档2019，有三级。", "根据文档2019，有三级。", ()),
    ],
)
def test_nothing_of_a_mark_is_left_hanging(text: str, plain: str, numbers: tuple[int, ...]) -> None:
    assert strip_marks(text) == (plain, numbers)


def test_each_mark_of_a_run_is_read() -> None:
    assert strip_marks("甲【3†source】【4†source】。") == ("甲。", (3, 4))
    assert strip_marks("甲[1](http://a/2023)[2](http://b/7)。") == ("甲。", (1, 2))
