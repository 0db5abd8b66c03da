"""Notes that disagree are told from notes that only look alike."""

from pathlib import Path

import pytest

from ingest.text.sentences import sentence_spans
from rag.citations.conflicts import contradiction, disagree, points_elsewhere
from rag.records import Source
from rag.sources.relevance import RankedUnit
from rag.sources.units import units_of


def ranked(n: int, heading: str, text: str) -> RankedUnit:
    source = Source(n, f"s{n}", f"{n}.md", ("笔记", heading), text, 0, len(text), 1, 1, "")
    return RankedUnit(source, 0, units_of(source)[0], 1.0)


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("蒸馏时温度一般取 2 到 5。", "蒸馏时温度一般取 4 到 10。", True),
        ("LoRA 的秩通常设为 8。", "LoRA 的秩通常设为 16。", True),
        ("KV 缓存在推理时会增加显存占用。", "KV 缓存在推理时不会增加显存占用。", True),
        ("The default temperature of the sampler is 0.7.", "The default temperature of the sampler is 1.0.", True),
        ("蒸馏时温度一般取 2 到 5。", "蒸馏时，温度一般取 2 到 5。", False),
        ("7B 模型推理大约占用 14G 显存。", "13B 模型推理大约占用 26G 显存。", False),
        ("int8 存储时每个参数占用 1 字节。", "fp16 存储时每个参数占用 2 字节。", False),
        ("蒸馏时温度一般取 2 到 5。", "采样时温度越高，结果越随机，常取 0.7。", False),
        ("参数 7", "参数 8", False),
        ("训练数据约有 14,000 亿个词元。", "训练数据约有 14000 亿个词元。", False),
        ("训练数据约有 14,000 亿个词元。", "训练数据约有 10,000 亿个词元。", True),
        ("微调的学习率一般取 1e-4，预热一百步。", "微调的学习率一般取 0.00010，预热一百步。", False),
        ("微调的学习率一般取 1e-4，预热一百步。", "微调的学习率一般取 1e-5，预热一百步。", True),
        ("插件支持服务端的版本是 1.2.3。", "插件支持服务端的版本是 1.2.4。", True),
        ("微调的模型一般是 3.5B 的规模。", "微调的模型一般是 3.6B 的规模。", False),  # a name
        ("KV 缓存在推理时會增加顯存佔用。", "KV 缓存在推理时不会增加显存占用。", True),
        ("蒸餾時溫度一般取 2 到 5。", "蒸馏时，温度一般取 2 到 5。", False),
    ],
)
def test_disagreement(one: str, other: str, conflict: bool) -> None:
    assert disagree(ranked(1, "要点", one), ranked(2, "要点", other)) is conflict


def test_the_same_template_under_two_names_is_no_disagreement() -> None:
    text = "训练数据约有 {} 亿个词元，词表很大。"
    assert not disagree(ranked(1, "LLaMA", text.format(14000)), ranked(2, "ChatGLM", text.format(10000)))
    assert disagree(ranked(1, "LLaMA", text.format(14000)), ranked(2, "LLaMA", text.format(10000)))


def test_both_views_are_said_with_both_citations() -> None:
    one, other = ranked(1, "蒸馏", "蒸馏时温度一般取 2 到 5。"), ranked(2, "蒸馏", "蒸馏时温度一般取 4 到 10。")
    said = contradiction([one, other], "zh")
    assert said is not None and said.citations == (1, 2) and said.supported
    assert "2 到 5" in said.text and "4 到 10" in said.text
    assert [span.quote for span in said.evidence] == [one.unit.text, other.unit.text]
    assert contradiction([one, ranked(1, "蒸馏", other.unit.text)], "zh") is None  # within one note


@pytest.mark.parametrize(
    ("said", "held", "elsewhere"),
    [
        ("它不支持并行", "它支持并行", True),
        ("它支持并行", "它不支持并行", True),
        ("它不支持并行", "它不支持并行", False),
        ("温度越高，随机性越低", "温度越高，随机性越高", False),  # beyond these rules
        ("增加了参数量", "减少了参数量", True),
        ("这是它的缺点", "这是它的优点", True),
        ("能区别不同的任务", "区别任务", False),
        ("它能根据前文，不能根据后文", "它能根据前文，不能根据后文", False),
    ],
)
def test_polarity(said: str, held: str, elsewhere: bool) -> None:
    assert points_elsewhere(said, held) is elsewhere


def test_no_sentence_points_away_from_itself(shared_notes: Path) -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(shared_notes.glob("*.txt")))
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    assert len(sentences) > 3000
    assert [sentence for sentence in sentences if points_elsewhere(sentence, sentence)] == []
