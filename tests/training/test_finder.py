"""The finder's training: its data, and a few steps of it on a tiny model."""

import random
from pathlib import Path

import pytest
from paths import SHARED
from safetensors.numpy import load_file
from tiny_e5 import HEADER, tiny_file

from ingest.models.e5_file import read_e5
from ingest.models.e5_folder import write_folder
from training import finder
from training.data_files import write
from training.questions import VAULTS, questions

PAIRS = [
    {
        "question": f"a{n % 2}",
        "parents": "p",
        "heading": f"h{n}",
        "body": f"aa {n}",
        "note": f"n{n % 3}",
        "key": f"k{n}",
    }
    for n in range(8)
]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft 0.21 asks transformers 5 for it
def test_a_few_steps_write_what_the_product_reads(tmp_path: Path) -> None:
    write_folder(read_e5(tiny_file((*HEADER[:6], 64, *HEADER[7:]))), tmp_path / "model")
    sets = {
        "one": {"passages": ["aa 1", "aa 2", "aa 3", "aa 4", "aa 5", "aa 6"], "questions": [["q", "fact", "a1", [0]]]}
    }
    write(tmp_path, pairs=PAIRS, sets=sets)
    folder = str(tmp_path)
    figures = finder.main(
        [folder, folder, "--model", str(tmp_path / "model"), "--steps", "2", "--batch", "4", "--rank", "2"]
    )
    assert set(figures["0.75"]["one"]) >= {"all@1", "all@5", "fact@5", "half0@5"}
    written = load_file(tmp_path / "finder.safetensors")
    assert all(name.endswith((".lora_A", ".lora_B")) and "pooler" not in name for name in written)
    assert any(values.any() for name, values in written.items() if name.endswith("lora_B"))


def test_batches_keep_a_note_together_and_hold_each_pair_once() -> None:
    pairs = [*PAIRS, {**PAIRS[0], "asked": "fact", "key": "asked"}]
    (batch,) = finder.batches(pairs, 10, 2, random.Random(0))
    assert sorted(pair["key"] for pair in batch) == sorted([*(pair["key"] for pair in PAIRS), "asked", "asked"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is not here")
def test_the_questions_name_places_that_are_there() -> None:
    asked = list(questions())
    assert len({question.id for question in asked}) == len(asked)
    for question in asked:
        assert bool(question.gold) == bool(question.answer) == (question.kind != "unanswerable"), question.id
        assert all(place.file.partition("/")[0] in VAULTS and place.quote.strip() for place in question.gold), (
            question.id
        )
        assert all(sentence.gold and max(sentence.gold) < len(question.gold) for sentence in question.answer), (
            question.id
        )
        assert bool(question.true) == bool(question.turned)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is not here")
def test_no_note_is_trained_on_and_judged_by() -> None:
    from training.finder_data import held_out

    trained = {place.file for q in questions("corpus", "llm_for_everybody", "java_guide") for place in q.gold}
    judged = {place.file for q in questions("test_java", "test_llm") for place in q.gold}
    assert not trained & (judged | held_out())
