"""Whether a window of a note holds a sentence, says nothing of the kind, or denies it: natural language inference.

The default embedding model with another adapter and a head of three logits (`training.checker`); all but its twelve layers,
85 MB, is shared with the embedding model when that is the default one.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.models.adapters import CHECKER, merged, read_adapter
from ingest.text.folding import simplified

TOKENS = 384  # of a pair, as in training
_KEPT = 4000  # verdicts

# (first texts, second texts, most tokens) -> what the model reads; safe to use from threads
TokenizePairs = Callable[[Sequence[str], Sequence[str], int], Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Probabilities, which sum to 1."""

    elsewhere: float
    held: float
    denied: float


class Entailment:
    """Reads sentences beside windows of notes; safe to use from threads. Nothing is loaded before the first."""

    def __init__(self, load: Callable[[], "Reader"]) -> None:
        """`load` gives the model, when it is first needed."""
        self._load = load
        self._reader: Reader | None = None
        self._kept: OrderedDict[tuple[str, str], Verdict] = OrderedDict()
        self._lock = threading.Lock()

    def verdicts(self, sentence: str, windows: Sequence[str]) -> list[Verdict]:
        """The verdict of each window on the sentence. Raises ModelError when the model's file is missing or damaged."""
        with self._lock:
            new = [window for window in dict.fromkeys(windows) if (sentence, window) not in self._kept]
            if new:
                if self._reader is None:
                    self._reader = self._load()
                made = self._reader.read(sentence, new)
                self._kept.update(((sentence, window), one) for window, one in zip(new, made, strict=True))
            found = [self._kept[sentence, window] for window in windows]
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


class Reader:
    """A loaded model; safe to use from threads."""

    def __init__(self, encode: Any, tokenize: TokenizePairs, head: Any) -> None:
        """`encode` gives the hidden states of a batch (`ingest.vectors.e5.Encoder`), `head` maps [2 * hidden] to the three logits."""
        self._encode, self._tokenize, self._head = encode, tokenize, head

    @classmethod
    def over(cls, base: Any, tokenize: TokenizePairs) -> "Reader":
        """The checker that ships, over the default embedding model, which is loaded already and stays as it is."""
        import torch

        adapter = read_adapter(CHECKER)
        layers = {name: values.numpy() for name, values in base.weights.items() if name.startswith("encoder.")}
        changed = {name: torch.from_numpy(values) for name, values in merged(layers, adapter).items()}
        encode = base.changed(changed)  # the vocabulary is not copied
        weight, bias = (torch.from_numpy(adapter[f"head.{part}"]).float() for part in ("weight", "bias"))
        return cls(encode, tokenize, lambda vectors: vectors @ weight.T + bias)

    def read(self, sentence: str, windows: Sequence[str]) -> list[Verdict]:
        """The verdict of each window."""
        import torch

        legible = [simplified(text).encode("utf-8", "replace").decode() for text in (sentence, *windows)]
        batch = self._tokenize([legible[0]] * len(windows), legible[1:], TOKENS)
        with torch.inference_mode():
            hidden = self._encode(**batch)
            mask = batch["attention_mask"].unsqueeze(-1)
            vectors = torch.cat([hidden[:, 0], (hidden * mask).sum(1) / mask.sum(1)], -1)
            probabilities = self._head(vectors).softmax(-1).tolist()
        return [Verdict(*row) for row in probabilities]
