"""Question -> ranked passages: BM25 and FAISS, joined by reciprocal rank fusion, every hit with its reasons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.cross_encoders import BaseCrossEncoder
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, PrivateAttr, SkipValidation

from ingest.index.read import NotesIndex
from ingest.schema import Passage
from ingest.store.read import Store
from ingest.text.folding import fold
from ingest.text.markup import plain
from ingest.text.sentences import sentence_spans
from ingest.text.tokens import Tokenizer
from rag.question.scope import mask
from rag.records import Hit, Turn
from rag.search.fusion import C, Fused, Ranking, reciprocal_rank_fusion
from rag.search.langchain import as_document
from rag.search.legs import POOL, Allowed, Reach, Scorer, Weights, vote
from rag.search.marks import Marked, Marks, no_marks
from rag.search.rerank import RERANKED, rerank
from rag.search.spelling import Vocabulary
from rag.search.stored import StoredScorer
from rag.search.understanding import Embed, Understanding, Understood

_HEADINGS = re.compile(r"\A(?:#{1,6}[ \t][^\n]*\s*)+")
Retriever = Literal["hybrid", "bm25", "dense"]


class QuestionEmbedder(Protocol):
    """What search needs of an embedding model."""

    @property
    def model_id(self) -> str:
        """Names the model and its revision."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32 [n, dimension] of questions."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32 [n, dimension] of passages or sentences."""

    def __hash__(self) -> int:
        """Of the object: what is built over a model is kept with it."""


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
    weights: Weights = Weights()
    bm25_weight: float = 1.0  # the user's, on top of the learned ones
    dense_weight: float = 1.0
    reranker: SkipValidation[BaseCrossEncoder | None] = None  # for the first hits of the hybrid list
    marked: SkipValidation[Marked] = no_marks  # what the reader thought of sections
    store: SkipValidation[Store | None] = None  # where the vectors are looked for, when not in the index

    _tokenizer: Tokenizer = PrivateAttr(default_factory=Tokenizer)
    _understanding: Understanding = PrivateAttr()
    _embed: Embed = PrivateAttr()
    _marks: Marks = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Prepare what depends on the index only."""
        super().model_post_init(context)
        mine = self.weights
        mine = replace(mine, words=mine.words * self.bm25_weight, meaning=mine.meaning * self.dense_weight)
        if self.store:
            scorer: Scorer = StoredScorer.in_store(self.store, self.index, mine, 2 * self.candidates)
        else:
            scorer = Scorer.of(self.index, mine)
        self._embed = lru_cache(maxsize=500)(lambda text: self.embeddings.encode_queries([text])[0])
        vocabulary = Vocabulary.of(self.index.bm25.vocabulary, self.index.bm25.weight, self._tokenizer)
        self._understanding = Understanding(scorer, vocabulary, self._tokenizer, self._embed)
        self._marks = Marks(self._passages_of, self.embeddings.encode_queries, self.marked)

    def marked_by(self, marked: Marked) -> "HybridRetriever":
        """The same for a reader with other marks; what it is made of is shared."""
        other = self.model_copy(update={"marked": marked})
        other._marks = Marks(self._passages_of, self.embeddings.encode_queries, marked)
        return other

    def search(
        self,
        question: str,
        k: int | None = None,
        *,
        history: Sequence[Turn] = (),
        retriever: Retriever | None = None,
        only: Sequence[str] = (),
    ) -> list[Hit]:
        """The `k` best passages for a question of this conversation, best first.

        With `only` (patterns of `rag.question.scope`) the lists are made of the passages of those notes; raises ScopeError.
        """
        return self.found(self.understood(question, history, only), k, retriever)

    def understood(
        self, question: str, history: Sequence[Turn] = (), only: Sequence[str] = (), pool: int = POOL
    ) -> Understood:
        """What a question means, within its conversation and to these notes, of which FAISS gives the `pool` nearest passages;
        raises ScopeError."""
        reach = Reach(self.allowed(only), max(pool, self.candidates))
        return self._with_marks(self._understanding.of(question, history, reach))

    def as_typed(self, question: str, only: Sequence[str] = ()) -> Understood:
        """A question that is searched as it stands; raises ScopeError."""
        reach = Reach(self.allowed(only), max(POOL, self.candidates))
        return self._with_marks(self._understanding.as_typed(question, reach))

    def _passages_of(self, section_id: str) -> list[int]:
        section = self.index.sections.get(section_id)
        near = self.index.passages_of(section.path) if section else ()
        return [item for item in near if self.index.passages[item].section_id == section_id]

    def _with_marks(self, understood: Understood) -> Understood:
        moves = self._marks.moves(self._embed(understood.question))
        return replace(understood, legs=understood.legs.moved(moves), moves=moves) if moves else understood

    def found(self, understood: Understood, k: int | None = None, retriever: Retriever | None = None) -> list[Hit]:
        """The `k` best passages for a question that is understood."""
        name = retriever or self.retriever
        fused, rankings = self.fused(understood, name)
        return self.top(understood, fused, rankings, self.k if k is None else k, name)

    def tokenize(self, text: str) -> list[str]:
        """The tokens that BM25 matches."""
        return self._tokenizer.tokenize(text)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        return [as_document(hit) for hit in self.search(query, k)]

    def best_sentences(self, understood: Understood, hits: Sequence[Hit]) -> list[str]:
        """The sentence of each hit that is nearest to the question, as it stands in the note."""
        if not hits:
            return []
        pieces = [_sentences(hit.passage.text) for hit in hits]
        vectors = self.embeddings.encode_passages([piece for group in pieces for piece in group])
        near = iter(vectors @ self._embed(understood.question))
        return [max(zip(group, near, strict=False), key=lambda pair: pair[1])[0] for group in pieces]

    def nearest(
        self, question: str, n: int, *, only: Sequence[str] = ()
    ) -> tuple[npt.NDArray[np.float32], list[Passage]]:
        """The plain inner products float32 [m] of the `n` nearest passages with a question, and the passages."""
        vector = self.embedded(question)
        if self.store:
            near, found = self.store.nearest(vector, n, self.allowed(only))
        else:
            scores, items = self.index.search_dense(vector[np.newaxis], n, self.allowed(only))
            near, found = scores[0], items[0]
        return near, [self.index.passages[int(item)] for item in found]

    def embedded(self, question: str) -> npt.NDArray[np.float32]:
        """Its vector, float32 [dimension], unit length; kept for the last questions."""
        return self._embed(question)

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """The tokens that BM25 matches with their places in a text."""
        return self._tokenizer.spans(text)

    def matched_terms(self, understood: Understood, hits: Sequence[Hit]) -> list[tuple[str, ...]]:
        """The question's terms as they stand in each hit's text, each form once."""
        return [self._tokenizer.matched(hit.passage.text, understood.tokens) for hit in hits]

    def allowed(self, only: Sequence[str]) -> Allowed:
        """The passages of the notes that `only` names. Raises ScopeError."""
        return mask(only, self.index) if only else None

    def fused(self, understood: Understood, retriever: Retriever) -> tuple[list[Fused], dict[str, Ranking]]:
        """The fused list, and the rankings that it is made of."""
        rankings = understood.legs.rankings(self.candidates)
        if retriever != "hybrid":
            alone = rankings[retriever]
            return reciprocal_rank_fusion({retriever: alone.items}, c=self.c), {retriever: alone}
        weights = {"bm25": self.bm25_weight * vote(rankings["bm25"].top), "dense": self.dense_weight}
        lists = {name: ranking.items for name, ranking in rankings.items()}
        return reciprocal_rank_fusion(lists, weights, self.c), rankings

    def top(
        self,
        understood: Understood,
        fused: Sequence[Fused],
        rankings: Mapping[str, Ranking],
        k: int,
        retriever: Retriever,
    ) -> list[Hit]:
        """The first `k`, reranked when there is a reranker and the list is the hybrid one."""
        if self.reranker is None or retriever != "hybrid":
            return self._hits(understood, fused, rankings, k)
        hits = self._hits(understood, fused, rankings, max(k, RERANKED))
        return rerank(hits, understood.question, self.reranker)[:k]

    def _hits(
        self, understood: Understood, fused: Sequence[Fused], rankings: Mapping[str, Ranking], k: int
    ) -> list[Hit]:
        """The first `k` as records; the same words at another place are one hit that names all its places."""
        hits: dict[str, Hit] = {}
        for one in fused:
            passage = self.index.passages[one.item]
            words = _words(passage.text)
            if words in hits:
                hits[words] = replace(hits[words], also_at=(*hits[words].also_at, passage.location))
            elif len(hits) < k:
                hits[words] = Hit(
                    passage=passage,
                    score=one.score,
                    ranks=one.ranks,
                    scores={name: r.scores[one.item] for name, r in rankings.items() if name in one.ranks},
                    shares=one.shares,
                    mark=understood.moves.get(one.item, 0.0),
                )
        return list(hits.values())


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """What tells twins: the words below the headings that a passage starts with, which differ from note to note."""
    below = _HEADINGS.sub("", text, count=1) or text
    return fold("".join(plain(below).split()))


def _sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentence_spans(text)] or [text]
