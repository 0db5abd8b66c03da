"""When the notes do not answer: what the retrieval says about that before the model is asked, and how 'no' is said.

The weights are a logistic regression over questions that two sets of notes answer, nearly answer, or say nothing about;
docs/benchmarks.md has the figures, `python -m benchmarks.gate` those of other sets.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.messages import Message
from ingest.passages.text import embedding_text
from ingest.schema import Kind, Passage
from ingest.text.folding import fold
from ingest.text.scripts import Language, language
from ingest.text.words import stem
from rag.records import Sentence, Source
from rag.sources.relevance import QuestionTerms

UNLIKELY = 0.5  # below this probability of an answer the model is not even asked
CERTAIN = 0.6  # from here on the quotes stand when the local model says no or strays
INTERCEPT = -15.43
WEIGHTS: Mapping[str, float] = {"cosine": 26.0, "names_missing": -6.5}
LOOKED_AT = 20  # statements in which names are looked for
_NEAREST = 3
# In an English question a name is told from a word by a second capital or by a digit: NF4, PagedAttention, MMLU.
_NAME = re.compile(r"\b(?:[A-Za-z]*[A-Z0-9][A-Za-z0-9-]*[A-Z0-9][A-Za-z0-9]*|[A-Za-z-]*\d[A-Za-z0-9-]*)\b")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the retrieval says about a question."""

    cosine: float  # of the nearest passage that states something
    names_missing: float  # share of the question's weight in names that no statement found holds


def signals(
    question: str, terms: QuestionTerms, scores: npt.NDArray[np.float32], passages: Sequence[Passage]
) -> Signals:
    """Measure a search by the cosines float32 [m] of the `passages` nearest to the question, nearest first; lists of
    questions among them state nothing."""
    prose = [(float(score), one) for score, one in zip(scores, passages, strict=True) if one.kind is Kind.PROSE]
    missing = {name: _in_any_spelling(name) for name in _names(question, terms)}
    for _, passage in prose[:LOOKED_AT]:
        text = fold(embedding_text(passage)) if missing else ""
        missing = {name: spelt for name, spelt in missing.items() if not spelt.search(text)}
    return Signals(
        # What has no word, such as a lone question mark, asks for nothing, however near something is.
        cosine=prose[0][0] if prose and terms.weights else 0.0,
        names_missing=sum(terms.weights[name] for name in missing) / terms.total if missing else 0.0,
    )


def _names(question: str, terms: QuestionTerms) -> list[str]:
    """Terms with letters of a Chinese question; of an English one the words with a digit or a second capital.

    A bare number is no name: it may be what is to be computed with; nor is a single letter, the Q of `Q LoRA`.
    """
    if language(question) == "zh":
        return [term for term in terms.weights if len(term) > 1 and re.search(r"[a-zα-ω]", term)]
    named = {fold(match.group()) for match in _NAME.finditer(question)}
    return [term for term in terms.weights if term in named]


def _in_any_spelling(name: str) -> re.Pattern[str]:
    """A name at the start of a word, without ending or joints: q-lora is in `QLoRA`, finetune in `Fine-tuning`."""
    characters = [re.escape(character) for character in stem(name) if character.isalnum()]
    return re.compile(r"(?<![a-z0-9])" + "[-_./ ]?".join(characters))


def probability(measured: Signals) -> float:
    """The chance that the notes hold the answer, 0 to 1."""
    z = INTERCEPT + sum(weight * getattr(measured, name) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-z))


def refusal(tongue: Language, sources: Sequence[Source]) -> tuple[Sentence, ...]:
    """One sentence that says no, and one that names the nearest sections, plainly not as an answer."""
    titles = list(dict.fromkeys(source.heading_path[-1] for source in sources))[:_NEAREST]
    said = Sentence(Message("answer.refused").told(tongue))
    if not titles:
        return (said,)
    named = "、".join(f"「{title}」" for title in titles) if tongue == "zh" else "; ".join(titles)
    return said, Sentence(Message("answer.nearest", titles=named).told(tongue), "\n\n")
