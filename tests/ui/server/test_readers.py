"""Several readers of one server, each a session of its own over its own websocket."""

import asyncio
import re
from pathlib import Path

import pytest
from browser_support import serving
from tabs import Tab

READERS = 6
MOMENT = 60  # seconds


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    notes = "\n\n".join(
        f"## What is zq{i:04}?\n\nThe mark zq{i:04} stands for the lamp of reader {i}." for i in range(READERS)
    )
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "marks.md").write_text(f"# Marks\n\n{notes}\n", encoding="utf-8")
    return folder


async def asked(address: str, mark: str) -> dict[str, str]:
    """The parts of the answer to a question about a mark, and of one about it again."""
    async with Tab(address) as tab:
        for turn in range(2):
            await tab.ask(f"What is {mark}?")
            await tab.until(lambda turn=turn: bool(tab.drawn.turns.get(turn, {}).get("foot")), MOMENT)  # type: ignore[misc]
        assert not tab.drawn.faults and len(tab.drawn.turns) == 2
        return tab.drawn.turns[1]


def test_everybody_gets_the_answer_to_their_own_question(corpus: Path) -> None:
    marks = [f"zq{i:04}" for i in range(READERS)]

    async def all_ask(address: str) -> list[dict[str, str]]:
        return await asyncio.gather(*(asked(address, mark) for mark in marks))

    with serving("tests/support/scripted_app.py", str(corpus), "0.02") as (address, _):
        shown = asyncio.run(all_ask(address))
    for mark, parts in zip(marks, shown, strict=True):
        assert set(re.findall(r"zq\d{4}", parts["question"] + parts["searched"])) == {mark}
    told = Path(f"{corpus}.answered").read_text(encoding="utf-8").splitlines()
    assert sorted(told) == sorted(2 * [f"What is {mark}?" for mark in marks])


def test_a_tab_whose_connection_breaks_in_mid_answer_is_taken_up_again(corpus: Path) -> None:
    async def breaks(address: str) -> None:
        async with Tab(address) as tab:
            await tab.ask("What is zq0003?")
            await tab.until(lambda: bool(tab.drawn.turns.get(0, {}).get("evidence")), MOMENT)
            await tab.vanish()
            tab.drawn.turns.clear()
            await tab.connect()
            await tab.until(lambda: bool(tab.drawn.turns.get(0, {}).get("foot")), MOMENT)
            assert "zq0003" in tab.drawn.turns[0]["question"]

    with serving("tests/support/scripted_app.py", str(corpus), "0.05") as (address, _):
        asyncio.run(breaks(address))
