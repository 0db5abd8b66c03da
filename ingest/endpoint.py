"""What every endpoint over HTTP has: an address as people paste it, proxies and certificates, and its words when it refuses.

A server says what it does not like in its own words, in a body of any shape. So the cause is read from the words, wherever
they stand, and the words are told.
"""

import email.utils
import ipaddress
import os
import re
import ssl
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from ingest.messages import Message, Text, reason_of

if TYPE_CHECKING:
    from pydantic import SecretStr

_QUOTED_CHARS = 160
_BACKOFF_SECONDS = 0.5
_BUSY = (408, 409, 429)  # as 5xx, worth another try
_WORDS = ("message", "msg", "error_msg", "detail", "details", "error", "errors", "reason")  # where bodies keep them
_MONEY = re.compile(
    r"insufficient[_ ](?:quota|balance|credit|fund)|arrear|overdue|balance|billing|\bcredits?\b|payment|recharge"
    r"|欠费|欠費|余额|餘額|充值|额度|額度"
)
_KEY = re.compile(r"\b(?:api|access|secret)?[ _-]?key\b|\btoken\b|unauthori[sz]ed|credential|密钥|密鑰|令牌")


def tidied(base_url: str) -> str:
    """An address as people paste it, with quotes, blanks, doubled slashes or the path of one request, as it is meant."""
    scheme, mark, rest = base_url.strip(" \t\r\n\"'<>").partition("://")
    rest = re.sub(r"/{2,}", "/", rest).rstrip("/")
    return scheme + mark + re.sub(r"/(?:chat/completions|completions|responses|models|embeddings)$", "", rest)


def host_of(base_url: str) -> str:
    """Host and port, without what else an address may hold (user, password, query)."""
    parts = urlsplit(base_url)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def has_version(base_url: str) -> bool:
    """Whether the address names a version of the interface, as in `/v1`."""
    return bool(re.search(r"/v\d", urlsplit(base_url).path))


def on_this_machine(base_url: str) -> bool:
    """Whether the host is a loopback address."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def client_options(base_url: str) -> dict[str, Any]:
    """For an `httpx2` client: the proxies of the environment, but never for this machine; its certificates always.

    Raises:
        OSError: the file of certificates that SSL_CERT_FILE names cannot be read.
    """
    import httpx2

    tls = base_url.startswith("https:") and httpx2.create_ssl_context()
    return {"trust_env": not on_this_machine(base_url), "verify": tls}


def wish_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint wishes one to wait (`Retry-After`, RFC 9110 section 10.2.3: seconds or a date)."""
    text = headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        date = email.utils.parsedate_tz(text)
        return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())


def may_pass(status: int) -> bool:
    """Whether a refusal with this status may be over at another attempt."""
    return status in _BUSY or status >= 500


def backoff(attempt: int) -> float:
    """Seconds to wait after an attempt (counted from 0) when the endpoint wishes nothing else."""
    return _BACKOFF_SECONDS * 2.0**attempt


def is_of_money(said: str) -> bool:
    """Whether what is `said` (small letters) is about credit or payment."""
    return bool(_MONEY.search(said))


def fault_of_account(status: int, said: str) -> Literal["credit", "key", "rights", ""]:
    """What of the account is refused, by the status and what is `said` with it (small letters); '' for nothing of it."""
    if status == 402 or (status in (400, 403, 429) and _MONEY.search(said)):
        return "credit"
    if status == 401 or (status == 403 and _KEY.search(said)):
        return "key"
    return "rights" if status == 403 else ""


def words_of(body: object) -> str:
    """What a server says in the body of a refusal, of whatever shape; '' for a web page, or when it says nothing."""
    if isinstance(body, str):
        return "" if body.lstrip().startswith("<") else body.strip()
    if isinstance(body, dict):
        body = [body[key] for key in _WORDS if key in body]
    if isinstance(body, list):
        return next((words for part in body if (words := words_of(part))), "")
    return ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to this one, itself first, the first to happen last; some libraries raise one from itself."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def fault_of_tls(error: BaseException) -> ssl.SSLError | None:
    """The fault of the encryption among the causes."""
    return next((cause for cause in causes(error) if isinstance(cause, ssl.SSLError)), None)


def proxy_to(base_url: str) -> str:
    """Host and port of the proxy that the requests go through; '' for none."""
    parts, proxies = urlsplit(base_url), urllib.request.getproxies()
    if on_this_machine(base_url) or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    proxy = urlsplit(proxies.get(parts.scheme) or proxies.get("all") or "")
    return proxy.netloc.rpartition("@")[2] or proxy.path


def last_words(error: BaseException) -> Text:
    """What the first of the causes that says anything says."""
    return next((str(cause) for cause in reversed([*causes(error)]) if str(cause)), Message("endpoint.no_reason"))


def system_reason(error: Exception) -> Text | None:
    """What the operating system said, such as 'Connection refused'."""
    numbers = [cause.errno for cause in causes(error) if isinstance(cause, OSError) and cause.errno]
    return reason_of(OSError(numbers[-1], os.strerror(numbers[-1]))) if numbers and numbers[-1] > 0 else None


def quoted(text: str, api_key: "SecretStr") -> str:
    """A server's words on one line, not too many, and without the key, which some repeat."""
    key = api_key.get_secret_value()
    plain = " ".join((text.replace(key, "…") if key else text).split())
    return plain if len(plain) <= _QUOTED_CHARS else plain[:_QUOTED_CHARS] + "…"
