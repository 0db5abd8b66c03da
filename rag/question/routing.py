"""Which model answers when both are there (`routing`): the local one simple questions, the endpoint hard ones.

A question is hard when it is a comparison, asks for a summary or for a reason, asks two things at once, or is not in
the language of the notes: there the small model fails most (docs/benchmarks.md).
"""

import re

from rag.question.kind import QuestionKind, kind_of

_REASON = re.compile(r"为什么|为何|为啥|原因|\bwhy\b|\breasons?\b", re.IGNORECASE)
_TWO = re.compile(
    r"[？?].*[？?]|[，,；;].*(?:又|还有|以及|分别|怎么|什么|多少|哪)|\b(?:and|or) (?:what|which|why|how|when|who)\b",
    re.I,
)


def hard(question: str, foreign: bool) -> bool:
    """Whether the rule sends a stand-alone question to the endpoint; `foreign`: the notes are in another language."""
    kind = kind_of(question)
    return (
        foreign
        or kind in (QuestionKind.COMPARISON, QuestionKind.SUMMARY)
        or bool(_REASON.search(question) or _TWO.search(question))
    )
