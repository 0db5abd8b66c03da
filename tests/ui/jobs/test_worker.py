"""Work in threads: its outcome, its errors, and that no work keeps the server from ending."""

import subprocess
import sys
import time

import pytest
from browser_support import until
from paths import ROOT

from ingest.errors import NoteError
from ui.jobs.worker import FAILED, failure, start, wait


def test_the_outcome_and_the_errors_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    good = start(lambda: 7)
    assert wait(good, 10) and good.result() == 7 and failure(good) is None
    told, untold = NoteError("note.nul"), ValueError("of nobody's")

    def raising(error: Exception) -> None:
        raise error

    jobs = [start(lambda error=error: raising(error)) for error in (told, untold)]  # type: ignore[misc]
    assert all(wait(job, 10) for job in jobs)
    assert [failure(job) for job in jobs] == [told, FAILED]
    until(lambda: bool(caplog.records))
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [untold]


def test_the_process_ends_while_work_goes_on() -> None:
    script = "import time; from ui.jobs.worker import start; job = start(lambda: time.sleep(60)); print(job.running())"
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.stdout == "True\n" and done.returncode == 0 and time.monotonic() - begun < 30
