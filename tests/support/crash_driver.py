"""Run by test_crash.py in a process of its own: kills a build at every primitive operation of the write path.

    python crash_driver.py FOLDER FIRST|UPDATE

For each operation a child is forked, which kills itself there. Prints one JSON line for each with what a reader then
finds and what the next build leaves.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from index_kit import NEW, OLD, BreakingDisk, FakeEmbedder, QuickDisk, index_bytes, kill, leftovers, put, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexMissing
from ingest.index.blocks import cuts
from ingest.index.read import NotesIndex, open_index


def results(index: NotesIndex) -> Any:
    """What searches of a generation give: the golden set."""
    scores, rows = index.search_dense(index.vectors, 10)
    return [
        {path: note.text for path, note in index.notes.items()},
        [passage.id for passage in index.passages],
        scores.tolist(),
        rows.tolist(),
        [index.bm25.scores([word]).tolist() for word in ("内容", "lora", "added")],
    ]


def main() -> None:
    """Fork, kill, look; for every operation in turn."""
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    cuts.LEAST = cuts.MEAN = 1  # a block for each note
    config = vault(folder, OLD if mode == "UPDATE" else OLD | NEW)
    old = None
    if mode == "UPDATE":
        build(config, FakeEmbedder(), disk=QuickDisk())
        put(config.corpus / "a.md", "# 甲\n\n中间的一版。\n")
        build(
            config, FakeEmbedder(), disk=QuickDisk()
        )  # so that there is an older generation, which the update removes
        old = results(open_index(config.index))
        for path, text in NEW.items():
            put(config.corpus / path, text)
    base = folder / "base"
    if config.index.exists():
        shutil.copytree(config.index, base)
    counter = BreakingDisk()
    build(config, FakeEmbedder(), disk=counter)
    new, whole = results(open_index(config.index)), index_bytes(config.index)
    for at, operation in enumerate(counter.log, start=1):
        shutil.rmtree(config.index)
        if base.exists():
            shutil.copytree(base, config.index)
        print(json.dumps({"at": at, "operation": operation} | one_kill(config, at, old, new, whole)), flush=True)


def one_kill(config: Settings, at: int, old: Any, new: Any, whole: dict[str, bytes]) -> dict[str, Any]:
    """Kill a build at operation `at`; what is found then."""
    child = os.fork()
    if child == 0:
        build(config, FakeEmbedder(), disk=BreakingDisk(at, kill))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    try:
        served = results(open_index(config.index))
        found = "old" if served == old else "new" if served == new else "WRONG"
    except IndexMissing:
        found = "missing"
    build(config, FakeEmbedder(), disk=QuickDisk())
    return {
        "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "found": found,
        "rebuilt": results(open_index(config.index)) == new and index_bytes(config.index) == whole,
        "leftovers": leftovers(config.index),
    }


if __name__ == "__main__":
    main()
