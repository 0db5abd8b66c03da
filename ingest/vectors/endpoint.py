"""Vectors from an OpenAI-compatible endpoint (`/v1/embeddings`): TEI, vLLM, Ollama, LM Studio, or a provider's.

What comes back is not trusted: a wrong count, another dimension or what is no number is refused, and each vector is
brought to unit length. Whether a text has the same bits in whatever batch is the endpoint's own affair.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import SecretStr

from ingest.endpoint import (
    backoff,
    client_options,
    fault_of_account,
    fault_of_tls,
    has_version,
    host_of,
    last_words,
    may_pass,
    quoted,
    system_reason,
    tidied,
    wish_of,
    words_of,
)
from ingest.errors import ConfigError, ModelError
from ingest.keys import address_of
from ingest.messages import Message, Text, reason_of
from ingest.vectors.unit import E5_PROMPTS, Progress, UnitEmbeddings, Vectors, is_e5

if TYPE_CHECKING:
    import httpx2

BATCH = 32  # texts in a request: TEI takes no more unless told to
ATTEMPTS = 4
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 120.0  # for a batch; a server may have to load its model first
LONGEST_WAIT = 60.0  # seconds that the endpoint may ask to wait between two attempts
_LOOK_SECONDS = 0.2  # between two looks at whether a wait is to be broken off


class EndpointEmbeddings(UnitEmbeddings):
    """Vectors of unit length of the model `model` at `url`; safe to use from threads.

    Nothing is asked before the first use. The id names model, dimension and prompts but not the address, so that an
    index stays good when the model moves to another machine.

    Raises:
        ConfigError: `url` is no address, or no model is named.
        ModelError: later, with the reason in one sentence: it cannot be reached, refuses, or sends no proper vectors.
    """

    def __init__(self, url: str, model: str, key: SecretStr, prompts: bool | None = None) -> None:
        """`prompts`: whether texts go behind E5's prompts; None: when the model's name is one of E5's."""
        self._url, self._model, self._key = tidied(url), model, key
        if not address_of(self._url).startswith(("http://", "https://")):
            raise ConfigError("settings.embedding_url")
        self._name = Message("embedding.endpoint", host=host_of(self._url))
        self._prompts = (
            E5_PROMPTS
            if (is_e5(model.partition(":")[0]) if prompts is None else prompts)
            else {"query": "", "passage": ""}
        )
        self._path = "/embeddings"
        self._dimension = 0
        self._lock = threading.Lock()

    @property
    def model_id(self) -> str:
        """The model's name, `@`, its dimension, and whether prompts are used; the endpoint is asked for it once."""
        return f"{self._model}@{self.dimension}{'-prompts' if self._prompts['query'] else ''}"

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        with self._lock:
            if not self._dimension:
                self._dimension = self._vectors([self._prompts["query"] + "?"], 0, lambda: None).shape[1]
            return self._dimension

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors float32[texts, dimension] of what is searched; `progress` is called after each text, and while the
        endpoint is waited for."""
        return self._encode(texts, self._prompts["passage"], progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors float32[texts, dimension] of questions."""
        return self._encode(texts, self._prompts["query"], None)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        tell = progress or (lambda done, total: None)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            # JSON has no lone surrogates, and some servers refuse a text of nothing.
            batch = [
                (prompt + text).encode("utf-8", "replace").decode() or " " for text in texts[start : start + BATCH]
            ]
            vectors[start : start + len(batch)] = self._vectors(
                batch,
                self._dimension,
                lambda done=start: tell(done, len(texts)),  # type: ignore[misc]
            )
            for done in range(start + 1, start + len(batch) + 1):
                tell(done, len(texts))
        return vectors

    def _vectors(self, texts: Sequence[str], dimension: int, tick: Callable[[], None]) -> Vectors:
        """The vectors of one batch; with `dimension` 0 the first one's counts. `tick` is called during a wait."""
        body = self._ask({"model": self._model, "input": list(texts), "encoding_format": "float"}, tick)
        try:
            return _unit_rows(body, len(texts), dimension)
        except _Improper as improper:
            said = words_of(body) if isinstance(body, dict) else ""
            reason = quoted(said, self._key) if said else improper.reason
            raise ModelError("embedding.improper", name=self._name, model=self._model, reason=reason) from None

    def _ask(self, sent: dict[str, Any], tick: Callable[[], None]) -> object:
        """The body of the answer; a refusal is met by another attempt when and if that may help."""
        import httpx2

        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        key = self._key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        attempt = 0
        with self._client(timeout=timeout, headers=headers) as client:
            while True:
                try:
                    answer = client.post(self._url + self._path, json=sent)
                except httpx2.HTTPError as error:
                    wait, fault = self._no_answer(error, attempt)
                else:
                    if answer.status_code in (404, 405) and self._path == "/embeddings" and not has_version(self._url):
                        self._path = "/v1/embeddings"
                        continue
                    if answer.is_success:
                        return _json(answer)
                    wait, fault = self._refused(answer, attempt)
                attempt += 1
                if wait is None or wait > LONGEST_WAIT or attempt == ATTEMPTS:
                    raise fault from None
                for pause in _pieces(wait):
                    tick()
                    time.sleep(pause)

    def _client(self, **options: Any) -> "httpx2.Client":
        import httpx2

        try:
            return httpx2.Client(**client_options(self._url), **options)
        except (OSError, ImportError, ValueError) as error:  # certificates or proxy of the environment
            reason = reason_of(error) if isinstance(error, OSError) else quoted(str(error), self._key)
            raise ModelError("embedding.unreachable", name=self._name, reason=reason) from None

    def _no_answer(self, error: "httpx2.HTTPError", attempt: int) -> tuple[float | None, ModelError]:
        """Seconds until another attempt may help (None: it would not), and the sentence if there is none."""
        import httpx2

        if isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout):
            return None, ModelError("embedding.slow", name=self._name, seconds=ANSWER_SECONDS)
        tls = fault_of_tls(error)
        reason: Text = (tls.reason or str(tls)) if tls is not None else system_reason(error) or last_words(error)
        if isinstance(reason, str):
            reason = quoted(reason, self._key)
        wait = None if tls is not None else backoff(attempt)
        return wait, ModelError("embedding.unreachable", name=self._name, reason=reason)

    def _refused(self, answer: "httpx2.Response", attempt: int) -> tuple[float | None, ModelError]:
        """The same of a status that is an error."""
        name, status, body = self._name, answer.status_code, _json(answer)
        everything, wish = str(body or "").lower(), wish_of(answer.headers)
        words = quoted(words_of(body) or answer.reason_phrase, self._key) or Message("endpoint.no_reason")
        said = Message("endpoint.said", status=status, said=words)
        match fault_of_account(status, everything):
            case "credit" if wish is None:
                return None, ModelError("embedding.no_credit", name=name, said=said)
            case "key" | "rights":
                return None, ModelError("embedding.key", name=name, said=said)
        if status in (404, 405):
            return None, ModelError("embedding.unknown", name=name, model=self._model, said=said)
        if status == 413:
            return None, ModelError("embedding.too_long", name=name, said=said)
        if may_pass(status):
            return backoff(attempt) if wish is None else wish, ModelError("embedding.failing", name=name, said=said)
        return None, ModelError("embedding.rejected", name=name, said=said)


class _Improper(Exception):
    """What was sent is no batch of vectors."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _json(answer: "httpx2.Response") -> object:
    """The body, as JSON where it is JSON."""
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _pieces(seconds: float) -> Iterator[float]:
    while seconds > 0:
        yield min(seconds, _LOOK_SECONDS)
        seconds -= _LOOK_SECONDS


def _unit_rows(body: object, texts: int, dimension: int) -> Vectors:
    """The vectors of an answer, in the order of the texts, float32 [texts, dimension], of unit length."""
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise _Improper(Message("embedding.no_list"))
    if sorted(str(one.get("index", place)) for place, one in enumerate(data)) != sorted(map(str, range(texts))):
        raise _Improper(Message("embedding.count", got=len(data), texts=texts))
    given = {int(one.get("index", place)): one.get("embedding") for place, one in enumerate(data)}
    rows = [given[place] for place in range(texts)]
    dimension = dimension or (len(rows[0]) if isinstance(rows[0], list) else 0)
    for row in rows:
        if not isinstance(row, list) or not all(type(number) in (int, float) for number in row):
            raise _Improper(Message("embedding.no_numbers"))
        if not row or len(row) != dimension:
            raise _Improper(Message("embedding.other_dimension", got=len(row), dimension=dimension))
    vectors = np.array(rows, np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not ((lengths > 0) & np.isfinite(lengths)).all():
        raise _Improper(Message("embedding.no_numbers"))
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit
