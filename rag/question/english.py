"""What an English follow-up leaves out."""

import re

from ingest.text.words import latin_terms
from rag.question.context import MAX_TOPIC, Context

_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|such)\b", re.I)

_LATER = re.compile(
    r"^(?:and|but|so|then|also|or|what about|how about|what else|anything else|why\??$|how so|in which case|"
    r"which one|the (?:first|second|third|fourth|fifth|last|former|latter|other)|tell me more|more details?)\b",
    re.I,
)

_ORDINAL = re.compile(
    r"\bthe (first|second|third|fourth|fifth|sixth|last|former|latter)"
    r"(?: (?:one|point|method|step|way)\b|(?=\W*$|\s+(?:is|are|was|were|does|do|did|can|will|mean|work)\b))",
    re.I,
)

_EXPLETIVE = re.compile(r"\b(?:is|was|be) it (?:\w+ )?\w+ (?:to|that)\b|\bit (?:is|was) \w+ (?:to|that)\b", re.I)

_COUNT = ("first", "second", "third", "fourth", "fifth", "sixth")

_EMPTY = (
    "work",
    "works",
    "advantages",
    "disadvantages",
    "else",
    "better",
    "more",
    "explain",
    "example",
    "details",
)

_LEADING = re.compile(
    r"^(?:(?:what|which|who|when|where|why|how|is|are|was|were|does|do|did|can|could|should|would|will|the|a|an|many|"
    r"much|there|notes?|please|explain|describe|tell me|about|in|for)\b[\s,]*)+",
    re.I,
)

_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|does|do|did|can|could|should|would|will|has|have|had|be|made|used|meant|stands?|works?|"
    r"needs?|helps?|means?|name|raise|prefer|designed|and (?:what|which|why|how|when))\b",
    re.I,
)


def english_topic(text: str) -> str:
    body = _LEADING.sub("", text.rstrip("?!. "))
    found = next((m for m in _PREDICATE.finditer(body) if m.start() >= 3), None)
    if found is not None and found.group().lower() in ("do", "does", "did"):  # `how many bits does BF16 have`
        after = re.split(r"[,;]", body[found.end() :])[0].split()
        after = after[1:] if after and after[0].lower() in ("the", "a", "an") else after
        return " ".join(after[:-1] or after)[:MAX_TOPIC]
    subject = (body[: found.start()] if found else body).strip(" ,;:")
    return re.sub(r"\s+(?:used|meant|for|of|to|in|be)$", "", subject)[:MAX_TOPIC].strip()


def resolve_english(asked: str, context: Context) -> str:
    named = _ORDINAL.search(asked)
    if named is not None:
        word = named.group(1).lower()
        items = context.items
        place = len(items) - 1 if word in ("last", "latter") else 0 if word == "former" else _COUNT.index(word)
        if 0 <= place < len(items):
            return f"{context.topic}: {items[place]} {(asked[: named.start()] + asked[named.end() :]).strip()}"
        return f"{context.topic}: {asked}"
    about = re.match(
        r"^(?:and|but|so)?\s*(?:what about|how about|for|with|in)\s+(?:the\s+)?([^?]{1,40})\?*$", asked, re.I
    )
    if about is not None and not _PRONOUN.search(about.group(1)):
        return _swap_english(about.group(1).strip(), context)
    pronoun = None if _EXPLETIVE.search(asked) else _PRONOUN.search(asked)
    words = [word for word in latin_terms(asked) if word not in _EMPTY]
    if pronoun is not None and not latin_terms(asked[: pronoun.start()]):
        if pronoun.group().lower() in ("it", "they", "them"):
            return _drop_link(asked[: pronoun.start()] + context.topic + asked[pronoun.end() :])
        if pronoun.group().lower() in ("its", "their"):
            return _drop_link(asked[: pronoun.start()] + context.topic + "'s" + asked[pronoun.end() :])
        return f"{context.topic}: {_drop_link(asked)}"
    rest = _drop_link(asked)
    if re.match(r"^(?:what|who) (?:is|are) \S|^define ", rest, re.I) and words and not re.search(r"\bthe\b", rest):
        return rest
    if words and re.search(r"[A-Z]", _LEADING.sub("", rest)):
        return rest  # a name of its own
    if _LATER.match(asked) or len(words) <= 1:
        return f"{context.topic}: {rest}"
    return asked


def _drop_link(text: str) -> str:
    cut = re.sub(r"^(?:and|but|so|then|also|or)\b[\s,]*", "", text, flags=re.I)
    return cut if cut == text else cut[:1].upper() + cut[1:]


def _swap_english(thing: str, context: Context) -> str:
    """`And for bf16?` after a question on fp16 asks the same of bf16."""
    if re.search(r"\d", thing):
        like = [
            t
            for t in re.findall(r"[A-Za-z0-9][\w.-]*", context.question)
            if re.search(r"\d", t) and re.search("[A-Za-z]", t)
        ]
        if len(like) == 1:
            return context.question.replace(like[0], thing, 1)
    if context.topic and context.topic in context.question:
        return context.question.replace(context.topic, thing, 1)
    return f"{context.question.rstrip('?')} ({thing})?"
