"""What a follow-up needs of the conversation: what was asked before, and whether it only wants the last answer again.

No rule tells here whether a question stands alone: it is searched as typed and with what it may be about, and the scores
tell (`rag.search.understanding`).
"""

import re
from collections.abc import Sequence

from ingest.text.citation_marks import strip_marks
from ingest.text.folding import fold
from ingest.text.numbers import ordinal
from ingest.text.scripts import has_han
from rag.records import Turn

MOST_CONTEXT = 200  # characters of what was asked before that go with a question

# What names the form of an answer, and the words around it that name nothing else.
_FORM = re.compile(
    r"[中英法德日韩俄]文|英语|日语|[繁简]体|表格?|列表|要点|大白话|再(?:说|讲|写)|重新|翻译|[简精]短|短[一点些]|简[单洁略]|精简|"
    r"展开|详细|确定|确认|真的吗|来源|出处|依据|原文|总结|"
    r"\b(?:again|repeat|rephrase|shorter|longer|simpler|brief(?:ly|er)?|sure|certain|sources?|translate|table|bullets?|"
    r"english|chinese|japanese|expand|elaborate|summari[sz]e|reword|details?)\b"
)
_AROUND = re.compile(
    r"第?\s*(?:[一二三四五六七八九十]+|\d+)\s*[点条项个步]?|[说讲写做变成列给我你能可以请麻烦帮把用以再它这个上面刚才答案回答内容一遍次下点些更地的了吗么嘛呢吧啊是在哪里篇论文章笔记什么谢好]"
    r"|\b(?:please|thanks?|ok|can|could|you|me|it|that|this|the|your|a|an|in|to|as|of|for|on|into|with|point|item|step|number|"
    r"no|are|is|was|from|where|what|which|say|tell|give|put|make|write|more|bit|little|answer|last|and|first|second|third)\b|\W"
)
_ITEM = re.compile(
    r"第\s*([一二两三四五六七八九十]+|\d+)\s*(?:个|种|点|条|步|项|类)|\b(?:point|item|step|number)\s+(\d+)\b"
)


def wants_another_form(question: str) -> bool:
    """Whether a follow-up asks for the last answer in another form, and for nothing that would have to be found."""
    text = fold(question)
    return (
        bool(_FORM.search(text))
        and not _AROUND.sub("", _FORM.sub("", text))
        and not re.match(r"什么是|what is a", text)
    )


def item_named(question: str, history: Sequence[Turn]) -> str:
    """The item of the last answer that a follow-up counts to (`第二种`, `point 3`); '' without one."""
    found = _ITEM.search(fold(question))
    answers = [turn.content for turn in history if turn.role == "assistant"]
    if found is None or not answers:
        return ""
    place, items = ordinal(found.group(1) or found.group(2)), items_of(answers[-1])
    return items[place - 1] if place and place <= len(items) else ""


def with_context(question: str, context: str) -> str:
    """The question, behind it what it may be about: an embedding model reads the beginning of a text best."""
    context = context[-MOST_CONTEXT:].strip()
    if not context:
        return question
    return f"{question}（{context}）" if has_han(question + context) else f"{question} ({context})"


def items_of(answer: str) -> tuple[str, ...]:
    """The items that an answer lists: numbered or bulleted lines, numbers within a line, or a run joined by `、`."""
    text, _ = strip_marks(answer)
    lines = [m.group(1) for m in re.finditer(r"^[^\S\n]*+(?:\d++[.、)）]|[-*•])\s*(.+)$", text, re.M)]
    within = [part for part in re.split(r"(?:^|[\s；;。：:])\d+[.、)）]\s*", text)[1:] if part.strip()]
    for items in (lines, within, _run(text)):
        if len(items) > 1:
            return tuple(map(_label, items))
    return ()


def _run(text: str) -> list[str]:
    """The longest run joined by `、`, without what introduces it and the `等` that ends it."""
    items = max((run.split("、") for run in re.split(r"[。；;：:！!？?\n]", text)), key=len)
    items[0] = re.sub(r"^.*(?:用|有|包括|包含|是|为|如)", "", items[0]) or items[0]
    items[-1] = re.sub(r"等.{0,6}$", "", items[-1])
    return items


def _label(item: str) -> str:
    bold = re.match(r"\s*\*\*(.+?)\*\*", item)
    text = bold.group(1) if bold else re.split(r"[：:。；;]", item, maxsplit=1)[0]
    return text.strip(" *：:，,")[:40]
