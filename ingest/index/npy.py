"""Arrays as the bytes of NumPy's own files, and back; no pickle."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt


def to_npy(array: npt.NDArray[Any]) -> bytes:
    """The bytes of a `.npy` file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def from_npy(data: bytes) -> npt.NDArray[Any]:
    """What `to_npy` wrote; raises ValueError on anything but a plain array."""
    array: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return array
