"""What every embedding model of ours is: LangChain `Embeddings` whose vectors are float32 and of unit length."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

Progress = Callable[[int, int], None]  # texts done, texts in all
Vectors = npt.NDArray[np.float32]  # [texts, dimension], rows of unit length

# These were trained with prompts that most of their published configurations do not name.
_E5_NAME = re.compile(r"\be5-(small|base|large)(-v2)?(\+finder)?$")
E5_PROMPTS: Mapping[str, str] = {"query": "query: ", "passage": "passage: "}


def is_e5(name: str) -> bool:
    """Whether a model of this name wants E5's prompts."""
    return bool(_E5_NAME.search(name))


class UnitEmbeddings(Embeddings):
    """An embedding model. Safe to use from threads."""

    @property
    @abstractmethod
    def model_id(self) -> str:
        """Names the model and its revision; vectors of equal ids are comparable."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Numbers in a vector."""

    @abstractmethod
    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors float32[texts, dimension] of what is searched; `progress` is called after each text."""

    @abstractmethod
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors float32[texts, dimension] of questions."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's `encode_passages`."""
        return [[float(number) for number in row] for row in self.encode_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's `encode_queries` of one text."""
        return [float(number) for number in self.encode_queries([text])[0]]
