"""A sign-in by OpenID Connect before the page: Streamlit's own routes speak with the provider and keep the identity in a
signed cookie; whoever is not on the list is served nothing else, no page, no file and no socket."""

import hashlib
import html
import importlib.util
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event
from streamlit import config
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri, get_redirect_uri
from streamlit.url_util import make_url_path
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ingest.errors import ConfigError
from ingest.messages import Language, Message, language_of
from ingest.text.printable import printable
from ui.server.guard import is_loopback
from ui.server.login import HOURS, PATH, Tries, plain_page
from ui.users import AllowList, User

TRIES, EVERY = 20, 3.0  # sign-ins at once, and then one each so many seconds: each makes the server ask the provider
LEAST = 32  # characters of the secret that signs the cookies
START, BACK, OUT = "/auth/login", "/oauth2callback", "/auth/logout"  # Streamlit's routes
_NEEDED = ("client_id", "client_secret", "server_metadata_url", "redirect_uri")


def allow_list(secrets: Mapping[str, Any]) -> AllowList | None:
    """Who may come in by the sign-in that Streamlit's secrets describe; None where they describe none.

    Raises:
        ConfigError: something that it needs is missing or wrong.
    """
    auth, listed = secrets.get("auth"), (secrets.get("access") or {}).get("allowed")
    if auth is None and listed is None:
        return None
    if not auth:
        raise ConfigError("access.no_auth")
    if missing := [name for name in _NEEDED if not auth.get(name)]:
        raise ConfigError("access.client", names=missing)
    if len(str(auth.get("cookie_secret", ""))) < LEAST:
        raise ConfigError("access.cookie_secret", least=LEAST)
    for name in ("redirect_uri", "server_metadata_url"):
        if not _is_private(str(auth[name])):
            raise ConfigError("access.plain", name=name)
    back = urlsplit(get_redirect_uri(auth) or "")
    if back.path != _path(BACK):
        raise ConfigError("access.redirect")
    if not is_host_allowed(back.netloc):
        raise ConfigError("access.unknown_host", host=back.netloc)
    if config.get_option("server.trustedUserHeaders"):  # they count before the cookie in what a run of the page is told
        raise ConfigError("access.headers")
    if importlib.util.find_spec("authlib") is None:
        raise ConfigError("extra.missing", package="Authlib")
    return AllowList.of(listed if isinstance(listed, list) else [listed] if listed else [])


class Members:
    """An ASGI application before Streamlit's: it lets those of the list pass, and the others to the sign-in alone."""

    def __init__(self, app: ASGIApp, allowed: AllowList, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._allowed, self._clock = app, allowed, clock
        self._tries = Tries(TRIES, EVERY, clock)
        self._out: dict[str, float] = {}  # identities that have signed out -> until when their cookie would hold
        self._secure = (get_origin_from_redirect_uri() or "").startswith("https:")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who is on the list, and ask the others who they are."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        identity = self._identity(connection.cookies)
        user = self._allowed.user_of(identity)
        if scope["type"] == "websocket":
            await self._socket(user, connection.cookies, scope, receive, send)
        elif answer := self._answer(connection, identity, user):
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, self._with_secure_cookies(send))

    def _answer(self, connection: HTTPConnection, identity: Mapping[str, Any], user: User | None) -> Response | None:
        """What is answered to a request; None when Streamlit is to answer."""
        path = connection.scope["path"]
        language = language_of("auto", connection.headers.get("accept-language"))
        if path in (_path(START), _path(BACK)):
            if self._tries.take():
                return None
            return plain_page(language, 429, "", Message("access.wait", seconds=round(EVERY)))
        if path == _path(OUT):
            if not identity:  # nothing to sign out of: the provider need not be asked
                return RedirectResponse(_path("/"), 303)
            self._sign_out(connection.cookies)
            return None
        if path == _path(PATH):
            return RedirectResponse(_path("/") if user else generate_login_redirect_url("default"), 303)
        return None if user else _asked(language, identity)

    async def _socket(
        self, user: User | None, cookies: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a socket on for as long as its user is signed in: signing out in one tab closes the others."""
        if user is None:
            await send({"type": "websocket.close", "code": 1008, "reason": "login"})
            return

        async def heard() -> Event:
            event = await receive()
            if event["type"] == "websocket.disconnect" or self._identity(cookies):
                return event
            await send({"type": "websocket.close", "code": 1008, "reason": "login"})
            return {"type": "websocket.disconnect", "code": 1008}

        async def told(event: Event) -> None:
            if self._identity(cookies):
                await send(event)

        await self._app(scope, heard, told)

    def _identity(self, cookies: Mapping[str, str]) -> dict[str, Any]:
        """The claims of who signed in here within the last hours, by Streamlit's cookie; {} for nobody."""
        signed = _signed(cookies)
        if not signed or _digest(signed) in self._out:
            return {}
        claims = json.loads(signed)
        mine = isinstance(claims, dict) and claims.get("origin") == get_origin_from_redirect_uri()
        return claims if mine else {}

    def _sign_out(self, cookies: Mapping[str, str]) -> None:
        """A copy of the cookie is worth nothing from now on."""
        now = self._clock()
        self._out = {one: until for one, until in self._out.items() if until > now}
        self._out[_digest(_signed(cookies) or b"")] = now + HOURS * 3600

    def _with_secure_cookies(self, send: Send) -> Send:
        """Streamlit's cookies go over TLS alone where the page is reached by it."""
        if not self._secure:
            return send

        async def told(event: Event) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [
                    (name, value + b"; Secure" if name.lower() == b"set-cookie" else value)
                    for name, value in event.get("headers", ())
                ]
            await send(event)

        return told


def _signed(cookies: Mapping[str, str]) -> bytes | None:
    """What Streamlit's cookie holds, if this server signed it within the last hours."""

    def one(name: str) -> bytes | None:
        value = cookies.get(name, "").encode("latin-1", "replace")
        return decode_signed_value(get_cookie_secret(), name, value, HOURS / 24) if value else None

    return get_cookie_with_chunks(one, USER_COOKIE_NAME)


def _digest(signed: bytes) -> str:
    return hashlib.sha256(signed).hexdigest()


def _asked(language: Language, identity: Mapping[str, Any]) -> Response:
    """What is shown in the place of the page: where to sign in, or that this identity is not on the list."""
    if not identity:
        return plain_page(language, 401, _button(PATH, Message("access.sign_in"), language))
    email = identity.get("email")
    who = printable(email) if isinstance(email, str) and email else Message("access.nobody")
    return plain_page(
        language, 403, _button(OUT, Message("access.sign_out"), language), Message("access.not_listed", who=who)
    )


def _button(path: str, name: Message, language: Language) -> str:
    """A link: a form may not lead to another host, as the policy of the page says."""
    return f'<a class="button" href="{html.escape(_path(path))}">{html.escape(name.told(language))}</a>'


def _path(path: str) -> str:
    """A path of the page, which may not begin at the root of its host."""
    return make_url_path(config.get_option("server.baseUrlPath") or "", path)


def _is_private(address: str) -> bool:
    """Whether nobody on the way can read what goes to an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
