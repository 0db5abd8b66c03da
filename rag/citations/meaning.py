"""How near a sentence is in meaning to stretches of the sources."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rag.search.retriever import QuestionEmbedder

_EMBEDDED_CHARS = 400  # of a stretch of a source, when it is compared by meaning
_KEPT_VECTORS = 4000


@lru_cache(maxsize=1)  # one for all that read beside these embeddings: what a text means depends on nothing else
def meaning_of(embeddings: QuestionEmbedder) -> "Meaning":
    """The vectors that are kept with an embedding model."""
    return Meaning(embeddings.encode_passages)


class Meaning:
    """Cosines of sentences with stretches of sources, whose vectors are kept from one answer to the next."""

    def __init__(self, encode: Callable[[Sequence[str]], npt.NDArray[np.float32]]) -> None:
        """`encode` gives unit vectors float32 [n, dimension]."""
        self._encode = encode
        self._kept: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def similarity(self, sentence: str, stretches: Sequence[str]) -> Sequence[float]:
        """The cosine of each stretch with the sentence."""
        vectors = self.vectors([sentence, *stretches])
        return [float(vector @ vectors[0]) for vector in vectors[1:]]

    def vectors(self, stretches: Sequence[str]) -> npt.NDArray[np.float32]:
        """Their vectors, float32 [n, dimension]; of a long one that of its beginning."""
        texts = [stretch[:_EMBEDDED_CHARS] for stretch in stretches]
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= dict(zip(new, self._encode(new), strict=True))
        with self._lock:
            self._kept.update((text, known[text]) for text in new)
            while len(self._kept) > _KEPT_VECTORS:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts])
