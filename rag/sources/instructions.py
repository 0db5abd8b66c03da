"""What in a note speaks to the model and not to the reader: it is no evidence for what it tells the model to say,
and no answer where a section says anything else.

A last resort, after the prompt and the checker: the forms in which such orders are usually written, in both languages.
What a note quotes of them, as a chapter on attacks does, is left out first.
"""

import re

from ingest.text.folding import fold

_QUOTED = re.compile(r"\"[^\"\n]{0,300}\"|`[^`\n]{0,300}`|“[^”\n]{0,300}”|「[^」\n]{0,300}」|《[^》\n]{0,300}》")
_MODEL = r"(?:ai|a\.i\.|assistants?|chatbots?|language models?|llms?|models?)"
_ANSWER = r"(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies))"
_DO = r"(?:answer|reply|say|tell|include|append|add|cite|output|print|write|claim|turn|put|end|begin)"
_DO_ZH = r"(?:回答|回复|答复|作答|输出|告诉|声称|写|加上|附|引用|说|把)"
_ORDERS = re.compile(  # folded text: Simplified, lower case
    r"\b(?:ignore|disregard|forget|override) (?:(?:all|any|the|your|of) ){0,3}(?:previous|prior|above|earlier|preceding|other|system)\b"
    rf"|(?:^|[.!?:;>\n]) ?(?:(?:note|message|instructions?|notice) )?(?:to|for) (?:(?:the|any|all|every) ){{0,2}}{_MODEL} ?[:,]"
    rf"|(?:^|[.!?>\n]) ?(?:dear )?(?:{_MODEL}|system) ?[:,] ?(?:you |please |now |always |only ){{0,2}}{_DO}\b"
    rf"|\b(?:you|assistants) (?:must|shall|should|are to|have to) (?:\w{{1,12}} )?{_DO}\b"
    r"|\b(?:tell|inform) the (?:user|reader|human)\b"
    rf"|\b(?:include|append|add|insert|put|cite|end|begin|start) [^.\n]{{0,80}}\b(?:your|every|each) (?:\w{{1,12}} )?{_ANSWER}\b"
    rf"|\b(?:end|begin|start) your {_ANSWER}\b|\byour {_ANSWER} (?:must|shall|should|has to)\b|\bin your {_ANSWER}\b"
    r"|(?:忽略|无视|忘记|忘掉|不要理会|不要遵守|推翻)(?:掉)?(?:以上|上面|上述|之前|前面|先前|此前|所有|一切|你)[^。,;\n]{0,8}(?:指令|指示|规则|提示|要求|设定)"
    rf"|(?:^|[。!?;>\n]) ?(?:致|给|请)?(?:各位)?(?:ai|人工智能|智能助手|语言模型|大模型|模型|助手|机器人|系统)(?:助手|消息|提示|指令|注意)?[:,][^。\n]{{0,20}}{_DO_ZH}"
    rf"|(?:你|助手)(?:必须|务必|应当|应该)[^。,;\n]{{0,6}}{_DO_ZH}"
    r"|(?:^|[。,!?;>\n]) ?(?:在)?(?:你的)?(?:回答|回复|答案|答复|摘要)(?:的)?(?:末尾|结尾|最后|开头|里|中|时)[^。,;\n]{0,6}(?:加上|附上|写上|插入|带上|必须|务必|给出)"
    r"|(?:告诉|告知|转告)(?:用户|读者|提问者|提问的人)"
)


def commands_the_model(text: str) -> bool:
    """Whether a stretch of a note (Markdown) gives the model an order."""
    return bool(_ORDERS.search(_QUOTED.sub(" ", fold(text))))
