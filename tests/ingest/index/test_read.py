"""Reading the index: what is refused, and that nothing planted in the folder is run."""

import hashlib
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from index_kit import NEW, OLD, FakeEmbedder, NoEmbedder, QuickDisk, manifest_of, put, vault

from ingest.build.run import build
from ingest.errors import IndexDamaged, IndexMismatch, IndexMissing
from ingest.index import manifest
from ingest.index import read as store
from ingest.index.blocks import cuts
from ingest.index.blocks.parts import pack, unpack
from ingest.index.manifest import MANIFEST, Pointer, generation_name, parse_manifest, read_pointer
from ingest.index.read import current_generation, open_index
from ingest.messages import Message
from ingest.notes.read import Skipped


def test_no_index_names_the_command(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert current_generation(folder) is None
        with pytest.raises(IndexMissing, match="python -m ingest"):
            open_index(folder)


def test_another_model_is_refused_with_both_names(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder("small@1"))
    with pytest.raises(IndexMismatch, match=r"small@1.*small@2.*python -m ingest"):
        open_index(config.index, "small@2")


def test_another_tokenizer_is_refused_with_both_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    ours = store.TOKENIZER_VERSION
    monkeypatch.setattr(store, "TOKENIZER_VERSION", "newer-9")
    with pytest.raises(IndexMismatch, match=rf"{ours}.*newer-9.*python -m ingest"):
        open_index(config.index)


def forge(index_dir: Path, **changes: Any) -> None:
    """Another manifest for the generation in use, under the name that it then must have."""
    pointer = read_pointer(index_dir)
    assert pointer
    folder = index_dir / pointer.name
    raw = json.loads((folder / MANIFEST).read_bytes()) | changes
    data = json.dumps(raw).encode()
    (folder / MANIFEST).write_bytes(data)
    name = generation_name(data, ())
    folder.rename(index_dir / name)
    (index_dir / "CURRENT").write_bytes(Pointer(name, pointer.built).to_bytes())


def test_another_format_is_refused_and_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    forge(config.index, format=99, unheard_of=1)
    with pytest.raises(IndexMismatch, match=rf"99.*{manifest.FORMAT}.*python -m ingest"):
        open_index(config.index, "fake-1")
    build(config, FakeEmbedder())
    assert open_index(config.index, "fake-1").notices == ()


def test_reasons_that_an_earlier_version_kept_as_sentences_are_found_anew(tmp_path: Path) -> None:
    """Nothing is embedded again for it."""
    config = vault(tmp_path, {"a.md": "# 甲\n\n一句话。\n", "b.ipynb": "no notebook"})
    first = build(config, FakeEmbedder())
    forge(config.index, skipped={"b.ipynb": "is no Jupyter notebook that can be read; open it and save it again"})
    assert open_index(config.index, "fake-1").notices == ()
    again = build(config, NoEmbedder())
    assert again.skipped == first.skipped == (Skipped("b.ipynb", Message("note.ipynb")),)
    assert build(config, NoEmbedder()).unchanged


@pytest.mark.parametrize("changes", [{"files": {"../../x.txt": {"size": 1, "sha256": ""}}}, {"notes": None}, {"x": 1}])
def test_a_forged_manifest_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    forge(config.index, **changes)
    with pytest.raises(IndexDamaged, match="python -m ingest"):
        open_index(config.index)


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    (block,) = json.loads(manifest_of(config.index))["blocks"]
    forge(config.index, blocks=[block | {"passages": 1}])
    with pytest.raises(IndexDamaged, match="do not fit"):
        open_index(config.index)


class Bomb:
    """Unpickling this makes a file."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


def test_no_pickle_is_ever_opened(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    pointer = read_pointer(config.index)
    assert pointer
    folder = config.index / pointer.name
    for name in ("index.pkl", "docstore.pkl", "notes.pickle"):
        (folder / name).write_bytes(pickle.dumps(Bomb(canary)))
        (config.index / name).write_bytes(pickle.dumps(Bomb(canary)))
    assert open_index(config.index).notices == ()  # not listed, so never looked at
    # Even with a checksum that fits, an array of objects (which NumPy stores as a pickle) is not read.
    (target,) = config.index.glob("blocks/*")
    np.save(folder / "bomb.npy", np.array([Bomb(canary)], dtype=object), allow_pickle=True)
    data = pack(
        {name: bytes(part) for name, part in unpack(target.read_bytes()).items()}
        | {"vectors": (folder / "bomb.npy").read_bytes()}
    )  # type: ignore[arg-type]
    (listed,) = json.loads(manifest_of(config.index))["blocks"]
    listed |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    target.with_name(f"{listed['sha256']}.blk").write_bytes(data)
    forge(config.index, blocks=[listed])
    with pytest.raises(IndexDamaged, match="python -m ingest"):
        open_index(config.index)
    assert not canary.exists()
    np.load(config.index / current_generation(config.index) / "bomb.npy", allow_pickle=True)  # type: ignore[operator]
    assert canary.exists()  # so the bomb was a real one


def test_the_generation_before_is_kept_and_the_one_before_that_is_not(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    names = []
    for number in range(3):
        put(config.corpus / "a.md", f"# 甲\n\n第 {number} 版。\n")
        names.append(build(config, FakeEmbedder()).generation)
    assert sorted(p.name for p in config.index.glob("gen-*")) == sorted(names[1:])
    pointer = read_pointer(config.index)
    assert pointer and (pointer.name, pointer.previous) == (names[2], names[1])


def test_going_back_to_earlier_notes_is_a_new_name_for_the_same_content(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    first = build(config, FakeEmbedder()).generation
    put(config.corpus / "a.md", NEW["a.md"])
    build(config, FakeEmbedder())
    put(config.corpus / "a.md", OLD["a.md"])
    again = build(config, FakeEmbedder()).generation
    assert again != first and manifest.same_content(again, first)
    assert open_index(config.index).notices == ()


def test_an_open_index_outlives_its_files(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    index = open_index(config.index)
    for number in range(3):
        put(config.corpus / "a.md", f"# 甲\n\n第 {number} 版。\n")
        build(config, FakeEmbedder())
    assert not (config.index / index.generation).exists()
    assert index.notes["a.md"].text == OLD["a.md"]
    assert index.search_dense(index.vectors[2:3], 1)[1].tolist() == [[2]]
    assert index.bm25.scores(["lora"]).argmax() == len(index.passages) - 1


def test_equal_scores_come_in_passage_order(tmp_path: Path) -> None:
    config = vault(tmp_path, {f"{n}/same.md": "# 同\n\n一样的话。\n" for n in range(6)})
    build(config, FakeEmbedder())
    index = open_index(config.index)
    scores, rows = index.search_dense(index.vectors[:1], 100)
    assert rows.tolist() == [[0, 1, 2, 3, 4, 5]]
    np.testing.assert_allclose(scores, 1, rtol=1e-6)


def test_a_block_keeps_any_text(tmp_path: Path) -> None:
    texts = {
        "a.md": "# a\u2028b\x85c\n\nd\x0b🦙 中\n",
        "b\udcff.md": "## x\n\nlone name\n",
        "empty.md": "",
        "z.md": "end",
    }
    config = vault(tmp_path, texts)
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    assert {path: note.text for path, note in index.notes.items()} == texts
    assert [passage.text for passage in index.passages if passage.path == "b\udcff.md"] == ["## x\n\nlone name"]
    assert index.bm25.scores(["lone"]).argmax() == index.passages_of("b\udcff.md").start


def test_what_two_generations_have_in_common_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "LEAST", 1)
    monkeypatch.setattr(cuts, "MEAN", 1)
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = open_index(config.index)
    put(config.corpus / "a.md", NEW["a.md"])
    build(config, FakeEmbedder())
    after = open_index(config.index, opened=before)
    assert [block in before.blocks for block in after.blocks] == [False, True, True]
    fresh = open_index(config.index)
    assert list(after.passages) == list(fresh.passages) and after.notes["a.md"].text == NEW["a.md"]
    assert after.bm25.scores(["lora"]).tolist() == fresh.bm25.scores(["lora"]).tolist()


@pytest.mark.parametrize("data", [b"", b"\n", b"gen-0123456789abcdef", b"../etc 2025-01-01\n", b"\0" * 40, b"\xff\n"])
def test_a_damaged_pointer_reads_as_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "CURRENT").write_bytes(data)
    assert read_pointer(tmp_path) is None


def test_a_manifest_is_proved_by_its_name() -> None:
    with pytest.raises(IndexDamaged):
        parse_manifest(b"{}", "gen-0123456789abcdef")
