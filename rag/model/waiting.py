"""How long a question waits before a model is asked: a limit on requests, and a line before the one that takes one at a time."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import zip_longest

from langchain_core.rate_limiters import BaseRateLimiter

MINUTE = 60.0
_LOOK_SECONDS = 0.1
_PLACE_SECONDS = 0.05  # between two looks at one's place in line


class PerMinute(BaseRateLimiter):
    """At most `count` requests in any `seconds`, as an endpoint's QPM; the first ones go at once. Safe to use from threads."""

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


class Ticket:
    """One question in line. Two of them are never equal."""

    def __init__(self, who: str) -> None:
        self.who = who


class Line:
    """The line before one model; safe for threads.

    Those who have questions in line stand in a ring. Whoever heads it is asked one question and then stands at its end, so
    that many questions of one keep no other waiting for more than one of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: dict[str, list[Ticket]] = {}  # who -> their questions, in the order in which they are served
        self._held_back: list[Ticket] = []  # more questions of the one that is being answered
        self._served: Ticket | None = None

    def join(self, who: str) -> Ticket:
        """Stand in line with one question; `who` asks is any text that is the same for all of theirs."""
        ticket = Ticket(who)
        with self._lock:
            if self._served is not None and self._served.who == who:
                self._held_back.append(ticket)
            else:
                self._ring.setdefault(who, []).append(ticket)
            self._call_next()
        return ticket

    def place(self, ticket: Ticket) -> int:
        """How many answers, the one being written with them, come before this one's: 0 when it is its turn."""
        with self._lock:
            return 0 if ticket is self._served else 1 + self._order().index(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Go, answered or not; once for each ticket."""
        with self._lock:
            if ticket is self._served:
                self._served = None
                if self._held_back:
                    self._ring[ticket.who], self._held_back = self._held_back, []
                self._call_next()
            elif ticket in self._held_back:
                self._held_back.remove(ticket)
            else:
                self._ring[ticket.who].remove(ticket)
                if not self._ring[ticket.who]:
                    del self._ring[ticket.who]

    def __len__(self) -> int:
        """How many are in line, the one that is being answered with them."""
        with self._lock:
            return len(self._order()) + (self._served is not None)

    def _call_next(self) -> None:
        if self._served is None and self._ring:
            who = next(iter(self._ring))
            self._served, *self._held_back = self._ring.pop(who)

    def _order(self) -> list[Ticket]:
        rounds = zip_longest(*self._ring.values(), self._held_back)
        return [ticket for one_each in rounds for ticket in one_each if ticket is not None]


@contextlib.asynccontextmanager
async def in_line(line: Line | None, who: str, tell: Callable[[int], None]) -> AsyncIterator[None]:
    """Wait for one's turn and hold it; `tell` is told one's place whenever it is another, 0 last, nothing when it comes at
    once. Whatever ends the context, or the wait, takes one out of the line. Without a line nobody waits."""
    if line is None:
        yield
        return
    ticket, told = line.join(who), 0
    try:
        while place := line.place(ticket):
            if place != told:
                tell(place)
                told = place
            await asyncio.sleep(_PLACE_SECONDS)
        if told:
            tell(0)
        yield
    finally:
        line.leave(ticket)
