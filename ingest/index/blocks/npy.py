"""Arrays as the bytes of NumPy's own files, and back; no pickle, and no copy."""

import io
from ast import literal_eval
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

_LENGTH = slice(8, 10)  # of the bytes: how long the header is that follows; before it the magic number


def to_npy(array: npt.NDArray[Any]) -> bytes:
    """The bytes of a `.npy` file."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(np.ascontiguousarray(array)))
    return file.getvalue() + array.tobytes()


def from_npy(data: bytes | memoryview) -> npt.NDArray[Any]:
    """What `to_npy` wrote, as a view of the bytes, which cannot be written to; raises ValueError on anything else.

    NumPy's own reader also takes the headers of Python 2, and complains of them where the user reads it.
    """
    if npy.read_magic(io.BytesIO(data[: _LENGTH.start])) != (1, 0):
        raise ValueError("another version of the format")
    start = _LENGTH.stop + int.from_bytes(data[_LENGTH], "little")
    try:
        header = literal_eval(bytes(data[_LENGTH.stop : start]).decode("latin-1"))
        dtype = npy.descr_to_dtype(header["descr"])
        if header["fortran_order"] or dtype.hasobject:
            raise ValueError("not a plain array")
        array: npt.NDArray[Any] = np.ndarray(header["shape"], dtype, data, start)
    except (
        SyntaxError,
        MemoryError,
        RecursionError,
        LookupError,
        TypeError,
    ) as error:  # no header, or none of these bytes
        raise ValueError(str(error)) from error
    if start + array.nbytes != len(data):
        raise ValueError("another size than its header says")
    return array
