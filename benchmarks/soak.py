"""Whether the page holds more and more: `make soak`, an hour; `python -m benchmarks.soak [--minutes 60]`.

The server, the vault, the scripted endpoint and the tabs of `benchmarks.readers`. All the time two users ask and read; a third
closes each tab in the middle of an answer; a fourth's tab sleeps, or its connection breaks off without a word, and comes
back later or never; notes are rewritten and the index is built anew. Printed are the memory, handles and threads of the
server's process as it goes on, how they rise by least squares over the second half, and what is held after all have left and
what is kept of their tabs has gone. The status is 1 when an answer was wrong, or when more handles or threads are left than
there were after the first question.
"""

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from tabs import Tab

from benchmarks.readers import MARKED, Held, answered, mark_of, marked_index, page_of, rewrite
from ingest.config import Settings
from ui.server.sessions import KEPT_SECONDS, SWEPT_EVERY

ROWS = 12  # of the table
READ_EVERY = 15.0  # seconds between two readings, which hold what is open at the moment
PAUSE = 6.0  # seconds on average between two things that a user does
BUILD_EVERY = 60.0  # seconds
SPARE = 2  # threads and handles that a pool of the server's may hold


class Soak:
    """What goes on at one server, and how often it has."""

    def __init__(self, address: str, settings: Settings) -> None:
        self.address, self.settings = address, settings
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self._marks: Iterator[str] = itertools.cycle(
            mark_of(user, question) for user in range(MARKED[0]) for question in range(MARKED[1])
        )
        self._rng = random.Random(0)

    async def pause(self, times: float = 1.0) -> None:
        """Some seconds."""
        await asyncio.sleep(times * self._rng.uniform(0.5, 1.5) * PAUSE)

    async def ask(self, tab: Tab) -> None:
        """Ask the next question in a tab and read the answer to its end."""
        timed = await answered(tab, next(self._marks))
        self.done["answers"] += 1
        if timed.fault:
            self.faults.append(timed.fault)

    async def reads(self) -> None:
        """A tab that asks some questions."""
        async with Tab(self.address) as tab:
            for _ in range(self._rng.randint(1, 5)):
                await self.ask(tab)
                await self.pause()

    async def leaves(self) -> None:
        """A tab that is closed in the middle of an answer."""
        async with Tab(self.address) as tab:
            await tab.ask(f"{next(self._marks)} 是什么？")
            await asyncio.sleep(self._rng.uniform(0, 1.5))
        self.done["left in mid-answer"] += 1
        await self.pause()

    async def sleeps(self) -> None:
        """A tab that sleeps in the middle of an answer, connected or not, and is taken up again or given up."""
        async with Tab(self.address) as tab:
            await tab.ask(f"{next(self._marks)} 是什么？")
            await asyncio.sleep(self._rng.uniform(0, 1.5))
            broken = self._rng.random() < 0.5
            if broken:
                await tab.vanish()
            else:
                tab.doze()
            await self.pause(5)
            if broken and self._rng.random() < 0.5:
                await tab.connect()
                await self.ask(tab)
        self.done["slept"] += 1

    async def builds(self) -> None:
        """A build of one rewritten note, by the button."""
        async with Tab(self.address, "view=index") as tab:
            rewrite(self.settings.corpus, 1, time.monotonic_ns())
            await tab.press("rebuild")
            await asyncio.sleep(BUILD_EVERY)
        self.done["rebuilds"] += 1


async def again(what: Callable[[], Awaitable[None]], until: float) -> None:
    """Do it again and again until that moment."""
    while time.monotonic() < until:
        await what()


async def soaked(settings: Settings, minutes: float) -> int:
    """Print the table; the exit status."""
    with page_of(settings, "app.py") as (address, process):
        soak = Soak(address, settings)
        async with Tab(address) as tab:
            await soak.ask(tab)
        before, began = Held.by(process), time.monotonic()
        until = began + 60 * minutes
        doing = (soak.reads, soak.reads, soak.leaves, soak.sleeps, soak.builds)
        tasks = [asyncio.create_task(again(what, until)) for what in doing]
        reading = asyncio.create_task(readings(process, began, until))
        print("| minute | answers | left in mid-answer | slept | rebuilds | MB | handles | threads |")
        print("| ---: " * 8 + "|")
        for part in range(ROWS + 1):
            await asyncio.sleep(max(0.0, began + part * 60 * minutes / ROWS - time.monotonic()))
            print(row((time.monotonic() - began) / 60, soak, Held.by(process)), flush=True)
        await asyncio.gather(*tasks)
        await asyncio.sleep(KEPT_SECONDS + 2 * SWEPT_EVERY)
        after = Held.by(process)
        print(row((time.monotonic() - began) / 60, soak, after))
    print(f"\nBefore: {before}; after all had left: {after}.\n{rise(await reading)}")
    print(f"Wrong answers: {soak.faults or 'none'}.")
    grown = after.handles > before.handles + SPARE or after.threads > before.threads + SPARE
    return int(grown or bool(soak.faults))


async def readings(process: int, began: float, until: float) -> list[tuple[float, Held]]:
    """What the process holds until that moment, each with its minute."""
    read = []
    while time.monotonic() < until:
        read.append(((time.monotonic() - began) / 60, Held.by(process)))
        await asyncio.sleep(READ_EVERY)
    return read


def rise(read: Sequence[tuple[float, Held]]) -> str:
    """How much the figures rise in a minute by least squares over the second half of the readings, each with its standard
    error as if readings were independent."""
    half = read[len(read) // 2 :]
    if len(half) < 4:
        return "Too few readings for a slope."
    minutes = np.array([minute for minute, _ in half])
    told = []
    for name in ("memory", "handles", "threads"):
        (slope, _), spread = np.polyfit(minutes, [getattr(held, name) for _, held in half], 1, cov=True)
        told.append(f"{name} {slope:+.2f} ± {spread[0, 0] ** 0.5:.2f}")
    return f"A minute, over the last {minutes[-1] - minutes[0]:.0f} minutes ({len(half)} readings): {', '.join(told)}."


def row(minute: float, soak: Soak, held: Held) -> str:
    """A row of the table."""
    done = [soak.done[name] for name in ("answers", "left in mid-answer", "slept", "rebuilds")]
    cells = [f"{minute:.1f}", *map(str, done), f"{held.memory:.0f}", str(held.handles), str(held.threads)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Make the vault, then soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path("runs/soak"))
    options = parser.parse_args()
    sys.exit(asyncio.run(soaked(marked_index(options.folder), options.minutes)))


if __name__ == "__main__":
    main()
