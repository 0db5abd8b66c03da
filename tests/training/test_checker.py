"""The checker's training: its turns, and a few steps of it on a tiny model."""

import gzip
import json
import random
from pathlib import Path

import pytest
from safetensors.numpy import load_file
from tiny_e5 import HEADER, tiny_file

from ingest.models.e5_file import read_e5
from ingest.models.e5_folder import write_folder
from training import checker, turns


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft 0.21 asks transformers 5 for it
def test_a_few_steps_write_an_adapter_and_a_head(tmp_path: Path) -> None:
    write_folder(read_e5(tiny_file((*HEADER[:6], 64, *HEADER[7:]))), tmp_path / "model")
    rows = [[f"a {n}", f"aa {n}", n % 3, "true", 1 + n % 2] for n in range(12)]
    sets = {"development": [["a", "aa", True, "true"], ["a a", "aaa", False, "figure"]]}
    for name, data in (("claims", rows), ("claim_sets", sets)):
        with gzip.open(tmp_path / f"{name}.json.gz", "wt", encoding="utf-8") as file:
            json.dump(data, file)
    folder = str(tmp_path)
    found = checker.main(
        [folder, folder, "--model", str(tmp_path / "model"), "--steps", "2", "--batch", "4", "--rank", "2"]
    )
    assert set(found["development"]) == {"held", "not held", "true", "figure", "auc"}
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in found["scores"]["development"])
    written = load_file(tmp_path / "checker.safetensors")
    assert written["head.weight"].shape == (3, 64)
    assert any(values.any() for name, values in written.items() if name.endswith("lora_B"))


def test_the_threshold_lets_the_asked_share_of_false_sentences_pass() -> None:
    rows = [([0, p, 0], ["", "", held, "k"]) for p, held in ((0.9, True), (0.3, True), (0.5, False), (0.2, False))]
    found = checker.figures({"development": rows}, accepted=0.5)
    assert found["least"] == 0.2
    assert found["development"] == {"held": 1.0, "not held": 0.5, "k": 0.75, "auc": 0.75}


@pytest.mark.parametrize(
    ("kind", "claim", "window", "wanted"),
    [
        ("antonym", "显存占用更低", "", {"显存占用更高"}),
        ("negation", "它不需要标注", "", {"它需要标注"}),
        ("negation", "It is not static", "", {"It is static"}),
        ("quantity", "两层就够", "", {"三层就够"}),
        ("figure", "一共 12.5 层", "维度 768", {"一共 768 层"}),
        ("name", "BERT 用编码器", "GPT 用解码器", {"GPT 用编码器"}),
        ("role_swap", "红黑树比平衡树矮", "", {"平衡树矮比红黑树"}),
        ("noun", "磁盘", "内存", {"内存"}),
    ],
)
def test_a_turn_changes_one_thing(kind: str, claim: str, window: str, wanted: set[str]) -> None:
    made = {turns.TURNS[kind](claim, window, random.Random(seed)) for seed in range(20)} - {""}
    assert wanted <= made


def test_a_turn_never_says_the_same_twice() -> None:
    made = [turns.turned("LoRA 不需要更多显存", "QLoRA 更慢", random.Random(seed), 3) for seed in range(20)]
    assert all(text != "LoRA 不需要更多显存" and "不不" not in text for row in made for text, _ in row)
    assert {kind for row in made for _, kind in row} >= {"antonym", "negation", "name"}


def test_what_is_merely_listed_does_not_change_places() -> None:
    assert not any(turns.swapped("BERT 和 GPT 都用注意力", "", random.Random(seed)) for seed in range(10))
