"""Sentences in a note's own words for the checker to learn from: some that the note holds, and their twins that it denies.

What people write about a passage is mostly in other words, and what they write against it mostly in its own; trained on
that alone the checker takes the note's own words for a lie, even the very sentence that it reads. So for every passage there are
also its own sentences, whole or without some of their clauses, and the same with one thing turned.
"""

import random
import re
from collections.abc import Iterator

from rag.records import Source
from rag.sources.units import Unit, UnitKind, units_of

LEAST, MOST = 8, 90  # characters of a sentence
_CLAUSE = re.compile(r"[，；;]|, (?=[a-z])")
# What a clause begins with that leans on another one: without that it may say something else.
_LEANS = re.compile(
    r"\s*(?:如果|若|当|除非|只有|但|却|否则|而|虽然|尽管|即使|因为|由于|所以|因此|从而|以便|直到|比如|例如|if|when|unless|but|while|although|because|so)"
)
_SAME = [
    ("可以", "能够"), ("通常", "一般"), ("使用", "用"), ("例如", "比如"), ("需要", "要"), ("如果", "要是"), ("因此", "所以"),
    ("非常", "很"), ("并且", "而且"), ("进行", "做"), ("usually", "normally"), ("allows", "lets"), ("large", "big"),
]  # fmt: skip
_OPPOSITES = [
    ("增加", "减少"), ("提高", "降低"), ("提升", "下降"), ("上升", "下降"), ("增大", "减小"), ("变大", "变小"), ("更大", "更小"),
    ("更快", "更慢"), ("更高", "更低"), ("更多", "更少"), ("更好", "更差"), ("较大", "较小"), ("较高", "较低"), ("大于", "小于"),
    ("高于", "低于"), ("多于", "少于"), ("之前", "之后"), ("相同", "不同"), ("全部", "部分"), ("同步", "异步"), ("有序", "无序"),
    ("输入", "输出"), ("编码", "解码"), ("前向", "反向"), ("优点", "缺点"), ("静态", "动态"), ("串行", "并行"), ("最大", "最小"),
    ("最高", "最低"), ("容易", "难以"), ("简单", "复杂"), ("冻结", "更新"), ("单向", "双向"), ("成功", "失败"), ("允许", "禁止"),
    ("increase", "decrease"), ("higher", "lower"), ("before", "after"), ("faster", "slower"), ("larger", "smaller"),
]  # fmt: skip
_NEGATIONS = [
    ("不需要", "需要"), ("无需", "需要"), ("不能", "能"), ("不会", "会"), ("没有", "有"), ("不是", "是"), ("不支持", "支持"),
    ("不可以", "可以"), ("不允许", "允许"), ("不依赖", "依赖"), ("不影响", "影响"), ("不适合", "适合"), ("不更新", "更新"),
    ("does not ", "does "), ("is not ", "is "), ("cannot ", "can "), ("are not ", "are "),
]  # fmt: skip
_ADDED = [
    ("需要", "不需要"), ("可以", "不可以"), ("支持", "不支持"), ("能够", "不能"), ("适合", "不适合"), ("依赖", "不依赖"),
    ("允许", "不允许"), ("影响", "不影响"), (" is ", " is not "), (" can ", " cannot "), (" are ", " are not "),
]  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def stating(source: Source, start: int, end: int) -> list[Unit]:
    """The units of a passage that state something in a sentence."""
    kinds = (UnitKind.TEXT, UnitKind.ITEM)
    units = (unit for unit in units_of(source) if unit.kind in kinds and start <= unit.start < end)
    return [
        unit for unit in units if LEAST <= len(unit.words) <= 2 * MOST and not re.search(r"[?？：:]\s*$", unit.words)
    ]


def held(unit: Unit, random_: random.Random) -> Iterator[str]:
    """The sentence as it stands or with a word for another, and what some of its clauses say."""
    whole = unit.words
    yield _softened(whole, random_) if random_.random() < 0.5 else whole
    parts = [part.strip() for part in _CLAUSE.split(whole.rstrip("。.；; "))]
    if len(parts) > 1 and not any(map(_LEANS.match, parts)):
        more = [n for n in range(1, len(parts)) if random_.random() < 0.5][: len(parts) - 2]
        yield "，".join(parts[n] for n in (0, *more)) + "。"


def turned(text: str, random_: random.Random) -> tuple[str, str] | None:
    """The sentence with one thing turned, and the kind of that; None when there is nothing to turn."""
    ways = [("negation", _NEGATIONS), ("antonym", _OPPOSITES + [(b, a) for a, b in _OPPOSITES]), ("negation", _ADDED)]
    random_.shuffle(ways)
    for kind, pairs in ways:
        if pairs is _ADDED and re.search("[不没无非未]| not |n't", text):
            continue
        fits = [(a, b) for a, b in pairs if text.count(a) == 1 and b not in text and f"不{a}" not in text]
        if fits:
            return text.replace(*random_.choice(fits)), kind
    numbers = [match for match in _NUMBER.finditer(text) if match.start()]
    if not numbers:
        return None
    number = random_.choice(numbers)
    other = str(round(float(number.group()) * random_.choice([0.5, 2, 3, 10]), 2)).removesuffix(".0")
    return (text[: number.start()] + other + text[number.end() :], "figure") if other != number.group() else None


def _softened(text: str, random_: random.Random) -> str:
    fits = [pair for pair in _SAME if pair[0] in text]
    return text.replace(*random_.choice(fits), 1) if fits else text
