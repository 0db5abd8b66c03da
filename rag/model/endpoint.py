"""An OpenAI-compatible endpoint: where it is, how long to wait for it, and its answers by LangChain's `ChatOpenAI`."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from ingest.endpoint import client_options, has_version, on_this_machine, quoted, words_of
from ingest.errors import EndpointError
from ingest.messages import Message, reason_of
from rag.model.endpoint_errors import broken_off, explain, retry_after, too_long
from rag.model.waiting import Line

if TYPE_CHECKING:
    import httpx2
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.rate_limiters import BaseRateLimiter
    from langchain_openai import ChatOpenAI

    from rag.model.endpoint_wire import EventStream

RETRIES = 2  # more attempts at a request that was refused, before anything of the answer has come


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for a connection, for the first text, for each next piece."""

    connect: float
    first_token: float
    between_tokens: float


Tool = Mapping[str, Any]  # what a model may call, in OpenAI's form

# Messages, most tokens, texts that end the answer, tools.
_Asked = tuple["Sequence[BaseMessage]", int, Sequence[str], Sequence[Tool]]


@dataclass(slots=True)
class Wishes:
    """What an endpoint was seen to want otherwise than most do; kept for its next requests."""

    limit: str = "max_tokens"  # the field's name
    temperature: bool = True  # whether it may be set
    system: bool = True  # whether there may be a message of that role
    path: str = ""  # behind the address


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
    line: Line | None = None  # where questions wait, when it takes one at a time
    size_setting: str = "endpoint_source_tokens"  # what makes its prompts shorter
    wishes: Wishes = field(default_factory=Wishes, compare=False)

    @property
    def has_version(self) -> bool:
        """Whether the address names a version of the interface, as in `/v1`."""
        return has_version(self.base_url)

    @property
    def on_this_machine(self) -> bool:
        """Whether the host is a loopback address."""
        return on_this_machine(self.base_url)

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
        self,
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        stop: Sequence[str],
        tools: Sequence[Tool] = (),
    ) -> "AsyncGenerator[AIMessageChunk]":
        """The chunks of the first attempt that brings any; a refused one is repeated when and if that may help."""
        from rag.model.endpoint_wire import EventStream

        events = EventStream()
        return self._chunks(open_chat(self, retries=0, events=events), events, (messages, max_tokens, stop, tools))

    async def _chunks(
        self, chat: "ChatOpenAI", events: "EventStream", asked: "_Asked"
    ) -> "AsyncGenerator[AIMessageChunk]":
        from langchain_core.messages import AIMessageChunk

        try:
            async with contextlib.aclosing(self._attempts(chat, asked)) as chunks:
                async for chunk in chunks:
                    yield chunk
            if events.done:  # the sign that all came; not every server says why it ends
                yield AIMessageChunk(content="", response_metadata={"finish_reason": "stop"})
        finally:
            chat.root_client.close()
            await chat.root_async_client.close()

    async def _attempts(self, chat: "ChatOpenAI", asked: "_Asked") -> "AsyncGenerator[AIMessageChunk]":
        import openai

        clock = asyncio.get_running_loop().time
        deadline = clock() + self.limits.first_token
        attempt, begun = 0, False
        while True:
            try:
                async with contextlib.aclosing(self._ask(chat, *asked)) as answer:
                    async for chunk in answer:
                        begun = True
                        yield chunk
                return
            except openai.APIError as error:
                if begun:
                    raise
                if not _learn(error, self):
                    wait = retry_after(error, attempt)
                    if attempt == RETRIES or wait is None or clock() + wait > deadline:
                        raise
                    attempt += 1
                    await asyncio.sleep(wait)

    def _ask(
        self,
        chat: "ChatOpenAI",
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        stop: Sequence[str],
        tools: Sequence[Tool],
    ) -> "AsyncGenerator[AIMessageChunk]":
        import openai

        wishes = self.wishes
        chat.root_async_client.base_url = self.base_url + wishes.path
        options: dict[str, Any] = {"extra_body": {**self.body, wishes.limit: max_tokens}, "stop": list(stop) or None}
        if tools:
            options["tools"] = list(tools)
        if not wishes.temperature:
            options["temperature"] = openai.omit
        sent = list(messages) if wishes.system else _without_system(messages)
        return cast("AsyncGenerator[AIMessageChunk]", chat.astream(sent, **options))

    def finished(self, chunk: "AIMessageChunk") -> str:
        """Why the answer ends with this chunk, in the endpoint's word; '' when it goes on."""
        return str(chunk.response_metadata.get("finish_reason") or "")

    def explain(self, error: Exception | None, begun: bool) -> EndpointError:
        """The sentence for an error of the client library; None: the answer ended without its end mark."""
        return broken_off(self, begun) if error is None else explain(error, self, begun)


def open_chat(
    endpoint: Endpoint,
    *,
    retries: int = RETRIES,
    max_tokens: int | None = None,
    events: "Callable[[httpx2.Response], Awaitable[None]] | None" = None,
) -> "ChatOpenAI":
    """LangChain's model for `endpoint`; only the endpoint's own values count, nothing of OpenAI's environment.

    Its connections are closed after each request, so that it holds no socket and may be used in any thread and
    event loop. The proxies of the environment are used, but never for this machine; its certificates always.
    `events` is handed each answer before it is read.

    Raises:
        EndpointError: the proxies or certificates of the environment cannot be used.
    """
    import httpx2

    from rag.model.endpoint_wire import EventStream, chat_class

    timeout = httpx2.Timeout(endpoint.limits.first_token, connect=endpoint.limits.connect)
    limit = {} if max_tokens is None else {"max_tokens": max_tokens}  # ChatOpenAI's own name for it is a newer one
    client, async_client = _clients(endpoint, timeout, events or EventStream())
    chat = chat_class()(
        model=endpoint.model,
        base_url=endpoint.base_url + endpoint.wishes.path,
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
        http_client=client,
        http_async_client=async_client,
    )
    for opened in (chat.root_client, chat.root_async_client):
        # The client library takes these from the environment and would send them to whoever the endpoint is.
        opened.organization = opened.project = opened.admin_api_key = None
    return chat


def _clients(
    endpoint: Endpoint, timeout: "httpx2.Timeout", events: "Callable[[httpx2.Response], Awaitable[None]]"
) -> "tuple[httpx2.Client, httpx2.AsyncClient]":
    import httpx2

    try:
        options: dict[str, Any] = {
            **client_options(endpoint.base_url),
            "timeout": timeout,
            "limits": httpx2.Limits(max_keepalive_connections=0),
            "headers": {"Accept-Encoding": "identity"},  # the answer is read as it comes
        }
        client = httpx2.Client(**options)
        return client, httpx2.AsyncClient(**options, event_hooks={"response": [events]})
    except OSError as error:  # what SSL_CERT_FILE names
        raise EndpointError("endpoint.certificate_file", name=endpoint.name, reason=reason_of(error)) from None
    except (ImportError, ValueError) as error:
        said = quoted(str(error), endpoint.api_key)
        raise EndpointError("endpoint.proxy_unusable", name=endpoint.name, reason=said) from None


_ROLES = re.compile(r"\broles?\b|\bsystem\b|developer instruction|角色")


def _learn(error: Exception, endpoint: Endpoint) -> bool:
    """Whether a refusal names something that the endpoint can have otherwise, and did not have so already."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return False
    wishes, status = endpoint.wishes, error.status_code
    if status in (404, 405) and not endpoint.has_version and not wishes.path:
        wishes.path = "/v1"
        return True
    said = f"{error.param} {words_of(error.body)}".lower()
    if status not in (400, 422, 500) or too_long(error):
        return False
    if "max_tokens" in said and wishes.limit == "max_tokens":
        wishes.limit = "max_completion_tokens"
    elif "temperature" in said and wishes.temperature:
        wishes.temperature = False
    elif _ROLES.search(said) and wishes.system and (status != 500 or "role" in said):
        wishes.system = False
    else:
        return False
    return True


def _without_system(messages: "Sequence[BaseMessage]") -> "list[BaseMessage]":
    """The same with the system's words at the head of the first of the user's."""
    from langchain_core.messages import HumanMessage

    rules = "\n\n".join(str(message.content) for message in messages if message.type == "system")
    first, *others = [message for message in messages if message.type != "system"]
    return [HumanMessage(f"{rules}\n\n{first.content}"), *others]
