"""What a tab that is gone leaves behind: kept for a while, and then nothing of it, in this process or the server's."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from browser_support import serving, until
from streamlit.runtime.session_manager import SessionInfo
from tabs import Tab

from ui.server.sessions import LeftSessions

TABS = 4
SOON = 20  # seconds


class Session:
    def __init__(self, name: str) -> None:
        self.id, self.closed = name, 0

    def shutdown(self) -> None:
        self.closed += 1


def left(name: str) -> tuple[Session, SessionInfo]:
    session = Session(name)
    return session, cast(SessionInfo, SimpleNamespace(client=None, session=session))


def test_a_session_can_be_taken_up_again_until_its_time_is_over() -> None:
    now = [0.0]
    kept = LeftSessions(seconds=10, most=5, clock=lambda: now[0])
    (old, first), (young, second), (back, third) = left("old"), left("young"), left("back")
    kept.save(first)
    kept.save(third)
    now[0] = 6
    kept.save(second)
    assert kept.get("back") is third
    kept.delete("back")  # as Streamlit does when the tab is there again
    now[0] = 10
    assert kept.get("old") is None and kept.get("young") is second and kept.get("never") is None
    kept.sweep()
    assert (old.closed, young.closed, back.closed) == (1, 0, 0)
    assert kept.list() == [second]
    now[0] = 100
    kept.sweep()
    kept.sweep()
    assert (young.closed, kept.list()) == (1, [])


def test_of_too_many_the_oldest_are_closed() -> None:
    kept = LeftSessions(seconds=10, most=3, clock=lambda: 0.0)
    sessions = [left(str(number)) for number in range(5)]
    for _, info in sessions:
        kept.save(info)
    kept.save(sessions[0][1])  # it came back and left again
    kept.sweep()
    assert [session.closed for session, _ in sessions] == [0, 1, 1, 0, 0]


def visit(address: str, answered: Path) -> None:
    """A tab that asks one of the questions to try, and is closed as soon as the answer is there."""

    async def visiting() -> None:
        async with Tab(address) as tab:
            before = answers(answered)
            await tab.press("example-0")
            await tab.until(lambda: answers(answered) > before, SOON)

    asyncio.run(visiting())


def answers(answered: Path) -> int:
    """How many questions the page has answered."""
    return len(answered.read_text(encoding="utf-8").splitlines()) if answered.exists() else 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="handles of another process are counted by /proc")
def test_tabs_that_left_hold_no_handles_and_no_threads(corpus: Path) -> None:
    answered = corpus.parent / f"{corpus.name}.answered"
    with serving("tests/support/leaving_app.py", str(corpus)) as (address, server):

        def held() -> tuple[int, int]:
            return tuple(len(list(Path(f"/proc/{server}/{what}").iterdir())) for what in ("fd", "task"))  # type: ignore[return-value]

        visit(address, answered)  # what is opened once is open now
        time.sleep(1.5)
        handles, threads = held()
        for _ in range(TABS):
            visit(address, answered)
        until(lambda: held()[0] <= handles, SOON)
        until(lambda: held()[1] <= threads + 2, SOON)  # of the pool that the server itself keeps
