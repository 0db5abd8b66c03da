"""What the tests of servers share: a small indexed vault, and an ASGI application that listens."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

TOKEN = "a-token-for-the-tests"
NOTES = {
    "推理/缓存.md": (
        "---\ntags: [推理]\n---\n# KV 缓存\n\n缓存省去了对前文的重复计算。\n\n## 它有多大？\n\n与层数成正比。\n"
    ),
    "其他.md": "# 蒸馏\n\n学软标签。\n\n# 量化\n\n少用几位。\n\n# 剪枝\n\n去掉权重。\n",
}


@contextmanager
def served(app: Any) -> Iterator[str]:
    """`app` on a free port of this machine while the context lasts; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
