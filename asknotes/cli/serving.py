"""What listens on this machine for as long as its command runs."""

import importlib.util
import socket
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version

from asknotes.access import App, Guard
from asknotes.library import Library
from ingest.errors import ConfigError
from ingest.messages import Message, reason_of

Tell = Callable[[Message], None]
HOST = "127.0.0.1"


def required(*packages: str) -> None:
    """Raises ConfigError when one of these, of an extra, is not installed."""
    if lacking := [name for name in packages if importlib.util.find_spec(name) is None]:
        raise ConfigError("extra.missing", package=" ".join(lacking))


def run_mcp_stdio(library: Library) -> None:
    """MCP over standard input and output, until the assistant ends it."""
    required("mcp")
    from asknotes.mcp_server.server import NotesServer

    NotesServer(library, version("asknotes")).run("stdio")


def run_mcp_http(library: Library, port: int, token: str, tell: Tell) -> None:
    """MCP over streamable HTTP at `/mcp`."""
    required("mcp", "uvicorn")
    from asknotes.mcp_server.server import NotesServer

    app = NotesServer(library, version("asknotes")).streamable_http_app(stateless_http=True)
    _listen(Guard(app, token), port, "/mcp", tell)


def run_api(library: Library, port: int, token: str, tell: Tell) -> None:
    """The HTTP API at `/v1`."""
    required("fastapi", "uvicorn")
    from asknotes.api.app import OPEN_PATHS, api

    _listen(Guard(api(library, version("asknotes")), token, OPEN_PATHS), port, "/v1", tell)


def _listen(app: App, port: int, path: str, tell: Tell) -> None:
    """Serve until Ctrl-C. Raises ConfigError when the port cannot be had."""
    import uvicorn

    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise ConfigError("serve.port", port=port, reason=reason_of(error)) from error
    with closing(listener):
        address = f"http://{HOST}:{listener.getsockname()[1]}{path}"
        tell(Message("serve.listening", address=address))
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
