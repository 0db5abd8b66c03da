"""What went wrong at an endpoint, as one sentence for a person: the cause and the next step, never a key."""

import email.utils
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.errors import EndpointError
from ingest.messages import Message, Text, reason_of

if TYPE_CHECKING:
    import httpx2
    import openai
    from pydantic import SecretStr

    from rag.model.endpoint import Endpoint
    from rag.model.stream import Upstream

_BACKOFF_SECONDS = 0.5
_QUOTED_CHARS = 160
_BUSY = (408, 409, 429)  # as 5xx, worth another try


def too_slow(upstream: "Upstream", begun: bool) -> EndpointError:
    """No text within the time limit, in the middle of the answer or before it."""
    if begun:
        return EndpointError("endpoint.paused", name=upstream.name, seconds=upstream.limits.between_tokens)
    return EndpointError("endpoint.slow", name=upstream.name, seconds=upstream.limits.first_token)


def broken_off(endpoint: "Endpoint", begun: bool) -> EndpointError:
    """The stream ended without its end mark."""
    if begun:
        return EndpointError("endpoint.broke_off", name=endpoint.name)
    return EndpointError("endpoint.no_answer", name=endpoint.name)


def explain(error: Exception, endpoint: "Endpoint", begun: bool) -> EndpointError:
    """The sentence for an error of the client library. It is not chained: such errors hold the request."""
    import httpx2
    import openai

    name = endpoint.name
    if isinstance(error, openai.APIStatusError):
        return _refused(error, endpoint)
    if isinstance(error, openai.APITimeoutError):
        if not any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes(error)):
            return too_slow(endpoint, begun)
        return EndpointError("endpoint.no_connection", name=name, seconds=endpoint.limits.connect)
    if begun and isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return broken_off(endpoint, begun)
    if isinstance(error, openai.APIConnectionError):
        reason = _system_reason(error)
        if reason is None:
            return EndpointError("endpoint.unreachable", name=name)
        return EndpointError("endpoint.unreachable_because", name=name, reason=reason)
    if isinstance(error, openai.APIError):
        return EndpointError("endpoint.failed_meanwhile", name=name, said=quoted(error.message, endpoint.api_key))
    return (
        EndpointError("endpoint.broken_piece", name=name) if begun else EndpointError("endpoint.no_stream", name=name)
    )


def retry_after(error: Exception, attempt: int) -> float | None:
    """Seconds to wait before the next attempt (`attempt` counts from 0); None when another would not help.

    The endpoint's own wish (`Retry-After`, RFC 9110 section 10.2.3: seconds or a date) goes before the
    doubling back-off.
    """
    import openai

    backoff = _BACKOFF_SECONDS * 2**attempt
    if isinstance(error, openai.APIStatusError):
        if error.code == "insufficient_quota" or not (error.status_code in _BUSY or error.status_code >= 500):
            return None
        wish = _wish(error.response)
        return backoff if wish is None else wish
    # A time-out has used up its limit already.
    connects = isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
    return backoff if connects else None


def _wish(response: "httpx2.Response") -> float | None:
    text = response.headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        date = email.utils.parsedate_tz(text)
        return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())


def _refused(error: "openai.APIStatusError", endpoint: "Endpoint") -> EndpointError:
    name, status = endpoint.name, error.status_code
    said = Message("endpoint.said", status=status, said=_said(error, endpoint))
    if status in (401, 403):
        return EndpointError("endpoint.key", name=name, status=status)
    if status == 404:
        return EndpointError("endpoint.unknown", name=name, model=endpoint.model, said=said)
    if status == 429:
        wish = _wish(error.response)
        if wish is None:
            return EndpointError("endpoint.busy", name=name, said=said)
        return EndpointError("endpoint.busy_for", name=name, said=said, seconds=wish)
    if status >= 500:
        return EndpointError("endpoint.failing", name=name, said=said)
    if "context" in str(said) and ("exceed" in str(said) or "maximum" in str(said)):
        return EndpointError("endpoint.too_long", name=name, said=said)
    return EndpointError("endpoint.rejected", name=name, said=said)


def _said(error: "openai.APIStatusError", endpoint: "Endpoint") -> Text:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    said = str(message or error.response.reason_phrase or "")
    return quoted(said, endpoint.api_key) if said else Message("endpoint.no_reason")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to this one, itself first, the first to happen last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _system_reason(error: Exception) -> Text | None:
    """What the operating system said, such as 'Connection refused'."""
    numbers = [cause.errno for cause in causes(error) if isinstance(cause, OSError) and cause.errno]
    return reason_of(OSError(numbers[-1], os.strerror(numbers[-1]))) if numbers and numbers[-1] > 0 else None


def quoted(text: str, api_key: "SecretStr") -> str:
    """A server's words on one line, not too many, and without the key, which some repeat."""
    key = api_key.get_secret_value()
    plain = " ".join((text.replace(key, "…") if key else text).split())
    return plain if len(plain) <= _QUOTED_CHARS else plain[:_QUOTED_CHARS] + "…"
