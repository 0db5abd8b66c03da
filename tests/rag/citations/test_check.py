"""Which sentence is supported by which source, and by which exact span of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from opencc import OpenCC

from ingest.schema import Note
from ingest.text.sentences import sentence_spans
from ingest.text.tokens import Tokenizer
from rag.citations.check import Checker, Similarity, says_nothing
from rag.citations.claims import Holdings, claims_of, overstates, points_elsewhere, turns
from rag.citations.splitter import split_answer
from rag.records import Sentence, Source
from rag.sources.relevance import Relevance

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


UNTRUE = [
    "int4 每 10 亿参数占 0.7G。",  # another figure
    "fp8 每 10 亿参数占 2G。",  # a name of no source
    "QLoRA 减少了微调的时间和资源开销。",  # a name inside another
    "它减少了 2023 年微调的时间和资源开销。",  # a date
    "损失是 $L = a - b$。",  # another formula
    "它增加了微调的时间和资源开销。",  # the opposite
    "模型支持并行解码。",  # a denial dropped
    "它不减少微调的时间和资源开销。",  # a denial added
    "巴黎是法国的首都。",
    "它减少了微调的时间和资源开销，并且由牛顿在剑桥大学发明并推广到全世界。",  # half of it invented
]
TRUE = [
    "int4 每 10 亿参数占 0.5G。",
    "- **int4**：每 10 亿参数约 0.50G [9]",
    "损失是 $L=a+\\lambda b$。",
    "模型不支持并行解码。",
    "| int4 | 0.5G |",
]
traditional = OpenCC("s2t").convert  # character by character the same length


def check(text: str, similarity: Similarity | None = None, sources: Sequence[Source] = SOURCES) -> Sentence:
    """The first sentence of an answer; every term weighs the same."""
    relevance = Relevance(Tokenizer().tokenize, lambda term: 1.0)
    piece = next(piece for piece in split_answer(text) if piece.text)
    return Checker(sources, relevance, similarity).check(piece)


def test_a_question_is_no_evidence_of_its_answer() -> None:
    asked = Note("q.md", "问", "# 问\n\n## 奖励模型\n\n奖励模型需要和基础模型一致吗？\n\n可以不同，看任务。\n", "")
    source = section(1, asked, "## 奖励模型")
    assert check("奖励模型需要和基础模型一致。", sources=[source]).supported is False
    assert check("奖励模型可以不同，看任务。", sources=[source]).supported is True


def test_what_a_clause_denies_needs_evidence_of_its_own() -> None:
    held = "传统的模型用绝对位置编码捕捉序列中的位置信息，但它没有提供相对位置的信息。"
    source = section(1, Note("p.md", "位", f"# 位\n\n## 编码\n\n{held}\n", ""), "## 编码")
    assert check(held, sources=[source]).supported is True
    assert check(f"相对位置编码在问答系统中并不是特别重要，因为{held}", sources=[source]).supported is False


def test_which_way_something_goes_is_not_invented() -> None:
    held = "通过调整 Beam 的宽度，可以控制生成文本的多样性和创造性。"
    source = section(1, Note("b.md", "束", f"# 束\n\n## 搜索\n\n{held}\n", ""), "## 搜索")
    assert check("调整 Beam 的宽度可以控制生成文本的多样性。", sources=[source]).supported is True
    assert check("调整 Beam 的宽度可以增加生成文本的多样性。", sources=[source]).supported is False
    assert check("调整 Beam 的宽度可以降低生成文本的多样性。", sources=[source]).supported is False
    assert not turns("输出更多样。", "输出可以更为多样。") and turns("输出更多。", "输出可以更为多样。")
    saved = section(1, Note("s.md", "省", "# 省\n\n## 显存\n\n梯度累积很省显存，适合小显卡。\n", ""), "## 显存")
    assert check("梯度累积节省显存，适合小显卡。", sources=[saved]).supported is True


def test_evidence_is_an_exact_span_with_its_lines() -> None:
    sentence = check("它能减少微调的时间和资源开销[3]。")
    assert sentence.text == "它能减少微调的时间和资源开销。"
    assert (sentence.supported, sentence.citations) == (True, (1,))
    (evidence,) = sentence.evidence
    assert evidence.quote == NOTE.text[evidence.start : evidence.end] == "它减少了微调的时间和资源开销。"
    assert (evidence.start_line, evidence.end_line) == (5, 5)


def test_two_sources_that_say_the_same_are_both_cited() -> None:
    assert set(check("LoRA 只训练低秩矩阵，保留预训练模型的知识。").citations) == {1}
    assert set(check("只训练低秩矩阵，保留预训练模型的知识。").citations) == {1, 4}


@pytest.mark.parametrize("text", UNTRUE)
def test_what_no_source_states_is_not_supported(text: str) -> None:
    sentence = check(text + "[1]", None)
    assert (sentence.supported, sentence.citations, sentence.evidence) == (False, (), ())


@pytest.mark.parametrize("text", TRUE)
def test_figures_formulas_rows_and_denials_as_the_source_has_them(text: str) -> None:
    sentence = check(text)
    assert sentence.supported
    assert set(sentence.citations) <= {2, 3}


@pytest.mark.parametrize(
    "text",
    ["## 优点", "主要有以下几点：", "笔记里没有说明这一点。", "The notes do not say how.", "那么 LoRA 有什么优点？"],
)
def test_headings_lead_ins_questions_and_denials_need_no_citation(text: str) -> None:
    assert check(text).supported is None


def test_an_enumeration_is_supported_by_several_items() -> None:
    sentence = check("方法有重播缓冲区、弹性权重共享、增量学习。")
    assert sentence.citations == (3,)
    quotes = [evidence.quote for evidence in sentence.evidence]
    assert [quote.split("：")[0] for quote in quotes] == ["重播缓冲区", "弹性权重共享", "增量学习"]
    assert all(NOTE.text[e.start : e.end] == e.quote for e in sentence.evidence)


def test_another_language_is_decided_by_meaning_but_not_against_a_name() -> None:
    def near(sentence: str, stretches: Sequence[str]) -> Sequence[float]:
        return [0.9 if "资源开销" in stretch else 0.5 for stretch in stretches]

    assert check("It makes tuning cheaper and faster.", near).citations == (1,)
    assert check("It makes tuning cheaper and faster.", None).supported is False
    assert check("It makes tuning cheaper on an H100.", near).supported is False


def test_hints_break_ties_only() -> None:
    assert check("只训练低秩矩阵，保留预训练模型的知识[4]。").citations[0] == 4
    assert check("它减少了微调的时间和资源开销[2][3][99]。").citations == (1,)


def in_traditional(source: Source) -> Source:
    return replace(source, text=traditional(source.text), heading_path=tuple(map(traditional, source.heading_path)))


TRADITIONAL_SOURCES = tuple(map(in_traditional, SOURCES))
# (note, true of it, untrue of it): each pair differs in one word
IN_BOTH_SCRIPTS = [
    ("KV 缓存不会增加显存占用。", "KV 缓存不会增加显存占用。", "KV 缓存会增加显存占用。"),
    ("它没有提供相对位置的信息。", "它没有提供相对位置的信息。", "它提供相对位置的信息。"),
    ("这个方法无需重新训练模型。", "这个方法无需重新训练模型。", "这个方法需要重新训练模型。"),
    ("解码器并非必须逐词生成。", "解码器并非必须逐词生成。", "解码器必须逐词生成。"),
    ("读取数据时不能关闭连接。", "读取数据时不能关闭连接。", "读取数据时能关闭连接。"),
    ("缓存减少了计算的时间。", "缓存减少了计算的时间。", "缓存增加了计算的时间。"),
    ("显存小是这张显卡的缺点。", "显存小是这张显卡的缺点。", "显存小是这张显卡的优点。"),
    ("温度较低时输出较为稳定。", "温度较低时输出较为稳定。", "温度较高时输出较为稳定。"),
    ("这个任务在线学习效果好。", "这个任务在线学习效果好。", "这个任务离线学习效果好。"),
    ("这个模型占用 16 GB 内存。", "这个模型占用 16 GB 内存。", "这个模型占用 32 GB 内存。"),
    ("两种归一化方法都能稳定训练。", "2 种归一化方法都能稳定训练。", "3 种归一化方法都能稳定训练。"),
    ("数据并行能够节省训练时间。", "数据并行能够节省训练时间。", "数据并行总是能够节省训练时间。"),
    ("缓解遗忘有重播、正则与蒸馏三种办法。", "缓解遗忘有重播、正则与蒸馏。", "缓解遗忘有裁剪、稀疏与剪枝。"),
]


@pytest.mark.parametrize(("note", "true", "untrue"), IN_BOTH_SCRIPTS)
def test_an_answer_in_one_script_over_a_note_in_the_other(note: str, true: str, untrue: str) -> None:
    simplified = section(1, Note("n.md", "笔记", f"# 笔记\n\n## 说明\n\n{note}\n", ""), "## 说明")
    for source, said in (
        (simplified, str),
        (simplified, traditional),
        (in_traditional(simplified), str),
        (in_traditional(simplified), traditional),
    ):
        assert check(said(true), sources=[source]).supported is True
        assert check(said(untrue), sources=[source]).supported is False


@pytest.mark.parametrize("text", TRUE)
def test_what_is_supported_is_so_in_the_other_script(text: str) -> None:
    assert check(traditional(text)).citations == check(text).citations
    assert check(text, sources=TRADITIONAL_SOURCES).citations == check(text).citations


@pytest.mark.parametrize("text", UNTRUE)
def test_what_is_not_supported_is_not_so_in_the_other_script(text: str) -> None:
    assert check(traditional(text)).supported is False
    assert check(text, sources=TRADITIONAL_SOURCES).supported is False


@pytest.mark.parametrize("text", ["主要有以下幾點：", "方法如下。", "筆記裡沒有說明這一點。", "那麼 LoRA 有什麼優點？"])
def test_what_needs_no_citation_is_told_in_traditional_too(text: str) -> None:
    assert check(text).supported is None


def test_a_question_in_traditional_is_no_evidence() -> None:
    asked = Note("q.md", "問", "# 問\n\n## 獎勵模型\n\n為什麼獎勵模型需要和基礎模型一致\n\n可以不同，看任務。\n", "")
    source = section(1, asked, "## 獎勵模型")
    assert check("奖励模型需要和基础模型一致。", sources=[source]).supported is False
    assert check("奖励模型可以不同，看任务。", sources=[source]).supported is True


def test_claims() -> None:
    assert claims_of("1.5 倍的版本 1.2.3，学习率 1e-4").numbers == {"1.5", "1.2.3", "0.0001"}
    claims = claims_of("1. GPT-3 用了 1,750 亿参数，即 3.50 倍；fp16 下 46B 占 92GB，公式 $a=b+c$，the Transformer.")
    assert claims.numbers == {"1750", "3.5", "46", "92"}
    assert {"gpt3", "fp16", "transformer"} <= claims.names
    assert claims.formulas == {"a=b+c"}
    assert claims_of("The model is small. However, it works.").empty


def test_holdings_know_counts_in_words_and_joined_names() -> None:
    held = Holdings.of("三种方法：P-tuning v2、GPT-3 和 LLM，2G")
    assert held.missing(claims_of("有 3 种方法，GPT3 与 P-Tuning V2 及 LLMs，占 2 G")).empty
    assert held.missing(claims_of("GPT-4")).names == {"gpt4"}


@pytest.mark.parametrize(
    ("text", "claim", "holds"),
    [
        ("学习率取 0.0001", "学习率取 1e-4", True),
        ("学习率取 0.0001", "学习率取 1e-5", False),
        ("共 14000 亿", "共 14,000 亿", True),
        ("Mixtral 8×7B", "它用 Mixtral 8x7B", True),
        ("Mixtral 8×7B", "它有 8 个专家，各 7B", True),
        ("Mixtral 8×7B", "它用 Mixtral 8x22B", False),
        ("版本 1.2.3", "版本 1.2", True),
        ("版本 1.2.3", "版本 1.2.4", False),
        ("weights are quantized", "它用 Quantization", True),
        ("a GPU and H100s", "它用 GPUs 与 H100", True),
        ("over HTTP", "它用 HTTPS", False),
    ],
)
def test_figures_and_names_in_one_form(text: str, claim: str, holds: bool) -> None:
    assert Holdings.of(text).missing(claims_of(claim)).empty is holds


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


@pytest.mark.parametrize(
    ("said", "held", "over"),
    [
        ("LoRA 在所有任务上都更好", "LoRA 在一些任务上更好", True),
        ("LoRA 在所有任务上都更好", "LoRA 在各类任务上更好", False),
        ("It always helps", "It helps in training", True),
        ("It helps", "It helps in training", False),
    ],
)
def test_all_is_not_some(said: str, held: str, over: bool) -> None:
    assert overstates(said, held) is over


def test_no_sentence_points_away_from_itself(shared_notes: Path) -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(shared_notes.glob("*.txt")))
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    assert len(sentences) > 3000
    assert [
        sentence for sentence in sentences if points_elsewhere(sentence, sentence) or overstates(sentence, sentence)
    ] == []


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
