"""Many readers of one process: `python -m benchmarks.readers [--users 1 5 10 25] [--questions 3] [--rebuild]`.

The page as it is run, with the real embedding model and checker, over a made-up vault; a scripted endpoint writes with fixed
delays (0.5 s to the first piece, then a piece of six characters each 0.05 s). Each user is a Streamlit session over its own
websocket, which draws again by itself as a browser does, asks, reads the answer for some seconds and asks again. Every
question has a mark, which its evidence and its answer must hold, and no answer another's. Counted are the seconds to the
evidence, to the first text of the model, and to the end of the answer; and what the server's process holds before, with all
tabs open, and after they left. With `--rebuild` the same users ask by turns with and without an index that is built anew.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from browser_support import serving
from marking_endpoint import MARK, PIECE, READING, marking_endpoint
from tabs import Tab

from benchmarks.scale import write_vault
from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings

PASSAGES = 400
MARKED = 25, 4  # users and questions that the vault has marks for
THINGS = "灯 桥 钟 船 井 门 树 石 纸 琴 伞 壶 镜 帆 塔".split()
PLACES = "河边 山上 城里 海岛 院中 北方 屋后 村口 湖心 路旁".split()
REWRITTEN = 6  # notes of a rebuild, of twenty passages each
PATIENCE = 120.0  # seconds until an answer counts as an error
READS = 3.0, 7.0  # seconds that a user reads before the next question, at least and at most
LEFT = 8.0  # seconds until what left is closed: `left_soon_app` and its sweep


@dataclass(frozen=True, slots=True)
class Timed:
    """The seconds of one answer from its question; `fault` tells what was wrong with it."""

    evidence: float = 0.0
    text: float = 0.0
    end: float = 0.0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds: resident memory in MB, handles, threads."""

    memory: float
    handles: int
    threads: int

    @classmethod
    def by(cls, process: int) -> "Held":
        """As `/proc` tells it."""
        folder = Path(f"/proc/{process}")
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        return cls(int(status["VmRSS"].split()[0]) / 1024, len(list((folder / "fd").iterdir())), int(status["Threads"]))

    def __str__(self) -> str:
        return f"{self.memory:.0f} MB, {self.handles} handles, {self.threads} threads"


def cpu_of(process: int) -> float:
    """The seconds that a process has computed."""
    used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def mark_of(user: int, question: int) -> str:
    """What tells a question apart from all others."""
    return f"zq{user:02}{question:02}"


def marked_vault(folder: Path) -> None:
    """Made-up notes, and one for each user with a section for each question."""
    write_vault(folder, PASSAGES)
    rng = random.Random(7)
    for user in range(MARKED[0]):
        parts = [f"# 读者 {user}"]
        for question in range(MARKED[1]):
            mark, thing, place = mark_of(user, question), rng.choice(THINGS), rng.choice(PLACES)
            parts.append(
                f"## {mark} 是什么？\n\n{mark} 是{place}的第{rng.randint(2, 99)}号{thing}，由读者 {user} 看管。"
            )
        file = folder / "readers" / f"reader-{user:02}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def marked_index(folder: Path) -> Settings:
    """The vault and its index in this folder, made when they are not there."""
    settings = Settings(corpus=folder / "corpus", index=folder / "index")
    if not settings.corpus.exists():
        marked_vault(settings.corpus)
    report = build(settings, load_embeddings(settings))
    print(f"{report.notes} notes, {report.passages} passages", flush=True)
    return settings


@contextmanager
def page_of(settings: Settings, script: str) -> Iterator[tuple[str, int]]:
    """The page over this index in a process of its own, with the scripted endpoint and nothing asked yet; address and process
    id."""
    with marking_endpoint() as endpoint, tempfile.TemporaryDirectory() as data:
        values = {"corpus": settings.corpus, "index": settings.index, "data": Path(data), "base_url": endpoint}
        values |= {"llm": "endpoint", "model": "scripted", "language": "en"}
        environment = {
            f"ASKNOTES_{name.upper()}": str(value.resolve() if isinstance(value, Path) else value)
            for name, value in values.items()
        }
        with serving(script, **environment) as served:
            yield served


async def answered(tab: Tab, mark: str) -> Timed:
    """Ask about a mark and wait for the answer."""
    earlier = {turn for turn, parts in tab.drawn.turns.items() if mark in parts["question"]}
    asked = time.monotonic()
    await tab.ask(f"{mark} 是什么？")

    def part(name: str) -> str:
        turns = (parts for turn, parts in tab.drawn.turns.items() if turn not in earlier and mark in parts["question"])
        return next((parts.get(name, "") for parts in turns), "")

    try:
        evidence = await tab.until(lambda: bool(part("evidence") or part("error")), PATIENCE) - asked
        text = await tab.until(lambda: bool(part("body") or part("foot") or part("error")), PATIENCE) - asked
        end = await tab.until(lambda: bool(part("foot") or part("error")), PATIENCE) - asked
    except TimeoutError:
        return Timed(fault="no answer")
    said = set(MARK.findall(part("body")))
    if part("error") or tab.drawn.faults:
        fault = "error"
    elif not said or mark not in part("evidence"):
        fault = "without its mark"
    else:
        fault = "crosstalk" if said != {mark} else ""
    return Timed(evidence, text, end, fault)


async def reader(tab: Tab, user: int, questions: Sequence[int]) -> list[Timed]:
    """One user, who begins at some moment, and reads between two questions."""
    rng, timed = random.Random(user), []
    await asyncio.sleep(rng.uniform(0, READS[1]))
    for question in questions:
        timed.append(await answered(tab, mark_of(user, question)))
        await asyncio.sleep(rng.uniform(*READS))
    return timed


@asynccontextmanager
async def opened(address: str, users: int) -> AsyncIterator[list[Tab]]:
    """So many tabs, each with a page that takes questions."""
    async with contextlib.AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Tab(address)) for _ in range(users)]
        for tab in tabs:
            await tab.widget("question")
        yield tabs


async def all_ask(tabs: Sequence[Tab], questions: Sequence[int]) -> list[Timed]:
    """What all answers of these users took."""
    each = await asyncio.gather(*(reader(tab, user, questions) for user, tab in enumerate(tabs)))
    return [timed for one in each for timed in one]


def row(name: str, timed: Sequence[Timed]) -> str:
    """The figures as cells of a table: median and p95."""
    good = [one for one in timed if not one.fault]
    cells = [name, str(len(timed))]
    for figure in ("evidence", "text", "end"):
        seconds = [getattr(one, figure) for one in good]
        cells.append(f"{median(seconds):.2f} / {np.percentile(seconds, 95):.2f}" if seconds else "")
    faults = [one.fault for one in timed if one.fault]
    cells.append(", ".join(f"{faults.count(fault)} {fault}" for fault in dict.fromkeys(faults)) or "0")
    return " | ".join(cells)


async def measured(settings: Settings, users: int, questions: int) -> str:
    """A row of the table of one number of users, over a fresh server."""
    with page_of(settings, "tests/support/left_soon_app.py") as (address, process):
        async with opened(address, 1) as (tab,):
            await answered(tab, mark_of(0, 0))  # the models are loaded with it
        await asyncio.sleep(LEFT)
        before = Held.by(process)
        async with opened(address, users) as tabs:
            worked = cpu_of(process)
            timed = await all_ask(tabs, range(questions))
            worked, during = cpu_of(process) - worked, Held.by(process)
        await asyncio.sleep(LEFT)
        return f"| {row(str(users), timed)} | {worked / len(timed):.2f} | {before} | {during} | {Held.by(process)} |"


def rewrite(corpus: Path, notes: int, times: int) -> None:
    """Change every section of so many of the made-up notes."""
    for file in sorted(corpus.glob("000/*.md"))[:notes]:
        text = re.sub(r"(，改写 \d+)?。$", f"，改写 {times}。", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")


async def rebuilding(tab: Tab, settings: Settings, ended: asyncio.Event) -> None:
    """Rewrite notes and press the button that builds until it `ended`, and the last build with it; `tab` shows the page of
    the index."""
    pointer = settings.index / "CURRENT"
    while not ended.is_set():
        before = pointer.read_text()
        rewrite(settings.corpus, REWRITTEN, time.monotonic_ns())
        await tab.press("rebuild")
        while pointer.read_text() == before:
            await asyncio.sleep(0.5)


async def beside_a_rebuild(settings: Settings, users: int, questions: int) -> list[str]:
    """A row without and one with a rebuild, each of two rounds by turns."""
    rounds: dict[bool, list[Timed]] = {False: [], True: []}
    with page_of(settings, "app.py") as (address, _):
        async with opened(address, users) as tabs, Tab(address, "view=index") as index:
            await answered(tabs[0], mark_of(0, 0))
            for building in (False, True) * 2:
                ended = asyncio.Event()
                builds = asyncio.create_task(rebuilding(index, settings, ended)) if building else None
                rounds[building] += await all_ask(tabs, range(questions))
                ended.set()
                if builds is not None:
                    await builds
    names = {False: f"{users}, no rebuild", True: f"{users}, rebuilds meanwhile"}
    return [f"| {row(names[building], timed)} |" for building, timed in rounds.items()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 5, 10, 25])
    parser.add_argument("--questions", type=int, default=3, help=f"of each user, {MARKED[1]} at most")
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("runs/readers"))
    options = parser.parse_args()
    settings = marked_index(options.folder)
    print(f"A model that begins after {READING} s and writes a piece each {PIECE} s; median / p95 in seconds.\n")
    print("| users | answers | evidence | first text | whole answer | errors |", end="")
    print("" if options.rebuild else " CPU s an answer | before | tabs open | after they left |")
    for users in options.users:
        if options.rebuild:
            print("\n".join(asyncio.run(beside_a_rebuild(settings, users, options.questions))), flush=True)
        else:
            print(asyncio.run(measured(settings, users, options.questions)), flush=True)


if __name__ == "__main__":
    main()
