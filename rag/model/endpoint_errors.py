"""What went wrong at an endpoint, as one sentence for a person: the cause and the next step, never a key.

What a server says is read by `ingest.endpoint`, and told.
"""

import re
import ssl
from typing import TYPE_CHECKING

from ingest.endpoint import (
    backoff,
    causes,
    fault_of_account,
    fault_of_tls,
    is_of_money,
    last_words,
    may_pass,
    proxy_to,
    quoted,
    system_reason,
    wish_of,
    words_of,
)
from ingest.errors import EndpointError, PromptTooLong
from ingest.messages import Message, Text

if TYPE_CHECKING:
    import openai

    from rag.model.endpoint import Endpoint
    from rag.model.stream import Upstream

# A prompt is too long: a size of the request is named, and that it is too much.
_SIZE = re.compile(r"context|\btokens?\b|\blength\b|\bprompt\b|\binput\b|上下文|长度|長度|输入|輸入|prompt")
_TOO_MUCH = re.compile(
    r"exceed|maximum|\bmax\b|too (?:long|large|big|many)|(?:long|larg|great)er than|overflow|\brange\b|\blimit"
    r"|not enough|reduce|shorten|超|过长|過長|最大|上限"
)


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
        return _unreachable(error, endpoint)
    if isinstance(error, openai.APIError):
        said = quoted(words_of(error.body) or error.message, endpoint.api_key)
        return EndpointError("endpoint.failed_meanwhile", name=name, said=said)
    return (
        EndpointError("endpoint.broken_piece", name=name) if begun else EndpointError("endpoint.no_stream", name=name)
    )


def retry_after(error: Exception, attempt: int) -> float | None:
    """Seconds to wait before the next attempt (`attempt` counts from 0); None when another would not help.

    The endpoint's own wish (`Retry-After`, RFC 9110 section 10.2.3: seconds or a date) goes before the
    doubling back-off.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        if not may_pass(error.status_code):
            return None
        wish = wish_of(error.response.headers)
        if wish is None and is_of_money(_everything_said(error)):
            return None
        return backoff(attempt) if wish is None else wish
    if fault_of_tls(error) is not None:
        return None
    # A time-out has used up its limit already.
    connects = isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
    return backoff(attempt) if connects else None


def _refused(error: "openai.APIStatusError", endpoint: "Endpoint") -> EndpointError:
    name, status = endpoint.name, error.status_code
    said = Message("endpoint.said", status=status, said=_said(error, endpoint))
    wish = wish_of(error.response.headers)
    match fault_of_account(status, _everything_said(error)):
        case "credit" if wish is None:
            return EndpointError("endpoint.no_credit", name=name, said=said)
        case "key":
            return EndpointError("endpoint.key", name=name, said=said)
        case "rights":
            return EndpointError("endpoint.not_let_in", name=name, said=said)
    if status in (404, 405):
        if endpoint.has_version:
            return EndpointError("endpoint.unknown", name=name, model=endpoint.model, said=said)
        return EndpointError("endpoint.unknown_address", name=name, model=endpoint.model, said=said)
    if status == 429:
        if wish is None:
            return EndpointError("endpoint.busy", name=name, said=said)
        return EndpointError("endpoint.busy_for", name=name, said=said, seconds=wish)
    if too_long(error):
        return PromptTooLong("endpoint.too_long", name=name, said=said, setting=endpoint.size_setting)
    if status >= 500:
        return EndpointError("endpoint.failing", name=name, said=said)
    return EndpointError("endpoint.rejected", name=name, said=said)


def too_long(error: "openai.APIStatusError") -> bool:
    """Whether it is the length of the prompt that is refused."""
    if error.status_code == 413 or error.code == "context_length_exceeded":
        return True
    said = _everything_said(error)
    return error.status_code in (400, 422, 500) and bool(_SIZE.search(said) and _TOO_MUCH.search(said))


def _everything_said(error: "openai.APIStatusError") -> str:
    """Words and codes of the body, in small letters."""
    return str(error.body or "").lower()


def _said(error: "openai.APIStatusError", endpoint: "Endpoint") -> Text:
    said = words_of(error.body) or error.response.reason_phrase
    return quoted(said, endpoint.api_key) if said else Message("endpoint.no_reason")


def _unreachable(error: Exception, endpoint: "Endpoint") -> EndpointError:
    """No connection was made: the certificate, the proxy, or what the operating system says."""
    name, tls, reason = endpoint.name, fault_of_tls(error), system_reason(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return EndpointError("endpoint.certificate", name=name, reason=tls.verify_message)
    if tls is not None:
        return EndpointError("endpoint.no_tls", name=name, reason=tls.reason or str(tls))
    if proxy := proxy_to(endpoint.base_url):
        return EndpointError("endpoint.behind_proxy", name=name, proxy=proxy, reason=reason or last_words(error))
    if reason is None:
        return EndpointError("endpoint.unreachable", name=name)
    return EndpointError("endpoint.unreachable_because", name=name, reason=reason)
