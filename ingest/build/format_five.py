"""The vectors of an index of format 5, the one before blocks, so that nothing is embedded again for the new format."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.index.blocks.block import WRONG
from ingest.index.blocks.npy import from_npy
from ingest.index.manifest import MANIFEST, read_pointer, read_regular


@dataclass(frozen=True, eq=False)
class OldVectors:
    """What `VectorSource` is for the generations of today; `places` are the rows of `rows`, float32 [n, dimension]."""

    places: Mapping[bytes, int]
    rows: npt.NDArray[np.float32]

    def vectors(self) -> Iterator[tuple[bytes, npt.NDArray[np.float32]]]:
        """All of them."""
        return ((key, self.rows[row]) for key, row in self.places.items())


def old_vectors(index_dir: Path, model_id: str) -> OldVectors | None:
    """Those of the generation in use, when it is of that format, whole, and of this model."""
    pointer = read_pointer(index_dir)
    if pointer is None:
        return None
    folder = index_dir / pointer.name
    try:
        manifest = json.loads(read_regular(folder / MANIFEST))
        if (manifest["format"], manifest["parameters"]["model_id"]) != (5, model_id):
            return None
        files = {name: read_regular(folder / name) for name in ("passages.jsonl", "dense.npy")}
        if any(sha256(data).hexdigest() != manifest["files"][name]["sha256"] for name, data in files.items()):
            return None
        keys = [bytes.fromhex(json.loads(line)["embedded"]) for line in files["passages.jsonl"].splitlines()]
        rows = from_npy(files["dense.npy"])
        fits = rows.dtype == np.float32 and rows.shape == (len(keys), manifest["parameters"]["dimension"])
        return OldVectors({key: row for row, key in enumerate(keys)}, rows) if fits else None
    except WRONG:  # it was only a chance to save time
        return None
