"""The adapter that is added to the embedding model when it is unpacked."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ingest.errors import ModelError
from ingest.models import finder
from ingest.models.wheels import sha256_file

BASE = {"layer.query.weight": np.array([[1, 2], [3, 4]], np.float32), "layer.query.bias": np.ones(2, np.float32)}


def _file(folder: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An adapter of rank 1: the weight gains the outer product of (1, 2) and (10, 20)."""
    path = folder / "tiny.safetensors"
    sides = {f"{module}.lora_A": np.array([[10, 20]], np.float16), f"{module}.lora_B": np.array([[1], [2]], np.float16)}
    save_file(sides, path)
    monkeypatch.setattr(finder, "FINDER_SHA256", sha256_file(path))
    return path


def test_the_product_is_added_to_the_weight_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = finder.adapted(BASE, _file(tmp_path, "layer.query", monkeypatch))
    assert made["layer.query.weight"].tolist() == [[11, 22], [23, 44]]
    assert made["layer.query.weight"].dtype == np.float32
    assert made["layer.query.bias"].tolist() == [1, 1]
    assert BASE["layer.query.weight"].tolist() == [[1, 2], [3, 4]]


def test_an_adapter_of_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"names layer\.key, which the embedding model lacks"):
        finder.adapted(BASE, _file(tmp_path, "layer.key", monkeypatch))


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "finder.safetensors"
    broken.write_bytes(finder.FINDER_FILE.read_bytes()[:-1])
    with pytest.raises(ModelError, match="is not the one that ships"):
        finder.adapted(BASE, broken)


def test_what_ships_is_small_and_names_each_layer() -> None:
    assert finder.FINDER_FILE.stat().st_size <= 6_000_000
    names = load_file(finder.FINDER_FILE)
    assert len(names) == 12 * 6 * 2  # query, key, value, and three dense ones of each layer
    assert all(np.isfinite(values).all() for values in names.values())
    assert all(np.abs(values).max() > 0 for values in names.values())
