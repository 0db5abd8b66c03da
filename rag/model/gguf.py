"""Which chat format a GGUF file wants, without running anything that is in it.

The format is described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md: magic, version, counts, then
key-value pairs, little-endian; only those are read here.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from ingest.errors import ModelError
from ingest.messages import Message, reason_of

DEFAULT_TEMPLATE = "chatml"
# What in a template gives a family away -> the name of llama.cpp's own version of it; the first match counts.
_FAMILIES = (
    ("<|im_start|>", "chatml"),
    ("<|start_header_id|>", "llama3"),
    ("<start_of_turn>", "gemma"),
    ("<｜Assistant｜>", "deepseek3"),
    ("[gMASK]<sop>", "chatglm4"),
    ("<|assistant|>", "phi3"),
    ("[INST]", "mistral-v7"),
)
_TEMPLATE_KEY = "tokenizer.chat_template"
_TEXT, _LIST = 8, 9
_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # value type -> size
_MAX_KEYS = 10_000
_MAX_TEXT = 1 << 24
_MAX_LIST = 1 << 24


def chat_template(gguf: Path) -> str:
    """The name of the llama.cpp chat format that fits the file; ChatML when its own template tells none.

    Raises:
        ModelError: the file is missing, or its header is not that of a GGUF file.
    """
    try:
        with gguf.open("rb") as file:
            template = _find_template(file)
    except OSError as error:
        raise ModelError("gguf.unreadable", path=gguf, reason=reason_of(error)) from error
    except (ValueError, struct.error) as error:
        raise ModelError("gguf.other_kind", name=gguf.name, reason=error.args[0]) from error
    return next((name for marker, name in _FAMILIES if marker in template), DEFAULT_TEMPLATE)


def _find_template(file: BinaryIO) -> str:
    if file.read(4) != b"GGUF":
        raise ValueError(Message("gguf.magic"))
    version, _tensors, keys = _unpack(file, "<IQQ")
    if version not in (2, 3) or keys > _MAX_KEYS:
        raise ValueError(Message("gguf.version", version=version, keys=keys))
    for _ in range(keys):
        key = _text(file).decode("utf-8", "replace")
        (kind,) = _unpack(file, "<I")
        if key == _TEMPLATE_KEY and kind == _TEXT:
            return _text(file).decode("utf-8", "replace")
        _skip(file, kind)
    return ""


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _text(file: BinaryIO) -> bytes:
    (length,) = _unpack(file, "<Q")
    if length > _MAX_TEXT:
        raise ValueError(Message("gguf.text", size=length))
    return file.read(length)


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _TEXT:
        _text(file)
    elif kind == _LIST:
        item, count = _unpack(file, "<IQ")
        if count > _MAX_LIST or item == _LIST:
            raise ValueError(Message("gguf.list", count=count))
        if item == _TEXT:
            for _ in range(count):
                _text(file)
        else:
            file.seek(_size(item) * count, 1)
    else:
        file.seek(_size(kind), 1)


def _size(kind: int) -> int:
    if kind not in _BYTES:
        raise ValueError(Message("gguf.kind", kind=kind))
    return _BYTES[kind]
