"""Trains the checker: an adapter and a head on the default embedding model, which reads a sentence and a window of a note.

    python -m training.checker DATA OUT --model FOLDER [--seed N] [--steps N] …

DATA is what `training.checker_data` wrote; OUT gets `checker.safetensors` (fp16) and `figures.json`. The model reads
`<s> sentence </s></s> window </s>` (XLM-RoBERTa's form of a pair); the head reads its first vector beside the mean of
all and gives three logits: the window says nothing of the kind, holds it, denies it. Needs the extra `train`, and a GPU
to be quick.
"""

import argparse
import json
import random
import time
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoTokenizer

from training import descent
from training.data_files import read
from training.descent import descend
from training.finder import TARGETS, shipped

TOKENS = 384
POOL = 64  # batches that are sorted by length together, so that little is padded
Row = list[Any]


class Checker:
    """The embedding model with an adapter and a head, in training."""

    def __init__(self, folder: str, rank: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        base = AutoModel.from_pretrained(folder, dtype=torch.float32).to(self.device)
        self.model = get_peft_model(
            base, LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=TARGETS)
        )
        self.head = torch.nn.Linear(2 * base.config.hidden_size, 3).to(self.device)

    def logits(self, rows: list[Row]) -> torch.Tensor:
        """[n, 3] of rows that begin with (window, sentence)."""
        batch = self.tokenizer(
            [row[1] for row in rows],
            [row[0] for row in rows],
            return_tensors="pt",
            padding=True,
            truncation="only_second",
            max_length=TOKENS,
        ).to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            hidden = self.model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1).float()
        return self.head(torch.cat([hidden[:, 0], (hidden * mask).sum(1) / mask.sum(1)], -1))  # type: ignore[no-any-return]


def batches(rows: list[Row], size: int, random_: random.Random) -> list[list[Row]]:
    """An epoch: each row as often as its weight says, rows of like length together."""
    order = [row for row in rows for _ in range(row[4])]
    random_.shuffle(order)
    made = []
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda row: len(row[0]) + len(row[1]))
        made += [pool[at : at + size] for at in range(0, len(pool), size)]
    random_.shuffle(made)
    return made


def train(checker: Checker, rows: list[Row], options: argparse.Namespace) -> None:
    """One run over the rows, or over `options.steps` batches of them."""
    random_ = random.Random(options.seed)
    work = [batch for _ in range(options.epochs) for batch in batches(rows, options.batch, random_)]
    work = work[: options.steps or len(work)]
    weights = [p for p in checker.model.parameters() if p.requires_grad] + list(checker.head.parameters())

    def loss_of(batch: list[Row]) -> torch.Tensor:
        right = torch.tensor([row[2] for row in batch], device=checker.device)
        return cross_entropy(checker.logits(batch), right, label_smoothing=0.03)

    checker.model.train()
    descend(work, loss_of, weights, options.rate, warm=100, least=0.02, every=200)


@torch.no_grad()
def scores(checker: Checker, rows: list[Row]) -> list[list[float]]:
    """The three probabilities of each row."""
    checker.model.eval()
    order = sorted(range(len(rows)), key=lambda place: len(rows[place][0]) + len(rows[place][1]))
    found: dict[int, list[float]] = {}
    for start in range(0, len(order), 128):
        places = order[start : start + 128]
        made = checker.logits([rows[place] for place in places]).softmax(-1).tolist()
        found |= dict(zip(places, made, strict=True))
    return [found[place] for place in range(len(rows))]


def figures(judged: dict[str, list[tuple[list[float], Row]]], accepted: float = 0.08) -> dict[str, Any]:
    """At the least probability at which `accepted` of the development set's false sentences pass: shares that pass."""
    false = sorted((p[1] for p, row in judged["development"] if not row[2]), reverse=True)
    least = false[int(accepted * len(false))]
    made: dict[str, Any] = {"least": round(least, 4)}
    for name, pairs in judged.items():
        kinds: dict[str, list[bool]] = {}
        for p, row in pairs:
            for kind in ("held" if row[2] else "not held", row[3]):
                kinds.setdefault(kind, []).append(p[1] > least)
        made[name] = {kind: round(sum(passed) / len(passed), 3) for kind, passed in sorted(kinds.items())}
        ordered = sorted((p[1], row[2]) for p, row in pairs)
        held = sum(right for _, right in ordered)
        ranks = sum(rank for rank, (_, right) in enumerate(ordered, start=1) if right)
        made[name]["auc"] = round((ranks - held * (held + 1) / 2) / (held * (len(ordered) - held)), 4)
    return made


def parser() -> argparse.ArgumentParser:
    """The options; the defaults are those of the adapter that ships."""
    made = descent.parser(__doc__, epochs=6, rank=64, rate=5e-4)
    made.add_argument("--model", required=True, help="the unpacked folder of the default embedding model")
    made.add_argument("--batch", type=int, default=96)
    return made


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Train, judge, write; returns the figures."""
    options = parser().parse_args(arguments)
    rows: list[Row] = read(options.data, "claims")
    sets: dict[str, list[Row]] = read(options.data, "claim_sets")
    checker, started = Checker(options.model, options.rank, options.seed), time.monotonic()
    train(checker, rows, options)
    print(f"{len(rows)} rows, {time.monotonic() - started:.0f} s on {checker.device}", flush=True)
    judged = {name: list(zip(scores(checker, data), data, strict=True)) for name, data in sets.items()}
    found = figures(judged)
    options.out.mkdir(parents=True, exist_ok=True)
    head = {f"head.{name}": values.half().cpu() for name, values in checker.head.state_dict().items()}
    save_file({**shipped(checker.model.state_dict(), 1.0), **head}, options.out / "checker.safetensors")
    found["scores"] = {name: [[round(x, 4) for x in p] for p, _ in pairs] for name, pairs in judged.items()}
    (options.out / "figures.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return found


if __name__ == "__main__":
    result = main()
    print({key: value for key, value in result.items() if key != "scores"})
