"""When the notes do not answer: the evidence that is asked for before the model is, and how 'no' is said.

Calibrated on the dev questions; docs/benchmarks.md has the figures.
"""

import re
from collections.abc import Sequence

from rag.records import Sentence, Source
from rag.relevance import RankedUnit
from rag.wording import Language, fold, language, latin_terms

FAR = 0.60  # corrected cosine of the best passage: below this, its words must speak for it
COVERED = 0.10  # share of the question's weight that the best unit must hold then
_LOOKED_AT = 10
_NEAREST = 3
# In an English question a name is told from a word by a second capital or by a digit: NF4, PagedAttention, MMLU.
_NAME = re.compile(r"\b[A-Za-z]*[A-Z0-9][A-Za-z0-9-]*[A-Z0-9][A-Za-z0-9]*\b")


def lacks_evidence(question: str, ranked: Sequence[RankedUnit]) -> bool:
    """Whether nothing found can hold the answer: a name of the question stands in no statement, or all is far."""
    if not ranked:
        return True
    if missing_names(question, ranked):
        return True
    nearest = max((hit.scores.get("dense", 0.0) for one in ranked for hit in one.source.hits), default=0.0)
    covered = max(one.covered for one in ranked[:_LOOKED_AT])
    return nearest < FAR and covered < COVERED


def missing_names(question: str, ranked: Sequence[RankedUnit]) -> list[str]:
    """Latin names of the question that no statement found holds, nor a heading above one."""
    names = latin_terms(question) if language(question) == "zh" else _NAME.findall(question)
    held = fold(" ".join(part for one in ranked for part in (*one.source.heading_path, one.unit.text)))
    return [name for name in names if not _holds(held, fold(name))]


def _holds(held: str, name: str) -> bool:
    """Also without a plural s: 'LLMs' is held where 'LLM' is."""
    return name in held or (name.endswith("s") and name[:-1] in held)


def refusal(question: str, sources: Sequence[Source]) -> tuple[Sentence, ...]:
    """One sentence that says no, and one that names the nearest sections, plainly not as an answer."""
    tongue: Language = language(question)
    titles = list(dict.fromkeys(source.heading_path[-1] for source in sources))[:_NEAREST]
    if tongue == "zh":
        first, second = (
            "笔记里没有回答这个问题的内容。",
            "最接近的小节是：" + "、".join(f"「{t}」" for t in titles) + "。",
        )
    else:
        first, second = "The notes do not answer this.", "The nearest sections are: " + "; ".join(titles) + "."
    sentences = [Sentence(first)]
    if titles:
        sentences.append(Sentence(second, "\n\n"))
    return tuple(sentences)
