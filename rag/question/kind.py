"""What kind of answer a question wants, told by its words; each kind has one line that is added to the prompt."""

import re
from enum import StrEnum

from ingest.text.scripts import Language


class QuestionKind(StrEnum):
    """The kinds, in the order in which they are tried."""

    SUMMARY = "summary"
    COMPARISON = "comparison"
    LIST = "list"
    FACT = "fact"
    TOPIC = "topic"  # words without a question
    QUESTION = "question"


_WORDS = {
    QuestionKind.SUMMARY: r"总结|概括|概述|摘要|归纳|梳理|讲了(?:些)?什么|主要内容|\bsummar(?:y|ies|i[sz]e)|\boverview\b|\boutline\b",
    QuestionKind.COMPARISON: r"区别|差别|差异|异同|不同|对比|比较|相比|分别|各自|各有|\bvs\b|还是.{1,20}[？?]?$"
    r"|\bdiffer|\bcompar|\bversus\b",
    QuestionKind.LIST: r"哪些|哪几|有什么(?:方法|办法|优点|缺点|好处|问题)|步骤|流程|列出|列举|几种|几个方面|方法有|怎么办"
    r"|\bwhich\b.{1,40}s\b|\blist\b|\bsteps\b|\bways\b|\bmethods\b|\btechniques\b",
    QuestionKind.FACT: r"多少|多大|多长|多久|几[年月个位层种倍]|百分之几|哪[一年月家位个]|谁|何时|什么时候|是否|是不是|能不能|吗[？?]?$"
    r"|\bhow (?:many|much|long|large|big|old)\b|\bwho\b|\bwhen\b|^(?:is|are|does|do|can|did|was)\b",
}
_ASKS = re.compile(
    r"[？?]|什么|怎么|怎样|如何|为什么|为啥|为何|哪|谁|吗|呢|介绍|说明|解释|讲|\b(?:what|why|how|which|who|when|where|explain)\b",
    re.IGNORECASE,
)
_TASKS: dict[Language, dict[QuestionKind, str]] = {
    "zh": {
        QuestionKind.SUMMARY: "按小节概括要点，每节一两句。",
        QuestionKind.COMPARISON: "把每一方分别写清楚。",
        QuestionKind.LIST: "逐条列出，不要遗漏。",
        QuestionKind.FACT: "用一两句话回答。",
        QuestionKind.TOPIC: "写出笔记里关于它的要点。",
    },
    "en": {
        QuestionKind.SUMMARY: "Sum up section by section, a sentence or two each.",
        QuestionKind.COMPARISON: "Describe each side by itself.",
        QuestionKind.LIST: "List every point.",
        QuestionKind.FACT: "Answer in one or two sentences.",
        QuestionKind.TOPIC: "Write what the notes say about it.",
    },
}


def kind_of(question: str) -> QuestionKind:
    """The first kind whose words stand in the question; a topic when nothing is asked."""
    for kind, words in _WORDS.items():
        if re.search(words, question, re.IGNORECASE):
            return kind
    return QuestionKind.QUESTION if _ASKS.search(question) else QuestionKind.TOPIC


def task(kind: QuestionKind, tongue: Language) -> str:
    """The line for the prompt; '' for a plain question."""
    return _TASKS[tongue].get(kind, "")
