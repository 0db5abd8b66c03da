"""The built wheel, installed into a folder of its own, works away from the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from index_kit import put
from paths import ROOT

QUIET = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
PACKAGED = ["LICENSE", "README.md", "app.py", "asknotes", "ingest", "pyproject.toml", "rag", "ui"]


def pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments, *QUIET], check=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds; it is built from a copy, since building leaves things behind."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "source").mkdir()
    subprocess.run(["cp", "-R", *PACKAGED, folder / "source"], cwd=ROOT, check=True)
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, folder / "source")
    (wheel,) = folder.glob("*.whl")
    pip("install", "--target", folder / "site", wheel)
    return folder / "site"


def test_the_command_works_outside_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    put(tmp_path / "notes" / "a.md", "# 甲\n\n内容。\n")
    there = {"PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, installed / "bin" / "asknotes", "--notes", tmp_path / "notes", "doctor", "--json"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | there | {"ASKNOTES_LLM": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = {row["check"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1, done.stderr
    assert rows["notes"]["state"] == "ok" and str(tmp_path / "data") in rows["index"]["says"]
    code = "import rag; from asknotes.cli.page import page_command\nprint(rag.__file__, page_command(1)[4], sep='\\n')"
    where = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=tmp_path,
        env=os.environ | there,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [Path(line).is_relative_to(installed) for line in where.stdout.splitlines()[-2:]] == [True, True]
    held = {file.relative_to(installed).as_posix() for file in installed.rglob("*")}
    assert {"asknotes/cli/streamlit.toml", "ui/components/page.css", "ingest/models/checker.safetensors"} <= held
