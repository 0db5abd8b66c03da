"""Sections of other notes beside a note, and two notes compared, over vectors that can be told by hand."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from index_kit import FakeEmbedder, QuickDisk, vault

from ingest.build.run import build
from ingest.errors import UnknownPlace
from ingest.index.read import open_index
from rag.search.related import OF_ONE_NOTE, SectionVectors


class WordEmbedder(FakeEmbedder):
    """Each word of the last line has a direction of its own, so that texts are as near as their words are the same."""

    def __init__(self) -> None:
        super().__init__()
        self.dimension = 64

    def encode_passages(self, texts, progress=None) -> npt.NDArray[np.float32]:  # type: ignore[no-untyped-def]
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.rpartition("\n")[2].lower()):
                row += np.random.default_rng(list(word.encode())).normal(size=self.dimension)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sections(**said: str) -> str:
    return "# Note\n\n" + "\n\n".join(f"## {name}\n\n{text}" for name, text in said.items()) + "\n"


NOTES = {
    "kitchen.md": sections(bread="Baking slowly with rye flour.", pond="Rowing boats need strong oars."),
    "club.md": sections(oars="Rowing boats, long oars, spring.", board="Chess on Mondays after tea."),
    "diary.md": sections(
        sunday="Rowing boats, new oars, rain.",
        monday="Rowing boats without oars today.",
        sky="Stars over hills tonight.",
    ),
    "rails.md": sections(night="Trains crossing borders after midnight.", beds="Gardens along every platform."),
    "words.md": sections(
        one="Silver coins in drawers.",
        two="Letters from an uncle.",
        three="Old maps and globes.",
        four="Wool, dyed with madder.",
        five="Clocks that run fast.",
        six="Paper folded into cranes.",
    ),
}


@pytest.fixture
def near(tmp_path: Path) -> SectionVectors:
    return over(tmp_path, NOTES)


def over(folder: Path, notes: Mapping[str, str]) -> SectionVectors:
    settings = vault(folder, notes)
    build(settings, WordEmbedder(), disk=QuickDisk())
    return SectionVectors(open_index(settings.index))


def names(found: object) -> list[str]:
    return [one.section.heading_path[-1] for one in found]  # type: ignore[attr-defined]


def test_the_nearest_sections_of_other_notes_come_first_and_say_beside_what(near: SectionVectors) -> None:
    found = near.related("kitchen.md", 9)
    assert set(names(found)) == {"oars", "sunday", "monday"}
    assert {one.beside.heading_path[-1] for one in found} == {"pond"}
    assert [one.nearness for one in found] == sorted((one.nearness for one in found), reverse=True)
    assert near.related("kitchen.md", 2) == found[:2]
    assert near.related("kitchen.md", 9) is found, "kept for the next run of the page"
    assert near.related("rails.md", 9) == (), "nothing else is about trains or gardens"


def test_no_note_fills_the_list(tmp_path: Path) -> None:
    days = {"mon": "Rowing boats, oars, fog.", "tue": "Rowing boats, oars, hail.", "wed": "Rowing boats, oars, sun."}
    found = over(tmp_path, NOTES | {"diary.md": sections(**days)}).related("kitchen.md", 9)
    paths = [one.section.path for one in found]
    assert paths.count("diary.md") == OF_ONE_NOTE and "club.md" in paths


def test_two_notes_are_compared_from_both_sides(near: SectionVectors) -> None:
    found = near.compare("club.md", "diary.md")
    ((oars, answers),) = found.pairs
    assert oars.heading_path[-1] == "oars" and [s.heading_path[-1] for s in answers] == ["sunday", "monday"]
    assert [s.heading_path[-1] for s in found.only_one] == ["board"]
    assert [s.heading_path[-1] for s in found.only_other] == ["sky"]
    nothing = near.compare("rails.md", "club.md")
    assert not nothing.pairs and len(nothing.only_one) == len(nothing.only_other) == 2


def test_what_says_nothing_is_near_to_nothing(tmp_path: Path) -> None:
    alone = over(
        tmp_path, {"one.md": NOTES["club.md"], "ask.md": "# Ask\n\n- Why rowing?\n- Why chess?\n- Why trains?\n"}
    )
    assert alone.related("one.md", 5) == alone.related("ask.md", 5) == ()
    assert len(alone.compare("one.md", "ask.md").only_one) == 2
    with pytest.raises(UnknownPlace):
        alone.related("gone.md", 5)
