"""The checker's training: its data, and a few steps of it on a tiny model."""

import random
from pathlib import Path

import pytest
from paths import SHARED
from safetensors.numpy import load_file
from tiny_e5 import HEADER, tiny_file

from ingest.models.e5_file import read_e5
from ingest.models.e5_folder import write_folder
from training import checker, checker_data
from training.data_files import write
from training.questions import questions


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft 0.21 asks transformers 5 for it
def test_a_few_steps_write_an_adapter_and_a_head(tmp_path: Path) -> None:
    write_folder(read_e5(tiny_file((*HEADER[:6], 64, *HEADER[7:]))), tmp_path / "model")
    rows = [[f"a {n}", f"aa {n}", n % 3, "true", 1 + n % 2] for n in range(12)]
    sets = {"development": [["a", "aa", True, "true"], ["a a", "aaa", False, "figure"]]}
    write(tmp_path, claims=rows, claim_sets=sets)
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


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is not here")
def test_no_note_is_trained_on_and_judged_by() -> None:
    from training.finder_data import held_out

    judged = {place.file for q in questions("test_java", "test_llm") for place in q.gold} | held_out()
    rows = checker_data.by_hand()
    assert not {row["file"] for row in rows} & judged
    assert any(map(checker_data.kept_to_choose_by, {row["file"] for row in rows}))
    for row in random.Random(0).sample(rows, 40):
        made = list(checker_data.of_sentences(row, random.Random(0)))
        assert [pair.sentence for pair in made if pair.kind == "true"] == row["true"]
        assert {pair.verdict for pair in made if pair.kind in checker_data.DENYING} <= {checker_data.DENIED}
        assert all(pair.window for pair in made)
