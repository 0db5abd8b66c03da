"""The adapters that ship: low-rank changes of the default models (LoRA, Hu et al., ICLR 2022).

Of the embedding model a file holds `<module>.lora_A` float16 [rank, in] and `<module>.lora_B` float16 [out, rank], the scale in B. The finder turns the
model towards questions and the passages that answer them, for good, when it is unpacked; the checker makes another
model of it, which reads a sentence beside a note, and has a head (`head.weight`, `head.bias`) too. The writer is a file for
llama.cpp, which applies it to the default language model. What they were trained on and what they gain stands in
training/README.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.errors import ModelError
from ingest.models.wheels import sha256_file

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A file beside this one, and its SHA-256."""

    file: Path
    sha256: str


FINDER = Adapter(
    Path(__file__).with_name("finder.safetensors"), "da8231c8f6e492671dc977193b2f73b0c0a052be9c7344f83c281fd6231b00c3"
)
CHECKER = Adapter(
    Path(__file__).with_name("checker.safetensors"), "7b0bcb6b867b1b03ed024363d4ae0e785f4af7248f3932c60ad78901c62a21d9"
)
WRITER = Adapter(
    Path(__file__).with_name("writer.gguf"), "4bc7e35252d69b1955120254e44ebd579aa68211f81a7410866ea71fc1130247"
)


def checked(adapter: Adapter) -> Path:
    """Its file. Raises ModelError: it is not the one that ships."""
    if not adapter.file.is_file() or sha256_file(adapter.file) != adapter.sha256:
        raise ModelError("adapter.other_file", file=adapter.file)
    return adapter.file


def read_adapter(adapter: Adapter) -> dict[str, npt.NDArray[np.float16]]:
    """Its tensors. Raises ModelError: the file is not the one that ships."""
    from safetensors.numpy import load_file

    tensors: dict[str, npt.NDArray[np.float16]] = load_file(checked(adapter))
    return tensors


def merged(tensors: Mapping[str, Floats], adapter: Mapping[str, npt.NDArray[np.float16]]) -> dict[str, Floats]:
    """The model's tensors with the adapter added to those that it names.

    Products of two float16 and sums of a few of them are exact in float64, so that the bits are the same on every machine.

    Raises:
        ModelError: it names a tensor that the model lacks.
    """
    made = dict(tensors)
    for name, down in adapter.items():
        module, _, side = name.rpartition(".")
        if side != "lora_A":
            continue
        if f"{module}.weight" not in made:
            raise ModelError("adapter.no_tensor", module=module)
        up = adapter[f"{module}.lora_B"].astype(np.float64)
        change = np.einsum("or,ri->oi", up, down.astype(np.float64))
        made[f"{module}.weight"] = (made[f"{module}.weight"] + change).astype(np.float32)
    return made
