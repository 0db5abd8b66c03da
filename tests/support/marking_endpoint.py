"""A model with fixed delays that says of the mark in its question (`zq0703`) what the sources in its prompt say of it."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from obliging_endpoint import chunks

MARK = re.compile(r"zq\d{4}")
READING, PIECE = 0.5, 0.05  # seconds until the first piece, and between two pieces
SIZE = 6  # characters of a piece


def reply_to(prompt: str) -> str:
    """The sentence of the sources that holds the mark of the question, which stands last."""
    mark = MARK.findall(prompt)[-1]
    said = re.search(rf"[^\n。]*{mark}[^\n。？?]*。", prompt)
    return said.group().strip() if said else f"{mark} 不在来源里。"


@contextmanager
def marking_endpoint() -> Iterator[str]:
    """It listens while the context lasts; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = reply_to("\n".join(message["content"] for message in body["messages"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            time.sleep(READING)
            try:
                for start in range(0, len(text), SIZE):
                    self._send(next(chunks(body, 2 * text[start : start + SIZE])))
                    time.sleep(PIECE)
                for end in list(chunks(body, ""))[2:]:
                    self._send(end)
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:  # nobody reads on
                return

        def _send(self, chunk: object) -> None:
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()
