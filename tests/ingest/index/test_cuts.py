"""Where blocks end: by their own notes alone, so that every history of edits ends in the same bytes, and an edit in one block."""

import random
from pathlib import Path

import pytest
from index_kit import FakeEmbedder, NoEmbedder, QuickDisk, index_bytes, leftovers, put, vault

from ingest.build.run import build
from ingest.index.blocks import cuts
from ingest.index.blocks.cuts import LEAST, MEAN, MOST, ends_block
from ingest.index.read import open_index


def test_a_block_has_at_least_and_at_most_so_many_passages() -> None:
    rng = random.Random(0)
    sizes, held = [], 0
    for number in range(40_000):
        own = rng.randrange(40)
        held += own
        if ends_block(f"folder/{number}.md", own, held):
            sizes.append(held)
            held = 0
    assert min(sizes) >= LEAST and max(sizes) < MOST + 40
    assert LEAST + 0.8 * MEAN < sum(sizes) / len(sizes) < LEAST + 1.2 * MEAN


def test_an_edit_writes_one_block_and_random_edits_end_where_a_full_build_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LEAST", 4), ("MEAN", 4), ("MOST", 16)):
        monkeypatch.setattr(cuts, name, value)
    rng = random.Random(7)
    config = vault(tmp_path, {f"{n:03}.md": f"# 题 {n}\n\n第 {n} 篇。\n" for n in range(120)})
    build(config, FakeEmbedder(), disk=QuickDisk())
    assert len(open_index(config.index).blocks) > 8
    full = config.model_copy(update={"index": tmp_path / "full"})
    written = []
    for step in range(25):
        name = f"{rng.randrange(130):03}.md"
        parts = "".join(f"\n\n## {part}\n\n第 {step} 步的话。" for part in range(rng.randrange(4)))
        before = set(config.index.glob("blocks/*"))
        if rng.random() < 0.3:
            (config.corpus / name).unlink(missing_ok=True)
        else:
            put(config.corpus / name, f"# 题 {name}\n\n改于第 {step} 步。{parts}\n")
        build(config, FakeEmbedder(), disk=QuickDisk())
        written.append(len(set(config.index.glob("blocks/*")) - before))
        build(full, FakeEmbedder(), full=True, disk=QuickDisk())
        assert index_bytes(config.index) == index_bytes(full.index)
        assert leftovers(config.index) == []
    assert sum(written) <= 2 * len(written) and max(written) <= 5


def test_notes_that_move_to_another_folder_are_not_embedded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "LEAST", 2)
    monkeypatch.setattr(cuts, "MEAN", 2)
    config = vault(tmp_path, {f"old/{n}.md": f"# 题 {n}\n\n第 {n} 篇。\n" for n in range(20)})
    build(config, FakeEmbedder(), disk=QuickDisk())
    (config.corpus / "old").rename(config.corpus / "new")
    assert len(build(config, NoEmbedder(), disk=QuickDisk()).renamed) == 20
    full = config.model_copy(update={"index": tmp_path / "full"})
    build(full, FakeEmbedder(), disk=QuickDisk())
    assert index_bytes(config.index) == index_bytes(full.index)
