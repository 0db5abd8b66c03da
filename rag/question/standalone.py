"""A follow-up question, made one that stands alone, by rules: pronouns, ellipsis, ordinals, a missing subject.

The rules only ever add what earlier turns were about (or put it in a pronoun's place); a question with a subject of
its own goes through as it is, so that a new topic is not dragged back to the old one.
"""

from collections.abc import Sequence

from ingest.text.scripts import has_han, language
from rag.question.chinese import chinese_topic, resolve_chinese
from rag.question.context import Context, items_of
from rag.question.english import english_topic, resolve_english
from rag.records import Turn


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question, such that it can be searched without the conversation; unchanged when it stands alone already.

    Earlier user turns are resolved in order, so a follow-up of a follow-up still finds its topic.
    """
    context = Context()
    for turn in history:
        if turn.role == "user":
            asked = _resolve(turn.content, context)
            context = Context(asked, _topic_after(turn.content, asked, context), context.items)
        else:
            context = Context(context.question, context.topic, items_of(turn.content))
    return _resolve(question, context)


def _topic_after(raw: str, resolved: str, context: Context) -> str:
    """A follow-up keeps the topic (with what its ordinal named); a new question sets a new one."""
    if resolved != raw.strip() and context.topic and context.topic in resolved:
        return context.topic
    return topic(resolved) or context.topic


def topic(question: str) -> str:
    """What a stand-alone question is about: the words before its predicate, at most `MAX_TOPIC` characters."""
    text = question.strip()
    return english_topic(text) if language(text) == "en" else chinese_topic(text)


def _resolve(question: str, context: Context) -> str:
    asked = question.strip()
    if not context.topic:
        return asked
    english = language(asked) == "en" and not has_han(asked)
    return resolve_english(asked, context) if english else resolve_chinese(asked, context)
