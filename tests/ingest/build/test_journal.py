"""A long build that is stopped goes on where it was; the journal is never trusted blindly."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from index_kit import (
    BreakingDisk,
    FakeEmbedder,
    PowerCut,
    Progress,
    QuickDisk,
    cut,
    full,
    index_bytes,
    leftovers,
    vault,
)

from ingest.build.journal import JOURNAL
from ingest.build.run import CHUNK, build
from ingest.config import Settings
from ingest.errors import NotesIndexError

NOTES = 4 * CHUNK


class Stopped(FakeEmbedder):
    """Ctrl-C in the middle of the third chunk."""

    def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> np.ndarray:
        if len(self.texts) >= 2 * CHUNK:
            raise KeyboardInterrupt
        return super().encode_passages(texts, progress)


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """A build that was stopped after two chunks, and beside it a `full` one that was not."""
    config = vault(tmp_path, {f"{n}.md": f"# 笔记 {n}\n\n第 {n} 篇。\n" for n in range(NOTES)})
    build(config.model_copy(update={"index": tmp_path / "full"}), FakeEmbedder(), disk=QuickDisk())
    with pytest.raises(KeyboardInterrupt):
        build(config, Stopped(), disk=QuickDisk())
    return config


def embedded_again(config: Settings, embedder: FakeEmbedder) -> int:
    """Build; how many texts the model got. The index is that of an undisturbed build, and nothing is left behind."""
    report = build(config, embedder, disk=QuickDisk())
    assert report.embedded == NOTES
    if embedder.model_id == "fake-1":
        assert index_bytes(config.index) == index_bytes(config.index.parent / "full")
    assert leftovers(config.index) == []
    return len(embedder.texts)


def test_it_goes_on_where_it_was(config: Settings) -> None:
    assert embedded_again(config, FakeEmbedder()) == NOTES - 2 * CHUNK


def test_a_dry_run_leaves_it(config: Settings) -> None:
    assert build(config, FakeEmbedder(), dry_run=True).embedded == NOTES
    assert embedded_again(config, FakeEmbedder()) == NOTES - 2 * CHUNK


def test_another_model_starts_anew(config: Settings) -> None:
    assert embedded_again(config, FakeEmbedder("fake-2")) == NOTES


@pytest.mark.parametrize(("at", "kept"), [(0, 0), (0.5, CHUNK), (0.999, 2 * CHUNK - 1)])
def test_what_follows_damage_is_embedded_again(config: Settings, at: float, kept: int) -> None:
    journal = config.index / JOURNAL
    data = bytearray(journal.read_bytes())
    data[int(at * len(data))] ^= 4
    journal.write_bytes(data)
    assert embedded_again(config, FakeEmbedder()) == NOTES - kept


def test_a_record_that_was_cut_is_embedded_again(config: Settings) -> None:
    journal = config.index / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-5])
    with pytest.raises(KeyboardInterrupt):
        build(config, Stopped(), disk=QuickDisk())  # goes on behind the cut
    assert embedded_again(config, FakeEmbedder()) == NOTES - (2 * CHUNK - 1) - 2 * CHUNK


def test_stopped_at_any_operation_on_it(config: Settings) -> None:
    shutil.rmtree(config.index)
    counter = BreakingDisk()
    build(config, FakeEmbedder(), disk=counter)
    places = [at for at, name in enumerate(counter.log, start=1) if name.endswith(JOURNAL)]
    assert [counter.log[at - 1].split()[0] for at in places] == ["reopen", *["write"] * 4, "close", "remove"]
    for at in places:
        shutil.rmtree(config.index)
        with pytest.raises(PowerCut):
            build(config, FakeEmbedder(), disk=BreakingDisk(at, cut))
        if at != places[-1]:
            assert embedded_again(config, FakeEmbedder()) < NOTES or at == places[0]
        shutil.rmtree(config.index)
        if at == places[-1]:
            build(config, FakeEmbedder(), disk=BreakingDisk(at, full))  # it stays, and does no harm
        else:
            with pytest.raises(NotesIndexError, match=f"No space.*{JOURNAL}"):
                build(config, FakeEmbedder(), disk=BreakingDisk(at, full))
            embedded_again(config, FakeEmbedder())
