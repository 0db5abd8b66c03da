"""Vectors of texts: over any sentence-transformers model, over the default one without it, or from an endpoint.

A text's vector has the same bits whatever is embedded beside it, so that an incremental build of the index equals a
full one. Padded batches round differently with their shape, and some libraries' products with the number of rows. So a
text goes through the model in one thread, as many at a time as torch has threads, and either alone or, with the default
model where the processor's library was seen to leave each row its bits, end to end with others (`E5.most_together`).
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ingest.config import Settings
from ingest.errors import ConfigError, ModelError
from ingest.keys import embedding_key
from ingest.models.defaults import DEFAULT, default_embedding_folder
from ingest.models.hub import MODEL_FILES, load_from, model_folder, told_when_unloadable
from ingest.models.wheels import cache_dir, remembered_sha256
from ingest.progress import Report, silent
from ingest.vectors.e5 import E5, LEAST_ROWS, Batch, Encoder
from ingest.vectors.endpoint import EndpointEmbeddings
from ingest.vectors.unit import E5_PROMPTS, Progress, UnitEmbeddings, Vectors, is_e5

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_DEFAULT_NAME = "multilingual-e5-small+finder"


class NoteEmbeddings(UnitEmbeddings):
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

    def encoder(self) -> tuple[Encoder, Callable[[Sequence[str], Sequence[str], int], Batch]]:
        """The default model, loaded, for who builds on it and leaves it as it is, and what makes its input of pairs of
        texts: (first texts, second texts, most tokens) -> batch, by the one tokenizer, a thread at a time."""
        runner = self._load()
        assert isinstance(runner.model, E5), "only the default model is built upon"
        return runner.model.encoder, runner.tokenize_pairs

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors float32[texts, dimension] of what is searched; `progress` is called after each text."""
        runner = self._load()
        return runner.encode_texts(texts, runner.passage_prompt, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors float32[texts, dimension] of questions."""
        runner = self._load()
        return runner.encode_texts(texts, runner.query_prompt, None)

    def _load(self) -> "_Runner":
        with self._lock:
            if self._runner is None:
                self._runner = _Runner(_load_model(self._name, self.folder), self._name)
            return self._runner


def load_embeddings(settings: Settings, cache: Path | None = None, report: Report = silent) -> UnitEmbeddings:
    """The embedding model of the settings; the default one is fetched when it is not there yet.

    Raises:
        ModelError: it cannot be found, fetched or loaded.
        ConfigError: an endpoint's address, model or key is not as it must be.
    """
    if not settings.embedding_url:
        return NoteEmbeddings(settings.embedding_model, cache, report)
    if settings.embedding_model == DEFAULT:
        raise ConfigError("settings.no_embedding_name")
    prompts = {"auto": None, "e5": True, "none": False}[settings.embedding_prompts]
    return EndpointEmbeddings(settings.embedding_url, settings.embedding_model, embedding_key(settings), prompts)


class _Model(Protocol):
    """A loaded model; one thread at a time may tokenize."""

    dimension: int
    prompts: Mapping[str, str]

    @property
    def most_together(self) -> int:
        """How many tokens of several texts go through at once; with 0 each text goes alone."""

    def tokenize(self, text: str, prompt: str) -> Any:
        """What `embed` takes, of a text behind the prompt."""

    def embed(self, texts: Sequence[Any]) -> Any:
        """Vectors, a tensor float32 [texts, dimension]."""


class _Other:
    """Any model of sentence-transformers."""

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
        dimension = model.get_embedding_dimension()
        if not dimension:
            raise ModelError("model.no_dimension", name=name)
        self.dimension = int(dimension)
        self.prompts: Mapping[str, str] = dict(model.prompts)
        self._model = model.eval()
        self.most_together = 0

    def tokenize(self, text: str, prompt: str) -> Any:
        return self._model.preprocess([text], prompt=prompt or None)

    def embed(self, texts: Sequence[Any]) -> Any:
        (text,) = texts
        return self._model(text)["sentence_embedding"]


class _Runner:
    """A loaded model and the threads that run it."""

    def __init__(self, model: _Model, name: str) -> None:
        import torch

        self.model, self.dimension = model, model.dimension
        prompts = {key: prompt for key, prompt in model.prompts.items() if prompt}
        if not prompts and is_e5(name):
            prompts = dict(E5_PROMPTS)
        self.query_prompt = prompts.get("query", "")
        self.passage_prompt = prompts.get("passage") or prompts.get("document", "")
        self._name = name
        self._tokenizing = threading.Lock()  # a fast tokenizer may refuse two threads at once
        self._workers = torch.get_num_threads()
        self._pool = _one_thread_each(self._workers)
        # Who is told of progress has many texts and can wait: a question does not stand in line behind a build's.
        self._background = _one_thread_each(self._workers)

    def tokenize_pairs(self, firsts: Sequence[str], seconds: Sequence[str], most: int) -> Batch:
        assert isinstance(self.model, E5)
        with self._tokenizing:
            return self.model.tokenize_pairs(firsts, seconds, most)

    def encode_texts(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        """The vectors of the texts; with `progress` beside those of others, not before them."""
        packs, pool = self._packs(texts, prompt), self._pool if progress is None else self._background
        futures = [pool.submit(self._encode, [tokens for _, tokens in pack]) for pack in packs]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        done = 0
        try:
            for pack, future in zip(packs, futures, strict=True):
                vectors[[row for row, _ in pack]] = future.result()
                for _ in pack:
                    done += 1
                    if progress:
                        progress(done, len(texts))
        except BaseException:
            for future in futures:
                future.cancel()
            raise
        return vectors

    def _packs(self, texts: Sequence[str], prompt: str) -> list[list[tuple[int, Any]]]:
        """What goes through the model together: rows and their tokens, in parts about equal for the threads."""
        with self._tokenizing:
            # A tokenizer takes no lone surrogate.
            read = [self.model.tokenize(text.encode("utf-8", "replace").decode(), prompt) for text in texts]
        most = self._pool.submit(lambda: self.model.most_together).result() if len(read) > 1 else 0
        if not most:
            return [[one] for one in enumerate(read)]
        most = min(most, -(-sum(map(len, read)) // self._workers))
        packs: list[list[tuple[int, Any]]] = []
        room = 0
        for row, tokens in enumerate(read):
            short = len(tokens) < LEAST_ROWS
            if short or len(tokens) > room:
                packs.append([])
                room = most
            packs[-1].append((row, tokens))
            room = 0 if short else room - len(tokens)
        return packs

    def _encode(self, texts: Sequence[Any]) -> Vectors:
        import torch

        with torch.inference_mode():
            vectors: Vectors = self.model.embed(texts).numpy()
        lengths = np.array([[float(np.linalg.norm(vector.astype(np.float64)))] for vector in vectors])
        if not ((lengths > 0) & (lengths < np.inf)).all():
            raise ModelError("model.no_length", name=self._name)
        vectors /= lengths.astype(np.float32)
        return vectors


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


def _load_model(name: str, folder: Path) -> _Model:
    if name == _DEFAULT_NAME:
        with told_when_unloadable(folder, "embedding_model", name):
            return E5(folder)
    from sentence_transformers import SentenceTransformer

    return _Other(load_from(folder, SentenceTransformer, "embedding_model", name), name)
