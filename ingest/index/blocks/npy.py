"""Arrays as the bytes of NumPy's own files, and back; no pickle, and no copy."""

import io
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

_HEADER = 1024  # bytes that hold the header of any of our arrays


def to_npy(array: npt.NDArray[Any]) -> bytes:
    """The bytes of a `.npy` file."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(np.ascontiguousarray(array)))
    return file.getvalue() + array.tobytes()


def from_npy(data: bytes | memoryview) -> npt.NDArray[Any]:
    """What `to_npy` wrote, as a view of the bytes, which cannot be written to; raises ValueError on anything else."""
    file = io.BytesIO(data[:_HEADER])
    if npy.read_magic(file) != (1, 0):
        raise ValueError("another version of the format")
    try:
        shape, fortran, dtype = npy.read_array_header_1_0(file)
    except (TokenError, SyntaxError, MemoryError) as error:  # not even a header
        raise ValueError(str(error)) from error
    if fortran or dtype.hasobject:
        raise ValueError("not a plain array")
    array: npt.NDArray[Any] = np.ndarray(shape, dtype, data, file.tell())
    if file.tell() + array.nbytes != len(data):
        raise ValueError("another size than its header says")
    return array
