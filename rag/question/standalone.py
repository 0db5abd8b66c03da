"""A follow-up question, made one that stands alone, by rules: pronouns, ellipsis, ordinals, a missing subject.

The rules only ever add what earlier turns were about (or put it in a pronoun's place); a question with a subject of
its own goes through as it is, so that a new topic is not dragged back to the old one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.text.numbers import ordinal
from ingest.text.scripts import CJK, language
from ingest.text.words import latin_terms
from rag.records import Turn

MAX_TOPIC = 40  # characters of the earlier question that are carried over

_MARKS = re.compile(r"\s*(?:\[\^?\d[\d,，、\s]*\]|【\d+】)")
_ASPECT = (
    r"(?:优缺点|优点|缺点|优势|劣势|好处|坏处|不足|局限性?|问题|区别|差别|差异|异同|关系|原理|机制|流程|步骤|过程|"
    r"阶段|原因|缘故|例子|示例|案例|作用|用途|用处|目的|场景|代表模型|代表|公式|方法|办法|做法|方式|应用|影响|"
    r"特点|特征|定义|概念|参数|结构|组成部分|组成|类型|种类|分类|要求|条件|成本|代价|风险|挑战|效果|性能|指标|"
    r"工具|技巧|建议|思路|实现|细节|内容|核心|关键)"
)
# Words that carry no topic: question words, links, helpers and the aspects above.
_EMPTY = re.compile(
    _ASPECT + r"|请问|麻烦|帮我|告诉我|想知道|有没有|是不是|能不能|可不可以|要不要|会不会|该不该|什么|哪些|哪种|哪个|"
    r"哪里|哪儿|哪一?[个种类步]|怎么样|怎么办|怎么|怎样|如何|为什么|为啥|为何|多少|多大|多长|多久|几[个种步点]|"
    r"具体|详细|一下|下面|展开|说说|讲讲|讲|说|谈谈|介绍|解释|举|继续|分别|各自|各|一般|通常|可以|能够|应该|需要|"
    r"必须|主要|常见|常用|还有|另外|其他|其它|别的|然后|接着|那么|那|这|又|再|还|也|都|就|才|呢|吗|吧|啊|呀|嘛|的|"
    r"一|了|着|过|是|有|在|会|能|要|做|用|和|与|或|对|把|被|让|给|个|种|些|点|条|它们?|他们?|她们?|其|之|何"
)
_PRONOUN = re.compile(
    r"它们|它|他们|她们|这(?:几|两|三)?(?:个|种|些|类|样|项|点|款)?(?:方法|模型|技术|问题|东西|算法|做法|情况)?|"
    r"那(?:几|两|三)?(?:个|种|些|类|样|项|款)(?:方法|模型|技术|问题|东西|算法|做法|情况)?|该(?:方法|模型|技术|问题|算法)|"
    r"(?<![尤与及极])其(?!他|它|中|实|余|次)|上述(?:方法|模型|技术|问题)?|前面(?:说|提到)的|刚才(?:说|提到)?的"
)
_LATER = re.compile(
    r"^(?:那么|那(?![篇个种些本章节段位次天年时样几两])|还有|另外|紧?接着|接下来|然后|再|具体|为什么呢|展开|详细|继续|举个?例|下一|上一|除此)"
)
_ORDINAL = re.compile(r"第([一二两三四五六七八九十]+|\d+)\s*(?:个|种|点|条|步|项|类|方面|部分|阶段|方法)?")
_LAST = re.compile(r"最后(?:一|那)(?:个|种|点|条|步|项|类)|后者")
_FORMER = re.compile(r"前者")
_ASKED_FOR = re.compile(
    r"^(?:那么?|请问|还|都|又)*有?(?:哪些|哪个|哪[种家类]|哪几[个种]|什么|谁)"
)  # no noun to stand for
_LINK = re.compile(r"^(?:那么|那(?![篇个种些本章节段位次天年时样几两])|另外)[，,\s]*")
_BARE = re.compile(r"[哪那这]一?[种类个](?=[，,？?呢]|$)")
_NEXT = re.compile(r"^那?(?:紧接着|下一|上一|除此|除了这)")
_CONDITION = re.compile(r"^(?:要是|如果|假如|万一|若|遇到|碰到)")
_PREDICATE = re.compile(
    r"有什么|有哪些|有何|有没有|有多|是什么|是啥|是怎么|是如何|是怎样|是干|是做|是否|是谁|是不是|属于|怎么|如何|怎样|谁|"
    r"为什么|为啥|为何|可以|能不能|能否|(?<![智功性才可技潜])能(?!力|源|耗|量)|会不会|会(?!话|议)|适合|适用|分别|各自|从哪|在哪|来自|多少|多大|多长|哪|什么|"
    r"需要|应该|该(?!方法|模型)|吗|呢|指的?是|解决|包括|由|用的|凭什么|打了|给出|列了|[，,。？?！!；;]"
)
_LEADING = re.compile(
    r"^(?:请问|麻烦|那么|那|关于|什么是|何谓|啥是|如何理解|怎么理解|如何|怎样|怎么|为什么|为啥|为何|哪些|哪个|哪种|"
    r"有哪些|有什么|介绍一下|介绍|解释一下|解释|说说|讲讲|让|使|想要|想|要|在|对于?|对)+"
)
_ENGLISH_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|such)\b", re.I)
_ENGLISH_LATER = re.compile(
    r"^(?:and|but|so|then|also|or|what about|how about|what else|anything else|why\??$|how so|in which case|"
    r"which one|the (?:first|second|third|fourth|fifth|last|former|latter|other)|tell me more|more details?)\b",
    re.I,
)
_ENGLISH_ORDINAL = re.compile(
    r"\bthe (first|second|third|fourth|fifth|sixth|last|former|latter)"
    r"(?: (?:one|point|method|step|way)\b|(?=\W*$|\s+(?:is|are|was|were|does|do|did|can|will|mean|work)\b))",
    re.I,
)
_ENGLISH_EXPLETIVE = re.compile(
    r"\b(?:is|was|be) it (?:\w+ )?\w+ (?:to|that)\b|\bit (?:is|was) \w+ (?:to|that)\b", re.I
)
_ENGLISH_COUNT = ("first", "second", "third", "fourth", "fifth", "sixth")
_ENGLISH_EMPTY = (
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
_ENGLISH_LEADING = re.compile(
    r"^(?:(?:what|which|who|when|where|why|how|is|are|was|were|does|do|did|can|could|should|would|will|the|a|an|many|"
    r"much|there|notes?|please|explain|describe|tell me|about|in|for)\b[\s,]*)+",
    re.I,
)
_ENGLISH_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|does|do|did|can|could|should|would|will|has|have|had|be|made|used|meant|stands?|works?|"
    r"needs?|helps?|means?|name|raise|prefer|designed|and (?:what|which|why|how|when))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the conversation is about: the last stand-alone question and its topic, and the last answer's items."""

    question: str = ""
    topic: str = ""
    items: tuple[str, ...] = ()


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question, such that it can be searched without the conversation; unchanged when it stands alone already.

    Earlier user turns are resolved in order, so a follow-up of a follow-up still finds its topic.
    """
    context = _Context()
    for turn in history:
        if turn.role == "user":
            asked = _resolve(turn.content, context)
            context = _Context(asked, _topic_after(turn.content, asked, context), context.items)
        else:
            context = _Context(context.question, context.topic, _items(turn.content))
    return _resolve(question, context)


def _topic_after(raw: str, resolved: str, context: _Context) -> str:
    """A follow-up keeps the topic (with what its ordinal named); a new question sets a new one."""
    if resolved != raw.strip() and context.topic and context.topic in resolved:
        return context.topic
    return topic(resolved) or context.topic


def topic(question: str) -> str:
    """What a stand-alone question is about: the words before its predicate, at most `MAX_TOPIC` characters.

    `LoRA 微调的优点有哪些？` gives `LoRA 微调`.
    """
    text = question.strip()
    if language(text) == "en":
        return _english_topic(text)
    head, _, rest = text.partition("：")
    if rest and len(head) <= MAX_TOPIC:
        return head
    text = _LEADING.sub("", text)
    cut = next((m.start() for m in _PREDICATE.finditer(text) if m.start() >= 2), len(text))
    subject = text[:cut].strip(" ，,。？?！!、：:；;的")
    while (
        shorter := re.sub(rf"\s*(?:的(?:问题|{_ASPECT})|(?<!问题)(?!问题){_ASPECT})$", "", subject)
    ) != subject and len(shorter) >= 2:
        subject = shorter
    return subject[:MAX_TOPIC].strip()


def _english_topic(text: str) -> str:
    body = _ENGLISH_LEADING.sub("", text.rstrip("?!. "))
    found = next((m for m in _ENGLISH_PREDICATE.finditer(body) if m.start() >= 3), None)
    if found is not None and found.group().lower() in ("do", "does", "did"):  # `how many bits does BF16 have`
        after = re.split(r"[,;]", body[found.end() :])[0].split()[:7]
        after = after[1:] if after and after[0].lower() in ("the", "a", "an") else after
        return " ".join(after[:-1] or after)[:MAX_TOPIC]
    subject = (body[: found.start()] if found else body).strip(" ,;:")
    return re.sub(r"\s+(?:used|meant|for|of|to|in|be)$", "", subject)[:MAX_TOPIC].strip()


def _resolve(question: str, context: _Context) -> str:
    asked = question.strip()
    if not context.topic:
        return asked
    if language(asked) == "en" and not re.search(f"[{CJK}]", asked):
        return _resolve_english(asked, context)
    return _by_ordinal(asked, context) or _what_about(asked, context) or _by_pronoun(asked, context) or asked


def _by_ordinal(asked: str, context: _Context) -> str | None:
    """`第二种具体怎么做？` names the second item of the last answer; `后者` the last of two."""
    match = _ORDINAL.search(asked) or _LAST.search(asked) or _FORMER.search(asked)
    if match is None or match.start() > 6:
        return None
    pair = [part.strip() for part in re.split(r"\s*(?:和|与|跟|及|vs\.?|、|and)\s*", context.topic) if part.strip()]
    if match.re is _ORDINAL:
        count = ordinal(match.group(1))
        choices = list(context.items) or (pair if len(pair) > 1 else [])
    else:
        choices = pair if len(pair) == 2 else list(context.items)
        count = 1 if match.re is _FORMER else len(choices)
    rest = (_LINK.sub("", asked[: match.start()]) + asked[match.end() :]).strip().removeprefix("呢").lstrip("？?，, ")
    if count is None or not 1 <= count <= len(choices):
        return f"{context.topic}：{asked}"
    if choices == pair:
        return f"{choices[count - 1]} {rest}".strip()
    return f"{context.topic}：{choices[count - 1]}，{rest}".rstrip("，")


def _what_about(asked: str, context: _Context) -> str | None:
    """`那 LLaMA 呢？` asks the last question of another thing; `那缺点呢？` asks another thing of the same topic."""
    match = re.match(
        r"^(那么|那)?\s*(?:如果是|换成|对于)?\s*([^，,？?。]{1,30}?)\s*(?:呢|又如何|怎么样)\s*[？?]*$", asked
    )
    if match is None:
        return None
    thing = match.group(2).strip()
    if _PRONOUN.match(thing):
        return None
    aspect = re.search(rf"{_ASPECT}$", thing) or (match.group(1) is None and not latin_terms(thing))
    if aspect and not re.match(r"还有|其[他它余]|别的|为什么|怎么|如何", thing):
        return f"{context.topic}{'' if thing.startswith('各') else '的'}{thing}"
    if not _EMPTY.sub("", thing).strip():
        return f"{context.topic}：{asked}"
    if _CONDITION.match(thing):
        return f"{thing}：{context.question}"
    if re.match(r"^(?:怎么|如何|为什么|为啥|多少)", thing):
        return f"{context.topic}：{thing}"
    if context.topic in context.question:
        swapped = context.question.replace(context.topic, thing, 1)
        return re.sub(r"分别|各自|各(?=适)", "", swapped)
    return f"{thing}：{context.question}"


def _by_pronoun(asked: str, context: _Context) -> str | None:
    """The topic in the pronoun's place, or before a question that lacks a subject."""
    clause = re.split(r"[，,；;。]", asked, maxsplit=1)[0]
    body = _LINK.sub("", asked) or asked
    match = _PRONOUN.search(clause)
    before = clause[: match.start()] if match is not None else ""
    if _own_words(before) and (latin_terms(before) or not _ASKED_FOR.match(before)):
        match = None  # the pronoun stands for something in the same question
    if match is not None and match.group() not in ("这", "其") and _refers(clause, match):
        if match.group() in ("它", "它们", "其") or _ends_noun(match.group()):
            joint = "的" if match.group() == "其" else ""
            text = f"{asked[: match.start()]}{context.topic}{joint}{asked[match.end() :]}"
            return _LINK.sub("", text)
        return f"{context.topic}：{body}"
    if match is not None and match.group() in ("这", "其"):
        return f"{context.topic}：{body}"
    if _elliptic(asked, clause):
        return f"{context.topic}：{body}"
    return body if body != asked and _own_words(body) else None


def _ends_noun(pronoun: str) -> bool:
    return bool(re.search(r"(?:方法|模型|技术|算法|做法|种|个|些|类)$", pronoun))


def _refers(clause: str, match: re.Match[str]) -> bool:
    """`这三种微调路子` and `那个 LoRA` name what they mean; a bare pronoun does not."""
    if match.group().startswith(("它", "他", "她", "该", "上述", "前面", "刚才")):
        return True
    return not latin_terms(clause[match.end() : match.end() + 12])


def _own_words(text: str) -> bool:
    """Whether the text has a subject of its own: a Latin term, or two characters that are no empty words."""
    if latin_terms(text):
        return True
    return len(re.findall(f"[{CJK}]", _EMPTY.sub("", text))) >= 2


def _elliptic(asked: str, clause: str) -> bool:
    """A short question, or one opening with a link or a condition, that names no subject before its predicate."""
    if re.match(r"^(?:什么是|何谓|啥是|如何理解|介绍)", asked) and _own_words(asked):
        return False
    if _NEXT.match(asked) or (_BARE.search(asked) and len(asked) <= 18 and not re.search(r"各自|分别", asked)):
        return True
    left = len(re.findall(f"[{CJK}]", _EMPTY.sub("", asked)))
    if latin_terms(asked):
        return False
    if left <= 1:
        return True
    later = bool(_LATER.match(asked))
    if _CONDITION.match(_LATER.sub("", asked)):
        return later or len(asked) <= 16
    body = _LATER.sub("", asked)
    first = _PREDICATE.search(body)
    subject = body[: first.start()] if first else body
    if later:
        return not _own_words(subject) or len(asked) <= 14
    return first is not None and not _own_words(subject) and len(asked) <= 10


def _resolve_english(asked: str, context: _Context) -> str:
    named = _ENGLISH_ORDINAL.search(asked)
    if named is not None:
        word = named.group(1).lower()
        items = context.items
        place = len(items) - 1 if word in ("last", "latter") else 0 if word == "former" else _ENGLISH_COUNT.index(word)
        if 0 <= place < len(items):
            return f"{context.topic}: {items[place]} {(asked[: named.start()] + asked[named.end() :]).strip()}"
        return f"{context.topic}: {asked}"
    about = re.match(
        r"^(?:and|but|so)?\s*(?:what about|how about|for|with|in)\s+(?:the\s+)?([^?]{1,40})\?*$", asked, re.I
    )
    if about is not None and not _ENGLISH_PRONOUN.search(about.group(1)):
        return _swap_english(about.group(1).strip(), context)
    pronoun = None if _ENGLISH_EXPLETIVE.search(asked) else _ENGLISH_PRONOUN.search(asked)
    words = [word for word in latin_terms(asked) if word not in _ENGLISH_EMPTY]
    if pronoun is not None and not latin_terms(asked[: pronoun.start()]):
        if pronoun.group().lower() in ("it", "they", "them"):
            return _drop_link(asked[: pronoun.start()] + context.topic + asked[pronoun.end() :])
        if pronoun.group().lower() in ("its", "their"):
            return _drop_link(asked[: pronoun.start()] + context.topic + "'s" + asked[pronoun.end() :])
        return f"{context.topic}: {_drop_link(asked)}"
    rest = _drop_link(asked)
    if re.match(r"^(?:what|who) (?:is|are) \S|^define ", rest, re.I) and words and not re.search(r"\bthe\b", rest):
        return rest
    if words and re.search(r"[A-Z]", _ENGLISH_LEADING.sub("", rest)):
        return rest  # a name of its own
    if _ENGLISH_LATER.match(asked) or len(words) <= 1:
        return f"{context.topic}: {rest}"
    return asked


def _drop_link(text: str) -> str:
    cut = re.sub(r"^(?:and|but|so|then|also|or)\b[\s,]*", "", text, flags=re.I)
    return cut if cut == text else cut[:1].upper() + cut[1:]


def _swap_english(thing: str, context: _Context) -> str:
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


def _items(answer: str) -> tuple[str, ...]:
    """The items that an answer lists: numbered or bulleted lines, numbers within a line, or a run joined by `、`."""
    text = _MARKS.sub("", answer)
    lines = [m.group(1) for m in re.finditer(r"^\s*(?:\d+[.、)）]|[-*•])\s*(.+)$", text, re.M)]
    if len(lines) < 2:
        lines = [part for part in re.split(r"(?:^|[\s；;。：:])\d+[.、)）]\s*", text)[1:] if part.strip()]
    if len(lines) < 2:
        runs = [run.split("、") for run in re.split(r"[。；;：:！!？?\n]", text)]
        lines = max(runs, key=len) if runs else []
        if len(lines) >= 2:
            lines[0] = re.sub(r"^.*(?:用|有|包括|包含|是|为|如)", "", lines[0]) or lines[0]
            lines[-1] = re.sub(r"等.{0,6}$", "", lines[-1])
    return tuple(_label(line) for line in lines) if len(lines) >= 2 else ()


def _label(item: str) -> str:
    bold = re.match(r"\s*\*\*(.+?)\*\*", item)
    text = bold.group(1) if bold else re.split(r"[：:。；;]", item, maxsplit=1)[0]
    return text.strip(" *：:，,")[:MAX_TOPIC]
