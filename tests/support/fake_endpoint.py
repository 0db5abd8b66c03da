"""An endpoint on loopback that misbehaves as a script tells it, and notes what it was sent and when it was left.

A script is a list of steps for one request: bytes are sent, numbers slept (seconds), `WAIT` waits until the other
side leaves.
"""

import json
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

WAIT = "wait"
Step = bytes | float | str

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(text: str = "", finish: str | None = None) -> bytes:
    """One chunk of a chat completion, as an event."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    data = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def answer(*texts: str) -> list[Step]:
    """A whole, sound answer."""
    return [HEAD, *(event(text) for text in texts), event(finish="stop"), DONE]


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
    _closing: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        workers = []
        while not self._closing.is_set():
            if select.select([listener], [], [], 0.05)[0]:
                connection, _ = listener.accept()
                workers.append(threading.Thread(target=self._talk, args=(connection,)))
                workers[-1].start()
        for worker in workers:
            worker.join()

    def _talk(self, connection: socket.socket) -> None:
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
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return Request(time.monotonic(), head.decode(), json.loads(body))


@contextmanager
def fake_endpoint(*scripts: list[Step]) -> Iterator[FakeEndpoint]:
    """A `FakeEndpoint` that listens while the context lasts."""
    endpoint = FakeEndpoint(list(scripts))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        server = threading.Thread(target=endpoint.serve, args=(listener,))
        server.start()
        try:
            yield endpoint
        finally:
            endpoint._closing.set()
            server.join()
