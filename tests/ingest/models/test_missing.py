"""Getting a missing model: what the page is told of the steps, and that it can be stopped."""

from pathlib import Path

import pytest

from ingest.errors import ModelError
from ingest.messages import Message
from ingest.models import missing
from ingest.progress import Report, SetupStep

STEPS = [
    SetupStep("waiting", Message("fetch.waiting", folder="cache")),
    SetupStep("fetching", Message("fetch.percent", what="a", percent=50, size=50.0), 1, 2, 50),
    SetupStep("notice", Message("fetch.hub_down", reason="ConnectTimeout")),
    SetupStep("fetching", Message("fetch.percent", what="b", percent=20, size=50.0), 2, 2, 20),
    SetupStep("unpacking", Message("fetch.unpacking", folder="cache")),
]


@pytest.fixture(autouse=True)
def _download_of_these_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(cache: Path, report: Report) -> None:
        for step in STEPS:
            report(step)

    monkeypatch.setattr(missing, "default_gguf", get)


def test_the_percentage_is_of_all_parts_and_never_goes_back(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    missing.get_model("language", tmp_path, lambda *step: told.append(step), lambda: False)
    shares = [0, 0, 25, 25, 60]
    assert told == [*(("fetching", share, 100) for share in shares), ("unpacking", 0, 0)]


def test_it_ends_at_the_next_step_when_it_is_told_to(tmp_path: Path) -> None:
    told: list[str] = []
    with pytest.raises(ModelError, match="The download was stopped") as error:
        missing.get_model("language", tmp_path, lambda *step: told.append(step[0]), lambda: len(told) == 2)
    assert told == ["fetching", "fetching"] and error.value.told("zh") == "下载已停止；下次会从这里接着下载。"
