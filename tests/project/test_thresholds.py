"""Every number that decides an answer, moved by a fifth: a case that a person can read must then fail."""

import subprocess
import sys

import pytest
from paths import ROOT, SUPPORT


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    ("module", "cases"),
    [
        ("rag/citations/check.py", "tests/rag/citations/test_borders.py"),
        ("rag/sources/quotes.py", "tests/rag/sources/test_borders.py"),
        ("rag/sources/relevance.py", "tests/rag/sources/test_borders.py"),
        ("rag/question/followup.py", "tests/rag/question"),
        ("rag/answer/gate.py", "tests/rag/answer/test_borders.py"),
    ],
)
def test_each_number_is_held_on_both_sides(module: str, cases: str) -> None:
    command = [sys.executable, "-W", "ignore", str(SUPPORT / "moved_numbers.py"), module, cases]
    environment = {"PYTHONPATH": f"{ROOT}:{SUPPORT}", "PATH": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1400)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
