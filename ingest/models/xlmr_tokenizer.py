"""The `tokenizer.json` of XLM-RoBERTa from its vocabulary and its normaliser's rules.

The tokenizer is SentencePiece's unigram model: characters are normalised (`nmt_nfkc`), spaces become `▁`, and the
most probable split into pieces is taken.
"""

import base64
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The unigram pieces with their log probabilities, the special ids, and the normaliser's rules."""

    pieces: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    rules: Mapping[int, str]  # code point -> what replaces it


def tokenizer_json(vocabulary: Vocabulary) -> dict[str, Any]:
    """The content of `tokenizer.json`, the format of the `tokenizers` package.

    The rules come one code point at a time; the canonical compositions (`e` and U+0301 -> `é`), which SentencePiece's
    own rules hold as well, are put back. As in SentencePiece, a run of unknown characters is one `<unk>`, and spaces
    at the end do not count.
    """
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": _special_tokens(vocabulary),
        "normalizer": _normalizer(vocabulary.rules),
        "pre_tokenizer": metaspace,
        "post_processor": _template(vocabulary),
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unk,
            "vocab": [[p, float(score)] for p, score in zip(vocabulary.pieces, vocabulary.scores, strict=True)],
            "byte_fallback": False,
        },
    }


def _special_tokens(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    ids = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk}
    ids.update(i for i, piece in enumerate(vocabulary.pieces) if piece == "<mask>")
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": i, "content": vocabulary.pieces[i], **flags} for i in sorted(ids)]


def _normalizer(rules: Mapping[int, str]) -> dict[str, Any]:
    charsmap = precompiled_charsmap(_compositions(rules) | {chr(code): new for code, new in rules.items()})
    steps = [
        {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode("ascii")},
        {"type": "Strip", "strip_left": False, "strip_right": True},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]
    return {"type": "Sequence", "normalizers": steps}


def _template(vocabulary: Vocabulary) -> dict[str, Any]:
    bos, eos = vocabulary.pieces[vocabulary.bos], vocabulary.pieces[vocabulary.eos]
    start, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in (bos, eos))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    ids = ((bos, vocabulary.bos), (eos, vocabulary.eos))
    return {
        "type": "TemplateProcessing",
        "single": [start, first, end],
        "pair": [start, first, end, end, second, end],
        "special_tokens": {token: {"id": token, "ids": [i], "tokens": [token]} for token, i in ids},
    }


def _compositions(rules: Mapping[int, str]) -> dict[str, str]:
    """Decomposed sequence -> what its composed character becomes.

    `tokenizers` looks up sequences of at most five bytes (longer clusters go one code point at a time).
    """
    found: dict[str, str] = {}
    for code in range(0xC0, 0x2FFF):  # beyond, decompositions are longer than five bytes
        composed = chr(code)
        decomposed = unicodedata.normalize("NFD", composed)
        for sequence in dict.fromkeys((decomposed, unicodedata.normalize("NFC", decomposed[:-1]) + decomposed[-1])):
            if len(sequence) > 1 and len(sequence.encode()) < 6:
                found[sequence] = rules.get(code, composed)
    return found


def precompiled_charsmap(replacements: Mapping[str, str]) -> bytes:
    """SentencePiece's `precompiled_charsmap`: u32 size of the trie, the trie, the replacements as NUL-ended strings.

    The trie is a double array of u32 units in the layout of Darts-clone. The children of the node at `p` are at
    `p ^ offset(p) ^ byte`; the child of byte 0 is the leaf, whose value is where the replacement starts.
    """
    texts = bytearray()
    values: dict[bytes, int] = {}
    for key, replacement in replacements.items():
        values[key.encode()] = len(texts)
        texts += replacement.encode() + b"\0"
    units = _double_array(values)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(texts)


_LEAF_BIT = 1 << 8
_VALUE_BIT = 1 << 31


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    children: dict[bytes, set[int]] = {b"": set()}  # of each prefix: the bytes that go on, 0 where a key ends
    for key in values:
        for end, byte in enumerate(key):
            children.setdefault(key[:end], set()).add(byte)
        children.setdefault(key, set()).add(0)
    units = [0] * 256
    used = {0}
    base = 0
    waiting = [(b"", 0)]
    while waiting:
        prefix, position = waiting.pop()
        labels = children[prefix]
        base += 1  # never used twice: nodes with one base would share their children
        while any(base ^ label in used for label in labels):
            base += 1
        units.extend([0] * ((base | 0xFF) + 1 - len(units)))
        units[position] |= (position ^ base) << 10 | (_LEAF_BIT if 0 in labels else 0)
        for label in sorted(labels):
            child = base ^ label
            used.add(child)
            units[child] = label or values[prefix] | _VALUE_BIT
            if label:
                waiting.append((prefix + bytes([label]), child))
    return units
