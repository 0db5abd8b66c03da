"""Trains the writer: LoRA on the default language model, from the product's own prompts to short cited answers.

    python -m training.writer DATA OUT --gguf FILE [--seed N] [--steps N] …

DATA is what `training.writer_data` wrote; OUT gets `writer.gguf` (a LoRA file for llama.cpp, fp16), and the answers to the
question sets with their figures. The loss counts on the answer only, and the vocabulary's logits are made at its
positions only: those of whole prompts do not fit. Needs the extra `train`, and a GPU.
"""

import argparse
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from training import descent
from training.data_files import read
from training.descent import descend

PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
ALPHA = 2  # times the rank
LONGEST = 1700  # tokens of an example
NEW_TOKENS = 300  # of an answer that is judged
_NO = re.compile(r"笔记里没有说明|The notes do not say")
_LORA = re.compile(r"layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])")
Message = dict[str, str]


class Writer:
    """The language model with an adapter, in training."""

    def __init__(self, model: Any, tokenizer: Any, rank: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = tokenizer
        self.tokenizer.padding_side = "left"
        self.end, self.pad = tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
        layers = [name.rpartition(".")[2] for name in PARTS]
        config = LoraConfig(r=rank, lora_alpha=ALPHA * rank, target_modules=layers, task_type="CAUSAL_LM")
        self.model = get_peft_model(model.to(self.device), config)

    @classmethod
    def of_gguf(cls, file: Path, rank: int, seed: int) -> "Writer":
        """The model of a GGUF file, dequantised."""
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.bfloat16)
        return cls(model, tokenizer, rank, seed)

    def tokens(self, messages: list[Message], answer: str) -> tuple[list[int], list[int]]:
        """Of the prompt in ChatML, and of the answer with its end."""
        prompt = self.tokenizer(chat(messages), add_special_tokens=False)["input_ids"]
        return prompt, [*self.tokenizer(answer, add_special_tokens=False)["input_ids"], self.end]

    def loss(self, rows: list[tuple[list[int], list[int]]]) -> torch.Tensor:
        """Mean cross entropy of the answers' tokens."""
        width = max(len(prompt) + len(answer) for prompt, answer in rows)
        ids = torch.full((len(rows), width), self.pad)
        labels = torch.full((len(rows), width), -100)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for place, (prompt, answer) in enumerate(rows):
            whole = len(prompt) + len(answer)
            ids[place, :whole] = torch.tensor(prompt + answer)
            mask[place, :whole] = 1
            labels[place, len(prompt) : whole] = torch.tensor(answer)
        ids, mask, labels = (part.to(self.device) for part in (ids, mask, labels))
        inner = self.model.base_model.model
        hidden = inner.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
        kept = labels[:, 1:] != -100
        return cross_entropy(inner.lm_head(hidden[kept]).float(), labels[:, 1:][kept])

    @torch.no_grad()
    def answers(self, prompts: list[list[Message]], size: int = 48) -> list[str]:
        """Greedy answers."""
        self.model.eval()
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place][-1]["content"]))
        found: dict[int, str] = {}
        for start in range(0, len(order), size):
            places = order[start : start + size]
            batch = self.tokenizer(
                [chat(prompts[place]) for place in places], return_tensors="pt", padding=True, add_special_tokens=False
            ).to(self.device)
            made = self.model.generate(
                **batch,
                do_sample=False,
                max_new_tokens=NEW_TOKENS,
                eos_token_id=self.end,
                pad_token_id=self.pad,
                repetition_penalty=1.0,
            )
            texts = self.tokenizer.batch_decode(made[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
            found |= dict(zip(places, texts, strict=True))
        return [found[place].strip() for place in range(len(prompts))]

    def adapter(self) -> dict[str, torch.Tensor]:
        """`blk.<layer>.<part>.weight.lora_a` [rank, in] and `.lora_b` [out, rank], float16, as llama.cpp names them."""
        made = {}
        for name, values in self.model.state_dict().items():
            match = _LORA.search(name)
            if match:
                layer, part, side = match.groups()
                made[f"blk.{layer}.{PARTS[part]}.weight.lora_{side.lower()}"] = values.float().half().cpu().contiguous()
        return made


def chat(messages: list[Message]) -> str:
    """ChatML, up to where the answer begins."""
    turns = "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    return f"{turns}<|im_start|>assistant\n"


def batches(
    rows: list[tuple[list[int], list[int]]], budget: int, random_: random.Random
) -> list[list[tuple[list[int], list[int]]]]:
    """All rows, those of like length together, at most `budget` tokens with padding."""
    order = list(rows)
    random_.shuffle(order)
    order.sort(key=lambda row: (len(row[0]) + len(row[1])) // 40)
    made: list[list[tuple[list[int], list[int]]]] = [[]]
    for row in order:
        if made[-1] and (len(row[0]) + len(row[1])) * (len(made[-1]) + 1) > budget:
            made.append([])
        made[-1].append(row)
    random_.shuffle(made)
    return made


def train(writer: Writer, rows: list[tuple[list[int], list[int]]], options: argparse.Namespace) -> None:
    """One run over the rows, or over `options.steps` batches of them."""
    random_ = random.Random(options.seed)
    work = [batch for _ in range(options.epochs) for batch in batches(rows, options.tokens, random_)]
    work = work[: options.steps or len(work)]
    weights = [p for p in writer.model.parameters() if p.requires_grad]
    writer.model.train()
    descend(work, writer.loss, weights, options.rate, warm=20, least=0.05, decay=0.0)


def figures(rows: list[list[Any]], answers: list[str]) -> dict[str, float]:
    """Of one question set: facts held, refusals, cited answers, characters."""
    asked = [(row[3], text) for row, text in zip(rows, answers, strict=True) if row[3] is not None]
    others = [text for row, text in zip(rows, answers, strict=True) if row[3] is None]
    facts = [
        sum(any(form.lower() in text.lower() for form in group) for group in groups) / len(groups)
        for groups, text in asked
        if groups
    ]
    written = [text for _, text in asked if not _NO.search(text)]
    return {
        "facts": round(sum(facts) / max(1, len(facts)), 4),
        "answerable refused": round(1 - len(written) / max(1, len(asked)), 4),
        "unanswerable refused": round(sum(bool(_NO.search(text)) for text in others) / max(1, len(others)), 4),
        "cited": round(sum(bool(re.search(r"\[\d", text)) for text in written) / max(1, len(written)), 4),
        "characters": round(sum(map(len, written)) / max(1, len(written)), 1),
    }


def write_gguf(adapter: dict[str, torch.Tensor], rank: int, file: Path) -> None:
    """The adapter as llama.cpp reads it (`convert_lora_to_gguf.py` of that project)."""
    import gguf

    made = gguf.GGUFWriter(file, "qwen2")
    made.add_type(gguf.GGUFType.ADAPTER)
    made.add_string(gguf.Keys.Adapter.TYPE, "lora")
    made.add_float32(gguf.Keys.Adapter.LORA_ALPHA, ALPHA * rank)
    for name, values in sorted(adapter.items()):
        made.add_tensor(name, values.numpy())
    made.write_header_to_file()
    made.write_kv_data_to_file()
    made.write_tensors_to_file()
    made.close()


def parser() -> argparse.ArgumentParser:
    """The options; the defaults are those of the adapter that ships."""
    made = descent.parser(__doc__, epochs=2, rank=8, rate=2e-4)
    made.add_argument("--gguf", required=True, type=Path, help="the default language model's file")
    made.add_argument("--tokens", type=int, default=11_000, help="of a batch")
    return made


def run(writer: Writer, options: argparse.Namespace) -> dict[str, Any]:
    """Train, judge, write; returns the figures of each set."""
    rows = [writer.tokens(messages, answer) for _, messages, answer in read(options.data, "answers")]
    sets = read(options.data, "answer_sets")
    started = time.monotonic()
    train(writer, [row for row in rows if len(row[0]) + len(row[1]) <= LONGEST], options)
    print(f"{len(rows)} rows, {time.monotonic() - started:.0f} s on {writer.device}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    write_gguf(writer.adapter(), options.rank, options.out / "writer.gguf")
    found: dict[str, Any] = {}
    for name, data in sets.items():
        texts = writer.answers([row[2] for row in data])
        found[name] = figures(data, texts)
        print(name, found[name], flush=True)
        kept = json.dumps({row[0]: text for row, text in zip(data, texts, strict=True)}, ensure_ascii=False)
        (options.out / f"answers_{name}.json").write_text(kept, encoding="utf-8")
    (options.out / "figures.json").write_text(json.dumps(found), encoding="utf-8")
    return found


if __name__ == "__main__":
    chosen = parser().parse_args()
    run(Writer.of_gguf(chosen.gguf, chosen.rank, chosen.seed), chosen)
