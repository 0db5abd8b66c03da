"""Question -> ranked passages: BM25 and FAISS, joined by reciprocal rank fusion, every hit with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, PrivateAttr

from ingest.clean import fold
from ingest.config import Settings
from ingest.schema import Kind
from ingest.split import body_text
from ingest.store import NotesIndex, open_index
from ingest.tokens import Tokenizer
from rag.followup import standalone
from rag.fusion import C, Fused, reciprocal_rank_fusion
from rag.records import Hit, Turn
from rag.scope import mask

Retriever = Literal["hybrid", "bm25", "dense"]
Floats = npt.NDArray[np.float64]
Allowed = npt.NDArray[np.bool_] | None  # the passages that may be found, bool [n]; None: all

# What the experiments in docs/benchmarks.md kept.
POOL = 500  # nearest passages that the language correction looks at
BLEND_WEIGHT = 2.0  # of the ranking by the retrievers' normalised scores, beside their own two
HUB = 0.3  # how much of the mean vector is taken off a question: passages near everything answer nothing
LIST_BM25 = 0.9  # lists of questions, links: times this in BM25
LIST_DENSE = 0.05  # and less this in cosine


@dataclass(frozen=True, slots=True)
class Ranking:
    """One retriever's list: the score of each passage number, best first."""

    scores: Mapping[int, float]

    @property
    def items(self) -> list[int]:
        """The passage numbers, best first."""
        return list(self.scores)


class HybridRetriever(BaseRetriever):
    """LangChain retriever over one generation of the index.

    `search` gives our records; `invoke` (LangChain) gives the same hits as documents, the reasons in their metadata.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Any  # NotesIndex
    embeddings: Any  # anything with encode_queries(texts) -> float32 [n, dimension]
    k: int = 10
    candidates: int = 50
    c: float = C
    retriever: Retriever = "hybrid"
    bm25_weight: float = 1.0  # the user's, on top of those found here
    dense_weight: float = 1.0

    _tokenizer: Tokenizer = PrivateAttr(default_factory=Tokenizer)
    _dense: "_DenseCorrection" = PrivateAttr()
    _list_like: npt.NDArray[np.bool_] = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Prepare what depends on the index only."""
        super().model_post_init(context)
        self._dense = _DenseCorrection.of(self.index)
        self._list_like = np.array([p.kind is not Kind.PROSE for p in self.index.passages], dtype=bool)

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

        With `only` (patterns of `rag.scope`) the lists are made of the passages of those notes; raises ScopeError.
        """
        query = standalone(question, list(history))
        tokens = self._tokenizer.tokenize(query)
        allowed = mask(only, self.index.notes, self.index.passages) if only else None
        rankings, weights = self._rankings(query, tokens, retriever or self.retriever, allowed)
        lists = {name: ranking.items for name, ranking in rankings.items()}
        fused = reciprocal_rank_fusion(lists, weights, self.c)
        return self._hits(fused, rankings, frozenset(tokens), self.k if k is None else k)

    def tokenize(self, text: str) -> list[str]:
        """The tokens that BM25 matches."""
        return self._tokenizer.tokenize(text)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [as_document(hit) for hit in self.search(query)]

    def _rankings(
        self, query: str, tokens: Sequence[str], retriever: Retriever, allowed: Allowed = None
    ) -> tuple[dict[str, Ranking], dict[str, float]]:
        """The lists to fuse, and the weight of each."""
        if not self.index.passages:
            return {}, {}
        if retriever == "bm25":
            return {"bm25": self._rank_bm25(tokens, allowed)}, {}
        dense = self._rank_dense(query, allowed)
        if retriever == "dense":
            return {"dense": dense}, {}
        bm25 = self._rank_bm25(tokens, allowed)
        weight = self.bm25_weight * self._coverage(tokens, bm25.items[:5])
        blend = _blend(bm25, dense, weight, self.dense_weight)
        return {"bm25": bm25, "dense": dense, "blend": blend}, {
            "bm25": weight,
            "dense": self.dense_weight,
            "blend": BLEND_WEIGHT,
        }

    def _rank_bm25(self, tokens: Sequence[str], allowed: Allowed) -> Ranking:
        scores = self.index.bm25.scores(tokens)
        scores[self._list_like] *= LIST_BM25
        if allowed is not None:
            scores[~allowed] = 0
        best = np.argsort(-scores, kind="stable")[: self.candidates]
        return Ranking({int(i): float(scores[i]) for i in best if scores[i] > 0})

    def _rank_dense(self, query: str, allowed: Allowed) -> Ranking:
        vector = self.embeddings.encode_queries([query])[0]
        shifted = vector - HUB * self._dense.mean
        scores, items = self.index.search_dense(shifted[np.newaxis], POOL, allowed)
        items = items[0][items[0] >= 0]
        corrected = scores[0][: len(items)] - self._dense.language_offset(shifted, items)
        corrected = corrected - LIST_DENSE * self._list_like[items]
        best = np.lexsort((items, -corrected))[: self.candidates]
        return Ranking({int(items[i]): float(corrected[i]) for i in best})

    def _coverage(self, tokens: Sequence[str], items: Sequence[int]) -> float:
        """The share of the question's idf mass that the best of these passages holds: 0 to 1.

        The vote of BM25 is worth what its best hits cover: an English question over Chinese notes finds chance
        matches of common words only. A term that no passage holds counts with the highest idf.
        """
        bm25 = self.index.bm25
        if not items:
            return 0.0
        rare = float(bm25.idf.max())
        held = dict.fromkeys(items, 0.0)
        total = 0.0
        for term in set(tokens):
            row = bm25.vocabulary.get(term)
            mass = rare if row is None else max(float(bm25.idf[row]), 0.0)
            total += mass
            if row is not None:
                passages = bm25.gains(row)[0]
                for item in items:
                    at = np.searchsorted(passages, item)
                    held[item] += mass if at < len(passages) and passages[at] == item else 0.0
        return max(held.values()) / total if total else 0.0

    def _hits(
        self, fused: Sequence[Fused], rankings: Mapping[str, Ranking], tokens: frozenset[str], k: int
    ) -> list[Hit]:
        """The first `k` as records; the same words at another place are one hit that names all its places."""
        hits: dict[str, Hit] = {}
        for one in fused:
            passage = self.index.passages[one.item]
            words = fold("".join(body_text(passage).split()))
            if words in hits:
                hits[words] = replace(hits[words], also_at=(*hits[words].also_at, passage.location))
            elif len(hits) < k:
                hits[words] = Hit(
                    passage=passage,
                    score=one.score,
                    ranks=one.ranks,
                    scores={name: rankings[name].scores[one.item] for name in one.ranks},
                    shares=one.shares,
                    matched_terms=self._matched(passage.text, tokens),
                )
        return list(hits.values())

    def _matched(self, text: str, tokens: frozenset[str]) -> tuple[str, ...]:
        """The question's terms as they stand in the text, each form once."""
        found = (text[start:end] for token, start, end in self._tokenizer.spans(text) if token in tokens)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _DenseCorrection:
    """What is taken off the inner products: nearness to everything, and the pull of a question's own language.

    `mean` float32 [dimension] is the mean vector; `han` float64 [n] each passage's share of Han characters, less
    the mean share; `slope` float32 [dimension] gives, times a question, the least-squares slope of its inner
    products over `han` (a prior of two pulls it to zero when all notes are in one language).
    """

    mean: npt.NDArray[np.float32]
    han: Floats
    slope: npt.NDArray[np.float32]

    @classmethod
    def of(cls, index: NotesIndex) -> "_DenseCorrection":
        vectors = index.vectors()
        if not len(vectors):
            nothing = np.zeros(index.manifest.dimension, np.float32)
            return cls(nothing, np.zeros(0), nothing)
        share = np.array([_han_share(passage.text) for passage in index.passages])
        han = share - share.mean()
        slope = (han @ vectors) / (han @ han + 2.0)
        return cls(vectors.mean(axis=0), han, slope.astype(np.float32))

    def language_offset(self, question: npt.NDArray[np.float32], items: npt.NDArray[np.int64]) -> Floats:
        """What the language alone adds to the inner products of these passages."""
        return float(self.slope @ question) * self.han[items]


def _han_share(text: str) -> float:
    words = sum(c.isalnum() for c in text)
    return sum("\u3400" <= c <= "\u9fff" for c in text) / words if words else 0.0


def _blend(bm25: Ranking, dense: Ranking, weight: float, dense_weight: float) -> Ranking:
    """A list by the weighted sum of both retrievers' scores, each normalised to 0..1 over its own list."""
    scores: dict[int, float] = {}
    if bm25.scores:
        top = max(bm25.scores.values())
        scores = {item: weight * score / top for item, score in bm25.scores.items()}
    low, high = min(dense.scores.values()), max(dense.scores.values())
    for item, score in dense.scores.items():
        scores[item] = scores.get(item, 0.0) + dense_weight * (score - low) / (high - low + 1e-9)
    best = sorted(scores, key=lambda item: (-scores[item], item))[: len(dense.scores)]
    return Ranking({item: scores[item] for item in best})


def as_document(hit: Hit) -> Document:
    """A hit as other people's LangChain code meets it."""
    passage = hit.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "path": passage.path,
            "heading_path": list(passage.heading_path),
            "section_id": passage.section_id,
            "start_line": passage.start_line,
            "end_line": passage.end_line,
            "score": hit.score,
            "ranks": dict(hit.ranks),
        },
    )


def open_retriever(settings: Settings, embeddings: Any) -> HybridRetriever:
    """The retriever over the index in use, for questions embedded by `embeddings`.

    Raises:
        NotesIndexError: no index, a damaged one, or one of another embedding model.
    """
    index = open_index(settings.index, embeddings.model_id)
    return HybridRetriever(
        index=index,
        embeddings=embeddings,
        candidates=settings.candidates,
        c=settings.rrf_c,
        bm25_weight=settings.bm25_weight,
        dense_weight=settings.dense_weight,
    )
