"""The one store: every earlier form opens and gives everything back, and nothing is lost between processes."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from history_kit import DELETED, FIRST, GAP, PINNED, REPLACED, answers, dump, restore, told
from index_kit import small_disk
from paths import ROOT

from ingest.errors import HistoryError
from rag.history.conversations import History
from rag.history.earlier_files import CONVERSATIONS, GAPS
from rag.history.feedback import FeedbackList
from rag.history.gaps import GapList
from rag.history.kept import as_history
from rag.history.marks import MarkList
from rag.history.store import FILE, MIGRATIONS, Store

VERSIONS = Path(__file__).parent / "versions"


@dataclass(frozen=True)
class Written:
    """What a version could keep."""

    only: bool = False  # `Answer.only`
    pages: bool = False  # `Places`
    replaced: bool = True  # opinions outlive the answer that they are about
    gaps: bool = True
    marks: bool = False  # of sections
    before: bool = False  # an earlier version had filled the same file once


WRITTEN = {  # by the commit that wrote it, or the number of the store's form
    "c6c3766": Written(replaced=False, gaps=False),
    "5fde9fa": Written(replaced=False),
    "bb824d6": Written(gaps=False),
    "88a7c47": Written(only=True, replaced=False, gaps=False),
    "26efb1e": Written(pages=True, replaced=False, gaps=False),
    "a93231a": Written(only=True, pages=True),
    "c6c3766-a93231a": Written(only=True, pages=True, before=True),
    "1": Written(only=True, pages=True),
    "2": Written(only=True, pages=True, marks=True),
}


def opened(version: str, folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    for file in (VERSIONS / version).glob("*.sql"):
        restore(file.read_text("utf-8"), folder / f"{file.stem}.sqlite3")
    return Store(folder)


def test_each_form_and_version_has_its_dump() -> None:
    assert {folder.name for folder in VERSIONS.iterdir()} == set(WRITTEN)
    assert {str(form) for form in range(1, len(MIGRATIONS) + 1)} <= set(WRITTEN)


@pytest.mark.parametrize("version", WRITTEN)
def test_conversations_of_every_earlier_version_are_read(version: str, tmp_path: Path) -> None:
    history, written = History(opened(version, tmp_path)), WRITTEN[version]
    times = 2 if written.before else 1
    listed = history.listed()
    assert sorted(one.title for one in listed) == sorted(times * [FIRST, PINNED, REPLACED])
    assert [one.title for one in listed if one.pinned] == times * [PINNED]
    turns = [history.turns(one.id) for one in listed if one.title == FIRST]
    earlier = [answers(only=False, pages=False)] if written.before else []
    assert turns == [answers(written.only, written.pages), *earlier]  # the youngest first
    assert [history.turns(one.id) for one in listed if one.title != FIRST] == times * 2 * [[]]


@pytest.mark.parametrize("version", WRITTEN)
def test_opinions_of_every_earlier_version_are_read(version: str, tmp_path: Path) -> None:
    store, written = opened(version, tmp_path), WRITTEN[version]
    first, second = answers(written.only, written.pages)
    expected = [(True, "", first, ()), (False, "答非所问", second, tuple(as_history([first])))]
    if written.replaced:
        expected.append((False, "", told(REPLACED), ()))
    assert [(one.good, one.reason, one.answer, one.history) for one in FeedbackList(store).listed()] == expected
    rated = next(one.id for one in History(store).listed() if one.title == FIRST)
    assert FeedbackList(store).ratings(rated) == {0: (True, ""), 1: (False, "答非所问")}


@pytest.mark.parametrize("version", WRITTEN)
def test_deleted_conversations_and_their_opinions_are_still_there(version: str, tmp_path: Path) -> None:
    store = opened(version, tmp_path)
    with store.reading() as base:
        ids = [name for (name,) in base.execute("SELECT id FROM conversation WHERE deleted ORDER BY created")]
    History(store).restore(ids[-1])
    assert History(store).turns(ids[-1]) == [told(DELETED)]
    assert told(DELETED) in [one.answer for one in FeedbackList(store).listed()]


@pytest.mark.parametrize("version", WRITTEN)
def test_gaps_of_every_earlier_version_are_read(version: str, tmp_path: Path) -> None:
    gaps = GapList(opened(version, tmp_path)).listed()
    nearest = "甲 > 量化 (甲.md:2-2)"
    told_of = [(gap.question, gap.nearest, bool(gap.closed), gap.closed_by) for gap in gaps]
    expected = [(GAP, (nearest,), False, ""), ("缓存多贵？", (nearest,), True, nearest)]
    assert told_of == (expected if WRITTEN[version].gaps else [])


@pytest.mark.parametrize("version", WRITTEN)
def test_marks_of_every_earlier_version_are_read(version: str, tmp_path: Path) -> None:
    marks = MarkList(opened(version, tmp_path)).listed()
    expected = [("缓存多贵？", "s", False), (FIRST, "s", True)] if WRITTEN[version].marks else []
    assert [(mark.question, mark.section_id, mark.good) for mark in marks] == expected


@pytest.mark.parametrize("version", WRITTEN)
def test_every_earlier_form_becomes_the_same_as_a_new_one(version: str, tmp_path: Path) -> None:
    def form(store: Store) -> list[tuple[str, ...]]:
        with store.reading() as base:
            return sorted(base.execute("SELECT type, name, sql FROM sqlite_master").fetchall())

    assert form(opened(version, tmp_path / "old")) == form(Store(tmp_path / "new"))


def test_earlier_files_are_taken_over_once_and_stay_as_they_are(tmp_path: Path) -> None:
    store = opened("a93231a", tmp_path)
    before = [(tmp_path / name).read_bytes() for name in (CONVERSATIONS, GAPS)]
    history = History(store)
    history.start("一个新的")
    assert len(History(Store(tmp_path)).listed()) == 4
    assert [(tmp_path / name).read_bytes() for name in (CONVERSATIONS, GAPS)] == before


def test_what_an_earlier_version_had_not_yet_moved_into_its_file_is_taken_over(tmp_path: Path) -> None:
    opened("a93231a", tmp_path)
    with closing(
        sqlite3.connect(tmp_path / CONVERSATIONS)
    ) as old:  # still open there: the change is in the log beside it
        old.execute("INSERT INTO conversation VALUES ('x', 'latest', '', '', 0, 0)")
        old.commit()
        assert "latest" in [one.title for one in History(Store(tmp_path)).listed()]


def test_an_earlier_file_that_cannot_be_read_is_named_and_nothing_is_half_taken_over(tmp_path: Path) -> None:
    store = opened("a93231a", tmp_path)
    (tmp_path / GAPS).write_text("no database " * 100)
    with pytest.raises(HistoryError, match=GAPS) as error:
        History(store).listed()
    assert GAPS in error.value.told("zh")
    (tmp_path / GAPS).unlink()
    assert len(History(store).listed()) == 3


def test_a_newer_form_is_refused_and_both_are_named(tmp_path: Path) -> None:
    newer = Store(tmp_path, (*MIGRATIONS, lambda base, folder: None))
    History(newer).start("问")
    with pytest.raises(HistoryError) as error:
        History(Store(tmp_path)).listed()
    known = len(MIGRATIONS)
    for said in (str(error.value), error.value.told("zh")):
        assert f" {known + 1}" in said and f" {known}" in said
    assert [one.title for one in History(newer).listed()] == ["问"]


def test_a_migration_that_fails_leaves_the_form_before_it(tmp_path: Path) -> None:
    def fails(base: sqlite3.Connection, folder: Path) -> None:
        base.execute("ALTER TABLE gap ADD COLUMN half TEXT")
        base.execute("DROP TABLE conversation")
        raise sqlite3.OperationalError("disk full")

    History(Store(tmp_path)).start("问")
    before = dump(tmp_path / FILE)
    with pytest.raises(HistoryError, match="disk full"):
        History(Store(tmp_path, (*MIGRATIONS, fails))).listed()
    assert dump(tmp_path / FILE) == before
    assert [one.title for one in History(Store(tmp_path)).listed()] == ["问"]


def test_a_transaction_that_fails_keeps_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.writing() as base:
        base.execute("INSERT INTO conversation (id, title, created, changed) VALUES ('a', 'a', '', '')")
        raise RuntimeError
    assert not History(store).listed()


def test_a_file_that_is_moved_away_while_in_use_is_begun_anew(tmp_path: Path) -> None:
    history = History(Store(tmp_path))
    history.start("问")
    (tmp_path / FILE).rename(tmp_path / "away.sqlite3")
    assert not history.listed()


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    everything = os.umask(0)
    try:
        with Store(tmp_path / "data").writing() as base:
            base.execute("INSERT INTO conversation (id, title, created, changed) VALUES ('a', 'a', '', '')")
            files = list((tmp_path / "data").iterdir())
            assert len(files) > 1  # its journal is beside it
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        (file,) = (tmp_path / "data").glob(FILE)
        file.chmod(0o644)  # of an earlier version
        with Store(tmp_path / "data").reading():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with Store(tmp_path / "data" / "users" / "0a").reading():
            folders = [tmp_path / "data" / part for part in (".", "users", "users/0a")]
            assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    finally:
        os.umask(everything)


def test_processes_that_begin_at_once_take_over_once_and_lose_nothing(tmp_path: Path) -> None:
    opened("a93231a", tmp_path)
    code = (
        "import sys; from pathlib import Path; from rag.history.conversations import History; "
        "from rag.history.store import Store; print('ready', flush=True); sys.stdin.readline(); "
        "[History(Store(Path(sys.argv[1]))).start('新') for _ in range(8)]"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[1] or process.returncode for process in started] == [0, 0, 0, 0]
    titles = [one.title for one in History(Store(tmp_path)).listed()]
    assert sorted(titles) == sorted([*(32 * ["新"]), FIRST, PINNED, REPLACED])


def test_a_full_disk_loses_no_answer_that_was_kept(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "200k"):
        history = History(Store(disk))
        kept = history.start(FIRST)
        history.add(kept, told(FIRST))
        long = replace(told(PINNED), text="字" * 200_000)
        for _ in range(2):
            with pytest.raises(HistoryError, match=r"full|I/O"):
                history.add(kept, long)
        assert history.turns(kept) == [told(FIRST)]
        history.add(kept, told(PINNED))
        assert history.turns(kept) == [told(FIRST), told(PINNED)]
