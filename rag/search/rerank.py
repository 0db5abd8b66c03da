"""The optional reranker: a CrossEncoder reads question and passage together and reorders the first hits.

LangChain's interface is `BaseCrossEncoder`: ours fits where LangChain takes one (`CrossEncoderReranker`), and any
other fits here. (langchain-community's class would load pickles and run a model's own code.)
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.cross_encoders import BaseCrossEncoder

from ingest.errors import ModelError
from ingest.models.hub import load_from, model_folder
from ingest.passages.text import embedding_text
from ingest.progress import Report
from rag.records import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 20  # hits that the reranker reads; the rest follow in their order
NAME = "reranker"  # in `Hit.ranks` and `Hit.scores`


class Reranker(BaseCrossEncoder):
    """A sentence-transformers CrossEncoder on the CPU, by folder or by name on the model hub.

    Only safetensors weights are loaded, and no code that comes with a model; it is loaded at the first score. Safe to
    use from threads.

    Raises:
        ModelError: the model cannot be found or fetched, or is no CrossEncoder.
    """

    def __init__(self, model: str, report: Report) -> None:
        self.name = model
        self.folder = model_folder(model, "reranker", report)
        _refuse_others(model, self.folder)
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None

    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        """How well each text (second) answers its question (first); more is better.

        Raises:
            ModelError: the model cannot be loaded, or gives no numbers.
        """
        if not text_pairs:
            return []
        # Lone surrogates are no text to a tokenizer.
        legible = [tuple(text.encode("utf-8", "replace").decode() for text in pair) for pair in text_pairs]
        with self._lock:
            if self._model is None:
                self._model = _load(self.name, self.folder)
            scores = np.asarray(self._model.predict(legible, show_progress_bar=False), np.float64)
        scores = scores.reshape(len(text_pairs), -1)[:, -1]  # of two classes the last is 'relevant'
        if not np.isfinite(scores).all():
            raise ModelError("reranker.no_numbers", name=self.name)
        return [float(score) for score in scores]


def rerank(hits: Sequence[Hit], question: str, model: BaseCrossEncoder) -> list[Hit]:
    """The first `RERANKED` hits in the order of the model's scores, equal ones as they came; then the others.

    `score` and `shares` stay those of the fusion.
    """
    first = hits[:RERANKED]
    scores = model.score([(question, embedding_text(hit.passage)) for hit in first])
    order = sorted(range(len(first)), key=lambda i: -scores[i])
    best = [
        replace(first[i], ranks={**first[i].ranks, NAME: rank}, scores={**first[i].scores, NAME: scores[i]})
        for rank, i in enumerate(order, start=1)
    ]
    return [*best, *hits[RERANKED:]]


def _refuse_others(name: str, folder: Path) -> None:
    """Any other model would be given a scoring layer of random weights."""
    architectures = _read(folder / "config.json").get("architectures") or [""]
    kind = _read(folder / "config_sentence_transformers.json").get("model_type")
    if kind != "CrossEncoder" and not str(architectures[0]).endswith("ForSequenceClassification"):
        if not architectures[0]:
            raise ModelError("reranker.no_kind", name=name)
        raise ModelError("reranker.other_kind", name=name, kind=architectures[0])


def _read(file: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError("reranker.unreadable", path=file) from error
    return read


def _load(name: str, folder: Path) -> "CrossEncoder":
    from sentence_transformers import CrossEncoder

    return load_from(folder, CrossEncoder, "reranker", name)
