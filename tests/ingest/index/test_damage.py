"""Damage on the disk is found by checksum before anything parses it, and the generation before steps in."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from index_kit import NEW, OLD, FakeEmbedder, QuickDisk, index_bytes, leftovers, outdated

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexDamaged
from ingest.index import read as store
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
def config(tmp_path: Path) -> Settings:
    """Two generations; the older holds OLD, the one in use OLD with NEW over it."""
    config = outdated(tmp_path)
    build(config, FakeEmbedder(), disk=QuickDisk())
    return config


def in_use(config: Settings) -> Path:
    """The folder of the generation that CURRENT names."""
    pointer = read_pointer(config.index)
    assert pointer
    return config.index / pointer.name


@pytest.mark.parametrize("kind", DAMAGE)
def test_any_damaged_file_falls_back_to_the_generation_before(
    config: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    for name in ("from_npy", "from_lines"):
        real = getattr(store, name)
        monkeypatch.setattr(store, name, lambda data, real=real: parsed.append(data) or real(data))
    rng = random.Random(kind)
    files = sorted(in_use(config).iterdir())
    assert len(files) >= 13
    for file in files:
        whole = file.read_bytes()
        for _ in range(FLIPS if kind in ("flip", "truncate") else 1):
            damaged = DAMAGE[kind](whole, rng)
            assert damaged != whole
            file.unlink()
            if damaged is not None:
                file.write_bytes(damaged)
            index = open_index(config.index, "fake-1")
            assert {path: note.text for path, note in index.notes.items()} == OLD
            assert index.generation != index.pointed == in_use(config).name
            assert file.name in str(index.notices[0])
            assert "python -m ingest" in str(index.notices[0])
            assert parsed and damaged not in parsed
        file.write_bytes(whole)
    assert open_index(config.index).notices == ()


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_with_nothing_to_fall_back_on_is_an_error(config: Settings, kind: str) -> None:
    pointer = read_pointer(config.index)
    assert pointer
    shutil.rmtree(config.index / pointer.previous)
    rng = random.Random(kind)
    for file in sorted(in_use(config).iterdir()):
        whole = file.read_bytes()
        damaged = DAMAGE[kind](whole, rng)
        file.unlink() if damaged is None else file.write_bytes(damaged)
        with pytest.raises(IndexDamaged, match=f"{file.name}.*python -m ingest"):
            open_index(config.index)
        file.write_bytes(whole)


def test_a_build_mends_any_damaged_file(config: Settings) -> None:
    whole = index_bytes(config.index)
    for name in whole:
        embedder = FakeEmbedder()
        (in_use(config) / name).write_bytes(b"damaged")
        report = build(config, embedder, disk=QuickDisk())
        assert not report.unchanged
        assert index_bytes(config.index) == whole
        assert open_index(config.index, "fake-1").notices == ()
        assert leftovers(config.index) == []
    for folder in config.index.glob("gen-*"):
        (folder / store.DENSE).write_bytes(b"damaged")
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
