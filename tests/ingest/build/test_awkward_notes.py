"""Awkward notes, end to end: each is indexed exactly, or listed with the reason, and never stops the rest."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from index_kit import NEW, OLD, FakeEmbedder, NoEmbedder, QuickDisk, leftovers, put, vault
from paths import ROOT, SUPPORT

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import NotesIndexError
from ingest.index.read import open_index

TEXT = "# 笔记\n\n大模型的显存，推理与训练。\n第二行 LoRA。\n"
TRADITIONAL = "# 筆記\n\n大模型的顯示記憶體，推論與訓練。\n"


def texts(config: Settings) -> dict[str, str]:
    """What the index holds, by path."""
    return {path: note.text for path, note in open_index(config.index).notes.items()}


def test_encodings_are_exact_or_listed(tmp_path: Path) -> None:
    notes = {
        "utf8.md": TEXT.encode(),
        "utf8-bom.md": TEXT.encode("utf-8-sig"),
        "gb18030.md": TEXT.encode("gb18030"),
        "utf16.md": TEXT.encode("utf-16"),
        "utf16-le.md": TEXT.encode("utf-16-le"),
        "utf16-be.md": TEXT.encode("utf-16-be"),
        "utf32.md": TEXT.encode("utf-32"),
        "crlf.md": TEXT.replace("\n", "\r\n").encode(),
        "mixed.md": TEXT.replace("\n", "\r\n", 1).replace("\n\n", "\n\r", 1).encode(),
    }
    bad = {"nul.md": b"text\0with\0nul", "cut.md": TEXT.encode("utf-16")[:-1], "noise.md": bytes(range(255, 127, -1))}
    config = vault(tmp_path, notes | bad)
    report = build(config, FakeEmbedder())
    assert {skip.path for skip in report.skipped} == set(bad)
    assert all(str(skip.reason) for skip in report.skipped)
    found = texts(config)
    assert {path: text for path, text in found.items() if path != "mixed.md"} == dict.fromkeys(
        (path for path in notes if path != "mixed.md"), TEXT
    )
    assert [line for line in found["mixed.md"].split("\n") if line] == [line for line in TEXT.split("\n") if line]


def test_big5_is_read_when_the_settings_name_it(tmp_path: Path) -> None:
    config = vault(tmp_path, {"big5.md": TRADITIONAL.encode("big5")}).model_copy(update={"encodings": ("big5",)})
    build(config, FakeEmbedder())
    assert texts(config) == {"big5.md": TRADITIONAL}


NAMES = [
    b"new\nline.md",
    "羊驼🦙.md".encode(),
    "right\u202eto\u200fleft.md".encode(),
    b"not\xff\xfeutf8.md",
    b"quote'\"<b>&.md",
    b" spaces .md",
    b"dots..md.md",
    b"%2e%2e%2fescape.md",
    b"back\\slash.md",
    unicodedata.normalize("NFC", "é.md").encode(),
    unicodedata.normalize("NFD", "é.md").encode(),
    ("长" * 80 + ".md").encode(),
]


def test_every_file_name_leads_back_to_its_file(tmp_path: Path) -> None:
    config = vault(tmp_path, {os.fsdecode(name): f"# 题 {n}\n\n内容 {n}\n" for n, name in enumerate(NAMES)})
    report = build(config, FakeEmbedder())
    assert (report.notes, report.skipped) == (len(NAMES), ())
    index = open_index(config.index)
    assert {os.fsencode(path) for path in index.notes} == set(NAMES)
    for passage in index.passages:
        assert passage.text in (config.corpus / passage.path).read_bytes().decode()
    assert build(config, NoEmbedder()).unchanged


def test_things_that_are_no_notes(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD | {"folder.md/inside.md": "# 里\n\n面\n", ".git/x.md": "x", ".obsidian/y.md": "y"})
    outside = tmp_path / "outside"
    put(outside / "canary.md", "# canary\n\nsecret\n")
    corpus = config.corpus
    (corpus / "out.md").symlink_to(outside / "canary.md")
    (corpus / "outdir").symlink_to(outside)
    (corpus / "loop").symlink_to(corpus)
    (corpus / "self.md").symlink_to(corpus / "self.md")
    (corpus / "nowhere.md").symlink_to(corpus / "gone.md")
    (corpus / "inner.md").symlink_to(corpus / "a.md")
    os.mkfifo(corpus / "pipe.md")
    put(corpus / "draft.md", "# 草稿\n")
    config = config.model_copy(update={"ignore": ("draft*",)})
    report = build(config, FakeEmbedder())
    assert set(texts(config)) == {*OLD, "folder.md/inside.md", "inner.md"}
    assert {skip.path for skip in report.skipped} == {"out.md", "outdir", "loop", "self.md", "nowhere.md", "pipe.md"}
    assert not any("secret" in text for text in texts(config).values())


def test_links_are_followed_when_asked_and_loops_end(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD).model_copy(update={"follow_links": True})
    outside = tmp_path / "outside"
    put(outside / "deep" / "x.md", "# 外\n\n面\n")
    (config.corpus / "out").symlink_to(outside)
    (config.corpus / "again").symlink_to(outside)
    (config.corpus / "out.md").symlink_to(outside / "deep" / "x.md")
    (config.corpus / "self").symlink_to(config.corpus)
    (config.corpus / "inner").symlink_to(config.corpus / "sub")
    (outside / "back").symlink_to(tmp_path)
    (outside / "deep" / "loop").symlink_to(outside)
    report = build(config, FakeEmbedder())
    found = texts(config)
    assert set(OLD) <= set(found) and "out.md" in found
    assert [path.rpartition("/")[2] for path in found].count("x.md") == 1
    assert len(found) == len(OLD) + 2
    assert {"self", "inner"} <= {skip.path for skip in report.skipped}


def test_a_note_that_becomes_a_link_leaves_the_index_and_is_listed(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    outside = tmp_path / "outside"
    put(outside / "c.txt", OLD["sub/c.txt"])
    shutil.rmtree(config.corpus / "sub")
    (config.corpus / "sub").symlink_to(outside)
    (config.corpus / "a.md").unlink()
    (config.corpus / "a.md").symlink_to(outside / "c.txt")
    report = build(config, NoEmbedder())
    assert (report.removed, report.stale) == (("a.md", "sub/c.txt"), ())
    assert {skip.path: "link" in str(skip.reason) for skip in report.skipped} == {"a.md": True, "sub": True}
    assert set(texts(config)) == {"b.md"}
    assert build(config, NoEmbedder()).unchanged


def test_a_50_mb_note_is_listed_in_bounded_time_and_memory(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD).model_copy(update={"max_note_mb": 5})
    build(config, FakeEmbedder(), disk=QuickDisk())
    put(config.corpus / "a.md", b"x" * 50 * 2**20)
    put(config.corpus / "huge.md", "字".encode() * 17 * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert time.monotonic() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KB
    assert [skip.path for skip in report.skipped] == ["a.md", "huge.md"]
    assert all("max_note_mb" in str(skip.reason) for skip in report.skipped)
    assert (report.removed, report.stale) == (("a.md",), ())  # what a.md held before is not what it holds
    assert set(texts(config)) == set(OLD) - {"a.md"}


def test_a_note_of_one_endless_line(tmp_path: Path) -> None:
    config = vault(
        tmp_path, {"line.md": "字" * 300_000, "nested.md": "> " * 5000 + "x\n" + "- " * 5000, "a.md": "#" * 9999}
    )
    started = time.monotonic()
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert time.monotonic() - started < 30
    assert report.notes == 3
    index = open_index(config.index)
    assert "".join(p.text for p in index.passages if p.path == "line.md") == "字" * 300_000


def test_5000_empty_files(tmp_path: Path) -> None:
    config = vault(tmp_path, {f"{n % 50}/{n}.md": "" for n in range(5000)})
    started = time.monotonic()
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert (report.notes, report.passages) == (5000, 0)
    assert build(config, NoEmbedder()).unchanged
    assert time.monotonic() - started < 30


@contextmanager
def without_privileges() -> Iterator[Path]:
    """A folder of an ordinary user, as whom this process then acts: root may read everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() != 0:
            yield folder
            return
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(0)


def test_without_permission_to_read(tmp_path: Path) -> None:
    build(vault(tmp_path, OLD), FakeEmbedder())  # loads all modules while they can be read
    with without_privileges() as folder:
        config = vault(folder, OLD)
        build(config, FakeEmbedder())
        put(config.corpus / "new.md", "# 新\n\n新的。\n")
        put(config.corpus / "closed.md", "# 关\n\n关的。\n")
        (config.corpus / "a.md").chmod(0)
        (config.corpus / "sub").chmod(0)
        (config.corpus / "closed.md").chmod(0)
        report = build(config, FakeEmbedder())
        (config.corpus / "sub").chmod(0o755)
        assert report.added == ("new.md",)
        assert [stale.path for stale in report.stale] == ["a.md", "sub/c.txt"]
        assert all("Permission denied" in str(stale.reason) for stale in report.stale)
        assert {skip.path for skip in report.skipped} == {"closed.md", "sub"}
        assert set(texts(config)) == {*OLD, "new.md"}


def test_a_folder_that_can_be_listed_but_not_entered(tmp_path: Path) -> None:
    build(vault(tmp_path, OLD), FakeEmbedder())
    with without_privileges() as folder:
        config = vault(folder, OLD)
        build(config, FakeEmbedder())
        (config.corpus / "sub").chmod(0o444)
        try:
            report = build(config, FakeEmbedder())
        finally:
            (config.corpus / "sub").chmod(0o755)
        assert [stale.path for stale in report.stale] == ["sub/c.txt"]
        assert set(texts(config)) == set(OLD)


def test_without_permission_to_write(tmp_path: Path) -> None:
    build(vault(tmp_path, OLD), FakeEmbedder())
    with without_privileges() as folder:
        config = vault(folder, OLD)
        build(config, FakeEmbedder())
        put(config.corpus / "a.md", NEW["a.md"])
        config.index.chmod(0o555)
        with pytest.raises(NotesIndexError, match="Permission denied"):
            build(config, FakeEmbedder())
        assert texts(config) == OLD  # reading needs no right to write
        config.index.chmod(0o755)
        assert leftovers(config.index) == []
        build(config, FakeEmbedder())


@pytest.mark.slow
def test_a_note_at_the_limit_takes_bounded_memory(tmp_path: Path) -> None:
    """20 MB of Chinese text, the largest that is read by default, in a process of its own."""
    config = vault(tmp_path, {})
    put(config.corpus / "large.md", ("# 节\n\n" + "一句不短也不长的话。" * 50 + "\n\n") * 13_000)
    code = (
        "import resource, sys; from pathlib import Path; from index_kit import FakeEmbedder\n"
        "from ingest.build.run import build; from ingest.config import Settings\n"
        "build(Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2])), FakeEmbedder())\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)]), "OMP_NUM_THREADS": "1", "PATH": ""}
    command = [sys.executable, "-c", code, str(config.corpus), str(config.index)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=280)
    assert int(run.stdout) < 2000  # MB
    shutil.rmtree(config.index)
