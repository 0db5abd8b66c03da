"""Trains the finder: LoRA on the default embedding model, from questions to the passages that answer them.

    python -m training.finder DATA OUT --model FOLDER [--seed N] [--steps N] …

DATA is what `training.finder_data` wrote; OUT gets `finder.safetensors` (fp16) and `figures.json`. Symmetric InfoNCE (van
den Oord et al., 2018) over batches made of groups from one note, so that its other sections are the hard negatives;
pairs that answer each other's question do not count against each other. Needs the extra `train`, and a GPU to be quick.
"""

import argparse
import json
import random
import time
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, normalize
from transformers import AutoModel, AutoTokenizer

from training import descent
from training.data_files import read
from training.descent import descend

GROUP = 8  # pairs of one note that stand together in a batch
HEADED = {"heading": 0.15, "asked": 0.5}  # share of the passages that keep their headings' words
TARGETS = ["query", "key", "value", "dense"]


class Finder:
    """The embedding model with an adapter, in training."""

    def __init__(self, folder: str, rank: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        base = AutoModel.from_pretrained(folder, dtype=torch.float32).to(self.device)
        self.model = get_peft_model(base, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS))

    def encode(self, texts: list[str]) -> torch.Tensor:
        """Unit vectors [n, 384]."""
        batch = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=256).to(
            self.device
        )
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            hidden = self.model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        return normalize((hidden.float() * mask).sum(1) / mask.sum(1), dim=-1)

    def scaled(self, scale: float) -> None:
        """How much of the adapter counts: 1 is all of it."""
        for module in self.model.modules():
            if isinstance(module, LoraLayer):
                module.set_scale("default", scale)


def batches(
    pairs: list[dict[str, str]], size: int, asked_times: int, random_: random.Random
) -> list[list[dict[str, str]]]:
    """All pairs, those of questions written by hand `asked_times` over, in batches of groups of one note."""
    notes: dict[str, list[dict[str, str]]] = {}
    for pair in pairs:
        for _ in range(asked_times if "asked" in pair else 1):
            notes.setdefault(pair["note"], []).append(pair)
    groups = []
    for group in notes.values():
        random_.shuffle(group)
        groups += [group[start : start + GROUP] for start in range(0, len(group), GROUP)]
    random_.shuffle(groups)
    order = [pair for group in groups for pair in group]
    return [order[start : start + size] for start in range(0, len(order) - size + 1, size)]


def passage_text(pair: dict[str, str], random_: random.Random) -> str:
    """With its headings, or, mostly, without, so that words of headings alone do not win."""
    if "asked" in pair:
        headings = f"{pair['parents']} {pair['heading']}".strip()
        return f"{headings}\n{pair['body']}" if random_.random() < HEADED["asked"] else pair["body"]
    return f"{pair['parents']}\n{pair['body']}" if random_.random() < HEADED["heading"] else pair["body"]


def train(finder: Finder, pairs: list[dict[str, str]], options: argparse.Namespace) -> None:
    """One run over the pairs, or over `options.steps` batches of them."""
    random_ = random.Random(options.seed)
    work = [b for _ in range(options.epochs) for b in batches(pairs, options.batch, options.asked_times, random_)]
    work = work[: options.steps or len(work)]
    weights = [p for p in finder.model.parameters() if p.requires_grad]

    def loss_of(batch: list[dict[str, str]]) -> torch.Tensor:
        queries = finder.encode([f"query: {pair['question']}" for pair in batch])
        passages = finder.encode([f"passage: {passage_text(pair, random_)}" for pair in batch])
        same = torch.tensor([[a["key"] == b["key"] or a["body"] == b["body"] for b in batch] for a in batch])
        twins = (same & ~torch.eye(len(batch), dtype=torch.bool)).to(finder.device)
        scores = (queries @ passages.T / options.temperature).masked_fill(twins, -1e4)
        right = torch.arange(len(batch), device=finder.device)
        return cross_entropy(scores, right) + cross_entropy(scores.T, right)

    finder.model.train()
    descend(work, loss_of, weights, options.rate, warm=10, least=0.05)


@torch.no_grad()
def figures(finder: Finder, sets: dict[str, Any]) -> dict[str, dict[str, float]]:
    """hit@1 and hit@5 of plain cosine on each set: of all, of each half by question id, and of each kind."""
    finder.model.eval()
    found: dict[str, dict[str, float]] = {}
    for name, data in sets.items():
        passages = _encoded(finder, [f"passage: {text}" for text in data["passages"]])
        queries = _encoded(finder, [f"query: {row[2]}" for row in data["questions"]])
        best = (queries @ passages.T).topk(5).indices.tolist()
        row: dict[str, list[float]] = {}
        for place, ((_, kind, _, right), top) in enumerate(zip(data["questions"], best, strict=True)):
            one, five = float(top[0] in right), float(bool(set(top) & set(right)))
            for part in ("all", f"half{place % 2}", kind):
                row.setdefault(f"{part}@1", []).append(one)
                row.setdefault(f"{part}@5", []).append(five)
        found[name] = {part: round(sum(values) / len(values), 4) for part, values in row.items()}
    return found


def shipped(state: dict[str, torch.Tensor], scale: float) -> dict[str, torch.Tensor]:
    """The adapter as `ingest.models.finder` reads it: float16, the scale in B, without the pooler that nothing uses."""
    made = {}
    for name, values in state.items():
        if "lora_" in name and "pooler" not in name:
            plain = name.removeprefix("base_model.model.").replace(".default.weight", "")
            made[plain] = (
                (values.half().float() * (2 * scale if plain.endswith("lora_B") else 1)).half().cpu().contiguous()
            )
    return made


def _encoded(finder: Finder, texts: list[str]) -> torch.Tensor:
    return torch.cat([finder.encode(texts[start : start + 256]) for start in range(0, len(texts), 256)])


def parser() -> argparse.ArgumentParser:
    """The options; the defaults are those of the adapter that ships."""
    made = descent.parser(__doc__, epochs=2, rank=32, rate=3e-4)
    made.add_argument("--model", required=True, help="the folder of multilingual-e5-small")
    made.add_argument("--batch", type=int, default=192)
    made.add_argument("--temperature", type=float, default=0.03)
    made.add_argument("--asked-times", type=int, default=2, help="how often a question written by hand counts")
    made.add_argument(
        "--scales",
        type=float,
        nargs="*",
        default=[0.75],
        help="shares of the adapter to judge; the last one is written",
    )
    return made


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Train, judge, write; returns the figures by scale."""
    options = parser().parse_args(arguments)
    pairs, sets = read(options.data, "pairs"), read(options.data, "sets")
    if options.asked_times == 0:
        pairs = [pair for pair in pairs if "asked" not in pair]
    finder, started = Finder(options.model, options.rank, options.seed), time.monotonic()
    train(finder, pairs, options)
    print(f"trained in {time.monotonic() - started:.0f} s on {finder.device}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(shipped(finder.model.state_dict(), options.scales[-1]), options.out / "finder.safetensors")
    judged = {}
    for scale in options.scales:
        finder.scaled(scale)
        judged[str(scale)] = figures(finder, sets)
    (options.out / "figures.json").write_text(json.dumps(judged, indent=1, ensure_ascii=False), encoding="utf-8")
    return judged


if __name__ == "__main__":
    main()
