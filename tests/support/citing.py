"""One sentence checked against a few sources, by a reader that anybody can count out."""

from collections.abc import Sequence

from ingest.text.tokens import Tokenizer
from rag.citations.check import Checker, Entails, Similarity
from rag.citations.entailment import Verdict
from rag.citations.splitter import split_answer
from rag.citations.windows import terms_of
from rag.records import Sentence, Source
from rag.sources.relevance import Relevance


def source(text: str, n: int = 1, heading: str = "笔记") -> Source:
    """Source `n`, a section of a note of its own."""
    return Source(n, f"s{n}", f"{n}.md", (heading,), text, 0, len(text), 1, 1 + text.count("\n"), "")


def by_words(sentence: str, windows: Sequence[str]) -> list[Verdict]:
    """Held is the share of the sentence's terms that a window has."""
    terms = terms_of(sentence)
    shares = [len(terms & terms_of(window)) / len(terms) for window in windows]
    return [Verdict(1 - share, share, 0.0) for share in shares]


class WordReader:
    """`by_words` in the place of the checker that ships."""

    read = staticmethod(by_words)


def near_by_words(question: str, texts: Sequence[str]) -> list[float]:
    """The share of the question's terms that a text has, in the place of a cosine: half of it, so that it counts once in a unit's score."""
    words = Relevance(Tokenizer().tokenize, lambda term: 1.0, near_by_words)
    terms = words.terms(question)
    return [terms.coverage(words.tokenize(text)) / 2 for text in texts]


def no_likeness(_: str, stretches: Sequence[str]) -> list[float]:
    """Nothing is like anything."""
    return [0.0] * len(stretches)


def cited(sentence: str, *texts: str, entails: Entails = by_words, similarity: Similarity = no_likeness) -> Sentence:
    """The sentence as it is checked against sources of these texts, numbered from 1."""
    (piece,) = (piece for piece in split_answer(sentence) if piece.text)
    sources = [source(text, n) for n, text in enumerate(texts, start=1)]
    return Checker(sources, entails, similarity).check(piece)
