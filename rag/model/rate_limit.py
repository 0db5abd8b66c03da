"""A limit on the requests to an endpoint, such as its QPM (queries per minute)."""

import asyncio
import threading
import time
from collections import deque

from langchain_core.rate_limiters import BaseRateLimiter

MINUTE = 60.0
_LOOK_SECONDS = 0.1


class PerMinute(BaseRateLimiter):
    """At most `count` requests in any `seconds`; the first ones go at once. Safe to use from threads."""

    def __init__(self, count: int, seconds: float = MINUTE) -> None:
        self._seconds = seconds
        self._sent: deque[float] = deque([-seconds] * count, maxlen=count)
        self._lock = threading.Lock()

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait for a turn; without `blocking`, say whether there is one now."""
        while not self._take():
            if not blocking:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        """The same on an event loop; the wait can be cancelled."""
        while not self._take():
            if not blocking:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    def _take(self) -> bool:
        with self._lock:
            now = time.monotonic()
            free = now - self._sent[0] >= self._seconds
            if free:
                self._sent.append(now)
            return free
