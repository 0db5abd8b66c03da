"""Watch mode: a burst is one build, no edit is lost, and the watch does not wake itself."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documents import notebook
from index_kit import OLD, FakeEmbedder, QuickDisk, put, vault

from ingest.build import watch as watch_module
from ingest.build.run import BuildReport, build
from ingest.build.watch import Changes, Pace, watch
from ingest.config import Settings
from ingest.index.read import open_index

PACE = Pace(quiet=0.2, longest=1.5, look=30, poll=0.1)


class Watched:
    """A watch in a thread, with the reports of its builds."""

    def __init__(self, config: Settings, embedder: FakeEmbedder) -> None:
        self.config = config
        self.reports: list[BuildReport] = []
        self.changes = Changes()

        def rebuild() -> None:
            self.reports.append(build(config, embedder, disk=QuickDisk()))

        self.thread = threading.Thread(target=watch, args=(config.corpus, config.index, rebuild, self.changes, PACE))

    def until(self, holds: Callable[[dict[str, str]], bool], seconds: float = 20) -> None:
        """Wait until the texts of the index are as they should be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.reports and holds({p: n.text for p, n in open_index(self.config.index).notes.items()}):
                return
            time.sleep(0.05)
        raise AssertionError(f"not in time; {len(self.reports)} builds")


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """Notes with the index among them: the worst case for a watch that must not wake itself."""
    config = vault(tmp_path, OLD)
    return config.model_copy(update={"index": config.corpus / "index"})


@pytest.fixture
def watched(config: Settings) -> Iterator[Watched]:
    """A running watch with its first build done."""
    watched = Watched(config, FakeEmbedder())
    watched.thread.start()
    watched.until(lambda notes: notes == OLD)
    yield watched
    watched.changes.stop()
    watched.thread.join(10)
    assert not watched.thread.is_alive()


def test_a_burst_of_500_files_is_few_builds(watched: Watched) -> None:
    corpus = watched.config.corpus
    for number in range(500):
        put(corpus / f"branch/{number % 25}/{number}.md", f"# {number}\n\n第 {number} 篇。\n")
    watched.until(lambda notes: len(notes) == 503)
    assert len(watched.reports) <= 6


def test_ways_in_which_editors_write(watched: Watched) -> None:
    corpus = watched.config.corpus
    put(corpus / ".a.md.swp", "x")
    put(corpus / "a.md.tmp", "# 甲\n\n改名写入。\n")
    (corpus / "a.md.tmp").replace(corpus / "a.md")
    watched.until(lambda notes: "改名写入" in notes["a.md"])
    (corpus / "b.md").rename(corpus / "b.md~")
    put(corpus / "b.md", "# 乙\n\n先移走再写。\n")
    watched.until(lambda notes: "先移走再写" in notes["b.md"])
    with (corpus / "b.md").open("a", encoding="utf-8") as file:
        file.write("再加一行。\n")
    watched.until(lambda notes: "再加一行" in notes["b.md"])
    (corpus / "sub").rename(corpus / "moved")
    watched.until(lambda notes: set(notes) == {"a.md", "b.md", "moved/c.txt"})
    (corpus / "a.md").unlink()
    watched.until(lambda notes: "a.md" not in notes)
    put(corpus / "n.ipynb.tmp", notebook(("markdown", "# 格\n\n一。", "")))
    (corpus / "n.ipynb.tmp").replace(corpus / "n.ipynb")
    watched.until(lambda notes: "# 格" in notes.get("n.ipynb", ""))


def test_it_does_not_wake_itself(watched: Watched) -> None:
    """The system tells of changes in their order, so that after the last note's all others have been told of."""
    corpus, told = watched.config.corpus, []
    note = watched.changes.note

    def noted() -> None:
        told.append(note())

    watched.changes.note = noted  # type: ignore[method-assign]

    def appear(name: str) -> None:  # at once, in one event
        put(corpus / ".hidden", f"# {name}\n\n写好再改名。\n")
        (corpus / ".hidden").replace(corpus / name)
        watched.until(lambda notes: name in notes)

    appear("first.md")  # its build writes an index among the notes
    put(corpus / "film.mp4", b"\0")
    put(corpus / ".git/index.md", "x")
    appear("last.md")
    assert len(told) == 2


def test_an_edit_during_a_build_is_not_lost(config: Settings) -> None:
    edits = iter(f"# 甲\n\n第 {number} 次。\n" for number in range(5))

    class Editing(FakeEmbedder):
        def encode_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
            text = next(edits, None)
            if text:
                put(config.corpus / "a.md", text)
            return super().encode_passages(texts, progress)

    watched = Watched(config, Editing())
    watched.thread.start()
    try:
        watched.until(lambda notes: "第 4 次" in notes["a.md"])
    finally:
        watched.changes.stop()
        watched.thread.join(10)


def test_polling_where_the_system_tells_nothing(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoWatchesLeft(watch_module.PollingObserver):
        def start(self) -> None:
            raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watch_module, "Observer", NoWatchesLeft)
    watched = Watched(config, FakeEmbedder())
    watched.thread.start()
    try:
        watched.until(lambda notes: notes == OLD)
        put(config.corpus / "a.md", "# 甲\n\n改了。\n")
        watched.until(lambda notes: "改了" in notes["a.md"])
    finally:
        watched.changes.stop()
        watched.thread.join(10)


def test_endless_changes_do_not_put_the_build_off_for_ever() -> None:
    changes, pace = Changes(), Pace(quiet=0.2, longest=0.6, look=30)
    stop = threading.Event()

    def disturb() -> None:
        while not stop.wait(0.05):
            changes.note()

    thread = threading.Thread(target=disturb)
    changes.note()
    thread.start()
    started = time.monotonic()
    assert changes.wait(pace)
    stop.set()
    thread.join()
    assert 0.3 < time.monotonic() - started < 10


def test_it_looks_now_and_then_without_any_event() -> None:
    assert Changes().wait(Pace(look=0.1))
    stopped = Changes()
    stopped.stop()
    assert not stopped.wait(Pace())
