"""A sign-in by OpenID before the page: refused when it is incomplete, and nothing is served to who is not on the list."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from clock import Clock
from paths import ROOT
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from ingest.errors import ConfigError
from ui.server import oidc
from ui.server.oidc import BACK, EVERY, OUT, START, TRIES, Members, allow_list
from ui.users import AllowList

COOKIE, SECRET, ORIGIN = "_streamlit_user", "s" * 40, "https://notes.example"
AUTH = {
    "client_id": "asknotes",
    "client_secret": "x",
    "server_metadata_url": "https://id.example/.well-known/openid-configuration",
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": SECRET,
}
ACCESS = {"allowed": ["owner@example.org", "@team.example"]}
PATHS = [
    "/",
    "/index.html",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/upload_file/a/b",
    "/_stcore/bidi-components/x.js",
    "/_stcore/agent/interact",
    "/_stcore/agent/mcp",
    "/_stcore/agent/openapi.json",
    "/_stcore/script-health-check",
    "/media/0a.md",
    "/component/x/y.js",
    "/app/static/x.png",
    "/static/js/x.js",
    "/v1/search",
    f"{START}/",
    f"{START}/../../media/0a.md",
    f"/x{BACK}",
]


async def page(scope: Any, receive: Any, send: Any) -> None:
    """What is behind the sign-in: it greets everybody, and answers what a socket says."""
    if scope["type"] == "http":
        await PlainTextResponse("hello", headers={"set-cookie": "a=b"})(scope, receive, send)
        return
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


def toml(values: Mapping[str, str]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@pytest.fixture
def client(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(oidc, "get_cookie_secret", lambda: SECRET)
    monkeypatch.setattr(oidc, "get_origin_from_redirect_uri", lambda: ORIGIN)
    monkeypatch.setattr(oidc, "generate_login_redirect_url", lambda provider: f"{START}?provider={provider}")
    return TestClient(Members(page, AllowList.of(ACCESS["allowed"]), clock), follow_redirects=False)


def identity(email: str, **others: Any) -> dict[str, Any]:
    told = {"iss": "https://id.example", "sub": email, "email": email, "email_verified": True, "nonce": email}
    return told | {"origin": ORIGIN, "is_logged_in": True, "provider": "default"} | others


def come(client: TestClient, told: Mapping[str, Any], secret: str = SECRET) -> str:
    """Be somebody from now on; the cookie."""
    cookie = create_signed_value(secret, COOKIE, json.dumps(told)).decode()
    client.cookies.set(COOKIE, cookie)
    return cookie


def socket_opens(client: TestClient) -> bool:
    try:
        with client.websocket_connect("/_stcore/stream") as socket:
            socket.send_text("hello")
            return bool(socket.receive_text() == "hello")
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize("path", PATHS)
def test_without_a_sign_in_every_route_gives_the_way_to_it_and_nothing_else(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        answer = client.request(method, path)
        assert answer.status_code == 401 and "hello" not in answer.text and "set-cookie" not in answer.headers
    assert 'href="/login"' in client.get(path).text and not socket_opens(client)
    assert client.get("/login").headers["location"] == f"{START}?provider=default"


@pytest.mark.parametrize(
    "told",
    [
        identity("stranger@elsewhere.example"),
        identity("owner@example.org", email_verified=False),
        identity("owner@example.org", email_verified="true"),
        identity("<b>x</b>@elsewhere.example"),
    ],
)
def test_who_is_not_on_the_list_gets_one_sentence_and_the_way_out(client: TestClient, told: dict[str, Any]) -> None:
    come(client, told)
    for path in PATHS:
        answer = client.get(path, headers={"accept-language": "en"})
        assert answer.status_code == 403 and "hello" not in answer.text
        assert "is not on the list of this page" in answer.text and f'href="{OUT}"' in answer.text
        assert "<b>x" not in answer.text
    assert "名单" in client.get("/", headers={"accept-language": "zh"}).text
    assert not socket_opens(client)


def test_who_is_on_the_list_gets_everything(client: TestClient) -> None:
    come(client, identity("owner@example.org"))
    assert [client.get(path).text for path in PATHS] == ["hello"] * len(PATHS) and socket_opens(client)
    come(client, identity("anybody@team.example"))
    assert client.get("/").text == "hello"


def test_an_identity_that_another_signed_or_that_is_old_or_of_another_page_is_nobodys(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = identity("owner@example.org")
    come(client, owner, secret="t" * 40)
    assert client.get("/").status_code == 401
    come(client, owner | {"origin": "https://other.example"})
    assert client.get("/").status_code == 401
    cookie = come(client, owner)
    assert client.get("/").status_code == 200
    client.cookies.set(COOKIE, cookie[:-1] + ("A" if cookie[-1] != "A" else "B"))
    assert client.get("/").status_code == 401
    client.cookies.set(COOKIE, cookie)
    later = time.time() + oidc.HOURS * 3600 + 5
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get("/").status_code == 401 and not socket_opens(client)


def test_signing_out_closes_the_other_tabs_and_makes_copies_of_the_cookie_worthless(client: TestClient) -> None:
    cookie = come(client, identity("owner@example.org"))
    with client.websocket_connect("/_stcore/stream") as tab:
        tab.send_text("one")
        assert tab.receive_text() == "one"
        assert client.get(OUT).text == "hello"  # Streamlit's own route, which clears the cookie
        tab.send_text("two")
        with pytest.raises(WebSocketDisconnect) as closed:
            tab.receive_text()
    assert closed.value.code == 1008
    client.cookies.set(COOKIE, cookie)
    assert client.get("/").status_code == 401 and not socket_opens(client)
    assert client.get(OUT).headers["location"] == "/", "there is nothing to sign out of, and the provider is not asked"
    come(client, identity("owner@example.org", nonce="another"))
    assert client.get("/").text == "hello"


def test_who_signs_in_again_and_again_has_to_wait(client: TestClient, clock: Clock) -> None:
    for n in range(TRIES):
        assert client.get((START, BACK)[n % 2]).status_code == 200
    assert [client.get(path).status_code for path in (START, BACK)] == [429, 429]
    clock.now += EVERY + 0.1
    assert [client.get(START).status_code for _ in range(2)] == [200, 429]
    come(client, identity("owner@example.org"))
    assert client.get("/").status_code == 200, "who is in stays in"


@pytest.mark.parametrize(("origin", "secure"), [(ORIGIN, True), ("http://localhost:8501", False)])
def test_cookies_go_over_tls_alone_where_there_is_tls(
    origin: str, secure: bool, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "get_origin_from_redirect_uri", lambda: origin)
    answer = TestClient(Members(page, AllowList.of(ACCESS["allowed"]))).get(START)
    assert answer.headers["set-cookie"] == ("a=b; Secure" if secure else "a=b")


def test_what_is_complete_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc.importlib.util, "find_spec", lambda name: name)
    listed = allow_list({"auth": AUTH, "access": ACCESS})
    assert listed == AllowList.of(["owner@example.org", "@team.example"])
    assert (
        allow_list({"auth": AUTH | {"redirect_uri": "http://127.0.0.1:{port}/oauth2callback"}, "access": ACCESS})
        == listed
    )
    assert allow_list({"auth": AUTH, "access": {"allowed": "owner@example.org"}}) == AllowList.of(["owner@example.org"])
    assert allow_list({}) is None and allow_list({"access": {"password": "scrypt$"}}) is None


@pytest.mark.parametrize(
    ("auth", "access", "key"),
    [
        (None, ACCESS, "access.no_auth"),
        ({}, ACCESS, "access.no_auth"),
        (AUTH, {}, "access.no_list"),
        (AUTH, {"allowed": []}, "access.no_list"),
        (AUTH, {"allowed": ["@example.org"]}, "access.owner"),
        (AUTH, {"allowed": 7}, "access.entry"),
        (AUTH | {"client_id": ""}, ACCESS, "access.client"),
        (AUTH | {"client_secret": ""}, ACCESS, "access.client"),
        (AUTH | {"server_metadata_url": ""}, ACCESS, "access.client"),
        (AUTH | {"redirect_uri": ""}, ACCESS, "access.client"),
        (AUTH | {"cookie_secret": ""}, ACCESS, "access.cookie_secret"),
        (AUTH | {"cookie_secret": "short"}, ACCESS, "access.cookie_secret"),
        (AUTH | {"redirect_uri": "http://notes.example/oauth2callback"}, ACCESS, "access.plain"),
        (AUTH | {"redirect_uri": "https://["}, ACCESS, "access.plain"),
        (AUTH | {"server_metadata_url": "http://id.example/x"}, ACCESS, "access.plain"),
        (AUTH | {"redirect_uri": "https://localhost/callback"}, ACCESS, "access.redirect"),
        (AUTH | {"redirect_uri": "https://notes.example/oauth2callback"}, ACCESS, "access.unknown_host"),
    ],
)
def test_what_is_incomplete_is_refused(
    auth: Any, access: dict[str, Any], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc.importlib.util, "find_spec", lambda name: name)
    with pytest.raises(ConfigError) as refused:
        allow_list({name: value for name, value in (("auth", auth), ("access", access)) if value is not None})
    assert refused.value.message.key == key


def test_headers_that_name_a_user_are_refused_beside_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc.importlib.util, "find_spec", lambda name: name)
    asked = oidc.config.get_option
    headers = {"server.trustedUserHeaders": {"X-Email": "email"}}
    monkeypatch.setattr(oidc.config, "get_option", lambda name: headers.get(name) or asked(name))
    with pytest.raises(ConfigError, match="somebody else's"):
        allow_list({"auth": AUTH, "access": ACCESS})


def test_without_the_package_for_it_there_is_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="Authlib is not installed"):
        allow_list({"auth": AUTH, "access": ACCESS})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ('[access]\nallowed = ["owner@example.org"]\n', "no [auth]"),
        pytest.param(
            f'[access]\npassword = "x"\nallowed = ["a@b.example"]\n[auth]\n{toml(AUTH)}',
            "keep one of them",
            marks=pytest.mark.skipif(importlib.util.find_spec("authlib") is None, reason="the extra `oidc` is missing"),
        ),
        ("[auth\n", "cannot be read"),
    ],
)
def test_the_server_does_not_start_with_what_is_incomplete(secrets: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(secrets, encoding="utf-8")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", "127.0.0.1"]
    ended = subprocess.run(
        [*command, "--server.port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env=os.environ | {"STREAMLIT_SECRETS_FILES": str(file), "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 1 and said in ended.stderr and "Traceback" not in ended.stderr
