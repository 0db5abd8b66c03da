"""The language model in use: the local one, any OpenAI-compatible endpoint, a provider by its own package, or none.

    model = language_model(settings, gguf)
    for text in model.stream(messages, max_tokens=400): ...

`chat_model(settings, gguf)` is the same model for LangChain code.
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from ingest.config import ModelSettings
from ingest.endpoint import host_of, tidied
from ingest.errors import AnswerCut, ConfigError, ModelError
from ingest.messages import Message, Text
from ingest.models.adapters import WRITER, checked
from ingest.models.defaults import GGUF
from rag.model.endpoint import Endpoint, Limits, Tool
from rag.model.local import LINE, SEED, local_server, stop_local_server
from rag.model.providers import Provider
from rag.model.stream import Habits, TextStream, Upstream, open_stream
from rag.model.token_count import estimate_tokens
from rag.model.waiting import PerMinute

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# Against loops; mild, and over the last tokens only, since sources may be quoted. With the adapter it would drop items of
# lists, and figures.
REPEAT_PENALTY = 1.05
REPEAT_TOKENS = 64


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is in use. `where` is 'this machine', the endpoint's host, the provider, or, for 'none', why and what to do.

    A provider's model is an 'endpoint' too: it is elsewhere, and larger than the local one. `learned`: it is the default
    model with the adapter that was trained on our short prompt.
    """

    kind: Literal["local", "endpoint", "none"]
    name: str
    where: Text
    learned: bool = False


class LanguageModel:
    """A chat model that streams text. Cheap to make: nothing is loaded or asked before it is needed."""

    def __init__(self, info: ModelInfo, reach: Callable[[], Upstream], answer_tokens: int) -> None:
        """`reach` brings the model up, when it must be, and says where it is."""
        self.info = info
        self._reach = reach
        self.harder: LanguageModel | None = None  # for hard questions, when there is another (`routing`)
        self._answer_tokens = answer_tokens
        self._chat: BaseChatModel | None = None
        self._habits = Habits()

    @property
    def chat(self) -> "BaseChatModel":
        """The model for LangChain code. The local one is started for it.

        Raises:
            ModelError: there is no model, or it cannot be loaded.
        """
        upstream = self._reach()
        if self._chat is None:
            self._chat = upstream.open(self._answer_tokens)
        return self._chat

    def stream(
        self,
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        *,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
        tools: Sequence[Tool] = (),
        who: str = "",
    ) -> TextStream:
        """The answer, piece by piece; at most `max_tokens` tokens, ended before any of the texts in `stop`. What it calls of
        `tools` is in `TextStream.said`.

        Closing or dropping the stream, or setting `cancel` in any thread, ends the request at the endpoint. The local
        model takes one question at a time, and those of each `who` in turn (`TextStream.place`).
        Iterating raises `EndpointError` (refused, too slow, broken off, cut at `max_tokens`) after the text that came.

        Raises:
            ModelError: there is no model, or it cannot be loaded.
        """
        return open_stream(
            self._reach(),
            messages,
            max_tokens=max_tokens,
            stop=stop,
            cancel=cancel,
            who=who,
            habits=self._habits,
            tools=tools,
        )

    def warm(self, messages: "Sequence[BaseMessage]") -> None:
        """Load the local model and let it read the unchanging start of a prompt, which it then keeps.

        Takes as long as loading and reading do; for a thread in the background. Of a provider the package is loaded;
        nothing for other models.

        Raises:
            ModelError: the model cannot be loaded.
        """
        if self.info.kind == "local":
            with contextlib.suppress(AnswerCut):
                for _ in self.stream(messages, max_tokens=1):
                    pass
        elif self.info.kind == "endpoint":
            self._reach()

    def count_tokens(self, text: str) -> int:
        """About how many tokens `text` is; see `estimate_tokens`."""
        return estimate_tokens(text)

    def close(self) -> None:
        """Stop the local model and free its memory; it starts again when asked. Nothing for other models."""
        self._chat = None
        if self.info.kind == "local":
            stop_local_server()


def language_model(settings: ModelSettings, gguf: Path | None) -> LanguageModel:
    """The model that the settings name; `gguf` is the local one's file, None when it is not there (yet).

    With `llm = "auto"` an endpoint is used when `base_url` or `provider` is set, else the local model. With `routing` it
    is the local model whose `harder` is the endpoint.

    Raises:
        ConfigError: an endpoint is wanted, but `base_url` or `model` is not set.
    """
    if settings.kind == "endpoint":
        remote = _provided(settings) if settings.provider else _remote(settings)
        if not settings.routing or gguf is None:
            return remote
        model = _local_model(settings, gguf)
        model.harder = remote
        return model
    if settings.kind == "none":
        return no_model(Message("model.none"), settings)
    if gguf is None:
        return no_model(Message("model.not_here"), settings)
    return _local_model(settings, gguf)


def _is_default(gguf: Path) -> bool:
    """Whether the writer's adapter belongs to this file: it fits no other weights."""
    return gguf.name == GGUF.name


def _local_model(settings: ModelSettings, gguf: Path) -> LanguageModel:
    info = ModelInfo("local", gguf.stem, Message("model.here"), learned=_is_default(gguf))
    return LanguageModel(info, lambda: _local(settings, gguf), settings.answer_tokens)


def chat_model(settings: ModelSettings, gguf: Path | None) -> "BaseChatModel":
    """The model of the settings for LangChain code; the local one is started for it.

    Raises:
        ConfigError: an endpoint is wanted, but `base_url` or `model` is not set.
        ModelError: there is no model, or it cannot be loaded.
    """
    return language_model(settings, gguf).chat


def no_model(why: Message, settings: ModelSettings) -> LanguageModel:
    """None, and why: answers are quotes."""

    def reach() -> Endpoint:
        raise ModelError.of(why)

    return LanguageModel(ModelInfo("none", "", why), reach, settings.answer_tokens)


def _limits(settings: ModelSettings) -> Limits:
    return Limits(settings.connect_seconds, settings.first_token_seconds, settings.between_tokens_seconds)


def _provided(settings: ModelSettings) -> LanguageModel:
    if not settings.model:
        raise ConfigError("settings.no_provider_model")
    provider = Provider(
        provider=settings.provider,
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        name=Message("provider.name", provider=settings.provider),
        limits=_limits(settings),
        temperature=settings.temperature,
        rate_limiter=_rate_limiter(settings),
    )
    info = ModelInfo("endpoint", settings.model, host_of(settings.base_url) or settings.provider)

    @functools.cache
    def ready() -> Provider:
        provider.open()  # tells what is missing, at the first question
        return provider

    return LanguageModel(info, ready, settings.answer_tokens)


def _rate_limiter(settings: ModelSettings) -> PerMinute | None:
    return PerMinute(settings.requests_per_minute) if settings.requests_per_minute else None


def _remote(settings: ModelSettings) -> LanguageModel:
    endpoint = endpoint_of(settings)
    if not settings.model:
        raise ConfigError("settings.no_model")
    info = ModelInfo("endpoint", endpoint.model, host_of(endpoint.base_url))
    return LanguageModel(info, lambda: endpoint, settings.answer_tokens)


def endpoint_of(settings: ModelSettings) -> Endpoint:
    """The endpoint that `base_url` names, whether or not a model is. Raises ConfigError."""
    if not settings.base_url:
        raise ConfigError("settings.no_base_url")
    base_url = tidied(settings.base_url)
    if not host_of(base_url):
        raise ConfigError("settings.base_url")
    return Endpoint(
        base_url=base_url,
        model=settings.model,
        api_key=settings.api_key,
        name=Message("endpoint.remote", host=host_of(base_url)),
        limits=_limits(settings),
        temperature=settings.temperature,
        rate_limiter=_rate_limiter(settings),
    )


def _local(settings: ModelSettings, gguf: Path) -> Endpoint:
    learned = _is_default(gguf)
    server = local_server(gguf, settings.context_tokens, checked(WRITER) if learned else None)
    return Endpoint(
        base_url=server.base_url,
        model=gguf.stem,
        api_key=SecretStr(server.api_key),
        name=Message("endpoint.local"),
        limits=_limits(settings),
        temperature=settings.temperature,
        body={
            "seed": SEED,
            "repeat_penalty": 1.0 if learned else REPEAT_PENALTY,
            "repeat_last_n": REPEAT_TOKENS,
            "cache_prompt": True,
        },
        counts_tokens=True,
        line=LINE,
        size_setting="source_tokens",
    )
