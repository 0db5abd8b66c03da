"""Question -> ranked passages: BM25 and FAISS, joined by reciprocal rank fusion, every hit with its reasons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.cross_encoders import BaseCrossEncoder
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, PrivateAttr, SkipValidation

from ingest.index.read import NotesIndex
from ingest.passages.text import body_text
from ingest.schema import Passage
from ingest.text.folding import fold
from ingest.text.sentences import sentence_spans
from ingest.text.tokens import Tokenizer
from rag.question.scope import mask
from rag.question.standalone import standalone
from rag.records import Hit, Turn
from rag.search.dense_correction import POOL, DenseCorrection, Levers
from rag.search.fusion import C, Fused, Ranking, blend, reciprocal_rank_fusion
from rag.search.langchain import as_document
from rag.search.rerank import RERANKED, rerank

_HEADINGS = re.compile(r"\A(?:#{1,6}[ \t][^\n]*\s*)+")
Retriever = Literal["hybrid", "bm25", "dense"]
Allowed = npt.NDArray[np.bool_] | None  # the passages that may be found, bool [n]; None: all


class QuestionEmbedder(Protocol):
    """What search needs of an embedding model."""

    @property
    def model_id(self) -> str:
        """Names the model and its revision."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32 [n, dimension] of questions."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32 [n, dimension] of passages or sentences."""


class HybridRetriever(BaseRetriever):
    """LangChain retriever over one generation of the index.

    `search` gives our records; `invoke` (LangChain) gives the same hits as documents, the reasons in their metadata.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: SkipValidation[NotesIndex]
    embeddings: SkipValidation[QuestionEmbedder]
    k: int = 10
    candidates: int = 50
    c: float = C
    retriever: Retriever = "hybrid"
    levers: Levers = Levers()
    bm25_weight: float = 1.0  # the user's, on top of the levers
    dense_weight: float = 1.0
    reranker: SkipValidation[BaseCrossEncoder | None] = None  # for the first hits of the hybrid list

    _tokenizer: Tokenizer = PrivateAttr(default_factory=Tokenizer)
    _correction: DenseCorrection = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Prepare what depends on the index only."""
        super().model_post_init(context)
        self._correction = DenseCorrection.of(self.index, self.levers)

    def search(
        self,
        question: str,
        k: int | None = None,
        *,
        history: Sequence[Turn] = (),
        retriever: Retriever | None = None,
        only: Sequence[str] = (),
    ) -> list[Hit]:
        """The `k` best passages for a question (a follow-up is first made to stand alone), best first.

        With `only` (patterns of `rag.question.scope`) the lists are made of the passages of those notes; raises ScopeError.
        """
        query = standalone(question, list(history))
        name = retriever or self.retriever
        tokens = self.tokenize(query)
        fused, rankings = self.fused(query, tokens, name, self.allowed(only))
        return self.top(query, tokens, fused, rankings, self.k if k is None else k, name)

    def tokenize(self, text: str) -> list[str]:
        """The tokens that BM25 matches."""
        return self._tokenizer.tokenize(text)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        return [as_document(hit) for hit in self.search(query, k)]

    def best_sentences(self, question: str, hits: Sequence[Hit], *, history: Sequence[Turn] = ()) -> list[str]:
        """The sentence of each hit that is nearest to the question, as it stands in the note."""
        if not hits:
            return []
        pieces = [_sentences(hit.passage.text) for hit in hits]
        vectors = self.embeddings.encode_passages([piece for group in pieces for piece in group])
        near = iter(vectors @ self.embeddings.encode_queries([standalone(question, list(history))])[0])
        return [max(zip(group, near, strict=False), key=lambda pair: pair[1])[0] for group in pieces]

    def nearest(
        self, question: str, n: int, *, only: Sequence[str] = ()
    ) -> tuple[npt.NDArray[np.float32], list[Passage]]:
        """The plain inner products float32 [m] of the `n` nearest passages with a question, and the passages."""
        vector = self.embeddings.encode_queries([question])[0]
        scores, items = self.index.search_dense(vector[np.newaxis], n, self.allowed(only))
        kept = items[0] >= 0
        return scores[0][kept], [self.index.passages[int(item)] for item in items[0][kept]]

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """The tokens that BM25 matches with their places in a text."""
        return self._tokenizer.spans(text)

    def allowed(self, only: Sequence[str]) -> Allowed:
        """The passages of the notes that `only` names. Raises ScopeError."""
        return mask(only, self.index.notes, self.index.passages) if only else None

    def fused(
        self, query: str, tokens: Sequence[str], retriever: Retriever, allowed: Allowed
    ) -> tuple[list[Fused], dict[str, Ranking]]:
        """The fused list, and the rankings that it is made of."""
        rankings, weights = self._rankings(query, tokens, retriever, allowed)
        lists = {name: ranking.items for name, ranking in rankings.items()}
        return reciprocal_rank_fusion(lists, weights, self.c), rankings

    def _rankings(
        self, query: str, tokens: Sequence[str], retriever: Retriever, allowed: Allowed
    ) -> tuple[dict[str, Ranking], dict[str, float]]:
        """The lists to fuse, and the weight of each."""
        if not self.index.passages:
            return {}, {}
        if retriever == "bm25":
            return {"bm25": self.rank_bm25(tokens, self.candidates, allowed)}, {}
        dense = self.rank_dense(query, self.candidates, allowed)
        if retriever == "dense":
            return {"dense": dense}, {}
        bm25 = self.rank_bm25(tokens, self.candidates, allowed)
        weight = self._coverage(tokens, bm25.items[:5]) if self.levers.coverage else 1.0
        weight *= self.bm25_weight
        rankings, weights = {"bm25": bm25, "dense": dense}, {"bm25": weight, "dense": self.dense_weight}
        if self.levers.blend:
            rankings["blend"] = blend(bm25, dense, weight, self.dense_weight)
            weights["blend"] = self.levers.blend
        return rankings, weights

    def rank_bm25(self, tokens: Sequence[str], n: int, allowed: Allowed) -> Ranking:
        """The `n` best passages by BM25; those that share no term with the question have no place."""
        scores = self.index.bm25.scores(tokens)
        scores[self._correction.lists] *= self.levers.list_bm25
        if allowed is not None:
            scores[~allowed] = 0
        best = np.argsort(-scores, kind="stable")[:n]
        return Ranking({int(i): float(scores[i]) for i in best if scores[i] > 0})

    def rank_dense(self, query: str, n: int, allowed: Allowed) -> Ranking:
        """The `n` nearest passages by the corrected inner product."""
        vector = self.embeddings.encode_queries([query])[0]
        scores, items = self.index.search_dense(vector[np.newaxis], max(n, POOL), allowed)
        items = items[0][items[0] >= 0]
        corrected = self._correction.corrected(vector, scores[0][: len(items)], items)
        best = np.lexsort((items, -corrected))[:n]
        return Ranking({int(items[i]): float(corrected[i]) for i in best})

    def _coverage(self, tokens: Sequence[str], items: Sequence[int]) -> float:
        """The share of the question's idf mass that the best of these passages holds: 0 to 1.

        The vote of BM25 is worth what its best hits cover: an English question over Chinese notes finds chance
        matches of common words only.
        """
        bm25 = self.index.bm25
        if not items:
            return 0.0
        held = dict.fromkeys(items, 0.0)
        total = 0.0
        for term in set(tokens):
            mass = bm25.weight(term)
            total += mass
            row = bm25.vocabulary.get(term)
            if row is not None:
                passages = bm25.gains(row)[0]
                for item in items:
                    at = np.searchsorted(passages, item)
                    held[item] += mass if at < len(passages) and passages[at] == item else 0.0
        return max(held.values()) / total if total else 0.0

    def top(
        self,
        query: str,
        tokens: Sequence[str],
        fused: Sequence[Fused],
        rankings: Mapping[str, Ranking],
        k: int,
        retriever: Retriever,
    ) -> list[Hit]:
        """The first `k`, reranked when there is a reranker and the list is the hybrid one."""
        terms = frozenset(tokens)
        if self.reranker is None or retriever != "hybrid":
            return self._hits(fused, rankings, terms, k)
        return rerank(self._hits(fused, rankings, terms, max(k, RERANKED)), query, self.reranker)[:k]

    def _hits(
        self, fused: Sequence[Fused], rankings: Mapping[str, Ranking], tokens: frozenset[str], k: int
    ) -> list[Hit]:
        """The first `k` as records; the same words at another place are one hit that names all its places."""
        hits: dict[str, Hit] = {}
        for one in fused:
            passage = self.index.passages[one.item]
            words = _words(passage)
            if words in hits:
                hits[words] = replace(hits[words], also_at=(*hits[words].also_at, passage.location))
            elif len(hits) < k:
                hits[words] = Hit(
                    passage=passage,
                    score=one.score,
                    ranks=one.ranks,
                    scores={name: r.scores[one.item] for name, r in rankings.items() if name in one.ranks},
                    shares=one.shares,
                    matched_terms=self._matched(passage.text, tokens),
                )
        return list(hits.values())

    def _matched(self, text: str, tokens: frozenset[str]) -> tuple[str, ...]:
        """The question's terms as they stand in the text, each form once."""
        found = (text[start:end] for token, start, end in self._tokenizer.spans(text) if token in tokens)
        return tuple(dict.fromkeys(found))


def _words(passage: Passage) -> str:
    """What tells twins: the words below the headings that a passage starts with, which differ from note to note."""
    below = replace(passage, text=_HEADINGS.sub("", passage.text, count=1) or passage.text)
    return fold("".join(body_text(below).split()))


def _sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentence_spans(text)] or [text]
