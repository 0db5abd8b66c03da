"""Models behind a provider's own package (Anthropic, Google, Bedrock, Ollama's own API …): LangChain's `init_chat_model`.

The only module that imports `langchain`. Which providers there are, and which package each needs, LangChain knows; keys
and regions that its settings do not name, a package looks for in the environment by itself.
"""

import asyncio
import contextlib
import importlib.util
import re
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from ingest.endpoint import causes, fault_of_account, quoted, words_of
from ingest.errors import EndpointError, ModelError
from ingest.messages import Message
from rag.model.endpoint import Limits, Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.rate_limiters import BaseRateLimiter

_CLOSE_SECONDS = 2.0
_TOKEN_LIMIT = {"ollama": "num_predict"}  # what a package calls it, where that is not `max_tokens`
_ENDED = ("finish_reason", "stop_reason", "stopReason", "done_reason")  # where packages say why an answer ended
# The packages that were seen to say it always: without it an answer is broken off. Of others that is not known.
_TELLS = frozenset({"anthropic", "bedrock_converse", "google_genai", "ollama"})
_SAME = {"end_turn": "stop", "stop_sequence": "stop", "complete": "stop", "max_tokens": "length"}
# The classes by which client libraries tell that a connection was not made or was lost; their other names vary.
_LOST = frozenset({"ConnectionError", "TransportError", "ProtocolError", "ClientConnectionError"})


@dataclass(frozen=True, slots=True)
class Provider:
    """A model of a provider, and how it is asked. `name` is what errors call it; an empty address is the provider's own."""

    provider: str
    model: str
    base_url: str
    api_key: SecretStr
    name: Message
    limits: Limits
    temperature: float
    rate_limiter: "BaseRateLimiter | None" = None
    line: None = None  # it takes any number at once

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """Anything: nobody can list what the clients of thirty providers raise."""
        return (Exception,)

    def open(self, max_tokens: int | None = None) -> "BaseChatModel":
        """The model for LangChain code; see `open_provider`."""
        return open_provider(self, max_tokens=max_tokens)

    def chunks(
        self,
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        stop: Sequence[str],
        tools: Sequence[Tool] = (),
    ) -> "AsyncGenerator[AIMessageChunk]":
        """One answer. Refused requests are repeated as the package does that."""
        return self._chunks(open_provider(self, max_tokens=max_tokens), messages, max_tokens, stop, tools)

    async def _chunks(
        self,
        chat: "BaseChatModel",
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        stop: Sequence[str],
        tools: Sequence[Tool],
    ) -> "AsyncGenerator[AIMessageChunk]":
        begun, adapted = False, False
        while True:
            read = _from_thread if _only_blocks(chat) else _from_loop
            bound = chat.bind_tools([dict(tool) for tool in tools]) if tools else chat
            asked = cast("BaseChatModel", bound)  # streams like one
            try:
                async with contextlib.aclosing(read(asked, list(messages), list(stop) or None)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                return
            except Exception as error:
                if begun or adapted or _status(error) != 400 or "temperature" not in str(error):
                    raise
            # Newer models fix the temperature.
            chat, adapted = open_provider(self, max_tokens=max_tokens, temperature=False), True

    def finished(self, chunk: "AIMessageChunk") -> str:
        """Why the answer ends with this chunk; '' when it goes on."""
        told = next((str(reason).lower() for key in _ENDED if (reason := chunk.response_metadata.get(key))), "")
        if not told and self.provider not in _TELLS and chunk.chunk_position == "last":
            return "stop"
        return _SAME.get(told, told)

    def explain(self, error: Exception | None, begun: bool) -> EndpointError:
        """The sentence for whatever a package raised; None: the answer ended without a sign that it does."""
        if error is None and not begun:
            return EndpointError("provider.no_answer", name=self.name)
        if error is None or (begun and _is_lost(error)):
            return EndpointError("endpoint.broke_off", name=self.name)
        if isinstance(error, ModelError):
            return EndpointError.of(error.message)
        status = _status(error)
        if status is not None:
            return _refused(status, error, self)
        said = quoted(str(error) or type(error).__name__, self.api_key)
        if _is_lost(error):
            return EndpointError("provider.unreachable", name=self.name, said=said)
        return EndpointError("endpoint.failed_meanwhile", name=self.name, said=said)


def open_provider(provider: Provider, *, max_tokens: int | None = None, temperature: bool = True) -> "BaseChatModel":
    """LangChain's model of a provider. The first one imports its package, which takes seconds.

    Raises:
        ModelError: LangChain knows no such provider, its package is not installed, or the package refuses the settings.
    """
    from langchain.chat_models import init_chat_model

    name = provider.provider
    given = {
        _TOKEN_LIMIT.get(name, "max_tokens"): max_tokens,
        "temperature": provider.temperature if temperature else None,
        "base_url": provider.base_url or None,
        "api_key": provider.api_key.get_secret_value() or None,
        "rate_limiter": provider.rate_limiter,
    }
    options: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
    if name == "ollama" and importlib.util.find_spec("langchain_ollama") is None:
        # LangChain would take langchain_community's, which is sunset.
        raise ModelError("provider.missing", provider=name, package="langchain-ollama")
    try:
        chat: BaseChatModel = init_chat_model(provider.model, model_provider=name, **options)
    except Exception as error:  # noqa: BLE001 - whatever a package thinks of the settings
        wrong = _unusable(error, provider)
    else:
        return chat
    raise wrong  # here, so that it does not hold the package's error, which may hold the key


def _unusable(error: Exception, provider: Provider) -> ModelError:
    """What `init_chat_model` complains of: it names the package that it could not import, and the providers it knows."""
    if isinstance(error, ImportError) and (package := re.search(r"`pip install ([\w-]+)`", str(error))):
        if importlib.util.find_spec(package[1].replace("-", "_")) is None:
            return ModelError("provider.missing", provider=provider.provider, package=package[1])
        error = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    if isinstance(error, ValueError) and (known := re.match(r"Unsupported provider=.*: (.+)", str(error), re.DOTALL)):
        return ModelError("provider.unknown", provider=provider.provider, known=known[1])
    return ModelError("provider.unusable", name=provider.name, reason=quoted(str(error), provider.api_key))


def _refused(status: int, error: Exception, provider: Provider) -> EndpointError:
    name, said = provider.name, Message("endpoint.said", status=status, said=quoted(_words(error), provider.api_key))
    match fault_of_account(status, f"{error} {_words(error)}".lower()):
        case "credit":
            return EndpointError("endpoint.no_credit", name=name, said=said)
        case "key":
            return EndpointError("provider.key", name=name, said=said)
        case "rights":
            return EndpointError("endpoint.not_let_in", name=name, said=said)
    if status == 404:
        return EndpointError("provider.no_model", name=name, model=provider.model, said=said)
    if status == 429:
        return EndpointError("endpoint.busy", name=name, said=said)
    if status >= 500:
        return EndpointError("endpoint.failing", name=name, said=said)
    return EndpointError("provider.rejected", name=name, said=said)


def _status(error: Exception) -> int | None:
    """The HTTP status that an error, or one of those that led to it, holds in one of the usual places."""
    for cause in causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, dict):  # Amazon's
            found = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        else:
            found = getattr(cause, "status_code", None) or getattr(response, "status_code", None)
        for status in (found, getattr(cause, "code", None)):  # the last is Google's
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return None


def _is_lost(error: Exception) -> bool:
    """Whether a connection was not made, or was lost."""
    return not _LOST.isdisjoint(kind.__name__ for cause in causes(error) for kind in type(cause).__mro__)


def _words(error: Exception) -> str:
    """What a server said in the body of its refusal, else what the error says."""
    return words_of(getattr(error, "body", None)) or str(error)


def _only_blocks(chat: "BaseChatModel") -> bool:
    """Whether the package has no asynchronous calls of its own (Bedrock): LangChain's stand-in cannot be stopped."""
    from langchain_core.language_models import BaseChatModel

    kind = type(chat)
    return kind._astream is BaseChatModel._astream and kind._agenerate is BaseChatModel._agenerate


class _End:
    """Comes after the last chunk, with what went wrong."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Loop:
    """The event loop of all providers' connections, which packages keep and cannot use in another."""

    lock = threading.Lock()
    running: asyncio.AbstractEventLoop | None = None


def _provider_loop() -> asyncio.AbstractEventLoop:
    with _Loop.lock:
        if _Loop.running is None:
            _Loop.running = asyncio.new_event_loop()
            threading.Thread(target=_Loop.running.run_forever, name="language-model-providers", daemon=True).start()
        return _Loop.running


async def _from_loop(
    chat: "BaseChatModel", messages: "list[BaseMessage]", stop: list[str] | None
) -> "AsyncGenerator[AIMessageChunk]":
    """The chunks, read in the providers' loop; when this is closed the request is cancelled, and that waited for."""
    pieces, put = _pieces()
    loop, task = _provider_loop(), None

    async def read() -> None:
        async for chunk in chat.astream(messages, stop=stop):
            put(chunk)

    def begin() -> None:
        nonlocal task
        task = loop.create_task(read())
        task.add_done_callback(lambda done: put(_End(None if done.cancelled() else done.exception())))

    loop.call_soon_threadsafe(begin)
    ended = False
    try:
        while not isinstance(piece := await pieces.get(), _End):
            yield piece
        ended = True
        if piece.error is not None:
            raise piece.error
    finally:
        if not ended:
            loop.call_soon_threadsafe(lambda: task and task.cancel())
            with contextlib.suppress(TimeoutError):  # a client that does not let go: it is left to its loop
                async with asyncio.timeout(_CLOSE_SECONDS):
                    while not isinstance(await pieces.get(), _End):
                        pass


async def _from_thread(
    chat: "BaseChatModel", messages: "list[BaseMessage]", stop: list[str] | None
) -> "AsyncGenerator[AIMessageChunk]":
    """The chunks of a package that only has blocking calls. These cannot be cancelled: when this is closed the thread
    ends with the next chunk, or when the package's own time is up, and keeps nobody waiting, nor the process."""
    pieces, put = _pieces()
    left = threading.Event()

    def read() -> None:
        try:
            for chunk in chat.stream(messages, stop=stop):
                if left.is_set():
                    return
                put(chunk)
            put(_End())
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            put(_End(error))

    threading.Thread(target=read, name="language-model-provider", daemon=True).start()
    try:
        while not isinstance(piece := await pieces.get(), _End):
            yield piece
        if piece.error is not None:
            raise piece.error
    finally:
        left.set()


def _pieces() -> "tuple[asyncio.Queue[AIMessageChunk | _End], Callable[[AIMessageChunk | _End], None]]":
    """A queue of the running loop, and how another thread puts something in."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[AIMessageChunk | _End] = asyncio.Queue()

    def put(piece: "AIMessageChunk | _End") -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

    return pieces, put
