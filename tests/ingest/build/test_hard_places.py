"""Where an index may have to live: a clock that was set back, a disk that cannot be written, a second build from nothing."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from index_kit import NEW, OLD, FakeEmbedder, NoEmbedder, QuickDisk, leftovers, put, small_disk, vault
from paths import ROOT, SUPPORT

from ingest.build.run import build
from ingest.errors import NotesIndexError
from ingest.index import manifest
from ingest.index.read import open_index


class Earlier(datetime):
    """The clock of a machine whose battery is empty."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime(1999, 1, 1, tzinfo=UTC)


def test_a_clock_that_was_set_back_loses_no_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, OLD)
    first = build(config, FakeEmbedder(), disk=QuickDisk())
    before = open_index(config.index).built
    monkeypatch.setattr(manifest, "datetime", Earlier)
    for path, text in NEW.items():
        put(config.corpus / path, text)
        os.utime(config.corpus / path, (0, 0))  # older than what was indexed
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    for file in config.index.glob("gen-*"):
        os.utime(file, (0, 0))
    assert (report.changed, report.added) == (("a.md",), ("d.md",))
    index = open_index(config.index, "fake-1")
    assert (index.notes["a.md"].text, index.notices) == (NEW["a.md"], ())
    assert index.built.startswith("1999") and not before.startswith("1999")
    assert build(config, NoEmbedder(), disk=QuickDisk()).unchanged
    monkeypatch.undo()
    put(config.corpus / "a.md", OLD["a.md"])
    build(config, FakeEmbedder(), disk=QuickDisk())
    assert open_index(config.index).notes["a.md"].text == OLD["a.md"]
    assert first.generation != open_index(config.index).generation and leftovers(config.index) == []


def test_a_disk_that_can_only_be_read(tmp_path: Path) -> None:
    """Not a matter of rights, which root has, but of the file system."""
    disk = tmp_path / "disk"
    with small_disk(disk, "4m"):
        config = vault(tmp_path, OLD).model_copy(update={"index": disk / "index"})
        build(config, FakeEmbedder(), disk=QuickDisk())
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert open_index(config.index, "fake-1").notices == ()
        put(config.corpus / "a.md", NEW["a.md"])
        with pytest.raises(NotesIndexError, match=f"Read-only file system.*{disk}|{disk}.*Read-only file system"):
            build(config, FakeEmbedder(), disk=QuickDisk())
        assert open_index(config.index).notes["a.md"].text == OLD["a.md"]
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        build(config, FakeEmbedder(), disk=QuickDisk())
        assert open_index(config.index).notes["a.md"].text == NEW["a.md"]


BUILD = """
import sys
from pathlib import Path
from index_kit import FakeEmbedder, QuickDisk
from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexBusy
sys.stdin.read()
try:
    build(Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2])), FakeEmbedder(), disk=QuickDisk())
except IndexBusy as error:
    print("busy", error)
else:
    print("built")
"""


def test_builds_that_begin_at_the_same_moment_with_no_index(tmp_path: Path) -> None:
    """Each is done whole or refused in a sentence, and what they leave is one index."""
    config = vault(tmp_path, OLD)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)])}
    command = [sys.executable, "-c", BUILD, str(config.corpus), str(config.index)]
    pipe = subprocess.PIPE
    builds = [
        subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)
    ]
    for one in builds:
        assert one.stdin
        one.stdin.close()  # both are loaded, or nearly
        one.stdin = None
    ended = [one.communicate(timeout=60) for one in builds]
    assert [one.returncode for one in builds] == [0, 0], ended
    assert "built" in {out.split()[0] for out, _ in ended} <= {"built", "busy"}
    assert {path: note.text for path, note in open_index(config.index, "fake-1").notes.items()} == OLD
    assert leftovers(config.index) == []
