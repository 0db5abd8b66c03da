"""Follow-up questions: what is carried over, and what is left alone."""

import json
from pathlib import Path

import pytest

from rag.question.standalone import standalone, topic
from rag.records import Turn


def turns(*texts: str) -> list[Turn]:
    """User and assistant in turn."""
    return [Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts)]


LORA = ("LoRA 微调的优点有哪些？", "省显存，训练快。[1]")
LISTED = ("怎样缓解幻觉？", "1. **检索增强**：先查再答 [1]\n2. **降低温度**：更确定\n3. 人工审核：有人看 [2]")
PAIR = ("RAG 和微调有什么区别？", "一个检索，一个训练。")
BITS = ("How many exponent bits does FP16 have?", "Five.")


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (LORA, "那它的缺点呢？", "LoRA 微调的缺点呢？"),
        (LORA, "它的权重能合并吗，会不会变慢？", "LoRA 微调的权重能合并吗，会不会变慢？"),
        (LORA, "缺点呢？", "LoRA 微调的缺点"),
        (LORA, "有哪些大模型采用了它？", "有哪些大模型采用了LoRA 微调？"),
        (LORA, "那 QLoRA 呢？", "QLoRA的优点有哪些？"),
        (LORA, "为什么？", "LoRA 微调：为什么？"),
        (LORA, "举个例子", "LoRA 微调：举个例子"),
        (LORA, "谁提出的？", "LoRA 微调：谁提出的？"),
        (LISTED, "第二点为什么有效？", "缓解幻觉：降低温度，为什么有效？"),
        (LISTED, "最后一种呢？", "缓解幻觉：人工审核"),
        (LISTED, "第九点呢？", "缓解幻觉：第九点呢？"),
        (PAIR, "后者适合什么场景？", "微调 适合什么场景？"),
        (PAIR, "哪个更便宜？", "RAG 和微调：哪个更便宜？"),
        (BITS, "and for bf16?", "How many exponent bits does bf16 have?"),
        (BITS, "What are its disadvantages?", "What are FP16's disadvantages?"),
        (BITS, "Why?", "FP16: Why?"),
        (("What is LoRA?", "A method."), "Can it be merged?", "Can LoRA be merged?"),
    ],
)
def test_follow_up_gets_the_topic(history: tuple[str, ...], question: str, expected: str) -> None:
    assert standalone(question, turns(*history)) == expected


@pytest.mark.parametrize(
    "question",
    [
        "RLHF 的基本流程是什么？",
        "大模型怎么评测？",
        "什么是幻觉？",
        "红烧肉怎么做才不腻？",
        "喂了行业语料之后日常聊天水平下滑，怎么让它别忘本？",
        "迁移、蒸馏、剪枝这三种省劲儿的路子各自适合什么场合？",
        "说大模型有“推理能力”，这里的推理指什么？",
        "如果想要快速体验各种模型，该怎么办？",
        "那篇讲大模型概念的博客打了哪些标签？",
        "What is the tallest mountain in Africa?",
        "How can beam search settings be tuned against repetitive output?",
        "Why is it safer to load safetensors than a PyTorch file?",
        "Why does the first GPU use more memory?",
        "attention sink",
    ],
)
@pytest.mark.parametrize("history", [LORA, LISTED, BITS])
def test_new_topic_is_left_alone(history: tuple[str, ...], question: str) -> None:
    assert standalone(question, turns(*history)) == question


def test_without_history_nothing_changes() -> None:
    assert standalone("那它的缺点呢？", []) == "那它的缺点呢？"


def test_follow_up_of_a_follow_up_and_ten_earlier_turns() -> None:
    earlier = turns("大模型怎么评测？", "看几方面。", "幻觉怎么缓解？", "检索。") * 2
    history = [*earlier, *turns("前缀微调有什么优点？", "可控。", "那它的缺点呢？", "前缀难设计。")]
    assert standalone("有例子吗？", history) == "前缀微调：有例子吗？"
    assert standalone("那它适合什么任务？", history) == "前缀微调适合什么任务？"


def test_topic_of_a_question() -> None:
    assert topic("什么是 LLMs 复读机问题？") == "LLMs 复读机问题"
    assert topic("Milvus 缺点") == "Milvus"
    assert topic("How many bits does BF16 have?") == "BF16"


def test_dev_questions_that_stand_alone_stay_whole(shared_eval: Path) -> None:
    """After an unrelated turn, no stand-alone question of the dev set is changed."""
    lines = (shared_eval / "notes_dev.jsonl").read_text(encoding="utf-8").splitlines()
    alone = [record["question"] for record in map(json.loads, lines) if not record["history"]]
    changed = [question for question in alone if standalone(question, turns(*LORA)) != question]
    assert len(alone) > 100
    assert len(changed) <= len(alone) // 50, changed
