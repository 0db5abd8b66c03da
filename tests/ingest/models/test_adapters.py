"""The adapters that ship."""

from pathlib import Path

import numpy as np
import pytest

from ingest.errors import ModelError
from ingest.models.adapters import CHECKER, FINDER, WRITER, Adapter, checked, merged, read_adapter

BASE = {"layer.query.weight": np.array([[1, 2], [3, 4]], np.float32), "layer.query.bias": np.ones(2, np.float32)}


def _rank_one(module: str) -> dict[str, np.ndarray]:
    """The weight gains the outer product of (1, 2) and (10, 20)."""
    return {f"{module}.lora_A": np.array([[10, 20]], np.float16), f"{module}.lora_B": np.array([[1], [2]], np.float16)}


def test_the_product_is_added_to_the_weight_that_it_names() -> None:
    made = merged(BASE, {**_rank_one("layer.query"), "head.bias": np.ones(3, np.float16)})
    assert made["layer.query.weight"].tolist() == [[11, 22], [23, 44]]
    assert made["layer.query.weight"].dtype == np.float32
    assert made["layer.query.bias"].tolist() == [1, 1]
    assert BASE["layer.query.weight"].tolist() == [[1, 2], [3, 4]]


def test_an_adapter_of_another_model_is_refused() -> None:
    with pytest.raises(ModelError, match=r"names layer\.key, which the embedding model lacks"):
        merged(BASE, _rank_one("layer.key"))


def test_a_file_that_was_changed_or_is_missing_is_refused(tmp_path: Path) -> None:
    for written in (b"", FINDER.file.read_bytes()[:-1], None):
        broken = tmp_path / f"{written is None}.safetensors"
        if written is not None:
            broken.write_bytes(written)
        with pytest.raises(ModelError, match="is not the one that ships"):
            read_adapter(Adapter(broken, FINDER.sha256))


@pytest.mark.parametrize(("adapter", "most"), [(FINDER, 6_000_000), (CHECKER, 25_000_000)])
def test_what_ships_is_small_and_names_each_layer(adapter: Adapter, most: int) -> None:
    assert adapter.file.stat().st_size <= most
    tensors = read_adapter(adapter)
    sides = {name: values for name, values in tensors.items() if "lora_" in name}
    assert len(sides) == 12 * 6 * 2  # query, key, value, and three dense ones of each layer
    assert all(np.isfinite(values).all() for values in tensors.values())
    assert all(np.abs(values).max() > 0 for values in sides.values())


def test_the_writer_is_a_small_adapter_of_every_layer_of_the_default_language_model() -> None:
    gguf = pytest.importorskip("gguf")
    assert WRITER.file.stat().st_size <= 20_000_000
    reader = gguf.GGUFReader(checked(WRITER))
    assert reader.get_field("general.architecture").contents() == "qwen2"
    assert reader.get_field("general.type").contents() == "adapter"
    names = {tensor.name for tensor in reader.tensors}
    assert len(names) == 28 * 7 * 2
    assert all(tensor.shape[0] == 8 for tensor in reader.tensors if tensor.name.endswith("lora_b"))
