"""Follow-ups on both sides of each number in the rules: what is carried over just so, and what is just left alone.

`tests/project/test_thresholds.py` moves every number of `rag/question/` by a fifth; a case of this folder must then fail.
"""

import pytest

from rag.question.context import items_of
from rag.question.kind import QuestionKind, kind_of
from rag.question.standalone import standalone, topic
from rag.records import Turn

LORA = "LoRA 微调的优点有哪些？"
PAIR = "RAG 和微调有什么区别？"
BITS = "How many exponent bits does FP16 have?"


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        # A thing may be named at length; a whole question that ends in 呢 is no thing.
        (
            LORA,
            "那参数量在一百亿以上而且已经做过指令微调的开源对话模型呢？",
            "参数量在一百亿以上而且已经做过指令微调的开源对话模型的优点有哪些？",
        ),
        (LORA, "既然权重可以合并那么推理的时候为什么还有人要把它们分开放在显存里呢？", ""),
        (
            BITS,
            "How about numbers in the eight bit floating format?",
            "How many exponent bits does numbers in the eight bit floating format have?",
        ),
        (BITS, "In which layers do adapters sit in a transformer?", ""),
        # 这种 stands for the topic, unless a name follows soon.
        (LORA, "这种方法为什么会让模型输出的 token 变少？", "LoRA 微调为什么会让模型输出的 token 变少？"),
        (PAIR, "这种只训练少量参数的 LoRA 好在哪？", ""),
        # One character before the pronoun is no subject.
        (LORA, "比它更省显存的方法有哪些？", "比LoRA 微调更省显存的方法有哪些？"),
        # 哪种 without a noun asks about the topic, when the question is short.
        (PAIR, "如果知识经常变化，那应该选哪一种？", "RAG 和微调：如果知识经常变化，那应该选哪一种？"),
        (PAIR, "显卡只有八个吉字节，全量和冻结选哪种？", ""),
        # A condition, a link, a predicate without a subject: the shorter the question, the more it leaves out.
        (LORA, "如果训练数据只有几百条怎么办？", "LoRA 微调：如果训练数据只有几百条怎么办？"),
        (LORA, "如果想要快速体验各种模型，该怎么办？", ""),
        (LORA, "那学习率一般应该设成多大？", "LoRA 微调：学习率一般应该设成多大？"),
        (LORA, "那评测大模型的时候一般看哪些指标？", "评测大模型的时候一般看哪些指标？"),
        (LORA, "怎么选合适的秩大小？", "LoRA 微调：怎么选合适的秩大小？"),
        (LORA, "如何缓解大模型的幻觉？", ""),
    ],
)
def test_what_a_follow_up_leaves_out(earlier: str, question: str, expected: str) -> None:
    history = [Turn("user", earlier), Turn("assistant", "见笔记。")]
    assert standalone(question, history) == (expected or question)


LISTED = [
    Turn("user", "怎样缓解幻觉？"),
    Turn("assistant", "1. 检索增强：先查再答\n2. 降低温度：更确定\n3. 人工审核：有人看"),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("你刚才列的第二种具体怎么做？", "缓解幻觉：降低温度，你刚才列的具体怎么做？"),
        ("上面说到的那些里面的第二种怎么做？", "缓解幻觉：降低温度，上面说到的那些里面的怎么做？"),
        ("缓解幻觉的第二种方法怎么做？", "缓解幻觉：降低温度，缓解幻觉的方法怎么做？"),
        ("BERT 的第二阶段做什么？", "BERT 的第二阶段做什么？"),
        ("指令微调的第二步做什么？", "指令微调的第二步做什么？"),
        ("FFN 第一个矩阵为什么按列切？", "FFN 第一个矩阵为什么按列切？"),
    ],
)
def test_an_ordinal_counts_the_items_of_the_last_answer_or_those_of_another_subject(
    question: str, expected: str
) -> None:
    assert standalone(question, LISTED) == expected


LONG = "参数量超过一千亿而且用人类反馈做过好几轮强化学习微调的开源"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("幻觉怎么缓解？", "幻觉"),
        ("常用的向量相似度有几种？", "常用的向量相似度有几种"),  # 用的 so early is no predicate
        ("蒸馏的步骤有哪些？", "蒸馏"),
        ("各阶段怎么划分？", "各阶段"),
        ("How does k means clustering start?", "k means clustering start"),
        ("Why is AI used in search?", "AI"),
        (f"{LONG}中文对话模型怎么部署？", f"{LONG}中文对话模型"),
        (f"{LONG}中英双语多轮对话大语言模型怎么部署？", f"{LONG}中英双语多轮对话大语言"),  # long enough to tell it
    ],
)
def test_the_topic_of_a_question(question: str, expected: str) -> None:
    assert topic(question) == expected


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
