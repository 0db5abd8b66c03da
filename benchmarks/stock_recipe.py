"""What LangChain's parts give as they come: BM25Retriever, FAISS and EnsembleRetriever, over our passages.

The passages, their vectors, the tokens and the length of the lists are the product's, so that what differs is the ranking
alone: BM25 of the passages' text with the package's k1 of 1.5 and b of 0.75, inner products as they are, the two lists
fused by EnsembleRetriever with equal weights and c = 60. BM25Retriever splits at white space, which finds nothing in
Chinese: `preprocess_func` gives it our tokens (jieba's for search engines). A question is searched for as typed, since
these parts know of no conversation.
"""

from collections.abc import Callable, Sequence

from rag.evaluate.retrieval import Question
from rag.records import Hit
from rag.search.langchain import as_vector_store
from rag.search.retriever import HybridRetriever

NAME = "stock recipe"


def stock_recipe(retriever: HybridRetriever) -> Callable[[Question], Sequence[Hit]]:
    """A search over the passages and vectors of a retriever of ours; an index without passages finds nothing."""
    passages = {passage.id: passage for passage in retriever.index.passages}
    if not passages:
        return lambda question: []
    store = as_vector_store(retriever.index, retriever.embeddings)
    # Only now: the package's first import says that it is sunset, which `as_vector_store` has seen to.
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever

    documents, n = store.get_by_ids(list(passages)), retriever.candidates
    by_words = BM25Retriever.from_documents(documents, preprocess_func=retriever.tokenize, k=n)
    by_meaning = store.as_retriever(search_kwargs={"k": n})
    both = EnsembleRetriever(retrievers=[by_words, by_meaning], weights=[0.5, 0.5])

    def search(question: Question) -> list[Hit]:
        found = both.invoke(question.text)
        return [Hit(passages[str(document.id)], score=1 / rank) for rank, document in enumerate(found, start=1)]

    return search
