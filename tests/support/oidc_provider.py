"""A made-up OpenID provider on this machine: discovery, authorize, token, keys and the end of a session.

It asks nobody for a password: whoever comes is signed in as the `identity` that the test has set.
"""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from browser_support import served
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "asknotes", "a secret of the client"


class Provider:
    """`identity` are the claims of who signs in next; `asked` the paths that were asked for."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.identity: dict[str, Any] = {}
        self.asked: list[str] = []
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self._codes: dict[str, tuple[dict[str, Any], str, str]] = {}  # code -> claims, nonce, challenge
        paths = {
            "/.well-known/openid-configuration": self._discovery,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
            "/end": self._end,
        }
        self.app = Starlette(routes=[Route(path, what, methods=["GET", "POST"]) for path, what in paths.items()])

    async def _discovery(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code" and "openid" in asked["scope"]
        code = secrets.token_urlsafe()
        self._codes[code] = self.identity, asked["nonce"], asked["code_challenge"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        claims, nonce, challenge = self._codes.pop(str(form["code"]))
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert request.headers["authorization"] in (f"Basic {basic}", f"Basic {plain}")
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce} | claims
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, told, self._key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed})

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _end(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


@contextmanager
def provider() -> Iterator[Provider]:
    """One that answers on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        made = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(made.app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.should_exit = True
            thread.join(timeout=20)


def person(subject: str, email: str, **others: Any) -> dict[str, Any]:
    """The claims of somebody whose address is verified, unless `others` say otherwise."""
    return {"sub": subject, "email": email, "email_verified": True, "name": subject} | others


@contextmanager
def page_with_sign_in(home: Path, identities: Provider) -> Iterator[str]:
    """The real page over a note in `home`, for owner@example.org and those of team.example; its address."""
    (home / "notes").mkdir()
    note = "# The cache\n\n## What does the cache save?\n\nThe cache saves the recomputation of earlier tokens.\n"
    (home / "notes" / "cache.md").write_text(note, encoding="utf-8")
    secrets_file = home / "secrets.toml"
    secrets_file.write_text(
        f"""
[auth]
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{identities.issuer}/.well-known/openid-configuration"
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{"c" * 40}"

[access]
allowed = ["owner@example.org", "@team.example"]
""",
        encoding="utf-8",
    )
    places = {"CORPUS": home / "notes", "INDEX": home / "index", "DATA": home / "data", "SETTINGS": home / "notes.toml"}
    environment = {f"ASKNOTES_{name}": str(place) for name, place in places.items()}
    environment |= {"ASKNOTES_LLM": "none", "ASKNOTES_LANGUAGE": "en", "STREAMLIT_SECRETS_FILES": str(secrets_file)}
    with served("app.py", **environment) as address:
        yield address
