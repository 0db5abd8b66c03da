"""Every request meets this first: its Host must be one of ours and its Origin the page's own, and what is answered
tells the browser to load nothing from elsewhere and to show the page in no frame."""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # the address holds names of notes
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",  # no host of a link is looked up before it is clicked
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """An ASGI application in front of another one. `open_to_all` tells that who asks is checked elsewhere, so that
    other machines may ask too."""

    def __init__(self, app: ASGIApp, *, open_to_all: bool = False) -> None:
        self._app, self._open_to_all = app, open_to_all
        self._scripts = _inline_scripts(_INDEX.read_text(encoding="utf-8"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        policy = policy_of(hosts[0] if hosts else "", self._scripts)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**_HEADERS, "Content-Security-Policy": policy})
            await send(message)

        if reason := self._why_not(scope, hosts, headers.getlist("origin")):
            await _refuse(reason, scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _why_not(self, scope: Scope, hosts: Sequence[str], origins: Sequence[str]) -> str:
        """Why a request is refused, or ''."""
        if not (self._open_to_all or all(_is_here(scope.get(end)) for end in ("client", "server"))):
            return "This page is for its own machine."
        if len(hosts) != 1 or not is_host_allowed(hosts[0]):
            return "This host is not one of server.allowedHosts."
        if any(not is_own(origin, hosts[0]) for origin in origins):
            return "Another page may not ask here."
        return ""


def is_own(origin: str, host: str) -> bool:
    """Whether an Origin is that of the page under this Host; to the server behind a proxy https looks like http."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == host and origin == f"{parts.scheme}://{host}"


def policy_of(host: str, scripts: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of the page under a Host; `scripts` are the hashes of its inline ones."""
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else ""
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self' blob:", *(f"'{script}'" for script in scripts)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _inline_scripts(page: str) -> list[str]:
    """The hashes of the scripts that stand in a page itself, as a policy names them."""
    digests = [hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page)]
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine alone; names other than `localhost` are not looked up."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"


def _is_here(end: Sequence[object] | None) -> bool:
    """Whether an end of a connection is on this machine; without one (a socket of the file system) it is."""
    return not end or is_loopback(str(end[0]))


async def _refuse(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # not accepted yet: the browser gets a 403
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
    else:
        await PlainTextResponse(reason, 403)(scope, receive, send)
