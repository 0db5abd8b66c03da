"""Who may ask what listens on this machine: a token in each request, and no Host but this machine's own names."""

import contextlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any

from ingest.errors import ConfigError
from ingest.messages import Message, reason_of

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LEAST = 16  # characters of a token

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def token_in(file: Path) -> str:
    """The token that is kept in `file`, which only its owner may read from then on; made when there is none.

    Raises:
        ConfigError: the file cannot be read or written, or holds no token.
    """
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        return checked_token(file.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise ConfigError("access.token_file", file=file, reason=reason) from error


def _make(file: Path) -> None:
    """A new token, there as a whole or not at all; of two that are made at once the first stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # for its owner alone
    try:
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write(secrets.token_urlsafe(32) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(new, file)
    finally:
        Path(new).unlink()


def checked_token(token: str) -> str:
    """The token, when it is long enough to be one and can stand in a header. Raises ConfigError."""
    if len(token) < LEAST or not token.isascii() or any(char.isspace() for char in token):
        raise ConfigError("access.token", least=LEAST)
    return token


class Guard:
    """ASGI: what comes without the token, or under another name than this machine's, goes no further.

    The name is checked first, so that a page that points its own name to this address (DNS rebinding) learns nothing.
    `open_paths` need no token: what stands there is the same on every machine.
    """

    def __init__(
        self, app: App, token: str, open_paths: Collection[str] = (), hosts: Collection[str] = LOOPBACK
    ) -> None:
        self._app, self._expected = app, f"Bearer {token}".encode()
        self._open, self._hosts = frozenset(open_paths), frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, or answer with 403 (Host), 401 (token); WebSockets are closed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        fault = self._fault(scope, headers)
        if fault is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(send, *fault)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _fault(self, scope: Scope, headers: MutableMapping[bytes, bytes]) -> tuple[int, Message] | None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name, _, port = host.rpartition(":")
        if (name if port.isdigit() else host) not in self._hosts:
            return 403, Message("access.host")
        if scope["path"] in self._open:
            return None
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            return 401, Message("access.refused")
        return None


async def _refuse(send: Send, status: int, why: Message) -> None:
    """In the form that OpenAI's clients read."""
    error = {"message": str(why), "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}
    body = json.dumps({"error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
