"""A password before the page, for one that other machines can reach: nothing of the page is served without it."""

import base64
import hashlib
import hmac
import html
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.messages import Language, Message, language_of
from ui.state import LOGIN_COOKIE

PATH = "/login"
HOURS = 12  # until one is asked again
TRIES, EVERY = 5, 20.0  # passwords at once, and then one each so many seconds, of all who ask together
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}
_LONGEST = 4096  # bytes of a form


def hashed(password: str) -> str:
    """What is kept of a password (scrypt, RFC 7914): `scrypt$salt$hash`."""
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", *(base64.b64encode(part).decode() for part in (salt, _scrypt(password, salt)))])


def fits(password: str, kept: str) -> bool:
    """Whether this is the password; a kept form that is none fits nothing."""
    try:
        scheme, salt, digest = kept.split("$")
        wanted = base64.b64decode(digest, validate=True)
        return scheme == "scrypt" and hmac.compare_digest(_scrypt(password, base64.b64decode(salt)), wanted)
    except ValueError:
        return False


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, **_COST)


class Tries:
    """`most` at once, and then one each `every` seconds, of all who ask together."""

    def __init__(self, most: int, every: float, clock: Callable[[], float]) -> None:
        self._most, self._every, self._clock = most, every, clock
        self._left, self._since = float(most), clock()

    def take(self) -> bool:
        """Whether one is left; it is gone then."""
        now = self._clock()
        self._left, self._since = min(self._most, self._left + (now - self._since) / self._every), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Login:
    """An ASGI application before another one; `kept` is the password as `hashed` gives it."""

    def __init__(self, app: ASGIApp, kept: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._kept, self._clock = app, kept, clock
        self._sessions: dict[str, float] = {}  # of those who are in -> until when
        self._tries = Tries(TRIES, EVERY, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who is in, and ask the others."""
        if scope["type"] not in ("http", "websocket") or self._is_in(
            HTTPConnection(scope).cookies.get(LOGIN_COOKIE, "")
        ):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "login"})
        else:
            await (await self._answer(Request(scope, receive)))(scope, receive, send)

    def _is_in(self, token: str) -> bool:
        return self._sessions.get(token, 0.0) > self._clock()

    async def _answer(self, request: Request) -> Response:
        language = language_of("auto", request.headers.get("accept-language"))
        if request.method != "POST" or request.url.path != PATH:
            return _form(language, 401)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST:
                return _form(language, 413)
        if not self._tries.take():
            return _form(language, 429, Message("access.wait", seconds=round(EVERY)))
        password = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        if not await to_thread.run_sync(fits, password, self._kept):
            return _form(language, 401, Message("access.wrong"))
        return self._let_in(secure=request.url.scheme == "https")

    def _let_in(self, *, secure: bool) -> Response:
        now = self._clock()
        self._sessions = {token: until for token, until in self._sessions.items() if until > now}
        token = secrets.token_urlsafe(32)
        self._sessions[token] = now + HOURS * 3600
        answer = RedirectResponse("/", 303)
        answer.set_cookie(LOGIN_COOKIE, token, max_age=HOURS * 3600, httponly=True, samesite="lax", secure=secure)
        return answer


def _form(language: Language, status: int, said: Message | None = None) -> Response:
    name, enter = Message("access.password").told(language), Message("access.enter").told(language)
    return plain_page(
        language,
        status,
        f'<form method="post" action="{PATH}"><label>{html.escape(name)}'
        f'<input type="password" name="password" autocomplete="current-password" autofocus required></label>'
        f"<button>{html.escape(enter)}</button></form>",
        said,
    )


def plain_page(language: Language, status: int, body: str, said: Message | None = None) -> Response:
    """A page without anything of the real one: what is `said`, and the HTML of `body`."""
    why = f'<p role="alert">{html.escape(said.told(language))}</p>' if said else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>AskNotes</title><style>body{{font:1rem sans-serif;max-width:20rem;margin:20vh auto}}"
        f"input,button,.button{{font:inherit;width:100%;margin:.3rem 0;padding:.4rem;box-sizing:border-box}}"
        f".button{{display:block;text-align:center;border:1px solid}}</style><h1>AskNotes</h1>{why}{body}</html>",
        status,
        {"Cache-Control": "no-store"},
    )
