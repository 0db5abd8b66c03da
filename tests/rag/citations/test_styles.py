"""Answers as other models write them: their marks and hedges cost no support, and give none."""

import pytest
from citing import by_words, no_likeness

from rag.citations.check import Checker
from rag.citations.splitter import split_answer
from rag.records import Sentence, Source

TEXT = "## 分级\n\n缓存分三级，一级离处理器最近，也最快。\n\n断电后缓存里的内容会丢失。\n"
SOURCE = Source(2, "s", "缓存.md", ("缓存", "分级"), TEXT, 0, len(TEXT), 1, 5, "")


def checked(text: str) -> list[Sentence]:
    """The sentences of an answer over one source."""
    checker = Checker([SOURCE], by_words, no_likeness)
    return [checker.check(piece) for piece in split_answer(text) if piece.text]


@pytest.mark.parametrize(
    "mark",
    "[2] [citation:2] [ID:0] （2） ［2］ ② ² <sup>2</sup> [文档2] [[2]](http://a.example) [2；3] [^2] [^2^] \\[2\\]".split(),
)
@pytest.mark.parametrize("form", ["断电后缓存里的内容会丢失{}。", "断电后缓存里的内容会丢失。{}\n"])
def test_a_mark_of_any_style_is_no_figure(mark: str, form: str) -> None:
    (sentence,) = checked(form.format(mark))
    assert sentence.text == "断电后缓存里的内容会丢失。" and sentence.citations == (2,)


def test_a_figure_that_no_source_holds_is_still_missed() -> None:
    for text in ("断电后缓存里的 5 个内容会丢失[2]。", "断电后（85）缓存里的内容会丢失[2]。"):
        assert [sentence.supported for sentence in checked(text)] == [False], text


def test_a_hedge_leaves_the_support_of_what_it_hedges() -> None:
    hedge, claim = checked("笔记中没有直接说明价格，但提到断电后缓存里的内容会丢失[2]。")
    assert hedge.supported is None and claim.citations == (2,)
    hedge, claim = checked("笔记中没有直接说明价格，但提到它是一百元[2]。")
    assert hedge.supported is None and claim.supported is False


def test_references_behind_the_answer_are_not_checked() -> None:
    assert len(checked("断电后缓存里的内容会丢失[2]。\n\n参考资料：\n[2] 缓存.md > 分级")) == 1
