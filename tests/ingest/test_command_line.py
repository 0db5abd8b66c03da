"""`python -m ingest`: what it prints, its exit status, and that it stops cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from index_kit import NEW, OLD, FakeEmbedder, leftovers, put, vault
from paths import ROOT, SUPPORT

import ingest.vectors.embed
from ingest.__main__ import main
from ingest.index.read import current_generation, open_index

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)]), "PATH": "", "HOME": str(Path.home())}
SLOW = """
import sys, time
import ingest.vectors.embed
from index_kit import FakeEmbedder
class Slow(FakeEmbedder):
    def encode_passages(self, texts, progress=None):
        print("embedding", flush=True)
        time.sleep(60)
ingest.vectors.embed.load_embeddings = lambda settings, report: Slow()
from ingest.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
WATCH = """
import sys
import ingest.vectors.embed
from index_kit import FakeEmbedder
ingest.vectors.embed.load_embeddings = lambda settings, report: FakeEmbedder()
from ingest.__main__ import main
sys.exit(main(["--watch", "--json"]))
"""
Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the vault in `tmp_path` with the fake embedder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ingest.vectors.embed, "load_embeddings", lambda settings, report: FakeEmbedder())
    return lambda *arguments: main(list(arguments))


def started(code: str, folder: Path) -> "subprocess.Popen[str]":
    """A Python that runs `code` and that Ctrl-C reaches."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )


def test_the_summary_for_people(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    vault(tmp_path, OLD | {"bin.md": b"\0\1\2", "evil\n\u202ename.md": "# x\n\ny\n"})
    assert run() == 0
    out = capsys.readouterr().out
    assert "4 notes" in out and "embedded" in out and "4 added" in out
    assert "evil\\n\\u202ename.md" in out
    assert "1 skipped:\n  bin.md: " in out
    assert run("--dry-run") == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_the_summary_as_json(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    config = vault(tmp_path, OLD)
    assert run("--json", "--index", "elsewhere") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["added"] == sorted(OLD)
    assert report["generation"] == current_generation(tmp_path / "elsewhere")
    put(config.corpus / "a.md", NEW["a.md"])
    for arguments in (("--dry-run",), (), ("--full",)):
        assert run("--json", "--index", "elsewhere", *arguments) == 0
    dry, real, full = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    for report in (dry, real):
        report.update(seconds=0, generation="", dry_run=False)
    assert dry == real
    assert full["embedded"] == full["passages"] and full["unchanged"]


def test_a_name_that_is_not_utf8(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    vault(tmp_path, {os.fsdecode(b"bad\xff.md"): "# 名\n\n内容\n"})
    assert run() == 0
    assert run("--json") == 0
    out = capsys.readouterr().out
    assert "\\udcff" in out
    assert list(open_index(tmp_path / "index").notes) == [os.fsdecode(b"bad\xff.md")]


def test_errors_are_one_line(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    vault(tmp_path, OLD)
    (tmp_path / "file").touch()
    for arguments, words in ((("--corpus", "nowhere"), "nowhere"), (("--index", "file/index"), "file/index")):
        assert run(*arguments) == 1
        error = capsys.readouterr().err
        assert error.startswith("ingest: ") and words in error and error.count("\n") == 1


def test_why_a_file_was_skipped_is_a_sentence_in_both_forms(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    vault(tmp_path, {"a.md": OLD["a.md"], "b.ipynb": "no notebook"})
    sentence = "is no Jupyter notebook that can be read; open it and save it again"
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == [{"path": "b.ipynb", "reason": sentence}]
    assert run() == 0
    assert f"1 skipped:\n  b.ipynb: {sentence}\n" in capsys.readouterr().out


def test_wrong_usage_is_2(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("--bogus",), ("extra",), ("--dry-run", "--watch")):
        with pytest.raises(SystemExit) as exit_:
            run(*arguments)
        assert exit_.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_ctrl_c_leaves_everything_as_it_was(tmp_path: Path, run: Run) -> None:
    config = vault(tmp_path, OLD)
    assert run() == 0
    before = current_generation(config.index)
    put(config.corpus / "a.md", NEW["a.md"])
    with started(SLOW, tmp_path) as child:
        assert child.stdout and child.stdout.readline() == "embedding\n"
        child.send_signal(signal.SIGINT)
        _, error = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in error and "stopped" in error.splitlines()[-1]
    assert current_generation(config.index) == before
    assert leftovers(config.index) == []


def test_watch_prints_a_summary_for_each_change(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    with started(WATCH, tmp_path) as child:
        assert child.stdout
        try:
            assert json.loads(child.stdout.readline())["added"] == sorted(OLD)
            put(config.corpus / "d.md", NEW["d.md"])
            report = json.loads(child.stdout.readline())
            assert (report["added"], report["embedded"]) == (["d.md"], 1)
            child.send_signal(signal.SIGINT)
            _, error = child.communicate(timeout=20)
        finally:
            child.kill()
    assert child.returncode == 130
    assert "Traceback" not in error and "Watching corpus" in error


def test_watch_of_a_wrong_folder_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--watch", "--corpus", "nowhere") == 1
    assert "nowhere" in capsys.readouterr().err


def test_help_loads_no_model_library() -> None:
    code = (
        "import sys\nsys.argv = ['ingest', '--help']\nfrom ingest.__main__ import main\n"
        "try: main()\nexcept SystemExit: print(sorted({'torch', 'faiss', 'numpy', 'jieba', 'rich'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
