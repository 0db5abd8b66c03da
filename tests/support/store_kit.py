"""What the tests of the store share: settings with a Milvus Lite, and a server that answers as it is told."""

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ingest.config import Settings

BACK_ENDS = ["local", "milvus"]


def need_milvus() -> None:
    """Skip the test where the extra is not installed."""
    for name in ("pymilvus", "milvus_lite"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install -c constraints.txt '.[milvus]'")


def searched_by(settings: Settings, back_end: str, folder: Path) -> Settings:
    """The settings of a test for a back-end; a Milvus Lite lies in the folder."""
    if back_end == "local":
        return settings
    need_milvus()
    return settings.model_copy(update={"store": str(folder / "milvus.db")})


@contextmanager
def refusing(status: str) -> Iterator[str]:
    """The address of a gRPC server that refuses every call with this status."""
    import grpc

    class Refuse(grpc.GenericRpcHandler):  # type: ignore[misc,unused-ignore]
        def service(self, handler_call_details: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(lambda request, call: call.abort(grpc.StatusCode[status], "no"))

    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Refuse()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of a Milvus Lite that listens in a process of its own, as a Milvus would."""
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
