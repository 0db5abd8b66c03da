"""The splitter of streaming answers."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.text.citation_marks import strip_marks
from rag.citations.splitter import Piece, PieceKind, Splitter, split_answer

ANSWER = """# 显存

训练 7B 模型要 3.5 倍的显存[1]。例如 e.g. fp16 占 14 GB！推理呢？只要 1 倍；够了。【2】

1. **量化**：用 `int8.x` 存，见 $a.b$。[1][2]
2. 换模型 [^3]。
- LoRA is small. It trains fast [1, 2]. See Fig. 3 for v2.0 details.

| 精度 | 位 |
|---|---|
| fp16 | 16 |[1]

```python
x = a[1]  # 一。二。
```

$$
y = x. z
$$
结束（来源1）"""


def texts(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces if piece.text]


def test_a_whole_answer() -> None:
    pieces = split_answer(ANSWER)
    assert texts(pieces) == [
        "显存",
        "训练 7B 模型要 3.5 倍的显存。",
        "例如 e.g. fp16 占 14 GB！",
        "推理呢？",
        "只要 1 倍；",
        "够了。",
        "**量化**：用 `int8.x` 存，见 $a.b$。",
        "换模型。",
        "LoRA is small.",
        "It trains fast.",
        "See Fig. 3 for v2.0 details.",
        "| 精度 | 位 |",
        "| fp16 | 16 |",
        "```python\nx = a[1]  # 一。二。\n```",
        "$$\ny = x. z\n$$",
        "结束",
    ]
    hints = {piece.text: piece.hints for piece in pieces}
    assert hints["训练 7B 模型要 3.5 倍的显存。"] == (1,)
    assert hints["够了。"] == (2,)
    assert hints["**量化**：用 `int8.x` 存，见 $a.b$。"] == (1, 2)
    assert hints["换模型。"] == (3,)
    assert hints["It trains fast."] == (1, 2)
    assert hints["结束"] == (1,)
    kinds = {piece.text: piece.kind for piece in pieces}
    assert kinds["显存"] is PieceKind.HEADING
    assert kinds["换模型。"] is PieceKind.ITEM
    assert kinds["| fp16 | 16 |"] is PieceKind.ROW


def test_the_joined_leads_and_texts_are_the_answer_without_marks() -> None:
    joined = "".join(piece.lead + piece.text for piece in split_answer(ANSWER))
    assert joined == strip_marks(ANSWER)[0].replace("x = a  #", "x = a[1]  #")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("取值在区间 [1, 10] 内。", []),
        ("取值 [0,1]。", []),
        ("见 `a[1]` 与 $x[2]$。", []),
        ("甲[1-3]。", [1, 2, 3]),
        ("甲（来源：[2]）。", [2]),
        ("甲 [来源 1、2]。", [1, 2]),
        ("甲[7](http://evil.example/x)。", [7]),
        ("甲【3†source】。", [3]),
        ("A (Source 2).", [2]),
        ("甲（2019）。", []),
    ],
)
def test_marks(text: str, expected: list[int]) -> None:
    assert list(strip_marks(text)[1]) == expected


@pytest.mark.parametrize(
    "tail",
    [
        "\n\n参考资料：\n[1] 缓存.md > 分级\n[2] 内存.md",
        "\n\n**来源：**\n- [1] 缓存.md\n- [2] 内存.md\n",
        "\n\n## References\n1. 缓存.md\n2. 内存.md",
        "\n\n来源：[1] 缓存.md；[2] 内存.md",
        "\n\n[^1]: 缓存.md\n[^2]: 内存.md",
        "\n\nSources: [1][2]",
    ],
)
def test_a_list_of_references_is_no_sentence(tail: str) -> None:
    pieces = split_answer("缓存分三级[1]。" + tail)
    assert texts(pieces) == ["缓存分三级。"]
    assert "".join(piece.lead + piece.text for piece in pieces).strip() == "缓存分三级。"


@pytest.mark.parametrize(
    "text",
    [
        "甲。\n来源：内部统计",
        "甲。\n## 来源\n数据来自内部统计。",
        "甲。\n参考资料很多。\n1. 甲",
        "甲。\n- [1] 甲，见表。",
        "来源：\n1. 官网\n2. 年报",
    ],
)
def test_what_only_looks_like_references_stays(text: str) -> None:
    assert "".join(piece.lead + piece.text for piece in split_answer(text)) == strip_marks(text)[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("笔记没有直接说明全部级数，但提到一级最快[2]。", ["笔记没有直接说明全部级数，", "但提到一级最快。"]),
        ("资料里未给出价格；不过写到它省电[2]。", ["资料里未给出价格；", "不过写到它省电。"]),
        ("The notes do not say how many, but level one is fastest [2].", None),
        ("它不快，但省电[2]。", ["它不快，但省电。"]),
    ],
)
def test_a_hedge_is_a_sentence_of_its_own(text: str, parts: list[str] | None) -> None:
    pieces = [piece for piece in split_answer(text) if piece.text]
    assert [piece.text for piece in pieces] == (
        parts or ["The notes do not say how many,", "but level one is fastest."]
    )
    assert pieces[-1].hints == (2,)


def test_quotes_and_emphasis_stay_with_their_sentence() -> None:
    assert texts(split_answer("他说“好。”然后走了。**重点。**后文。")) == [
        "他说“好。”",
        "然后走了。",
        "**重点。**",
        "后文。",
    ]
    assert texts(split_answer("一。**重点**二。")) == ["一。", "**重点**二。"]


_PARTS = "大‖模型‖。‖！‖？‖；‖.‖!‖?‖ ‖\n‖\n\n‖1‖3.5‖e.g.‖[1]‖[‖]‖【2】‖（来源1）‖[^3]‖(‖)‖`‖```‖$‖$$‖*‖**‖- ‖1. ‖# ‖|‖”"
_STYLES = "（1）‖①‖¹‖<sup>1</sup>‖[1；2]‖[[1]]‖［1］‖来源：‖[1] 甲‖但‖，‖笔记里没有说明‖[^1]: ‖References"
ALPHABET = st.sampled_from(
    [
        *(_PARTS + "‖" + _STYLES).split("‖"),
        *("|---|", "（", "）", "…", "fp16", "---", "> ", '"', "\\", "\\(", "\\)", "\\[", "\\]"),
    ]
)


@settings(max_examples=400, deadline=None)
@example(parts=["。", "（1）", "<sup>1</sup>"], cuts=[3, 9])
@given(parts=st.lists(ALPHABET, max_size=40), cuts=st.lists(st.integers(1, 9), max_size=60))
def test_chunking_does_not_matter_and_nothing_is_lost(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    whole = split_answer(text)
    assert "".join(piece.raw for piece in whole) == text
    splitter = Splitter()
    pieces: list[Piece] = []
    position = 0
    for size in [*cuts, len(text)]:
        pieces += splitter.feed(text[position : position + size])
        position += size
    pieces += splitter.finish()
    assert pieces == whole
