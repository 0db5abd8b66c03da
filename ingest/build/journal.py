"""Vectors of a long build, kept as they come, so that a build that was stopped goes on where it was.

The file is records: the text's key (its SHA-256), its vector, and a checksum over the model and both.
A record that is cut, damaged or of another model ends what is read; it is never an error.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from ingest.index.durable import Disk, naming, stated

JOURNAL = "embedded.part"
_KEY, _SUM = 32, 16  # bytes


class Journal:
    """The journal of one index folder, open for more; `vectors` are those found in it, by key.

    Each is float32 [dimension].
    """

    def __init__(self, index_dir: Path, model_id: str, dimension: int, disk: Disk) -> None:
        self._disk = disk
        self._seed = hashlib.sha256(f"{model_id}\n{dimension}\n".encode())
        self._dimension = dimension
        self._folder = index_dir
        file = index_dir / JOURNAL
        with stated(index_dir), naming(file):
            data = file.read_bytes() if file.exists() else b""
            self.vectors, whole = self._read(data)
            self._handle = disk.reopen(file, whole)

    def add(self, vectors: Mapping[bytes, npt.NDArray[np.float32]]) -> None:
        """Keep these vectors."""
        data = b""
        for key, vector in vectors.items():
            body = key + vector.astype("<f4").tobytes()
            data += body + self._sum(body)
        view = memoryview(data)
        with stated(self._folder), naming(self._folder / JOURNAL):
            while view:
                view = view[self._disk.append(self._handle, view) :]

    def _read(self, data: bytes) -> tuple[dict[bytes, npt.NDArray[np.float32]], int]:
        """The vectors, and how many bytes their records are."""
        found: dict[bytes, npt.NDArray[np.float32]] = {}
        start = 0
        while True:
            head = start + _KEY
            end = head + 4 * self._dimension
            body = data[start:end]
            if not body or self._sum(body) != data[end : end + _SUM]:
                return found, start
            found[body[:_KEY]] = np.frombuffer(data[head:end], "<f4").astype(np.float32)
            start = end + _SUM

    def _sum(self, body: bytes) -> bytes:
        digest = self._seed.copy()
        digest.update(body)
        return digest.digest()[:_SUM]

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with stated(self._folder), naming(self._folder / JOURNAL):
            self._disk.close(self._handle)
