"""When the notes do not answer: what the retrieval says about that before the model is asked, and how 'no' is said.

The weights are a logistic regression on 291 questions over two sets of notes; docs/benchmarks.md has the figures.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.schema import Kind
from ingest.split import embedding_text
from rag.records import Hit, Sentence, Source
from rag.relevance import QuestionTerms, Relevance
from rag.wording import Language, fold, language

UNLIKELY = 0.65  # below this probability of an answer the model is not even asked
CERTAIN = 0.75  # from here on the quotes stand when the model says no or strays
NO_LIST = -0.1  # `list_nearer` when no list of questions was found
INTERCEPT = -10.27
WEIGHTS: Mapping[str, float] = {
    "cosine": 16.16,
    "list_nearer": -22.54,
    "list_covers_more": -0.62,
    "names_missing": -15.30,
    "untouched": -10.0,  # set by hand: in the two sets only questions far off the notes are
}
_LOOKED_AT = 20  # statements whose terms are counted
_LISTS_LOOKED_AT = 5
_TONGUE_OF = 5  # statements that tell the language of what was found
_TOUCHED = 0.02
_NEAREST = 3
# In an English question a name is told from a word by a second capital or by a digit: NF4, PagedAttention, MMLU.
_NAME = re.compile(r"\b(?:[A-Za-z]*[A-Z0-9][A-Za-z0-9-]*[A-Z0-9][A-Za-z0-9]*|[A-Za-z-]*\d[A-Za-z0-9-]*)\b")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the retrieval says about a question. Cosines as the retriever corrects them; shares from 0 to 1."""

    cosine: float  # of the nearest passage that states something
    list_nearer: float  # how much nearer a mere list of questions or links is
    list_covers_more: float  # how much more of the question's rare terms such a list holds than any statement
    names_missing: float  # share of the question's weight in names that no statement found holds
    untouched: float = 0.0  # 1 when no statement found, in the question's language, holds any of its terms


def signals(question: str, terms: QuestionTerms, hits: Sequence[Hit], relevance: Relevance) -> Signals:
    """Measure a search by its hits (best first, lists of questions among them)."""
    prose = [hit for hit in hits if hit.passage.kind is Kind.PROSE]
    lists = [hit for hit in hits if hit.passage.kind is not Kind.PROSE]
    held = [set(relevance.tokenize(embedding_text(hit.passage))) for hit in prose[:_LOOKED_AT]]
    listed = [set(relevance.tokenize(embedding_text(hit.passage))) for hit in lists[:_LISTS_LOOKED_AT]]
    cosine = max((hit.scores["dense"] for hit in prose if "dense" in hit.scores), default=0.0)
    near_lists = [hit.scores["dense"] for hit in lists if "dense" in hit.scores]
    known = set().union(*held) if held else set()
    missing = sum(terms.weights[name] for name in _names(question, terms) if name not in known)
    covered = max(map(terms.coverage, held), default=0.0)
    same_tongue = sum(language(hit.passage.text) == language(question) for hit in prose[:_TONGUE_OF])
    return Signals(
        cosine=cosine,
        list_nearer=max(near_lists) - cosine if near_lists else NO_LIST,
        list_covers_more=max(map(terms.coverage, listed), default=0.0) - covered,
        names_missing=missing / terms.total if terms.total else 0.0,
        untouched=float(covered < _TOUCHED and 2 * same_tongue > min(len(prose), _TONGUE_OF)),
    )


def _names(question: str, terms: QuestionTerms) -> list[str]:
    """Latin terms of a Chinese question; of an English one the words with a digit or a second capital."""
    if language(question) == "zh":
        return [term for term in terms.weights if re.search(r"[a-z0-9α-ω]", term)]
    named = {fold(match.group()) for match in _NAME.finditer(question)}
    return [term for term in terms.weights if term in named]


def probability(measured: Signals) -> float:
    """The chance that the notes hold the answer, 0 to 1."""
    z = INTERCEPT + sum(weight * getattr(measured, name) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-z))


def refusal(question: str, sources: Sequence[Source]) -> tuple[Sentence, ...]:
    """One sentence that says no, and one that names the nearest sections, plainly not as an answer."""
    tongue: Language = language(question)
    titles = list(dict.fromkeys(source.heading_path[-1] for source in sources))[:_NEAREST]
    if tongue == "zh":
        first = "笔记里没有回答这个问题的内容。"
        second = "最接近的小节是：" + "、".join(f"「{title}」" for title in titles) + "。"
    else:
        first, second = "The notes do not answer this.", "The nearest sections are: " + "; ".join(titles) + "."
    said = Sentence(first)
    return (said, Sentence(second, "\n\n")) if titles else (said,)
