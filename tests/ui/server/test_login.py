"""A page that other machines can reach: refused without a password, and with one nothing of it is served before."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clock import Clock
from paths import ROOT
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import config

from ingest.errors import ConfigError
from ui.server import middleware as put_in_front
from ui.server.login import EVERY, HOURS, TRIES, Login, fits, hashed
from ui.state import LOGIN_COOKIE

KEPT = hashed("open sesame 芝麻")


async def page(scope: Any, receive: Any, send: Any) -> None:
    """What is behind the password: it greets everybody."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).accept()
    else:
        await PlainTextResponse("hello")(scope, receive, send)


@pytest.fixture
def client(clock: Clock) -> TestClient:
    return TestClient(Login(page, KEPT, clock), follow_redirects=False)


def enter(client: TestClient, password: str) -> int:
    return int(client.post("/login", data={"password": password}).status_code)


def test_nothing_is_served_before_the_password_and_all_after_it(client: TestClient, clock: Clock) -> None:
    for path in ("/", "/login", "/_stcore/health", "/static/js/x.js", "/v1/search"):
        answer = client.get(path)
        assert answer.status_code == 401 and "hello" not in answer.text and 'type="password"' in answer.text
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        raise AssertionError("a socket came through")
    assert enter(client, "open sesame") == 401 and client.get("/").status_code == 401
    assert enter(client, "open sesame 芝麻") == 303 and client.get("/").text == "hello"
    with client.websocket_connect("/_stcore/stream"):
        pass
    clock.now += HOURS * 3600 + 1
    assert client.get("/").status_code == 401


def test_a_session_cannot_be_guessed_or_read_by_a_script(client: TestClient) -> None:
    cookie = client.post("/login", data={"password": "open sesame 芝麻"}).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and len(client.cookies[LOGIN_COOKIE]) > 40
    client.cookies.clear()
    client.cookies.set(LOGIN_COOKIE, "x" * 43)
    assert client.get("/").status_code == 401


def test_who_guesses_has_to_wait(client: TestClient, clock: Clock) -> None:
    assert [enter(client, "wrong") for _ in range(TRIES)] == [401] * TRIES
    assert enter(client, "open sesame 芝麻") == 429
    clock.now += EVERY + 1
    assert enter(client, "open sesame 芝麻") == 303
    client.cookies.clear()
    assert client.post("/login", content=b"password=" + b"x" * 100_000).status_code == 413


@pytest.mark.parametrize("kept", ["", "open sesame", "scrypt$$", "scrypt$!$!", "md5$YQ==$YQ==", "scrypt$YQ==$YQ==$"])
def test_what_is_no_hash_lets_nobody_in(kept: str) -> None:
    assert not fits("open sesame", kept) and not fits("", kept)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.0.2", "::", "notes.example", None])
def test_without_a_password_other_machines_are_not_served(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"server.address": address}
    monkeypatch.setattr(config, "get_option", options.get)
    monkeypatch.setattr(put_in_front, "_secrets", dict)
    with pytest.raises(ConfigError) as refused:
        put_in_front.middleware()
    assert refused.value.message.key == "access.open"
    monkeypatch.setattr(put_in_front, "_secrets", lambda: {"access": {"password": KEPT}})
    assert [one.cls.__name__ for one in put_in_front.middleware()] == ["Guard", "Login"]
    assert isinstance(Starlette(middleware=put_in_front.middleware()), Starlette)


@pytest.mark.slow
def test_the_server_does_not_start_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", "0.0.0.0"]
    ended = subprocess.run([*command, "--server.port", "0"], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ended.returncode == 1 and "there is no password" in ended.stderr and "Traceback" not in ended.stderr
