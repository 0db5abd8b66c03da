"""Set-up: no CUDA build is picked, and what fails is one sentence."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

FILE = ROOT / "tools" / "bootstrap.py"


@pytest.fixture(scope="module")
def bootstrap() -> Any:
    spec = importlib.util.spec_from_file_location("bootstrap", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*names: str) -> dict[str, Any]:
    return {"install": [{"metadata": {"name": name}} for name in names]}


def test_a_cuda_build_is_told_from_a_cpu_build(bootstrap: Any) -> None:
    assert bootstrap.is_cpu_build(report("torch", "sympy"))
    assert not bootstrap.is_cpu_build(report("torch", "nvidia-cublas"))
    assert not bootstrap.is_cpu_build(report("torch", "triton"))


def test_an_index_of_the_users_own_is_taken(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_INDEX", "https://mirror.example/cpu")
    assert bootstrap.torch_options() == ["--index-url", "https://mirror.example/cpu"]


def test_another_python_is_refused(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    version = namedtuple("version", "major minor micro")
    monkeypatch.setattr(sys, "version_info", version(3, 9, 1))
    assert bootstrap.main(["venv"]) == 1
    error = capsys.readouterr().err
    assert "Python 3.11, 3.12, 3.13 or 3.14 is needed, this is 3.9.1" in error and error.count("\n") == 1


def test_the_same_pythons_are_named_everywhere(bootstrap: Any) -> None:
    first, *_, last = pythons = bootstrap.PYTHONS
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={first},<3.{int(last.removeprefix('3.')) + 1}"
    classes = [line.rpartition(" :: ")[2] for line in project["classifiers"] if ":: Python ::" in line]
    assert classes == list(pythons)
    assert str(list(pythons)).replace("'", '"') in (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert f"in {' '.join(pythons)};" in (ROOT / "Makefile").read_text("utf-8")


def make(*arguments: str, folder: Path, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    search = f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]
    outer = ("PYTHON", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")  # of the make that runs the tests
    environment = {name: value for name, value in os.environ.items() if name not in outer} | {"PATH": search}
    command = ["make", "-f", ROOT / "Makefile", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_make_takes_the_first_python_that_runs(tmp_path: Path) -> None:
    for number, status in ((11, 127), (12, 0), (13, 0)):
        stub = tmp_path / f"python3.{number}"
        stub.write_text(f"#!/bin/sh\nexit {status}\n")
        stub.chmod(0o755)
    assert "{ python3.12 -m venv" in make("-n", "docs-site", folder=tmp_path, path=tmp_path).stdout


def test_a_python_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = make(".venv/bin/python", "PYTHON=python3.99", folder=tmp_path)
    said = done.stderr.splitlines()[0]
    assert done.returncode and said.startswith(
        "error: python3.99 does not run; install Python 3.11, 3.12, 3.13 or 3.14, "
    )


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full"),
        ("WARNING: Retrying … Temporary failure in name resolution\nERROR: No matching", "cannot be reached"),
        ("ERROR: No matching distribution found for x==9", "No matching distribution found for x==9"),
    ],
)
def test_what_pip_says_becomes_one_sentence(bootstrap: Any, pip_says: str, sentence: str) -> None:
    reason = bootstrap._reason(pip_says)
    assert sentence in reason and "\n" not in reason


def test_an_extra_is_installed_once_and_kept_up_to_date(
    bootstrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(
        bootstrap, "_pip", lambda *arguments: calls.append(arguments[-1].removeprefix(str(FILE.parents[1])))
    )
    monkeypatch.setattr(bootstrap, "torch_options", list)
    monkeypatch.setattr(bootstrap.sys, "prefix", str(tmp_path))
    for extra in ("", "formats", "", "formats"):
        bootstrap.install(extra)
    assert [call for call in calls if "==" not in call] == ["", "[formats]"]
    (tmp_path / "asknotes-formats.stamp").write_text("an earlier state")
    (tmp_path / "asknotes.stamp").write_text("an earlier state")
    bootstrap.install("")
    assert calls[-1] == "[formats]"


def test_everything_is_pinned_exactly(bootstrap: Any) -> None:
    lines = bootstrap.CONSTRAINTS.read_text().split()
    assert all(line.count("==") == 1 for line in lines)
    assert bootstrap.pinned("torch") == "torch==2.13.0"
