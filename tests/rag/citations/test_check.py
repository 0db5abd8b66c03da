"""Which sentence is supported by which source, and by which exact span of it."""

import re
from collections.abc import Sequence

import pytest
from citing import by_words, no_likeness

from ingest.schema import Note
from rag.citations.check import Checker, Entails, Finding, Similarity, says_nothing
from rag.citations.entailment import Verdict
from rag.citations.splitter import Piece, split_answer
from rag.judged import Support
from rag.records import Sentence, Source

NOTE = Note(
    "lora.md",
    "LoRA",
    """# LoRA

## 优点

LoRA 只训练低秩矩阵，保留了预训练模型的知识。它减少了微调的时间和资源开销。

## 精度

| 类型 | 每 10 亿参数 |
|---|---|
| fp16/bf16 | 2G |
| int4 | 0.5G |

损失是 $L = a + \\lambda b$。

## 方法

缓解遗忘可以用以下方法：

1. 重播缓冲区：存下旧任务的样本。
2. 弹性权重共享：限制参数的变动。
3. 增量学习：交替训练新旧数据。

模型不支持并行解码。
""",
    "",
)
OTHER = Note("other.md", "其他", "# 其他\n\n低秩矩阵只训练少量参数，保留预训练模型的知识。\n", "")
NOTES = {note.path: note for note in (NOTE, OTHER)}


def section(n: int, note: Note, heading: str) -> Source:
    start = note.text.index(heading)
    following = re.compile(r"\n#").search(note.text, start + 1)
    end = following.start() if following else len(note.text)
    text = note.text[start:end]
    first = 1 + note.text.count("\n", 0, start)
    path = (note.title, heading.strip("# "))
    return Source(n, f"s{n}", note.path, path, text, start, end, first, first + text.count("\n"), "")


SOURCES = (
    section(1, NOTE, "## 优点"),
    section(2, NOTE, "## 精度"),
    section(3, NOTE, "## 方法"),
    section(4, OTHER, "# 其他"),
)


def piece_of(text: str) -> Piece:
    """The first sentence of an answer."""
    return next(piece for piece in split_answer(text) if piece.text)


def check(
    text: str,
    entails: Entails = by_words,
    similarity: Similarity = no_likeness,
    sources: Sequence[Source] = SOURCES,
) -> Sentence:
    return Checker(sources, entails, similarity).check(piece_of(text))


def never(_: str, windows: Sequence[str]) -> list[Verdict]:
    return [Verdict(1.0, 0.0, 0.0) for _ in windows]


def denied(_: str, windows: Sequence[str]) -> list[Verdict]:
    return [Verdict(0.0, 0.02, 0.98) for _ in windows]


def test_evidence_is_an_exact_span_with_its_lines() -> None:
    sentence = check("低秩矩阵 LoRA 只训练，微调的时间和资源开销减少了。")
    assert sentence.supported
    assert sentence.citations == (1,)
    assert [e.quote for e in sentence.evidence] == [
        "LoRA 只训练低秩矩阵，保留了预训练模型的知识。",
        "它减少了微调的时间和资源开销。",
    ]
    for e in sentence.evidence:
        assert NOTE.text[e.start : e.end] == e.quote
        assert (
            NOTE.text.split("\n")[e.start_line - 1]
            == NOTE.text[: e.end].rpartition("\n")[2] + NOTE.text[e.end :].partition("\n")[0]
        )


def test_the_source_that_holds_more_is_cited_first_and_those_below_the_threshold_not() -> None:
    def partly(_: str, windows: Sequence[str]) -> list[Verdict]:
        shares = [0.6 if "优点" in window else 0.9 if "其他" in window else 0.4 for window in windows]
        return [Verdict(1 - share, share, 0.0) for share in shares]

    assert check("训练低秩矩阵以保留知识。", partly).citations == (4, 1)


def test_at_most_three_sources_are_cited_and_four_read() -> None:
    sources = [Source(n, f"s{n}", "a.md", ("题",), f"第{n}段讲低秩矩阵的训练。", 0, 12, 1, 1, "") for n in range(1, 7)]
    read: list[str] = []

    def all_hold(_: str, windows: Sequence[str]) -> list[Verdict]:
        read.extend(windows)
        return [Verdict(0.0, 1.0, 0.0) for _ in windows]

    assert check("低秩矩阵怎么训练，这里讲了。", all_hold, sources=sources).citations == (1, 2, 3)
    assert len(read) == 4


def test_the_sources_that_the_model_names_are_read_whatever_their_words() -> None:
    read: list[str] = []

    def keep(_: str, windows: Sequence[str]) -> list[Verdict]:
        read.extend(windows)
        return [Verdict(1.0, 0.0, 0.0) for _ in windows]

    sources = [Source(n, f"s{n}", "a.md", ("题",), f"低秩矩阵的训练，其{n}。", 0, 10, 1, 1, "") for n in range(1, 9)]
    check("低秩矩阵的训练要省显存[8]。", keep, sources=sources)
    assert "其8" in read[0]


def test_whole_clauses_of_a_source_need_no_reader() -> None:
    assert check("- **它减少了微调的时间和资源开销**", never).citations == (1,)
    assert check("重播缓冲区：存下旧任务的样本", never).citations == (3,)
    assert check("LoRA 只训练低秩矩阵", never).citations == (1,), "the first words below a heading"
    assert check("支持并行解码。", never).supported is False, "a part of a clause may say the opposite"


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("int4 每 10 亿参数约占 0.50G", True),
        ("int4 每 10 亿参数约占 0.7G", False),
        ("精度里的损失是 $L=a+\\lambda b$ 这个", True),
        ("精度里的损失是 $L=a-b$ 这个", False),
        ("1. LoRA 只训练低秩矩阵来保留知识", True),
    ],
)
def test_a_source_without_the_figure_or_the_formula_holds_nothing(text: str, supported: bool) -> None:
    def always(_: str, windows: Sequence[str]) -> list[Verdict]:
        return [Verdict(0.0, 1.0, 0.0) for _ in windows]

    assert check(text, always).supported is supported


def test_a_sentence_in_another_language_is_read_at_the_likest_place() -> None:
    def like(_: str, stretches: Sequence[str]) -> list[float]:
        return [0.8 if "资源开销" in stretch else 0.1 for stretch in stretches]

    def held(_: str, windows: Sequence[str]) -> list[Verdict]:
        return [Verdict(0.0, float("资源开销" in window), 0.0) for window in windows]

    sentence = check("It makes tuning cheaper and faster.", held, like)
    assert sentence.citations == (1,)
    assert [e.quote for e in sentence.evidence] == ["它减少了微调的时间和资源开销。"]


def test_what_a_source_denies_is_told_with_its_place() -> None:
    found = Checker(SOURCES, denied, no_likeness).find(piece_of("LoRA 训练的是全部矩阵，保留了知识"))
    assert found.support is Support.CONTRADICTED
    assert found.citations == (1,)
    assert check("LoRA 训练的是全部矩阵，保留了知识", denied).citations == ()
    assert Checker(SOURCES, never, no_likeness).find(piece_of("天气很好，适合出门")) == Finding(Support.UNSUPPORTED)
    asked = piece_of("LoRA 训练的是全部矩阵吗？")
    assert Checker(SOURCES, denied, no_likeness).find(asked).support is Support.UNSUPPORTED, "a question says nothing"


@pytest.mark.parametrize(
    "text",
    [
        "## 优点",
        "主要有以下几点：",
        "主要有以下幾點：",
        "方法如下。",
        "笔记里没有说明这一点。",
        "筆記裡沒有說明這一點。",
        "The notes do not say how.",
        "那么 LoRA 有什么优点？",
    ],
)
def test_headings_lead_ins_questions_and_denials_need_no_citation(text: str) -> None:
    assert check(text).supported is None


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("笔记中没有提到这个问题。", True),
        ("笔记里没有说明。", True),
        ("筆記中沒有提到這個問題。", True),
        ("資料表明該方法無需訓練。", False),
        ("提供的信息并未明确给出它的大小。", True),
        ("没有找到相关内容。", True),
        ("The notes do not say.", True),
        ("The provided text doesn't explicitly mention it.", True),
        ("This is not mentioned in the notes.", True),
        ("LangChain 没有直接的替代方案。", False),
        ("资料表明该方法无需训练。", False),
        ("笔记指出模型不支持并行。", False),
        ("The notes say that it does not scale.", False),
        ("It has no relation to the size.", False),
    ],
)
def test_saying_nothing(text: str, nothing: bool) -> None:
    assert says_nothing(text) is nothing
