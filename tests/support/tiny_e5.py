"""A tiny file in the format of the embedding model, made by hand."""

import struct

import numpy as np

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a")
HEADER = (1, 32, 1, 2, 64, 6, 4, 1, 1e-12, 32)  # version, sizes, epsilon, block


def _block(scale: float, first_nibble: int) -> bytes:
    """32 weights of 4 bits: the low nibbles count up from `first_nibble`, the high ones are all 15."""
    return struct.pack("<e16B", scale, *((first_nibble + j) % 16 | 0xF0 for j in range(16)))


def tiny_file(header: tuple[float, ...] = HEADER, drop: str = "", offset: int = 0) -> bytes:
    """A file in the format, of one layer and six pieces; `drop` leaves a tensor out, `offset` moves all the others."""
    text = "".join(PIECES).encode()
    ends = np.cumsum([0] + [len(piece.encode()) for piece in PIECES])
    head = b"E5S1" + struct.pack("<I7ifi", *header) + struct.pack("<5iQ", 6, 0, 2, 1, 3, len(text))
    head += ends.astype("<u4").tobytes() + np.array([0, 0, 0, 0, -1, -2], "<f4").tobytes() + text
    rules = struct.pack("<IBI", 0xFF21, 1, 0x41) + struct.pack("<IB", 0x07, 0)  # Ａ -> A; BEL -> nothing
    head += struct.pack("<iI", 2, len(rules)) + rules
    sizes = {"emb.word": 192, "emb.pos": 32 * int(header[6]), "emb.type": 32, "emb.ln.w": 32, "emb.ln.b": 32}
    for short, size in {"q": 1024, "k": 1024, "v": 1024, "ao": 1024, "aln": 32, "fi": 2048, "fo": 2048}.items():
        sizes |= {f"l0.{short}.w": size, f"l0.{short}.b": 64 if short == "fi" else 32}
    sizes |= {"l0.oln.w": 32, "l0.oln.b": 32}
    sizes.pop(drop, None)
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in sizes)
    directory, data = struct.pack("<i", len(sizes)), b""
    for number, (name, size) in enumerate(sizes.items()):
        packed = size >= 1024 or name == "emb.word"
        tensor = _block(0.5, number) * (size // 32) if packed else np.full(size, number, "<f4").tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", packed, size, start + len(data) + offset, len(tensor))
        data += tensor
    return head + directory + data
