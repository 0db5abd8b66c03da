"""What a Chinese follow-up leaves out: an item of the last answer, a thing in place of another, a pronoun, a subject."""

import re

from ingest.text.folding import fold
from ingest.text.numbers import ordinal
from ingest.text.scripts import HAN, count_han
from ingest.text.words import latin_terms
from rag.question.context import MAX_TOPIC, Context

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

# Before an ordinal: where the items stand.
_POINTS_BACK = re.compile(r"你|您|刚才|刚刚|上面|前面|上述|以上|里面?|其中|当中|中间|列出?|提到|说到|说过|所说|回答")

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


def _by_ordinal(asked: str, context: Context) -> str | None:
    """`第二种具体怎么做？` names the second item of the last answer; `后者` the last of two."""
    match = _ORDINAL.search(asked) or _LAST.search(asked) or _FORMER.search(asked)
    if match is None or (not _LATER.match(asked) and _names_another(asked[: match.start()], context)):
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


def _names_another(before: str, context: Context) -> bool:
    """Whether what stands before an ordinal has a subject that is not the conversation's: `BERT 的第二阶段`."""
    rest = _EMPTY.sub(" ", _POINTS_BACK.sub(" ", before))
    return any(word not in fold(context.topic) for word in (*latin_terms(rest), *re.findall(f"[{HAN}]{{2,}}", rest)))


def _what_about(asked: str, context: Context) -> str | None:
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


def _by_pronoun(asked: str, context: Context) -> str | None:
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
    return count_han(_EMPTY.sub("", text)) >= 2


def _elliptic(asked: str, clause: str) -> bool:
    """A short question, or one opening with a link or a condition, that names no subject before its predicate."""
    if re.match(r"^(?:什么是|何谓|啥是|如何理解|介绍)", asked) and _own_words(asked):
        return False
    if _NEXT.match(asked) or (_BARE.search(asked) and len(asked) <= 18 and not re.search(r"各自|分别", asked)):
        return True
    left = count_han(_EMPTY.sub("", asked))
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


def chinese_topic(text: str) -> str:
    """The words before its predicate: `LoRA 微调的优点有哪些？` gives `LoRA 微调`."""
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


def resolve_chinese(asked: str, context: Context) -> str:
    """The follow-up with what it leaves out; as it is when it leaves nothing out."""
    return _by_ordinal(asked, context) or _what_about(asked, context) or _by_pronoun(asked, context) or asked
