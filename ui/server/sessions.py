"""The sessions of tabs that are gone: kept for a while, for a reload or a laptop that wakes, then closed.

Streamlit's own storage only forgets what it keeps: at the next disconnection, and without closing it. Each session holds
an event loop (three handles) and all that its tab was shown, until Python happens to collect it.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from streamlit.runtime import get_instance
from streamlit.runtime.session_manager import SessionInfo
from streamlit.starlette import App

KEPT_SECONDS = 120.0
KEPT_MOST = 64
SWEPT_EVERY = 5.0  # seconds


class LeftSessions:
    """Streamlit's `SessionStorage` of which what is too old, or too much, is closed by `sweep`."""

    def __init__(
        self, seconds: float = KEPT_SECONDS, most: int = KEPT_MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._kept: OrderedDict[str, tuple[float, SessionInfo]] = OrderedDict()  # the oldest first

    def get(self, session_id: str) -> SessionInfo | None:
        """A session that can be taken up again."""
        since, info = self._kept.get(session_id, (0.0, None))
        return info if self._clock() - since < self._seconds else None

    def save(self, session_info: SessionInfo) -> None:
        """Keep the session of a tab that has just left."""
        self.delete(session_info.session.id)
        self._kept[session_info.session.id] = self._clock(), session_info

    def delete(self, session_id: str) -> None:
        """Keep a session no longer, without closing it."""
        self._kept.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """The sessions that are kept."""
        return [info for _, info in self._kept.values()]

    def sweep(self) -> None:
        """Close what is too old, and the oldest while there are too many. For the server's own thread."""
        while self._kept:
            name, (since, info) = next(iter(self._kept.items()))
            if len(self._kept) <= self._most and self._clock() - since < self._seconds:
                return
            self.delete(name)
            info.session.shutdown()


@asynccontextmanager
async def closing_left_sessions(
    app: App, seconds: float = KEPT_SECONDS, every: float = SWEPT_EVERY
) -> AsyncIterator[None]:
    """Keep the sessions of the running server this way, swept `every` so many seconds; what `App` calls its lifespan.

    Streamlit has a place for a storage in its `RuntimeConfig`, which `App` makes itself and lets nobody else fill: so it
    is put in afterwards, before the first tab can come.
    """
    left = LeftSessions(seconds)
    get_instance()._session_mgr._session_storage = left  # type: ignore[attr-defined]

    async def sweeping() -> None:
        while True:
            await asyncio.sleep(every)
            left.sweep()

    task = asyncio.create_task(sweeping())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
