"""An OpenAI-compatible endpoint: where it is, how long to wait for it, and LangChain's `ChatOpenAI` for it."""

import ipaddress
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from ingest.messages import Message

if TYPE_CHECKING:
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
