"""Named parts in one file: a line of JSON that tells where each is, then the parts."""

import json
from collections.abc import Mapping
from typing import Any

_LINE = 4096  # bytes at most
_ALIGNED = 64  # bytes of which each part begins at a multiple, so that arrays are read where they are


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The bytes of a file of these parts."""
    places, at = {}, 0
    for name, data in parts.items():
        places[name] = (at, len(data))
        at += _padded(len(data))
    head = json.dumps(places).encode("ascii")
    return b"".join([_filled(head + b"\n"), *map(_filled, parts.values())])


def unpack(data: bytes) -> dict[str, memoryview]:
    """The parts, as views of the bytes. Raises ValueError when they are not what `pack` writes."""
    end = data.find(b"\n", 0, _LINE)
    places: Any = json.loads(data[: max(end, 0)])
    first, view = _padded(end + 1), memoryview(data)
    found = {}
    for name, (at, size) in places.items():
        if type(at) is not int or type(size) is not int or not 0 <= first + at <= first + at + size <= len(data):
            raise ValueError("a part outside of its file")
        found[name] = view[first + at : first + at + size]
    return found


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _filled(data: bytes) -> bytes:
    return data + bytes(_padded(len(data)) - len(data))
