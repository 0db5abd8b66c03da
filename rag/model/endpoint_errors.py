"""What went wrong at an endpoint, as one sentence for a person: the cause and the next step, never a key.

Each in English and in Chinese.
"""

import email.utils
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.errors import EndpointError
from rag.model.endpoint import Endpoint

if TYPE_CHECKING:
    import httpx2
    import openai

_BACKOFF_SECONDS = 0.5
_QUOTED_CHARS = 160
_BUSY = (408, 409, 429)  # as 5xx, worth another try


def too_slow(endpoint: Endpoint, begun: bool) -> EndpointError:
    """No text within the time limit, in the middle of the answer or before it."""
    limits = endpoint.limits
    if begun:
        return EndpointError(
            f"{endpoint.name} stopped in the middle of its answer and sent nothing for {limits.between_tokens:g} s;"
            " ask again, or raise between_tokens_seconds.",
            f"{endpoint.chinese}写到一半停了，{limits.between_tokens:g} 秒没有新内容；请再问一次，或调大"
            " between_tokens_seconds。",
        )
    return EndpointError(
        f"{endpoint.name} wrote nothing within {limits.first_token:g} s; ask again, or raise first_token_seconds.",
        f"{endpoint.chinese}在 {limits.first_token:g} 秒内没有开始回答；请再问一次，或调大 first_token_seconds。",
    )


def broken_off(endpoint: Endpoint, begun: bool) -> EndpointError:
    """The stream ended without its end mark."""
    if begun:
        return EndpointError(
            f"{endpoint.name} broke off in the middle of its answer; ask again.",
            f"{endpoint.chinese}写到一半断开了；请再问一次。",
        )
    return EndpointError(
        f"{endpoint.name} sent no answer; check that base_url is that of an OpenAI-compatible endpoint (often …/v1).",
        f"{endpoint.chinese}没有给出回答；请检查 base_url 是不是兼容 OpenAI 的地址（通常以 /v1 结尾）。",
    )


def explain(error: Exception, endpoint: Endpoint, begun: bool) -> EndpointError:
    """The sentence for an error of the client library. It is not chained: such errors hold the request."""
    import httpx2
    import openai

    name, chinese = endpoint.name, endpoint.chinese
    if isinstance(error, openai.APIStatusError):
        return EndpointError(*_status(error, endpoint))
    if isinstance(error, openai.APITimeoutError):
        if not any(isinstance(cause, httpx2.ConnectTimeout) for cause in _causes(error)):
            return too_slow(endpoint, begun)
        return EndpointError(
            f"{name} took no connection within {endpoint.limits.connect:g} s; check the network and base_url.",
            f"{endpoint.limits.connect:g} 秒内连不上{chinese}；请检查网络和 base_url。",
        )
    if begun and isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return broken_off(endpoint, begun)
    if isinstance(error, openai.APIConnectionError):
        return EndpointError(
            f"{name} cannot be reached{_system_reason(error)}; check that it runs, and base_url in notes.toml.",
            f"连不上{chinese}{_system_reason(error)}；请检查它是否在运行，以及 notes.toml 里的 base_url。",
        )
    if isinstance(error, openai.APIError):
        said = _quote(error.message, endpoint)
        return EndpointError(
            f"{name} broke off with an error ({said}); ask again.", f"{chinese}出错中断（{said}）；请再问一次。"
        )
    if begun:
        return EndpointError(
            f"{name} sent a broken piece in the middle of its answer; ask again.",
            f"{chinese}写到一半发来了损坏的数据；请再问一次。",
        )
    return EndpointError(
        f"{name} sent something that is no stream of chat completions; check base_url (often …/v1).",
        f"{chinese}发来的不是对话补全的数据流；请检查 base_url（通常以 /v1 结尾）。",
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


def _status(error: "openai.APIStatusError", endpoint: Endpoint) -> tuple[str, str]:
    name, chinese, status = endpoint.name, endpoint.chinese, error.status_code
    said = f"{status}: {_quote(_message(error), endpoint)}"
    if status in (401, 403):
        return (
            f"{name} refuses the API key ({status}); set the right one in ASKNOTES_API_KEY.",
            f"{chinese}不接受 API 密钥（{status}）；请在 ASKNOTES_API_KEY 里设置正确的密钥。",
        )
    if status == 404:
        return (
            f"{name} does not know the model '{endpoint.model}' or the address ({said}); check model and base_url.",
            f"{chinese}没有模型 '{endpoint.model}'，或地址不对（{said}）；请检查 model 和 base_url。",
        )
    if status == 429:
        wish = _wish(error.response)
        wait, later = ("wait a little", "稍后") if wish is None else (f"wait {wish:.0f} s", f"过 {wish:.0f} 秒")
        return (
            f"{name} takes no more questions for now ({said}); {wait} and ask again.",
            f"{chinese}暂时不接受更多提问（{said}）；请{later}再问。",
        )
    if status >= 500:
        return (
            f"{name} failed again and again ({said}); ask later, or set llm to 'local'.",
            f"{chinese}多次出错（{said}）；请稍后再问，或把 llm 设为 'local'。",
        )
    if "context" in said and ("exceed" in said or "maximum" in said):
        return (
            f"The question and its sources are too long for {name} ({said}); lower source_tokens, or raise"
            " context_tokens.",
            f"问题和来源对{chinese}来说太长（{said}）；请调小 source_tokens，或调大 context_tokens。",
        )
    return (
        f"{name} rejects the request ({said}); check model and base_url.",
        f"{chinese}拒绝了请求（{said}）；请检查 model 和 base_url。",
    )


def _message(error: "openai.APIStatusError") -> str:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.response.reason_phrase or "no reason given")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to this one, itself first, the first to happen last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _system_reason(error: Exception) -> str:
    """What the operating system said, in brackets, such as 'Connection refused'; '' when it said nothing."""
    numbers = [cause.errno for cause in _causes(error) if isinstance(cause, OSError) and cause.errno]
    return f" ({os.strerror(numbers[-1])})" if numbers and numbers[-1] > 0 else ""


def _quote(text: str, endpoint: Endpoint) -> str:
    """A server's words on one line, not too many, and without the key, which some repeat."""
    key = endpoint.api_key.get_secret_value()
    plain = " ".join((text.replace(key, "…") if key else text).split())
    return plain if len(plain) <= _QUOTED_CHARS else plain[:_QUOTED_CHARS] + "…"
