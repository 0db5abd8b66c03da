"""Fills the folder of people's data as any version of this project writes it, and dumps the databases as text.

As a command it makes a folder of `tests/rag/history/versions`: run it with the code of that version before the form of
the database changes, and give its commit (or the number of the store's version) as the folder's name:

    PYTHONPATH=CHECKOUT python tests/support/history_kit.py tests/rag/history/versions/NAME
"""

import dataclasses
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.schema import Kind, Passage
from rag.records import Answer, Evidence, Hit, Sentence, Source

FIRST, PINNED, DELETED = "什么是量化？", "What does RoPE rotate?", "删掉的"
REPLACED = "重问的"  # its answer was rated bad, then asked again
GAP = "谁发明的？"
NEAREST = "甲 > 量化"


def told(question: str, path: str = "甲.md", **fields: Any) -> Answer:
    """An answer with one of everything; `fields` are those of `Answer` that not every version has."""
    places = fields.pop("places", {})
    passage = Passage("p", "s", path, ("甲", "量化"), "低位存权重。", 3, 9, 2, 2, Kind.QUESTIONS, **places)
    hit = Hit(passage, 0.03, {"bm25": 1}, {"bm25": 4.2}, {"bm25": 0.03}, ("乙.md:1-2",))
    source = Source(1, "s", path, ("甲", "量化"), "低位存权重。", 3, 9, 2, 2, "00", hits=(hit,), **places)
    said = Sentence("量化用低位存权重。", "", (1,), True, (Evidence(1, "低位存权重", 3, 8, 2, 2),))
    text, timings = "量化用低位存权重。", {"total_ms": 5.0}
    return Answer(question, question, text, False, (said,), (source,), "m", "gen-1", timings, **fields)


def answers(only: bool, pages: bool) -> list[Answer]:
    """The two turns of the conversation `FIRST`, as a version knows them that has `Answer.only` and `Places`, or not."""
    fields: dict[str, Any] = {"only": ("甲.md",)} if only else {}
    if pages:
        from ingest.schema import Places

        fields["places"] = {"places": Places("page", ((1, 3), (2, 4)))}
    first = told(FIRST, "\udcff.md")  # a name that is no text
    return [first, replace(told("有多大？", **fields), standalone_question="量化有多大？", incomplete="Stopped.")]


def refused() -> Answer:
    """An answer whose question is kept as a gap."""
    return replace(told(GAP), refused=True)


def fill(folder: Path) -> None:
    """Keep conversations, opinions and gaps in `folder`, as far as the code in use can."""
    history, feedback, gaps, marks = _opened(folder)
    has_pages = "places" in {field.name for field in dataclasses.fields(Source)}
    has_only = "only" in {field.name for field in dataclasses.fields(Answer)}
    turns = {
        FIRST: answers(has_only, has_pages),
        PINNED: [],
        DELETED: [told(DELETED)],
        REPLACED: [told(REPLACED)],
    }
    names = {}
    for question, given in turns.items():
        names[question] = history.start(question)
        for answer in given:
            history.add(names[question], answer)
    history.pin(names[PINNED], True)
    feedback.rate(names[FIRST], 0, good=True)
    feedback.rate(names[FIRST], 1, good=False, reason="答非所问")
    feedback.rate(names[DELETED], 0, good=True)
    feedback.rate(names[REPLACED], 0, good=False)
    history.drop_last(names[REPLACED])
    history.delete(names[DELETED])
    if gaps:
        gaps.note(refused())
        gaps.note(replace(refused(), standalone_question="缓存多贵？"))
        gaps.recheck("gen-2", lambda question: told(question).sources[0] if "贵" in question else None)
    if marks:
        marks.keep(FIRST, told(FIRST).sources[0], True)
        marks.keep("缓存多贵？", told(FIRST).sources[0], False)


def _opened(folder: Path) -> tuple[Any, Any, Any, Any]:
    """What keeps conversations, opinions, gaps and marks (None in a version without them)."""
    try:
        from rag.history.conversations import History
        from rag.history.feedback import FeedbackList
        from rag.history.gaps import GapList
        from rag.history.store import Store
    except ImportError:  # a version before the one store
        from rag.history import History  # type: ignore[attr-defined, no-redef]

        history = History(folder)  # type: ignore[arg-type]
        try:
            from rag.gaps import GapList  # type: ignore[import-not-found, no-redef]
        except ImportError:
            return history, history, None, None
        return history, history, GapList(folder), None  # type: ignore[arg-type]
    store = Store(folder)
    try:
        from rag.history.marks import MarkList
    except ImportError:
        return History(store), FeedbackList(store), GapList(store), None
    return History(store), FeedbackList(store), GapList(store), MarkList(store)


def dump(file: Path) -> str:
    """A database as SQL."""
    with closing(sqlite3.connect(file)) as base:
        version = base.execute("PRAGMA user_version").fetchone()[0]
        return "\n".join([f"PRAGMA user_version = {version};", *base.iterdump(), ""])


def restore(text: str, file: Path) -> None:
    """A database out of its dump, as our code leaves one."""
    with closing(sqlite3.connect(file)) as base:
        if text.startswith("PRAGMA user_version = 0;"):  # of before the one store
            base.execute("PRAGMA journal_mode = WAL")
        base.executescript(text)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        for earlier in target.glob("*.sql"):  # begun by a version, and gone on with by another
            restore(earlier.read_text("utf-8"), Path(made) / f"{earlier.stem}.sqlite3")
        fill(Path(made))
        target.mkdir(parents=True, exist_ok=True)
        for database in Path(made).glob("*.sqlite3"):
            (target / f"{database.stem}.sql").write_text(dump(database), "utf-8")
