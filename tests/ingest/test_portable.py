"""Files under the rules of Windows, as far as they can be kept here: no file or folder that is open or mapped gives its name
away or is taken away, folders cannot be flushed, and a handle that only reads cannot either."""

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from index_kit import NEW, OLD, FakeEmbedder, outdated, put, unit, vault

from ingest import portable
from ingest.build.run import build
from ingest.index.manifest import CURRENT
from ingest.index.read import current_generation, open_index


def in_use(path: Path) -> bool:
    """Whether this process has a file at or below the path open, or mapped into its memory."""
    links = list(Path("/proc/self/fd").iterdir())
    opened = {str(link.readlink()) for link in links if link.is_symlink()}
    mapped = {line.split(maxsplit=5)[5] for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    return any(Path(name).is_relative_to(path.resolve()) for name in opened | mapped)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The rules; gives what was refused."""
    refused: list[Path] = []

    def guarded(call: Any, *which: int) -> Any:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            for path in (Path(arguments[place]) for place in which):
                if "dir_fd" not in options and in_use(path):
                    refused.append(path)
                    raise PermissionError(errno.EACCES, "is being used by another process", str(path))
            return call(*arguments, **options)

        return wrapped

    flush, flags = os.fsync, "/proc/self/fdinfo"

    def fsync(handle: int) -> None:
        at = int(
            next(line for line in Path(flags, str(handle)).read_text().splitlines() if "flags" in line).split()[1], 8
        )
        assert not at & os.O_DIRECTORY and at & (os.O_WRONLY | os.O_RDWR), "Windows flushes only what may be written to"
        flush(handle)

    monkeypatch.setattr(portable, "WINDOWS", True)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", guarded(os.replace, 0, 1))
    monkeypatch.setattr(os, "rename", guarded(os.rename, 0, 1))
    monkeypatch.setattr(os, "unlink", guarded(os.unlink, 0))
    monkeypatch.setattr(os, "rmdir", guarded(os.rmdir, 0))
    yield refused


pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what is open is read from /proc of Linux")


def test_the_rules_are_kept(tmp_path: Path, windows: list[Path]) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1")
    with file.open("rb"), pytest.raises(PermissionError):
        file.unlink()
    with file.open("rb"), pytest.raises(PermissionError):
        (tmp_path / "b").write_bytes(b"2")
        (tmp_path / "b").replace(file)
    with file.open("rb") as opened, pytest.raises(AssertionError):
        os.fsync(opened.fileno())
    file.unlink()
    assert windows == [file, file]


def test_a_generation_is_built_while_the_one_before_is_open(tmp_path: Path, windows: list[Path]) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = open_index(config.index, "fake-1")
    texts = [passage.text for passage in before.passages]
    for round_ in range(3):
        put(config.corpus / "a.md", f"# 甲\n\n第 {round_} 次改过的内容。\n")
        assert build(config, FakeEmbedder()).changed == ("a.md",)
        now = open_index(config.index, "fake-1", opened=before if round_ == 0 else None)
        assert f"第 {round_} 次" in "".join(passage.text for passage in now.passages)
    assert before.search_dense(unit("anything")[None], 9)[1].size and [p.text for p in before.passages] == texts


def test_an_index_is_made_anew_while_it_is_open(tmp_path: Path, windows: list[Path]) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    opened = open_index(config.index, "fake-1")
    rows = opened.search_dense(unit("anything")[None], 9)[1].tolist()
    build(config, FakeEmbedder(), full=True)
    put(config.corpus / "new.md", NEW["d.md"])
    build(config, FakeEmbedder(), full=True)
    assert opened.search_dense(unit("anything")[None], 9)[1].tolist() == rows
    assert len(open_index(config.index, "fake-1").passages) > len(opened.passages)


def test_what_is_left_because_it_was_open_goes_later(tmp_path: Path, windows: list[Path]) -> None:
    config = outdated(tmp_path)
    (old,) = (config.index / "blocks").iterdir()
    with old.open("rb"):  # a virus scanner, a backup
        for text in ("一", "二", "三"):
            put(config.corpus / "a.md", f"# 甲\n\n{text}\n")
            build(config, FakeEmbedder())
        assert old in windows and old.exists()
    put(config.corpus / "a.md", "# 甲\n\n四\n")
    build(config, FakeEmbedder())
    assert not old.exists()


def test_a_name_that_is_being_read_is_waited_for(tmp_path: Path, windows: list[Path]) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    first = current_generation(config.index)
    reading = (config.index / CURRENT).open("rb")

    def reads_a_moment() -> None:
        time.sleep(0.2)
        reading.close()

    reader = threading.Thread(target=reads_a_moment)
    reader.start()
    put(config.corpus / "a.md", "# 甲\n\n改过。\n")
    build(config, FakeEmbedder())
    reader.join()
    assert windows and current_generation(config.index) != first


def test_elsewhere_a_refusal_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def refuses(source: Path, target: Path) -> None:
        tries.append(target)
        raise PermissionError(errno.EACCES, "no", str(target))

    monkeypatch.setattr(Path, "replace", refuses)
    with pytest.raises(PermissionError):
        portable.replace(tmp_path / "a", tmp_path / "b")
    assert len(tries) == 1
