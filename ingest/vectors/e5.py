"""The default embedding model run by itself: a BERT of a few lines over torch, the tokenizer by `tokenizers`.

sentence-transformers, which runs every other model, gives the same bits (tests/ingest/vectors/test_e5.py), and takes ten
seconds of a processor to be imported: a question from the command line would wait for that.
The layers are those of BERT (Devlin et al., NAACL 2019) in the names of `transformers`' BertModel.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Batch = dict[str, Any]  # input_ids, token_type_ids and attention_mask, int64 [texts, tokens]


@dataclass(frozen=True, eq=False)
class Encoder:
    """The layers, by the names and with the shapes of BertModel's `state_dict`."""

    weights: Mapping[str, Any]
    layers: int
    heads: int
    epsilon: float

    def __call__(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        """The last hidden state, float32 [texts, tokens, hidden]."""
        from torch.nn import functional

        table = self.weights
        hidden = functional.embedding(input_ids, table["embeddings.word_embeddings.weight"])
        hidden = hidden + functional.embedding(token_type_ids, table["embeddings.token_type_embeddings.weight"])
        hidden = hidden + table["embeddings.position_embeddings.weight"][: input_ids.shape[1]]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        mask = None if attention_mask.all() else attention_mask.bool()[:, None, None, :]
        for layer in range(self.layers):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        return hidden

    def changed(self, weights: Mapping[str, Any]) -> "Encoder":
        """Another one with these weights in the place of its own; the others are shared."""
        return replace(self, weights={**self.weights, **weights})

    def _layer(self, hidden: Any, mask: Any, name: str) -> Any:
        from torch.nn import functional

        texts, tokens, size = hidden.shape
        queries, keys, values = (
            self._linear(hidden, f"{name}attention.self.{part}").view(texts, tokens, self.heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        if mask is not None:
            mask = mask.expand(texts, 1, tokens, tokens)
        seen = functional.scaled_dot_product_attention(queries, keys, values, mask)
        seen = seen.transpose(1, 2).reshape(texts, tokens, size)
        seen = self._linear(seen, f"{name}attention.output.dense")
        hidden = self._norm(seen + hidden, f"{name}attention.output.LayerNorm")
        wide = functional.gelu(self._linear(hidden, f"{name}intermediate.dense"))
        return self._norm(self._linear(wide, f"{name}output.dense") + hidden, f"{name}output.LayerNorm")

    def _linear(self, hidden: Any, name: str) -> Any:
        from torch.nn import functional

        return functional.linear(hidden, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, hidden: Any, name: str) -> Any:
        from torch.nn import functional

        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(hidden, weight.shape, weight, bias, self.epsilon)


class E5:
    """The model of a folder that `ingest.models.e5_folder` wrote; one thread at a time may tokenize.

    Raises:
        OSError, ValueError, KeyError, SafetensorError: a file is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text("utf-8"))
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))["prompts"]
        names = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        self.prompts: Mapping[str, str] = prompts
        self.dimension: int = config["hidden_size"]
        self._tokens: int = config["max_position_embeddings"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_padding(pad_id=config["pad_token_id"], pad_token=names["pad_token"])
        self.encoder = Encoder(
            load_file(folder / "model.safetensors"),
            config["num_hidden_layers"],
            config["num_attention_heads"],
            config["layer_norm_eps"],
        )

    def tokenize(self, texts: Sequence[str], prompt: str) -> Batch:
        """What the model reads of texts, each behind the prompt."""
        return self._batch([prompt + text for text in texts], self._tokens)

    def tokenize_pairs(self, firsts: Sequence[str], seconds: Sequence[str], most: int) -> Batch:
        """The same of pairs of texts, of which the longer is cut when they have more than `most` tokens."""
        return self._batch(list(zip(firsts, seconds, strict=True)), most)

    def _batch(self, texts: Sequence[Any], most: int) -> Batch:
        import torch

        self._tokenizer.enable_truncation(most)
        found = self._tokenizer.encode_batch(texts)
        return {
            "input_ids": torch.tensor([one.ids for one in found]),
            "token_type_ids": torch.tensor([one.type_ids for one in found]),
            "attention_mask": torch.tensor([one.attention_mask for one in found]),
        }

    def embed(self, batch: Batch) -> Any:
        """The mean of each text's tokens, float32 [texts, dimension], of unit length."""
        from torch.nn import functional

        hidden = self.encoder(**batch)
        mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
