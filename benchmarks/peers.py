"""A search here beside those of others, in one run: `python -m benchmarks.peers [--passages 100000] [--folder runs/scale]`.

Over the made-up vault and index of `benchmarks.scale`, which must be there: all get the same passages, vectors and tokens, and give lists of 50
that are fused with c = 60. CPU milliseconds of a search, without embedding the question, and CPU seconds to put it together
from these. Left out, and said to be, is what is not installed: bm25s and lancedb are none of the project's packages.
"""

import argparse
import importlib.util
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scale import Questions, per_question
from benchmarks.stock_recipe import stock_recipe
from ingest.config import Settings
from ingest.index.read import open_index
from ingest.passages.text import keyword_text
from rag.evaluate.retrieval import Question
from rag.open import retriever_over
from rag.search.fusion import reciprocal_rank_fusion
from rag.search.retriever import HybridRetriever

LIST = 50  # passages of a list
Search = Callable[[str], object]


def langchain(retriever: HybridRetriever, tokens: Sequence[Sequence[str]]) -> Search:
    """BM25Retriever and FAISS in an EnsembleRetriever."""
    search = stock_recipe(retriever)
    return lambda text: search(Question("q", text))


def bm25s_faiss(retriever: HybridRetriever, tokens: Sequence[Sequence[str]]) -> Search:
    """bm25s and FAISS's flat index, by reciprocal rank fusion."""
    import bm25s
    import faiss

    words = bm25s.BM25(k1=1.5, b=0.75)
    words.index([list(own) for own in tokens], show_progress=False)
    vectors = faiss.IndexFlatIP(retriever.index.vectors.dimension)
    vectors.add(retriever.index.vectors[:])

    def search(text: str) -> object:
        by_words = words.retrieve([retriever.tokenize(text)], k=LIST, show_progress=False).documents[0]
        _, near = vectors.search(retriever.embedded(text)[np.newaxis], LIST)
        return reciprocal_rank_fusion({"bm25": by_words.tolist(), "dense": near[0].tolist()})

    return search


def sqlite_fts5(retriever: HybridRetriever, tokens: Sequence[Sequence[str]]) -> Search:
    """SQLite's full-text index, words alone."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE passages USING fts5(words, content='')")
    rows = ((number, " ".join(own)) for number, own in enumerate(tokens))
    base.executemany("INSERT INTO passages(rowid, words) VALUES (?, ?)", rows)

    def search(text: str) -> object:
        asked = " OR ".join(f'"{token}"' for token in retriever.tokenize(text))
        found = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
        return base.execute(found, (asked, LIST)).fetchall()

    return search


def lancedb(retriever: HybridRetriever, tokens: Sequence[Sequence[str]]) -> Search:
    """LanceDB's hybrid search, every vector looked at, with its own reranker by reciprocal ranks."""
    import lancedb as lance
    import pyarrow as pa
    from lancedb.index import FTS
    from lancedb.rerankers import RRFReranker

    vectors = retriever.index.vectors
    flat = pa.array(vectors[:].ravel())
    columns: dict[str, Any] = {
        "number": pa.array(range(len(tokens))),
        "words": pa.array([" ".join(own) for own in tokens]),
        "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.dimension),
    }
    table = lance.connect(tempfile.mkdtemp()).create_table("passages", pa.table(columns))
    table.create_index("words", config=FTS(stem=False, remove_stop_words=False, ascii_folding=False))
    fuse = RRFReranker(K=60)

    def search(text: str) -> object:
        asked = table.search(query_type="hybrid").vector(retriever.embedded(text)).metric("dot")
        return asked.text(" ".join(retriever.tokenize(text))).rerank(fuse).limit(LIST).to_arrow()

    return search


PEERS = {
    "LangChain": (langchain, "langchain_community"),
    "bm25s and FAISS": (bm25s_faiss, "bm25s"),
    "SQLite FTS5, words alone": (sqlite_fts5, "sqlite3"),
    "LanceDB": (lancedb, "lancedb"),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("runs/scale"))
    options = parser.parse_args()
    vault = options.folder / str(options.passages)
    index = open_index(vault / "index")
    settings = Settings(corpus=vault / "corpus", index=vault / "index")
    retriever: HybridRetriever = retriever_over(index, settings, Questions())
    tokens = [retriever.tokenize(keyword_text(passage)) for passage in index.passages]
    print("| a search | middle | 95th percentile | | |\n| --- | ---: | ---: | --- | --- |")
    per_question("AskNotes, a new question", retriever.search)
    per_question("AskNotes, one that was asked before", retriever.search)
    for name, (made, package) in PEERS.items():
        if not importlib.util.find_spec(package):
            print(f"| {name}: not installed | | | | |")
            continue
        worked = time.process_time()
        search = made(retriever, tokens)
        print(f"| {name}, put together in {time.process_time() - worked:.1f} s | | | | |", flush=True)
        per_question(name, search)


if __name__ == "__main__":
    main()
