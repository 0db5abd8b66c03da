"""One writer, many readers, and notes that change while all of them work."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from index_kit import OLD, FakeEmbedder, NoEmbedder, QuickDisk, leftovers, put, vault
from paths import ROOT, SUPPORT

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexBusy, IndexDamaged
from ingest.index.manifest import Pointer
from ingest.index.read import NotesIndex, current_generation, open_index

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)]), "OMP_NUM_THREADS": "1", "PATH": ""}
SLOW_BUILD = """
import sys, time
from pathlib import Path
from index_kit import FakeEmbedder
from ingest.build.run import build
from ingest.config import Settings
class Slow(FakeEmbedder):
    def encode_passages(self, texts, progress=None):
        print("embedding", flush=True)
        time.sleep(60)
build(Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2])), Slow())
"""
READER = """
import json, sys
from pathlib import Path
from index_kit import unit
from ingest.index.read import current_generation, open_index
folder, index, seen, searches = Path(sys.argv[1]), None, set(), 0
print("ready", flush=True)
while not (folder.parent / "done").exists():
    if index is None or current_generation(folder) != index.pointed:
        index = open_index(folder, "fake-1")
        assert index.notices == (), index.notices
    rows = index.search_dense(unit("anything")[None], 100)[1][0]
    versions = {index.passages[row].text.split()[-1] for row in rows}
    assert len(versions) == 1, versions
    seen |= versions
    searches += 1
print(json.dumps([searches, sorted(seen)]))
"""


@contextmanager
def process(code: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has printed its first line."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    try:
        assert child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_second_build_ends_at_once_and_names_the_first(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    with process(SLOW_BUILD, config.corpus, config.index) as child:
        started = time.monotonic()
        with pytest.raises(IndexBusy, match=rf"process {child.pid} on {socket.gethostname()}"):
            build(config, NoEmbedder())
        assert time.monotonic() - started < 1
        build(config, NoEmbedder(), dry_run=True)  # looking needs no lock
        child.kill()
        child.wait()
        report = build(config, FakeEmbedder())
    assert len(report.added) == 3
    assert leftovers(config.index) == []


def test_two_builds_in_one_process(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    refused: list[str] = []

    class Meanwhile(FakeEmbedder):
        def encode_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()
            return super().encode_passages(texts, progress)

    def second() -> None:
        try:
            build(config, NoEmbedder())
        except IndexBusy as error:
            refused.append(str(error))

    build(config, Meanwhile())
    assert len(refused) == 1 and f"process {os.getpid()}" in refused[0]
    assert build(config, NoEmbedder()).unchanged


def write_version(config: Settings, version: int) -> None:
    """Every note ends in the same word."""
    for number in range(12):
        put(config.corpus / f"{number}.md", f"# 笔记 {number}\n\n内容 {number} version-{version}\n")


def versions_of(index: NotesIndex) -> set[str]:
    """The last words of the passages that one question finds by vectors and by words."""
    dense = index.search_dense(index.vectors[:1], 50)[1][0]
    sparse = index.bm25.scores(["内容"]).argsort()[-50:]
    return {index.passages[row].text.split()[-1] for row in [*dense, *sparse]}


def test_a_thousand_searches_during_twenty_rebuilds(tmp_path: Path) -> None:
    """Two threads and another process search; every answer is of one generation, and nobody meets an error."""
    config = vault(tmp_path, {})
    write_version(config, 0)
    build(config, FakeEmbedder(), disk=QuickDisk())
    answers: list[set[str]] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        index = open_index(config.index, "fake-1")
        try:
            while not done.is_set() or len(answers) < 1000:
                if current_generation(config.index) != index.pointed:
                    index = open_index(config.index, "fake-1")
                    assert index.notices == ()
                answers.append(versions_of(index))
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    readers = [threading.Thread(target=search) for _ in range(2)]
    with process(READER, config.index) as child:
        for reader in readers:
            reader.start()
        for version in range(1, 21):
            write_version(config, version)
            build(config, FakeEmbedder(), disk=QuickDisk())
        done.set()
        for reader in readers:
            reader.join()
        (tmp_path / "done").touch()
        output, _ = child.communicate(timeout=60)
        assert child.returncode == 0
    assert errors == []
    assert len(answers) >= 1000
    assert all(len(answer) == 1 for answer in answers)
    assert len(set.union(*answers)) > 5
    searches, seen = json.loads(output)
    assert searches > 100 and len(seen) > 5


def test_opening_while_every_generation_vanishes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two builds go by between reading CURRENT and reading the files: the reader starts again, without a notice."""
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder(), disk=QuickDisk())
    from ingest.index import read as store

    real, calls = store.read_generation, []

    def slow(index_dir: Path, name: str, *known: object) -> NotesIndex:
        calls.append(name)
        if len(calls) == 1:
            monkeypatch.setattr(store, "read_generation", real)
            for version in range(2):
                put(config.corpus / "a.md", f"# 甲\n\n第 {version} 版。\n")
                build(config, FakeEmbedder(), disk=QuickDisk())
        return real(index_dir, name)

    monkeypatch.setattr(store, "read_generation", slow)
    index = open_index(config.index)
    assert index.generation == current_generation(config.index) == index.pointed
    assert index.generation != calls[0]
    assert index.notices == ()


def test_opening_again_when_all_was_replaced_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder(), disk=QuickDisk())
    from ingest.index import read as store

    real = store._open_whole

    def nothing_whole(index_dir: Path, pointer: Pointer | None, *known: object) -> NotesIndex:
        monkeypatch.setattr(store, "_open_whole", real)
        put(config.corpus / "a.md", "# 甲\n\n新的一版。\n")
        build(config, FakeEmbedder(), disk=QuickDisk())
        raise IndexDamaged("index.misfit", name="gen-1")

    monkeypatch.setattr(store, "_open_whole", nothing_whole)
    assert "新的一版" in open_index(config.index).notes["a.md"].text
