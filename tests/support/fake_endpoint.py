"""An endpoint on loopback that misbehaves as a script tells it, and notes what it was sent and when it was left.

A script is a list of steps for one request: bytes are sent, numbers slept (seconds), `WAIT` waits until the other
side leaves.
"""

import json
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.errors import AnswerCut

WAIT = "wait"
Step = bytes | float | str

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(text: str = "", finish: str | None = None, **delta: object) -> bytes:
    """One chunk of a chat completion, as an event; `delta` are more fields beside the text."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text, **delta}, "finish_reason": finish}
    data = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def answer(*texts: str) -> list[Step]:
    """A whole, sound answer."""
    return [HEAD, *(event(text) for text in texts), event(finish="stop"), DONE]


def cut(stream: Iterator[str]) -> list[str]:
    """The pieces of an answer that may wait in line, and reach its limit of tokens."""
    pieces: list[str] = []
    with suppress(AnswerCut):
        pieces.extend(filter(None, stream))
    return pieces


def whole(body: object, indent: int | None = None) -> list[Step]:
    """An answer that is one JSON."""
    content = json.dumps(body, ensure_ascii=False, indent=indent).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return [head.encode() + b"Connection: close\r\n\r\n" + content]


def refusal(status: str, body: str = "{}", **headers: str) -> list[Step]:
    """An answer with an error status, such as '429 Too Many Requests'."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n"
    return [(head + lines + "\r\n").encode() + content]


@dataclass
class Request:
    """What came in; `left` is when the other side closed (seconds of `time.monotonic`), while a `WAIT` looked.

    `answered` when the whole script was played.
    """

    came: float
    head: str
    body: dict[str, object]
    left: float | None = None
    answered: bool = False


@dataclass
class FakeEndpoint:
    """`scripts` are used in order, the last one again and again."""

    scripts: list[list[Step]]
    requests: list[Request] = field(default_factory=list)
    base_url: str = ""
    connections: int = 0
    tls: ssl.SSLContext | None = None
    _closing: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        workers = []
        while not self._closing.is_set():
            if select.select([listener], [], [], 0.05)[0]:
                connection, _ = listener.accept()
                self.connections += 1
                workers.append(threading.Thread(target=self._talk, args=(connection,)))
                workers[-1].start()
        for worker in workers:
            worker.join()

    def _talk(self, plain: socket.socket) -> None:
        try:
            connection = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
        except OSError:  # the other side does not trust the certificate
            plain.close()
            return
        with connection:
            request = _read_request(connection)
            if request is None:
                return
            self.requests.append(request)
            script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
            try:
                self._play(connection, script, request)
                request.answered = True
            except (BrokenPipeError, ConnectionResetError):
                request.left = time.monotonic()

    def _play(self, connection: socket.socket, script: Sequence[Step], request: Request) -> None:
        for step in script:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, str):
                while not self._closing.is_set() and request.left is None:
                    if select.select([connection], [], [], 0.05)[0] and not connection.recv(1024):
                        request.left = time.monotonic()
            else:
                self._closing.wait(step)


def _read_request(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more or more[:1] == b"\x16":  # a TLS handshake
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" if more else b"")
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return Request(time.monotonic(), head.decode(), json.loads(body or b"{}"))


@contextmanager
def fake_endpoint(*scripts: list[Step], tls: Path | None = None) -> Iterator[FakeEndpoint]:
    """A `FakeEndpoint` that listens while the context lasts, over TLS with a certificate and key in the file `tls`."""
    endpoint = FakeEndpoint(list(scripts))
    if tls is not None:
        endpoint.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        endpoint.tls.load_cert_chain(tls)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint.base_url = f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}/v1"
        server = threading.Thread(target=endpoint.serve, args=(listener,))
        server.start()
        try:
            yield endpoint
        finally:
            endpoint._closing.set()
            server.join()


def certificate(folder: Path) -> Path:
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    pem = folder / "self-signed.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", pem, "-out", folder / "cert"], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + (folder / "cert").read_bytes())
    return pem


@contextmanager
def socks_proxy(target: str) -> Iterator[str]:
    """`host:port` of a SOCKS5 proxy (RFC 1928) for one connection, which leads to `target` whatever is asked for."""

    def relay(listener: socket.socket) -> None:
        client, _ = listener.accept()
        there = (str(urlsplit(target).hostname), urlsplit(target).port or 80)
        with client, socket.create_connection(there) as server:
            client.recv(64)
            client.sendall(b"\x05\x00")
            client.recv(300)
            client.sendall(b"\x05\x00\x00\x01" + bytes(6))
            while ready := select.select([client, server], [], [], 5)[0]:
                data = ready[0].recv(65536)
                if not data:
                    return
                (server if ready[0] is client else client).sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=relay, args=(listener,))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()
