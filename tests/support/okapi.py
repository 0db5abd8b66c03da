"""The oracle of the BM25 tests: the same arrays made by rank_bm25 itself."""

from collections.abc import Sequence

import numpy as np
from rank_bm25 import BM25Okapi

from ingest.index.bm25 import EPSILON, Bm25Index


def build(token_lists: Sequence[Sequence[str]], k1: float, b: float) -> Bm25Index:
    """Index the passages; `token_lists[i]` are the tokens of passage i, and may be empty."""
    if not any(token_lists):
        empty = np.zeros(0)
        lengths = np.zeros(len(token_lists))
        return Bm25Index(
            {}, empty, np.zeros(1, np.int64), empty.astype(np.int32), empty.astype(np.float32), lengths, k1, b
        )
    okapi = BM25Okapi([list(tokens) for tokens in token_lists], k1=k1, b=b, epsilon=EPSILON)
    vocabulary = {term: row for row, term in enumerate(sorted(okapi.idf))}
    postings: list[list[tuple[int, int]]] = [[] for _ in vocabulary]
    for passage, frequencies in enumerate(okapi.doc_freqs):
        for term, count in frequencies.items():
            postings[vocabulary[term]].append((passage, count))
    flat = np.array([pair for row in postings for pair in row], dtype=np.int64)
    return Bm25Index(
        vocabulary=vocabulary,
        idf=np.array([okapi.idf[term] for term in vocabulary]),
        starts=np.concatenate(([0], np.cumsum([len(row) for row in postings]))).astype(np.int64),
        passages=flat[:, 0].astype(np.int32),
        counts=flat[:, 1].astype(np.float32),
        lengths=np.array(okapi.doc_len, dtype=np.float64),
        k1=k1,
        b=b,
    )
