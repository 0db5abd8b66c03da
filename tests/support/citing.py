"""One sentence checked against a few sources, each term weighing the same, so that a share can be counted by hand."""

from collections.abc import Sequence

from ingest.text.tokens import Tokenizer
from rag.citations.check import Checker, Similarity
from rag.citations.splitter import split_answer
from rag.records import Sentence, Source
from rag.sources.relevance import Relevance


def source(text: str, n: int = 1, heading: str = "笔记") -> Source:
    """Source `n`, a section of a note of its own."""
    return Source(n, f"s{n}", f"{n}.md", (heading,), text, 0, len(text), 1, 1 + text.count("\n"), "")


def cited(sentence: str, *texts: str, similarity: Similarity | None = None) -> Sentence:
    """The sentence as it is checked against sources of these texts, numbered from 1."""
    (piece,) = (piece for piece in split_answer(sentence) if piece.text)
    sources: Sequence[Source] = [source(text, n) for n, text in enumerate(texts, start=1)]
    return Checker(sources, Relevance(Tokenizer().tokenize, lambda term: 1.0), similarity).check(piece)
