"""The finder: an adapter that turns the embedding model towards questions and the passages that answer them.

`finder.safetensors` beside this file holds `<module>.lora_A` float16 [rank, in] and `<module>.lora_B` float16 [out, rank] (LoRA,
Hu et al., ICLR 2022), the scale in B; what it was trained on and what it gains stands in training/README.md.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.errors import ModelError
from ingest.models.wheels import sha256_file

FINDER_FILE = Path(__file__).with_name("finder.safetensors")
FINDER_SHA256 = "da8231c8f6e492671dc977193b2f73b0c0a052be9c7344f83c281fd6231b00c3"

Floats = npt.NDArray[np.float32]


def adapted(tensors: Mapping[str, Floats], file: Path = FINDER_FILE) -> dict[str, Floats]:
    """The model's tensors with the adapter added to those that it names.

    Products of two float16 and sums of a few of them are exact in float64, so that the bits are the same on every machine.

    Raises:
        ModelError: the file is not the one that ships, or names a tensor that the model lacks.
    """
    from safetensors.numpy import load_file

    if sha256_file(file) != FINDER_SHA256:
        raise ModelError("finder.other_file", file=file)
    adapter, made = load_file(file), dict(tensors)
    for name, down in adapter.items():
        module, _, side = name.rpartition(".")
        if side != "lora_A":
            continue
        if f"{module}.weight" not in made:
            raise ModelError("finder.no_tensor", module=module)
        up = adapter[f"{module}.lora_B"].astype(np.float64)
        change = np.einsum("or,ri->oi", up, down.astype(np.float64))
        made[f"{module}.weight"] = (made[f"{module}.weight"] + change).astype(np.float32)
    return made
