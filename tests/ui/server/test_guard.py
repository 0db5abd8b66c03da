"""What stands before the page, asked as an ASGI application."""

import asyncio
from typing import Any

import pytest
from streamlit import config

from ui.server.guard import Guard, is_loopback, is_own, policy_of

OWN = "127.0.0.1:8501"
HERE = ("127.0.0.1", 50_000)


@pytest.fixture(autouse=True)
def _our_hosts() -> None:
    config.set_option("server.allowedHosts", ["127.0.0.1", "localhost"])


async def page(scope: Any, receive: Any, send: Any) -> None:
    """What is guarded: it greets everybody."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


def asked(guard: Guard, *headers: tuple[str, str], kind: str = "http", **ends: object) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    scope = {"type": kind, "method": "GET", "path": "/", "client": HERE, "server": ("127.0.0.1", 8501), **ends}
    scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in headers]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(guard(scope, lambda: None, send))  # type: ignore[arg-type]
    return sent


def passed(guard: Guard, *headers: tuple[str, str], **ends: object) -> bool:
    """Whether both a request and a socket come through; never one alone."""
    page_came = asked(guard, *headers, **ends)[0]["status"] == 200
    socket_came = asked(guard, *headers, kind="websocket", **ends)[0]["type"] == "websocket.accept"
    assert page_came == socket_came
    return page_came


@pytest.mark.parametrize(
    ("headers", "comes"),
    [
        ([("Host", OWN)], True),
        ([("Host", OWN), ("Origin", f"http://{OWN}")], True),
        ([("Host", "localhost:8501"), ("Origin", "http://localhost:8501")], True),
        ([("Host", OWN), ("Origin", "http://127.0.0.1:9999")], False),  # another program's page on this machine
        ([("Host", OWN), ("Origin", "http://localhost:8501")], False),
        ([("Host", OWN), ("Origin", "null")], False),
        ([("Host", OWN), ("Origin", "")], False),
        ([("Host", OWN), ("Origin", f"http://{OWN}"), ("Origin", "http://evil.example")], False),
        ([("Host", OWN), ("Origin", f"http://evil.example@{OWN}")], False),
        ([("Host", OWN), ("Origin", f"file://{OWN}")], False),
        (
            [("Host", "evil.example:8501"), ("Origin", "http://evil.example:8501")],
            False,
        ),  # a name bound to this machine
        ([("Host", "evil.example:8501")], False),
        ([("Host", OWN), ("Host", "evil.example")], False),
        ([], False),
    ],
)
def test_host_and_origin_are_the_pages_own(headers: list[tuple[str, str]], comes: bool) -> None:
    assert passed(Guard(page), *headers) == comes


@pytest.mark.parametrize(
    "ends", [{"client": ("192.168.0.7", 50_000)}, {"server": ("192.168.0.2", 8501)}, {"client": ("::ffff:10.0.0.1", 1)}]
)
def test_other_machines_come_in_only_where_somebody_checks_them(ends: dict[str, object]) -> None:
    assert not passed(Guard(page), ("Host", OWN), **ends)
    assert passed(Guard(page, open_to_all=True), ("Host", OWN), **ends)


@pytest.mark.parametrize("host", [OWN, "evil.example"])
def test_every_answer_carries_the_policy(host: str) -> None:
    headers = {name.decode(): value.decode() for name, value in asked(Guard(page), ("Host", host))[0]["headers"]}
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["img-src"] == "'self' data: blob:" and "unsafe" not in policy["script-src"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"


def test_a_strange_host_cannot_write_into_the_policy() -> None:
    assert policy_of("a;script-src *") == policy_of("") and f"ws://{OWN}" in policy_of(OWN)


def test_which_addresses_are_this_machines_alone() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "", "192.168.0.1", "localhost.evil.example", "127.0.0.1.nip.io")))
    assert is_own("https://notes.example", "notes.example") and not is_own("http://[", "[")
