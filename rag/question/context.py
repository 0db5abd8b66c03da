"""What a conversation is about when a follow-up is asked."""

import re
from dataclasses import dataclass

from ingest.text.citation_marks import strip_marks

MAX_TOPIC = 40  # characters of the earlier question that are carried over


@dataclass(frozen=True, slots=True)
class Context:
    """What the conversation is about: the last stand-alone question and its topic, and the last answer's items."""

    question: str = ""
    topic: str = ""
    items: tuple[str, ...] = ()


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
    return text.strip(" *：:，,")[:MAX_TOPIC]
