"""Vectors of texts: LangChain `Embeddings` over any sentence-transformers model.

A text's vector has the same bits whatever is embedded beside it, so that an incremental build of the index equals a
full one. Matrix products round differently for different batch shapes and thread counts; hence each text goes through
the model alone, in one thread, and as many texts at a time as torch has threads. On two cores that is also faster
than batches, which spend their time on padding and on waiting for each other.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from ingest.config import IndexSettings
from ingest.errors import ModelError
from ingest.models.defaults import DEFAULT, default_embedding_folder
from ingest.models.hub import MODEL_FILES, load_from, model_folder
from ingest.models.wheels import cache_dir, remembered_sha256
from ingest.progress import Report, silent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[int, int], None]  # texts done, texts in all
Vectors = npt.NDArray[np.float32]  # [texts, dimension], rows of unit length

_DEFAULT_NAME = "multilingual-e5-small+finder"
# These were trained with prompts that most of their published configurations do not name.
_E5_NAME = re.compile(r"\be5-(small|base|large)(-v2)?(\+finder)?$")
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}


class NoteEmbeddings(Embeddings):
    """Vectors of unit length from a sentence-transformers model on the CPU.

    `model` is "default" (multilingual-e5-small out of the cache), a folder, or a name on the model hub, whose local
    copy is used when there is one. Only safetensors weights are loaded, and no code that comes with a model. The
    model is loaded at the first text; `model_id` and the prompts' choice need no loading. Safe to use from threads.

    Raises:
        ModelError: the model cannot be found, fetched or loaded.
    """

    def __init__(self, model: str = DEFAULT, cache: Path | None = None, report: Report = silent) -> None:
        cache = cache or cache_dir()
        self._name, self.folder = _find(model, cache, report)
        self._model_id = f"{self._name}@{_fingerprint(self.folder, cache)}"
        self._lock = threading.Lock()
        self._runner: _Runner | None = None

    @property
    def model_id(self) -> str:
        """The model's name, `@`, and a short hash of its weights, configuration and tokenizer."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return self._load().dimension

    @property
    def is_default(self) -> bool:
        """Whether this is the default model."""
        return self._name == _DEFAULT_NAME

    def encoder(self) -> tuple[Any, Callable[[Sequence[str], Sequence[str], int], Any]]:
        """The loaded model (of `transformers`), for who builds on it and leaves it as it is, and what makes its input of
        pairs of texts: (first texts, second texts, most tokens) -> features, by the one tokenizer, a thread at a time."""
        runner = self._load()
        return runner.model, runner.tokenize_pairs

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors float32[texts, dimension] of what is searched; `progress` is called after each text."""
        runner = self._load()
        return runner.encode_texts(texts, runner.passage_prompt, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors float32[texts, dimension] of questions."""
        runner = self._load()
        return runner.encode_texts(texts, runner.query_prompt, None)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's `encode_passages`."""
        return [[float(number) for number in row] for row in self.encode_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's `encode_queries` of one text."""
        return [float(number) for number in self.encode_queries([text])[0]]

    def _load(self) -> "_Runner":
        with self._lock:
            if self._runner is None:
                self._runner = _Runner(_load_model(self._name, self.folder), self._name)
            return self._runner


def load_embeddings(settings: IndexSettings, cache: Path | None = None, report: Report = silent) -> NoteEmbeddings:
    """The embedding model of the settings; the default one is fetched when it is not there yet.

    Raises:
        ModelError: it cannot be found, fetched or loaded.
    """
    return NoteEmbeddings(settings.embedding_model, cache, report)


class _Runner:
    """A loaded model and the threads that run it."""

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
        import torch

        dimension = model.get_embedding_dimension()
        if not dimension:
            raise ModelError("model.no_dimension", name=name)
        self.dimension = int(dimension)
        prompts = {key: prompt for key, prompt in model.prompts.items() if prompt}
        if not prompts and _E5_NAME.search(name):
            prompts = _E5_PROMPTS
        self.query_prompt = prompts.get("query", "")
        self.passage_prompt = prompts.get("passage") or prompts.get("document", "")
        self._name = name
        self._model = model.eval()
        self._tokenizing = threading.Lock()  # a fast tokenizer may refuse two threads at once
        self._pool = _one_thread_each(torch.get_num_threads())

    @property
    def model(self) -> Any:
        return self._model[0].auto_model

    def tokenize_pairs(self, firsts: Sequence[str], seconds: Sequence[str], most: int) -> Any:
        with self._tokenizing:
            return self._model.tokenizer(
                list(firsts),
                list(seconds),
                return_tensors="pt",
                padding=True,
                truncation="longest_first",
                max_length=most,
            )

    def encode_texts(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        """The vectors of the texts, each of which goes alone."""
        futures = [self._pool.submit(self._encode, text, prompt) for text in texts]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        try:
            for done, future in enumerate(futures):
                vectors[done] = future.result()
                if progress:
                    progress(done + 1, len(texts))
        except BaseException:
            for future in futures:
                future.cancel()
            raise
        return vectors

    def _encode(self, text: str, prompt: str) -> Vectors:
        import torch

        legible = text.encode("utf-8", "replace").decode()  # a tokenizer takes no lone surrogate
        with torch.inference_mode():
            with self._tokenizing:
                features = self._model.preprocess([legible], prompt=prompt or None)
            vector: Vectors = self._model(features)["sentence_embedding"].numpy()[0]
        length = float(np.linalg.norm(vector.astype(np.float64)))
        if not 0 < length < np.inf:
            raise ModelError("model.no_length", name=self._name)
        unit: Vectors = vector / np.float32(length)
        return unit


def _one_thread_each(workers: int) -> ThreadPoolExecutor:
    """A pool whose threads each run torch in one thread; the other threads of the process keep their number."""
    import torch

    started = threading.Barrier(workers + 1)

    def start() -> None:
        torch.get_num_threads()  # else torch would set the thread's number anew at its first work
        torch.set_num_threads(1)

    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "embed", initializer=start)
    for _ in range(workers):
        pool.submit(started.wait)
    started.wait()
    torch.set_num_threads(before)  # what threads that are still to come get
    return pool


def _find(model: str, cache: Path, report: Report) -> tuple[str, Path]:
    """The model's name and folder; a name that is neither the default's nor a folder's is one on the model hub."""
    if model == DEFAULT:
        return _DEFAULT_NAME, default_embedding_folder(cache, report)
    folder = model_folder(model, "embedding_model", report)
    return (folder.resolve().name if folder == Path(model).expanduser() else model), folder


def _fingerprint(folder: Path, cache: Path) -> str:
    """Twelve hexadecimal digits that change with any file that a vector depends on."""
    digest = hashlib.sha256()
    for path in sorted(_model_files(folder), key=lambda path: path.relative_to(folder).as_posix()):
        digest.update(f"{path.relative_to(folder).as_posix()} {remembered_sha256(path, cache)}\n".encode())
    return digest.hexdigest()[:12]


def _model_files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.suffix in MODEL_FILES and path.is_file())


def _load_model(name: str, folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    return load_from(folder, SentenceTransformer, "embedding_model", name)
