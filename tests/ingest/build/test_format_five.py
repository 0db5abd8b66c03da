"""Nothing is embedded again for the format with blocks; what is not to be trusted is."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from index_kit import OLD, FakeEmbedder, NoEmbedder, QuickDisk, index_bytes, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.blocks.npy import to_npy
from ingest.index.manifest import Pointer, generation_name
from ingest.index.read import open_index


def old_index(folder: Path, **changed: Any) -> tuple[Settings, dict[str, bytes]]:
    """An index of format 5 over OLD as far as its vectors go, and what a build of today makes of OLD."""
    config = vault(folder, OLD)
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    today = index_bytes(config.index)
    keys = [key.hex() for block in index.blocks for key in block.keys]
    files = {
        "passages.jsonl": b"".join(json.dumps({"id": "x", "embedded": key}).encode() + b"\n" for key in keys),
        "dense.npy": to_npy(index.vectors[:]),
    }
    sums = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    parameters = {"model_id": index.manifest.model_id, "dimension": index.manifest.dimension}
    manifest = json.dumps({"format": 5, "parameters": parameters, "files": sums} | changed).encode()
    shutil.rmtree(config.index)
    name = generation_name(manifest, ())
    (config.index / name).mkdir(parents=True)
    for file, data in (files | {"manifest.json": manifest}).items():
        (config.index / name / file).write_bytes(data)
    (config.index / "CURRENT").write_bytes(Pointer(name, "2025-01-01T00:00:00+00:00").to_bytes())
    return config, today


def test_the_vectors_of_an_earlier_format_are_kept(tmp_path: Path) -> None:
    config, today = old_index(tmp_path)
    report = build(config, NoEmbedder(), disk=QuickDisk())
    assert (report.embedded, report.reused) == (0, report.passages)
    assert index_bytes(config.index) == today
    assert [folder.name for folder in config.index.glob("gen-*")] == [report.generation]


@pytest.mark.parametrize(
    "changed",
    [{"format": 4}, {"parameters": {"model_id": "other", "dimension": 8}}, {"parameters": {}}, {"files": {}}],
)
def test_those_of_another_format_or_model_are_not(tmp_path: Path, changed: dict[str, Any]) -> None:
    config, today = old_index(tmp_path, **changed)
    report = build(config, FakeEmbedder(), disk=QuickDisk())
    assert report.embedded == report.passages and index_bytes(config.index) == today


def test_damaged_ones_are_made_anew(tmp_path: Path) -> None:
    config, today = old_index(tmp_path)
    (file,) = config.index.glob("gen-*/dense.npy")
    data = file.read_bytes()
    file.write_bytes(data[:-4] + bytes(4))
    assert build(config, FakeEmbedder(), disk=QuickDisk()).embedded > 0
    assert index_bytes(config.index) == today
