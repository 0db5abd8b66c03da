"""What the docs take from the code is as the code is now, and what they show of it runs."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from index_kit import FakeEmbedder, Progress, vault
from obliging_endpoint import obliging_endpoint
from paths import ROOT

from ingest.build.run import build
from tools import draw_architecture, write_cli_docs

MEND = "run `make docs`"


class TopicEmbedder(FakeEmbedder):
    """Texts that name the same topic are the same; others have nothing in common."""

    def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0 if "LoRA" in text else 1] = 1
        return rows

    encode_queries = encode_passages


def test_the_picture_is_up_to_date() -> None:
    assert draw_architecture.PICTURE.read_text(encoding="utf-8") == draw_architecture.picture(), MEND


def test_the_picture_shows_every_room_and_no_import_to_the_right() -> None:
    for package in draw_architecture.PACKAGES:
        band = draw_architecture.Band(package)
        assert band.rooms.keys() >= {file.parent.name for file in (ROOT / package).glob("*/__init__.py")}
        column = {spot.name: n for n, spots in enumerate(band.columns) for spot in spots}
        assert all(column[used] < column[name] for name, room in band.rooms.items() for used in room.uses)


def test_the_help_of_the_commands_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # the page's width does not depend on the terminal
    for language, file in write_cli_docs.PAGES.items():
        assert file.read_text(encoding="utf-8") == write_cli_docs.page(language), MEND


def test_every_room_has_its_row_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `((?:ingest|rag|ui|asknotes)/\w+(?:/|\.py))` \|", page, flags=re.MULTILINE))
    rooms = {
        f"{package}/{room}{'/' if (ROOT / package / room).is_dir() else '.py'}"
        for package in draw_architecture.PACKAGES
        for room in draw_architecture.rooms(package)
    }
    assert rows == rooms


def python_of(page: str) -> str:
    """The Python blocks of a page, one after the other."""
    return "\n".join(
        re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )


@pytest.fixture
def notes_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has the index of a note on LoRA and the KV cache."""
    embeddings = TopicEmbedder()
    note = "# LoRA\n\nLoRA 能省显存，因为只训练两个低秩矩阵，其余权重不动。\n\n# KV cache\n\nKV cache 的大小与层数成正比。\n"
    build(vault(tmp_path, {"lora.md": note}), embeddings)
    monkeypatch.setattr("rag.open.load_embeddings", lambda settings, report: embeddings)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("notes_here")
def test_the_python_of_the_langchain_page_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "只训练低秩矩阵。", ("search_notes", {"query": "KV cache 的大小"}), "与层数成正比。"
    with obliging_endpoint(*said) as endpoint:
        monkeypatch.setenv("ASKNOTES_BASE_URL", endpoint.base_url)
        monkeypatch.setenv("ASKNOTES_MODEL", "m")
        exec(python_of("docs/langchain.md"), {})
    chain, asked, looked_up = (body["messages"] for body in endpoint.asked)
    assert "lora.md, lines 1-3:\n# LoRA\n\nLoRA 能省显存" in chain[-1]["content"]
    assert asked[-1]["content"] == "KV cache 有多大？" and looked_up[-1]["role"] == "tool"
    assert "lora.md, lines 5-7:\n# KV cache" in looked_up[-1]["content"]
    printed = capsys.readouterr().out
    assert printed.startswith("只训练低秩矩阵。\nmodel ") and printed.endswith("与层数成正比。\n")
    assert "tools =" in printed


@pytest.mark.usefixtures("notes_here")
def test_the_python_of_the_python_page_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    exec(python_of("docs/python.md"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("False - LoRA 能省显存，因为只训练两个低秩矩阵")
    assert "\n1 lora.md:1-3\n" in printed
    assert "Finished(answer=Answer(question='KV cache 有多大？'" in printed
