"""A GGUF model of 40 KB with made-up weights: it writes nonsense, but llama.cpp loads and runs it in no time."""

import struct
from pathlib import Path

import numpy as np

WIDTH, HEADS, FEED, CONTEXT = 32, 2, 64, 4096
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
_UINT32, _INT32, _FLOAT32, _STRING, _ARRAY = 4, 5, 6, 8, 9


def write_tiny_gguf(path: Path, template: str | None = None, version: int = 3) -> Path:
    """Write the model with `template` as its chat template (none when None)."""
    tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    keys = [
        _key("general.architecture", _STRING, _string("llama")),
        _key("llama.context_length", _UINT32, struct.pack("<I", CONTEXT)),
        _key("llama.embedding_length", _UINT32, struct.pack("<I", WIDTH)),
        _key("llama.block_count", _UINT32, struct.pack("<I", 1)),
        _key("llama.feed_forward_length", _UINT32, struct.pack("<I", FEED)),
        _key("llama.attention.head_count", _UINT32, struct.pack("<I", HEADS)),
        _key("llama.attention.layer_norm_rms_epsilon", _FLOAT32, struct.pack("<f", 1e-5)),
        _key("tokenizer.ggml.model", _STRING, _string("llama")),
        _key("tokenizer.ggml.tokens", _ARRAY, _array(_STRING, [_string(text) for text, _ in tokens])),
        _key("tokenizer.ggml.scores", _ARRAY, _array(_FLOAT32, [struct.pack("<f", 0) for _ in tokens])),
        _key("tokenizer.ggml.token_type", _ARRAY, _array(_INT32, [struct.pack("<i", kind) for _, kind in tokens])),
    ]
    if template is not None:
        keys.append(_key("tokenizer.chat_template", _STRING, _string(template)))
    infos, data = _tensors(len(tokens))
    head = b"GGUF" + struct.pack("<IQQ", version, len(infos), len(keys)) + b"".join(keys) + b"".join(infos)
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


def _tensors(vocabulary: int) -> tuple[list[bytes], bytes]:
    shapes = {"token_embd": (WIDTH, vocabulary), "output": (WIDTH, vocabulary), "output_norm": (WIDTH,)}
    block = {"attn_norm": (WIDTH,), "ffn_norm": (WIDTH,), "ffn_gate": (WIDTH, FEED), "ffn_up": (WIDTH, FEED)}
    block |= {"ffn_down": (FEED, WIDTH)} | {f"attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    shapes |= {f"blk.0.{name}": shape for name, shape in block.items()}
    random = np.random.default_rng(7)
    infos, data = [], b""
    for name, shape in shapes.items():
        sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        infos.append(_string(f"{name}.weight") + sizes + struct.pack("<IQ", 0, len(data)))
        data += random.normal(0, 0.5, shape).astype("<f4").tobytes()
        data += bytes(-len(data) % 32)
    return infos, data


def _key(name: str, kind: int, value: bytes) -> bytes:
    return _string(name) + struct.pack("<I", kind) + value


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _array(kind: int, items: list[bytes]) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(items)
