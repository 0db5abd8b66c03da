"""Our records as LangChain's, and our index as the vector store that other people's LangChain code expects.

    notes = open_notes("index")
    store = as_vector_store(notes.retriever.index, notes.retriever.embeddings)
    store.similarity_search("什么是 LoRA？", k=3, filter={"path": "微调/LoRA.md"})

The only module that imports langchain_community, which is no longer looked after: nothing else may come to need it.
"""

import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from ingest.index.read import NotesIndex
from ingest.schema import Passage
from rag.records import Hit

if TYPE_CHECKING:
    from langchain_community.vectorstores.faiss import FAISS

    from rag.search.retriever import QuestionEmbedder


def as_document(hit: Hit) -> Document:
    """A hit as other people's LangChain code meets it."""
    return _document(hit.passage, score=hit.score, ranks=dict(hit.ranks))


def as_vector_store(index: NotesIndex, embeddings: "QuestionEmbedder") -> "FAISS":
    """The vectors and passages of an index as `langchain_community.vectorstores.FAISS`, to be searched only.

    Nothing is copied: documents are made when they are found, with the metadata of `as_document` (`heading_path` and all,
    no score). Scores are inner products of unit vectors, those of `search_with_relevance_scores` too, none below 0.
    This is the dense half of the product alone: no BM25, no corrections.

    What would write (`add_documents`, `delete`, `merge_from`) or pickle (`save_local`, `serialize_to_bytes`) raises
    TypeError or ValueError and changes nothing: notes come into the index by `python -m ingest`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`langchain-community` is being sunset", DeprecationWarning)
        from langchain_community.vectorstores.faiss import FAISS
        from langchain_community.vectorstores.utils import DistanceStrategy

    return FAISS(
        embedding_function=_Embeddings(embeddings),
        index=_Vectors(index),
        docstore=_Passages(index),  # type: ignore[arg-type]  # no base class of theirs before it is imported
        index_to_docstore_id=dict(enumerate(index.passage_ids())),
        relevance_score_fn=lambda product: max(float(product), 0.0),  # theirs takes the nearest for the farthest
        distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
    )


def _document(passage: Passage, **more: Any) -> Document:
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "path": passage.path,
            "heading_path": list(passage.heading_path),
            "section_id": passage.section_id,
            "start_line": passage.start_line,
            "end_line": passage.end_line,
            "location": str(passage.place),
            **more,
        },
    )


class _Embeddings(Embeddings):
    """Our embedding model as LangChain's: questions and passages have prompts of their own."""

    def __init__(self, embeddings: "QuestionEmbedder") -> None:
        self._embeddings = embeddings

    def embed_query(self, text: str) -> list[float]:
        return _numbers(self._embeddings.encode_queries([text]))[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return _numbers(self._embeddings.encode_passages(texts))


def _numbers(vectors: npt.NDArray[np.float32]) -> list[list[float]]:
    rows: list[list[float]] = vectors.tolist()
    return rows


class _ReadOnly:
    """What LangChain's store would change or pickle without asking."""

    def refuse(self, *_: object) -> NoReturn:
        raise TypeError("The index of the notes is only read here; `python -m ingest` writes it.")

    add = remove_ids = delete = merge_from = __reduce__ = refuse


class _Vectors(_ReadOnly):
    """What the store asks of a FAISS index, answered by ours: equal scores come in the order of the passages."""

    def __init__(self, index: NotesIndex) -> None:
        self._index = index
        self.ntotal, self.d = index.vectors.shape

    def search(self, vectors: npt.NDArray[np.float32], k: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        return self._index.search_dense(vectors, k)

    def reconstruct(self, row: int) -> npt.NDArray[np.float32]:
        vector: npt.NDArray[np.float32] = self._index.vectors[row]
        return vector


class _Passages(_ReadOnly):
    """What the store asks of a docstore: a document by its id, or a sentence that says there is none."""

    def __init__(self, index: NotesIndex) -> None:
        self._passages = index.passages
        self._rows = {name: row for row, name in enumerate(index.passage_ids())}

    def search(self, name: str) -> Document | str:
        row = self._rows.get(name)
        return f"There is no passage {name}." if row is None else _document(self._passages[row])
