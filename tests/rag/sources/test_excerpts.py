"""What is shown of a section that answers: whole when it is short, else folded to what was gathered, with its labels."""

import pytest
from citing import near_by_words, source

from ingest.text.tokens import Tokenizer
from rag.records import Excerpt, Source
from rag.sources.excerpts import WHOLE_CHARS, excerpts
from rag.sources.quotes import extract, gather
from rag.sources.relevance import Relevance

RELEVANCE = Relevance(Tokenizer().tokenize, lambda term: 1.0, near_by_words)
FILLER = "这一段讲的是别的事情，和问题没有关系，只是让这一节变长。" * 12


def shown(question: str, text: str, heading: str = "笔记") -> tuple[Source, Excerpt, str]:
    """The one excerpt of a source, and its text."""
    one, terms = source(text, heading=heading), RELEVANCE.terms(question)
    gathered = gather(RELEVANCE.rank(terms, [one]), terms)
    (excerpt,) = excerpts(extract(gathered), gathered)
    return one, excerpt, excerpt.text(one)


def test_a_short_section_is_shown_whole_without_its_heading() -> None:
    text = "## 省显存的方法\n\n常见的方法：\n\n1. **量化**：降低精度。\n2. **剪枝**：去掉不重要的权重。\n\n两种可以一起用。\n"
    _, excerpt, said = shown("量化省显存吗？", text, "省显存的方法")
    assert said == text.partition("\n\n")[2].rstrip() and not excerpt.folded
    assert any(text[a:b].startswith("**量化**") for a, b in excerpt.marked)


def test_a_long_list_keeps_its_lead_in_and_the_labels_of_its_items() -> None:
    items = [f"{n}. 方法{n}：{'说得很长' * 12}。" for n in range(1, 9)]
    text = "可以这样省显存：\n\n" + "\n".join(
        [*items[:4], f"5. 量化：把权重存成八位。{'再补充一句。' * 20}", *items[5:]]
    )
    _, excerpt, said = shown("量化是把权重存成几位？", text)
    lines = said.split("\n")
    assert lines[0] == "可以这样省显存：" and "把权重存成八位。" in said and excerpt.folded
    assert all(any(line.startswith(f"{n}. 方法{n}：") for line in lines) for n in (1, 2, 3, 4, 6, 7, 8))
    assert len(said) < len(text) / 2 and said.count("⋯") >= 7


@pytest.mark.parametrize("rule", ["| --- | --- |", "|:-------------------|--------------------:|"])
def test_a_row_of_a_table_keeps_the_head(rule: str) -> None:
    rows = "\n".join(f"| 精度{n} | {n} 字节 |" for n in range(60))
    text = f"| 名称 | 每个参数 |\n{rule}\n{rows}\n| bf16 | 两字节 |\n"
    said = shown("bf16 每个参数几字节？", text)[2].replace("⋯", "").split("\n")
    assert said[:2] == ["| 名称 | 每个参数 |", rule] and "| bf16 | 两字节 |" in said


def test_of_a_long_line_the_sentences_that_answer() -> None:
    text = f"{FILLER}梯度检查点用计算换显存。{FILLER}\n\n{FILLER}"
    one, excerpt, said = shown("梯度检查点用什么换显存？", text)
    assert "梯度检查点用计算换显存。" in said and len(said) < WHOLE_CHARS * 3
    assert excerpt.start == one.start and excerpt.end == one.end and excerpt.more
    assert [text[a:b] for a, b in excerpt.marked] == ["梯度检查点用计算换显存。"]


def test_emphasis_over_two_sentences_is_not_cut() -> None:
    text = f"**大模型算完以后把结果发给小模型。小模型再做判断**，这样更快。\n\n{FILLER}"
    said = shown("大模型算完以后把结果发给谁？", text)[2]
    assert said.count("**") == 2


def test_pieces_are_of_the_note_and_in_its_order() -> None:
    text = f"量化降低精度。\n\n{FILLER}\n\n剪枝与量化可以一起用。\n"
    _, excerpt, said = shown("量化和剪枝？", text)
    assert said == "量化降低精度。⋯\n\n剪枝与量化可以一起用。"
    assert [text[p.start : p.end] for p in excerpt.pieces] == ["量化降低精度。", "剪枝与量化可以一起用。"]


def test_a_numbered_heading_is_not_said_twice() -> None:
    said = shown(
        "低秩分解的思路？", "1.2 低秩分解的思路是什么？\n\n把增量写成两个小矩阵的乘积。", "低秩分解的思路是什么？"
    )[2]
    assert said == "把增量写成两个小矩阵的乘积。"
