"""What Streamlit's server puts in front of itself."""

from starlette.middleware import Middleware

from ui.server.guard import Guard


def middleware() -> list[Middleware]:
    """The guard of every request."""
    return [Middleware(Guard)]
