"""The default embedding model run by itself: a BERT of a few lines over torch, the tokenizer by `tokenizers`.

sentence-transformers, which runs every other model, gives the same bits (tests/ingest/vectors/test_e5.py), and takes ten
seconds of a processor to be imported: a question from the command line would wait for that.
The layers are those of BERT (Devlin et al., NAACL 2019) in the names of `transformers`' BertModel.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

Batch = dict[str, Any]  # input_ids, token_type_ids and attention_mask, int64 [texts, tokens]
_Attend = Callable[[Any, Any, Any], Any]  # queries, keys and values, [texts, heads, tokens, size], to the same of them

TOGETHER = 1024  # tokens: the weights are read once for them, and what lies between the layers stays in the cache
LEAST_ROWS = 8  # fewer go through other routines of the processor's library, which round differently
_ROW_COUNTS = (*range(LEAST_ROWS, 25), 31, 32, 47, 64, 101, 128, 213, 350, 512)  # tried by `rows_stand_alone`


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

        texts, tokens = input_ids.shape
        mask = (
            None if attention_mask.all() else attention_mask.bool()[:, None, None, :].expand(texts, 1, tokens, tokens)
        )

        def attend(queries: Any, keys: Any, values: Any) -> Any:
            return functional.scaled_dot_product_attention(queries, keys, values, mask)

        positions = self.weights["embeddings.position_embeddings.weight"][:tokens]
        return self._through(input_ids, token_type_ids, positions, attend)

    def packed(self, texts: Sequence[Any]) -> Sequence[Any]:
        """The last hidden state of each text, float32 [its tokens, hidden], of the tokens of each, int64 [its tokens].

        The texts lie end to end in one matrix: each weight is read once for all of them, and nothing is padding.
        """
        import torch
        from torch.nn import functional

        lengths = [len(text) for text in texts]

        def attend(*parts: Any) -> Any:
            own = zip(*(part.split(lengths, dim=2) for part in parts), strict=True)
            return torch.cat([functional.scaled_dot_product_attention(*text) for text in own], dim=2)

        table = self.weights["embeddings.position_embeddings.weight"]
        tokens, positions = torch.cat(list(texts))[None], torch.cat([table[:length] for length in lengths])
        hidden: Any = self._through(tokens, torch.zeros_like(tokens), positions, attend)
        whole: Sequence[Any] = hidden[0].split(lengths)
        return whole

    def rows_stand_alone(self, most: int) -> bool:
        """Whether a row of a product by the first layer's weights has the same bits whatever stands in the other rows,
        and however many they are, from LEAST_ROWS to `most`: in some libraries it has, in others not."""
        import torch

        torch_random = torch.Generator().manual_seed(0)
        for name, weight in self.weights.items():
            if not (name.startswith("encoder.layer.0.") and weight.ndim == 2):
                continue
            rows = torch.randn(most, weight.shape[1], generator=torch_random)
            of_all = self._linear(rows, name.removesuffix(".weight"))
            for count, start in zip(_ROW_COUNTS, range(0, most, 7), strict=False):
                part = rows[start : start + count].clone()
                if not torch.equal(self._linear(part, name.removesuffix(".weight")), of_all[start : start + count]):
                    return False
        return True

    def _through(self, tokens: Any, types: Any, positions: Any, attend: _Attend) -> Any:
        from torch.nn import functional

        hidden = functional.embedding(tokens, self.weights["embeddings.word_embeddings.weight"])
        hidden = hidden + functional.embedding(types, self.weights["embeddings.token_type_embeddings.weight"])
        hidden = self._norm(hidden + positions, "embeddings.LayerNorm")
        for layer in range(self.layers):
            hidden = self._layer(hidden, attend, f"encoder.layer.{layer}.")
        return hidden

    def changed(self, weights: Mapping[str, Any]) -> "Encoder":
        """Another one with these weights in the place of its own; the others are shared."""
        return replace(self, weights={**self.weights, **weights})

    def _layer(self, hidden: Any, attend: _Attend, name: str) -> Any:
        from torch.nn import functional

        texts, tokens, size = hidden.shape
        queries, keys, values = (
            self._linear(hidden, f"{name}attention.self.{part}").view(texts, tokens, self.heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = attend(queries, keys, values).transpose(1, 2).reshape(texts, tokens, size)
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

    def tokenize(self, text: str, prompt: str) -> Any:
        """What the model reads of a text behind the prompt, int64 [tokens]."""
        import torch

        self._tokenizer.enable_truncation(self._tokens)
        return torch.tensor(self._tokenizer.encode(prompt + text).ids)

    def tokenize_pairs(self, firsts: Sequence[str], seconds: Sequence[str], most: int) -> Batch:
        """The same of pairs of texts, of which the longer is cut when they have more than `most` tokens."""
        import torch

        self._tokenizer.enable_truncation(most)
        found = self._tokenizer.encode_batch(list(zip(firsts, seconds, strict=True)))
        return {
            "input_ids": torch.tensor([one.ids for one in found]),
            "token_type_ids": torch.tensor([one.type_ids for one in found]),
            "attention_mask": torch.tensor([one.attention_mask for one in found]),
        }

    def embed(self, texts: Sequence[Any]) -> Any:
        """The mean of each text's tokens, float32 [texts, dimension], of unit length."""
        import torch
        from torch.nn import functional

        means = [hidden.sum(0) / len(hidden) for hidden in self.encoder.packed(texts)]
        return functional.normalize(torch.stack(means), dim=-1)

    @cached_property
    def most_together(self) -> int:
        """How many tokens of several texts go through at once; 0 where a vector would depend on its company."""
        return TOGETHER if self.encoder.rows_stand_alone(TOGETHER) else 0
