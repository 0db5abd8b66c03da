"""A build that is killed, loses power or fills the disk at any operation: the old or the new index, complete."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from index_kit import (
    NEW,
    OLD,
    BreakingDisk,
    FakeEmbedder,
    PowerCut,
    QuickDisk,
    cut,
    full,
    index_bytes,
    leftovers,
    outdated,
    put,
    small_disk,
    vault,
)
from paths import ROOT, SUPPORT

from ingest.build.journal import JOURNAL
from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexMissing, NotesIndexError
from ingest.index.blocks import cuts
from ingest.index.manifest import read_pointer
from ingest.index.read import open_index

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)]), "OMP_NUM_THREADS": "1", "PATH": ""}


@pytest.fixture(autouse=True)
def a_block_for_each_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an update keeps some and writes some."""
    monkeypatch.setattr(cuts, "LEAST", 1)
    monkeypatch.setattr(cuts, "MEAN", 1)


@pytest.mark.parametrize("mode", ["FIRST", "UPDATE"])
def test_killed_at_every_operation(tmp_path: Path, mode: str) -> None:
    run = subprocess.run(
        [sys.executable, str(SUPPORT / "crash_driver.py"), str(tmp_path), mode],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    kills = [json.loads(line) for line in run.stdout.splitlines()]
    kinds = {kill["operation"].split()[0] for kill in kills}
    assert kinds >= {"mkdir", "create", "write", "fsync", "close", "rename"}
    assert len(kills) > 30
    first = "missing" if mode == "FIRST" else "old"
    for kill in kills:
        assert kill["killed"] and kill["rebuilt"] and kill["leftovers"] == [], kill
        assert kill["found"] in (first, "new"), kill
    found = [kill["found"] for kill in kills]
    assert found == sorted(found, key=[first, "new"].index)  # from one to the other, once
    assert found[0] == first


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """An index of OLD, and notes that are now NEW; a copy of the index is in `base`."""
    config = outdated(tmp_path)
    shutil.copytree(config.index, tmp_path / "base")
    return config


def operations(config: Settings) -> list[str]:
    """The primitive operations of the build that is due; the index is put back."""
    counter = BreakingDisk()
    build(config, FakeEmbedder(), disk=counter)
    put_back(config)
    return counter.log


def put_back(config: Settings) -> None:
    """The index as it was before the build."""
    shutil.rmtree(config.index)
    shutil.copytree(config.index.parent / "base", config.index)


def lose_unsynced(disk: BreakingDisk, index_dir: Path, keep: set[Path], loss: str) -> int:
    """What a power cut may do to all that no fsync has promised; returns how many files it hit."""
    undone = disk.unnamed[:-1] if loss == "reorder" else disk.unnamed  # the last rename may be kept without the others
    for target, before in reversed(undone):
        if target.is_dir():
            target.rename(target.with_name("tmp-lost"))
        elif before is None:
            target.unlink()
        else:
            target.write_bytes(before)
    hit = 0
    for file in sorted(path for path in index_dir.rglob("*") if path.is_file() and path not in keep):
        if file not in disk.listed and loss == "drop":
            file.unlink()
        elif file not in disk.synced:
            lost = LOSSES[loss](file.read_bytes())
            file.unlink()
            if lost is not None:
                file.write_bytes(lost)
        else:
            continue
        hit += 1
    return hit


LOSSES: dict[str, Callable[[bytes], bytes | None]] = {
    "drop": lambda data: None,
    "reorder": lambda data: None,
    "zero": lambda data: bytes(len(data)),
    "halve": lambda data: data[: len(data) // 2],
    "flip": lambda data: bytes([data[0] ^ 1]) + data[1:] if data else data,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_power_cut_at_every_operation(config: Settings, loss: str) -> None:
    count = len(operations(config))
    served, hit = [], 0
    for at in range(1, count + 1):
        put_back(config)
        keep = {path for path in config.index.rglob("*") if path.is_file()}
        disk = BreakingDisk(at, cut)
        with pytest.raises(PowerCut):
            build(config, FakeEmbedder(), disk=disk)
        hit += lose_unsynced(disk, config.index, keep, loss)
        index = open_index(config.index, "fake-1")
        texts = {path: note.text for path, note in index.notes.items()}
        served.append("old" if texts == OLD else "new" if texts == OLD | NEW else "WRONG")
        assert index.notices == ()
        build(config, FakeEmbedder(), disk=QuickDisk())
        assert open_index(config.index).notes["a.md"].text == NEW["a.md"]
        assert leftovers(config.index) == []
    assert hit > 5
    assert set(served) == {"old", "new"}
    assert served == sorted(served, reverse=True)


def test_a_rename_that_was_kept_without_its_folder_is_the_new_index(config: Settings) -> None:
    names = operations(config)
    last_rename = max(i for i, name in enumerate(names, start=1) if name == "rename CURRENT")
    put_back(config)
    with pytest.raises(PowerCut):
        build(config, FakeEmbedder(), disk=BreakingDisk(last_rename + 1, cut))
    assert open_index(config.index).notes["a.md"].text == NEW["a.md"]


def test_disk_full_at_every_operation(config: Settings) -> None:
    names = operations(config)
    before = index_bytes(config.index)
    swung = names.index("rename CURRENT") + 1
    for at in range(1, len(names) + 1):
        put_back(config)
        pointer = read_pointer(config.index)
        if at > swung + 2:  # tidying up after the new index is in place
            build(config, FakeEmbedder(), disk=BreakingDisk(at, full))
            assert open_index(config.index).notes["a.md"].text == NEW["a.md"]
            continue
        with pytest.raises(NotesIndexError, match=r"No space left.*: .+\)"):
            build(config, FakeEmbedder(), disk=BreakingDisk(at, full))
        if at <= swung:
            assert read_pointer(config.index) == pointer
            assert index_bytes(config.index) == before
        assert not list(config.index.glob("tmp-*"))
        open_index(config.index, "fake-1")


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of 400 KB, which the second build does not fit in."""
    small = tmp_path / "small"
    with small_disk(small, "400k"):
        config = vault(tmp_path, OLD).model_copy(update={"index": small / "index"})
        build(config, FakeEmbedder(), disk=QuickDisk())
        before = index_bytes(config.index)
        rng = random.Random(0)
        put(config.corpus / "big.md", "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(50_000)))
        with pytest.raises(NotesIndexError, match="No space left"):
            build(config, FakeEmbedder(), disk=QuickDisk())
        assert index_bytes(config.index) == before
        assert leftovers(config.index) in ([], [JOURNAL])
        (config.corpus / "big.md").unlink()
        put(config.corpus / "a.md", NEW["a.md"])
        build(config, FakeEmbedder(), disk=QuickDisk())
        assert open_index(config.index).notes["a.md"].text == NEW["a.md"]
        assert leftovers(config.index) == []


def test_an_index_folder_that_cannot_be_made_or_written(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    for bad in ("/proc/index", "/dev/full/index"):
        with pytest.raises(NotesIndexError, match=f"{bad}.*--index"):
            build(config.model_copy(update={"index": Path(bad)}), FakeEmbedder())


def test_a_first_build_that_fails_leaves_no_index(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    with pytest.raises(NotesIndexError):
        build(config, FakeEmbedder(), disk=BreakingDisk(9, full))
    with pytest.raises(IndexMissing):
        open_index(config.index)
    assert leftovers(config.index) == []


SYSCALLS = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,ftruncate"
ONE_BUILD = """
import sys
from pathlib import Path
from index_kit import FakeEmbedder
from ingest.build.run import build
from ingest.config import Settings
build(Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2])), FakeEmbedder())
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_every_system_call_that_writes(config: Settings) -> None:
    """The same as above, below Python: whatever library writes, the kernel's calls are counted and struck."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed")
    log = config.index.parent / "strace.log"

    def run(*inject: str) -> int:
        trace = [strace, "-f", "-o", str(log), "-e", f"trace={SYSCALLS}", *inject]
        command = [*trace, sys.executable, "-c", ONE_BUILD, str(config.corpus), str(config.index)]
        environment = ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"}  # its writes would be counted too
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode

    if subprocess.run([strace, "-o", str(log), "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace may not trace here")
    assert run() == 0
    calls = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), flags=re.MULTILINE))
    assert calls["fsync"] > 10 and calls["write"] > 10
    served = []
    for call, at in ((call, at) for call, count in sorted(calls.items()) for at in range(1, count + 1)):
        put_back(config)
        assert run("-e", f"inject={call}:signal=SIGKILL:when={at}") != 0
        texts = {path: note.text for path, note in open_index(config.index, "fake-1").notes.items()}
        served.append("old" if texts == OLD else "new" if texts == OLD | NEW else "WRONG")
        build(config, FakeEmbedder(), disk=QuickDisk())
        assert open_index(config.index).notes["a.md"].text == NEW["a.md"]
        assert leftovers(config.index) == []
    assert set(served) == {"old", "new"}
