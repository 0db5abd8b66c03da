"""The writer's training: a few steps of it on a tiny model, and the file that llama.cpp reads."""

import random
from pathlib import Path
from typing import Any

import pytest
from transformers import Qwen2Config, Qwen2ForCausalLM

from training import writer
from training.data_files import write


class Letters:
    """A tokenizer of single letters in the shape that `transformers` has."""

    padding_side = "left"

    def __call__(self, text: Any, **wishes: Any) -> Any:
        from transformers import BatchEncoding

        if isinstance(text, str):
            return {"input_ids": [3 + ord(letter) % 60 for letter in text]}
        rows = [[3 + ord(letter) % 60 for letter in one] for one in text]
        width = max(map(len, rows))
        padded = [[1] * (width - len(row)) + row for row in rows]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        return BatchEncoding({"input_ids": padded, "attention_mask": mask}, tensor_type="pt")

    def convert_tokens_to_ids(self, names: list[str]) -> list[int]:
        return [["<|im_end|>", "<|endoftext|>"].index(name) for name in names]

    def batch_decode(self, rows: Any, **wishes: Any) -> list[str]:
        return ["".join(chr(64 + int(token) % 60) for token in row) for row in rows]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft 0.21 asks transformers 5 for it
def test_a_few_steps_write_what_llama_cpp_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gguf import GGUFReader

    monkeypatch.setattr(writer, "NEW_TOKENS", 3)
    config = Qwen2Config(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    made = writer.Writer(Qwen2ForCausalLM(config), Letters(), rank=2, seed=0)
    chat = [{"role": "system", "content": "r"}, {"role": "user", "content": "q"}]
    sets = {"one": [["a", "fact", chat, [["x"]]], ["b", "unanswerable", chat, None]]}
    write(tmp_path, answers=[["fact", chat, "an answer [1]"]] * 6, answer_sets=sets)
    options = writer.parser().parse_args([str(tmp_path), str(tmp_path), "--gguf", "x", "--steps", "2", "--rank", "2"])
    found = writer.run(made, options)
    assert set(found["one"]) == {"facts", "answerable refused", "unanswerable refused", "cited", "characters"}
    read = GGUFReader(tmp_path / "writer.gguf")
    tensors = {tensor.name: tensor for tensor in read.tensors}
    assert set(tensors) == {
        f"blk.{layer}.{part}.weight.lora_{side}" for layer in (0, 1) for part in writer.PARTS.values() for side in "ab"
    }
    assert list(tensors["blk.0.ffn_down.weight.lora_a"].shape) == [64, 2]  # llama.cpp names the innermost first
    assert list(tensors["blk.0.ffn_down.weight.lora_b"].shape) == [2, 32]
    assert read.fields["adapter.lora.alpha"].contents() == 4


def test_figures_of_answers() -> None:
    rows: list[list[Any]] = [["a", "", [], [["r=8", "8"], ["快"]]], ["b", "", [], [["x"]]], ["c", "", [], None]]
    assert writer.figures(rows, ["取 8 [1]", "笔记里没有说明。", "The notes do not say."]) == {
        "facts": 0.25,
        "answerable refused": 0.5,
        "unanswerable refused": 1.0,
        "cited": 1.0,
        "characters": 7.0,
    }


def test_batches_hold_every_row_and_no_more_than_the_budget() -> None:
    rows = [([0] * length, [1]) for length in (5, 50, 7, 90, 6)]
    made = writer.batches(rows, 100, random.Random(0))
    assert sorted(len(row[0]) for batch in made for row in batch) == [5, 6, 7, 50, 90]
    assert all(len(batch) * max(len(row[0]) + 1 for row in batch) <= 100 for batch in made if len(batch) > 1)
