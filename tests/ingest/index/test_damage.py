"""Damage on the disk is found by checksum before anything parses it, and the generation before steps in."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from index_kit import NEW, OLD, FakeEmbedder, QuickDisk, index_bytes, index_files, leftovers, outdated

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexDamaged
from ingest.index.blocks import block, cuts
from ingest.index.manifest import read_pointer
from ingest.index.read import open_index

FLIPS = 25  # random bits of each file


def flip(data: bytes, rng: random.Random) -> bytes:
    """One bit changed."""
    where = rng.randrange(len(data))
    return data[:where] + bytes([data[where] ^ (1 << rng.randrange(8))]) + data[where + 1 :]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes | None]] = {
    "flip": flip,
    "truncate": lambda data, rng: data[: rng.randrange(len(data))],
    "empty": lambda data, rng: b"",
    "zero": lambda data, rng: bytes(len(data)),
    "zero a block": lambda data, rng: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "append": lambda data, rng: data + b"\n",
    "remove": lambda data, rng: None,
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two generations, with a block for each note; the older holds OLD, the one in use OLD with NEW over it."""
    monkeypatch.setattr(cuts, "LEAST", 1)
    monkeypatch.setattr(cuts, "MEAN", 1)
    config = outdated(tmp_path)
    build(config, FakeEmbedder(), disk=QuickDisk())
    return config


def files_in_use(config: Settings) -> tuple[list[Path], list[Path]]:
    """The files that only the generation in use has, and those that it shares with the one before."""
    pointer = read_pointer(config.index)
    assert pointer
    mine, before = index_files(config.index), index_files(config.index, pointer.previous)
    return [file for file in mine if file not in before], [file for file in mine if file in before]


def damage(file: Path, kind: str, rng: random.Random) -> bytes:
    """Spoil a file; returns what it was."""
    whole = file.read_bytes()
    damaged = DAMAGE[kind](whole, rng)
    assert damaged != whole
    file.unlink()
    if damaged is not None:
        file.write_bytes(damaged)
    return whole


@pytest.mark.parametrize("kind", DAMAGE)
def test_any_damaged_file_falls_back_to_the_generation_before(
    config: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    real = block.unpack
    monkeypatch.setattr(block, "unpack", lambda data: parsed.append(data) or real(data))
    rng = random.Random(kind)
    files, _ = files_in_use(config)
    assert len(files) == 4  # the manifest, the overview, a changed note and a new one
    for file in files:
        for _ in range(FLIPS if kind in ("flip", "truncate") else 1):
            whole = damage(file, kind, rng)
            spoiled = file.read_bytes() if file.exists() else None
            index = open_index(config.index, "fake-1")
            assert {path: note.text for path, note in index.notes.items()} == OLD
            assert index.generation != index.pointed
            assert file.name in str(index.notices[0])
            assert "python -m ingest" in str(index.notices[0])
            assert parsed and spoiled not in parsed
            file.write_bytes(whole)
    assert open_index(config.index).notices == ()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_block_that_both_generations_have_is_an_error_and_soon_mended(config: Settings, kind: str) -> None:
    rng = random.Random(kind)
    _, shared = files_in_use(config)
    assert len(shared) == 2
    whole = index_bytes(config.index)
    for file in shared:
        damage(file, kind, rng)
        with pytest.raises(IndexDamaged, match=f"{file.name}.*python -m ingest"):
            open_index(config.index)
        embedder = FakeEmbedder()
        build(config, embedder, disk=QuickDisk())
        assert len(embedder.texts) == 1  # what other blocks have is not embedded again
        assert index_bytes(config.index) == whole and open_index(config.index).notices == ()
        assert leftovers(config.index) == []


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_with_nothing_to_fall_back_on_is_an_error(config: Settings, kind: str) -> None:
    pointer = read_pointer(config.index)
    assert pointer
    shutil.rmtree(config.index / pointer.previous)
    rng = random.Random(kind)
    for file in index_files(config.index):
        whole = damage(file, kind, rng)
        with pytest.raises(IndexDamaged, match=f"{file.name}.*python -m ingest"):
            open_index(config.index)
        file.write_bytes(whole)


def test_a_build_mends_any_damaged_file(config: Settings) -> None:
    whole = index_bytes(config.index)
    for name in whole:
        (file,) = (file for file in index_files(config.index) if file.name == name)
        file.write_bytes(b"damaged")
        report = build(config, FakeEmbedder(), disk=QuickDisk())
        assert not report.unchanged
        assert index_bytes(config.index) == whole
        assert open_index(config.index, "fake-1").notices == ()
        assert leftovers(config.index) == []
    for file in config.index.glob("blocks/*"):
        file.write_bytes(b"damaged")
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert report.embedded == report.passages
    assert index_bytes(config.index) == whole


@pytest.mark.parametrize("data", [None, b"", b"\0" * 60, b"gen-0123456789abcdef 2025-01-01T00:00:00+00:00\n", b"x"])
def test_a_damaged_pointer_falls_back_to_a_whole_generation(config: Settings, data: bytes | None) -> None:
    pointer = config.index / "CURRENT"
    pointer.unlink()
    if data is not None:
        pointer.write_bytes(data)
    index = open_index(config.index)
    assert index.notes["a.md"].text == NEW["a.md"]
    assert index.notices
    build(config, FakeEmbedder(), disk=QuickDisk())
    assert open_index(config.index).notices == ()
    assert leftovers(config.index) == []


def test_a_pointer_and_no_generation_is_damage(config: Settings) -> None:
    for folder in config.index.glob("gen-*"):
        shutil.rmtree(folder)
    with pytest.raises(IndexDamaged, match="python -m ingest"):
        open_index(config.index)
    (config.index / "CURRENT").write_bytes(b"?")
    with pytest.raises(IndexDamaged, match="CURRENT"):
        open_index(config.index)
