"""An OpenAI-compatible endpoint: where it is, how long to wait for it, and its answers by LangChain's `ChatOpenAI`."""

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from ingest.errors import EndpointError
from ingest.messages import Message
from rag.model.endpoint_errors import broken_off, explain, retry_after

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.rate_limiters import BaseRateLimiter
    from langchain_openai import ChatOpenAI

RETRIES = 2  # more attempts at a request that was refused, before anything of the answer has come


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for a connection, for the first text, for each next piece."""

    connect: float
    first_token: float
    between_tokens: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a chat model is and how it is asked. `name` is what errors call it; `body` goes into every request."""

    base_url: str
    model: str
    api_key: SecretStr
    name: Message
    limits: Limits
    temperature: float
    body: Mapping[str, object] = field(default_factory=dict)
    counts_tokens: bool = False  # whether it may be asked for token counts: not every endpoint knows that option
    rate_limiter: "BaseRateLimiter | None" = None  # waited for before each request
    turn: "threading.Lock | None" = None  # held while it answers, when it takes one question at a time

    @property
    def on_this_machine(self) -> bool:
        """Whether the host is a loopback address."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What the client library raises; the last four: JSON that is broken, or not of the shape that it relies on."""
        import httpx2
        import openai

        return openai.OpenAIError, httpx2.HTTPError, ValueError, LookupError, TypeError, AttributeError

    def open(self, max_tokens: int | None = None) -> "ChatOpenAI":
        """The model for LangChain code; see `open_chat`."""
        return open_chat(self, max_tokens=max_tokens)

    def chunks(
        self, messages: "Sequence[BaseMessage]", max_tokens: int, stop: Sequence[str]
    ) -> "AsyncGenerator[AIMessageChunk]":
        """The chunks of the first attempt that brings any; a refused one is repeated when and if that may help."""
        options: dict[str, Any] = {"extra_body": {**self.body, "max_tokens": max_tokens}, "stop": list(stop) or None}
        return self._chunks(open_chat(self, retries=0), messages, options)

    async def _chunks(
        self, chat: "ChatOpenAI", messages: "Sequence[BaseMessage]", options: dict[str, Any]
    ) -> "AsyncGenerator[AIMessageChunk]":
        try:
            async with contextlib.aclosing(self._attempts(chat, messages, options)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            chat.root_client.close()
            await chat.root_async_client.close()

    async def _attempts(
        self, chat: "ChatOpenAI", messages: "Sequence[BaseMessage]", options: dict[str, Any]
    ) -> "AsyncGenerator[AIMessageChunk]":
        import openai

        clock = asyncio.get_running_loop().time
        deadline = clock() + self.limits.first_token
        attempt, begun = 0, False
        while True:
            try:
                answer = cast("AsyncGenerator[AIMessageChunk]", chat.astream(list(messages), **options))
                async with contextlib.aclosing(answer):
                    async for chunk in answer:
                        begun = True
                        yield chunk
                return
            except openai.APIError as error:
                if begun:
                    raise
                if not _adapt(error, options):
                    wait = retry_after(error, attempt)
                    if attempt == RETRIES or wait is None or clock() + wait > deadline:
                        raise
                    attempt += 1
                    await asyncio.sleep(wait)

    def finished(self, chunk: "AIMessageChunk") -> str:
        """Why the answer ends with this chunk, in the endpoint's word; '' when it goes on."""
        return str(chunk.response_metadata.get("finish_reason") or "")

    def explain(self, error: Exception | None, begun: bool) -> EndpointError:
        """The sentence for an error of the client library; None: the answer ended without its end mark."""
        return broken_off(self, begun) if error is None else explain(error, self, begun)


def host_of(base_url: str) -> str:
    """Host and port, without what else an address may hold (user, password, query)."""
    parts = urlsplit(base_url)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def open_chat(endpoint: Endpoint, *, retries: int = RETRIES, max_tokens: int | None = None) -> "ChatOpenAI":
    """LangChain's model for `endpoint`; only the endpoint's own values count, nothing of OpenAI's environment.

    Its connections are closed after each request, so that it holds no socket and may be used in any thread and
    event loop. The proxies of the environment are used, but never for this machine.
    """
    import httpx2
    from langchain_openai import ChatOpenAI

    timeout = httpx2.Timeout(endpoint.limits.first_token, connect=endpoint.limits.connect)
    no_reuse = httpx2.Limits(max_keepalive_connections=0)
    proxies = not endpoint.on_this_machine
    limit = {} if max_tokens is None else {"max_tokens": max_tokens}  # ChatOpenAI's own name for it is a newer one
    chat = ChatOpenAI(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=SecretStr(endpoint.api_key.get_secret_value() or "none"),  # the client refuses an empty one
        temperature=endpoint.temperature,
        max_retries=retries,
        timeout=timeout,
        rate_limiter=endpoint.rate_limiter,
        streaming=True,  # always: limits hold between pieces, and the local server can be stopped meanwhile
        stream_usage=endpoint.counts_tokens,
        stream_chunk_timeout=endpoint.limits.first_token,
        use_responses_api=False,
        openai_proxy="",
        extra_body={**endpoint.body, **limit},
        http_client=httpx2.Client(timeout=timeout, limits=no_reuse, trust_env=proxies),
        http_async_client=httpx2.AsyncClient(timeout=timeout, limits=no_reuse, trust_env=proxies),
    )
    for client in (chat.root_client, chat.root_async_client):
        # The client library takes these from the environment and would send them to whoever the endpoint is.
        client.organization = client.project = client.admin_api_key = None
    return chat


def _adapt(error: Exception, options: dict[str, Any]) -> bool:
    """Whether the request could be changed to the model's wish: newer ones rename the limit, or fix the temperature."""
    import openai

    if not isinstance(error, openai.BadRequestError):
        return False
    body: dict[str, object] = options["extra_body"]
    if error.param == "max_tokens" and "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
        return True
    if error.param == "temperature" and "temperature" not in options:
        options["temperature"] = openai.omit
        return True
    return False
