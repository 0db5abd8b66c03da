"""A generation comes to Milvus whole or not at all, and no more of it is sent than differs."""

import fcntl
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from index_kit import FakeEmbedder, QuickDisk, put, vault
from store_kit import need_milvus, refusing, searched_by

from ingest.build.run import BuildReport, build
from ingest.config import Settings
from ingest.errors import BuildCancelled, ConfigError, StoreError
from ingest.index.read import NotesIndex, open_index
from ingest.store.client import ALIAS, connect, shown, target
from ingest.store.read import Store, open_store
from ingest.store.rows import MOST_BYTES, coded, sent

NOTES = {
    "a.md": "# 甲\n\n第一段说苹果。\n\n## 又一节\n\n第二段说 C++ 和梨。\n",
    'b "quoted".md': "# 乙\n\n第三段说香蕉。\n",
    "sub/c.txt": "plain text about LoRA\n",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return searched_by(vault(tmp_path, NOTES), "milvus", tmp_path)


def built(settings: Settings, model: str = "fake-1") -> tuple[BuildReport, int]:
    """Build; the report, and how many passages were sent."""
    totals = [0]

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "storing":
            totals.append(total)

    report = build(settings, FakeEmbedder(model), disk=QuickDisk(), progress=progress)
    return report, totals[-1]


def opened(settings: Settings) -> tuple[NotesIndex, Store]:
    index = open_index(settings.index)
    return index, open_store(settings, index)


def holding(store: Store, words: str) -> list[str]:
    """The texts whose tokens, as they were sent, have this one."""
    return sorted(row["text"] for row in rows(store) if coded([words]) in row["tokens"].split())


def rows(store: Store) -> list[dict[str, Any]]:
    """All that the collection holds."""
    client = connect(Settings(store=store.address))
    return list(client.query(store.collection, filter="", limit=1000, output_fields=["*"]))


def test_the_collection_holds_what_the_generation_holds(settings: Settings) -> None:
    report, sent_rows = built(settings)
    index, store = opened(settings)
    held = {row["id"]: row for row in rows(store)}
    assert sent_rows == report.passages == len(held) == len(index.passages)
    for number, passage in enumerate(index.passages):
        row = held[passage.id]
        assert (row["path"], row["section"], row["text"]) == (passage.path, passage.section_id, passage.text)
        assert (row["headings"], row["kind"]) == (list(passage.heading_path), str(passage.kind))
        assert (row["first_line"], row["last_line"]) == (passage.start_line, passage.end_line)
        np.testing.assert_array_equal(np.array(row["dense"], np.float32), index.vectors[number])
    assert [text.splitlines()[-1] for text in holding(store, "c++")] == ["第二段说 C++ 和梨。"]
    np.testing.assert_array_equal(store.vectors(np.array([2, 0])), index.vectors[[2, 0]])


def test_only_what_differs_is_sent_and_a_reader_keeps_its_generation(settings: Settings) -> None:
    _, first = built(settings)
    before, store = opened(settings)
    put(settings.corpus / "a.md", "# 甲\n\n第一段说苹果。\n")
    _, second = built(settings)
    assert (first, second) == (4, 3), "the second of the two collections is filled too"
    assert len(rows(store)) == len(before.passages), "a reader has the generation that it opened"
    (settings.corpus / "sub/c.txt").unlink()
    put(settings.corpus / "d.md", "# 丁\n\n新来的。\n")
    _, third = built(settings)
    assert third == 2, "a.md and d.md: the other collection has the generation before the last"
    index, now = opened(settings)
    assert now.collection == store.collection
    assert {row["id"] for row in rows(now)} == set(index.passage_ids())
    assert built(settings)[1] == 0


def test_notes_as_they_were_two_builds_ago_need_nothing_sent(settings: Settings) -> None:
    built(settings)
    _, store = opened(settings)
    put(settings.corpus / "a.md", "# 甲\n\n别的。\n")
    built(settings)
    put(settings.corpus / "a.md", NOTES["a.md"])
    assert built(settings)[1] == 0
    assert opened(settings)[1].collection == store.collection


def test_one_that_was_stopped_swings_nothing_and_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    built(settings)
    _, store = opened(settings)
    put(settings.corpus / "a.md", "# 甲\n\n别的。\n")
    monkeypatch.setattr("ingest.store.mirror._BATCH", 1)
    sent_rows = 0

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal sent_rows
        sent_rows = done if stage == "storing" else 0

    with pytest.raises(BuildCancelled):
        build(settings, FakeEmbedder(), disk=QuickDisk(), progress=progress, cancel=lambda: sent_rows > 0)
    assert target(connect(settings), ALIAS) == store.collection
    with pytest.raises(StoreError, match="another generation"):
        opened(settings)
    report, rest = built(settings)
    assert report.unchanged and 0 < rest < report.passages
    index, now = opened(settings)
    assert now.collection != store.collection and len(rows(now)) == len(index.passages)


def test_another_model_gets_a_collection_of_its_own(settings: Settings) -> None:
    built(settings)
    _, store = opened(settings)
    local = settings.model_copy(update={"store": ""})
    built(local, "fake-2")
    with pytest.raises(StoreError, match="another embedding model"):
        opened(settings)
    assert built(settings, "fake-2")[1] == 4
    assert opened(settings)[1].collection.rpartition("_")[0] != store.collection.rpartition("_")[0]


def test_passages_that_were_deleted_there_are_noticed_and_sent_again(settings: Settings) -> None:
    built(settings)
    index, store = opened(settings)
    connect(settings).delete(store.collection, ids=[index.passages[0].id])
    with pytest.raises(StoreError, match=r"lacks some of the passages; run `python -m ingest`"):
        store.vectors(np.arange(4))
    assert built(settings)[1] == 2, "the note that lacks one"
    assert len(opened(settings)[1].vectors(np.arange(4))) == 4


def test_a_search_within_some_notes(settings: Settings) -> None:
    built(settings)
    index, store = opened(settings)
    allowed = np.array([passage.path == 'b "quoted".md' for passage in index.passages])
    vector = index.vectors[0]
    items, vectors = store.candidates(vector, ["苹果"], 10, 10, allowed)
    assert items.tolist() == np.flatnonzero(allowed).tolist()
    np.testing.assert_array_equal(vectors, index.vectors[items])
    assert store.nearest(vector, 10, allowed)[1].tolist() == items.tolist()
    scores, nearest = store.nearest(vector, 2)
    expected, order = index.search_dense(vector[np.newaxis], 2)
    assert nearest.tolist() == order[0].tolist()
    np.testing.assert_allclose(scores, expected[0], rtol=1e-6)


def test_no_notes_there_yet(tmp_path: Path) -> None:
    local = vault(tmp_path, NOTES)
    settings = searched_by(local, "milvus", tmp_path)
    build(local, FakeEmbedder(), disk=QuickDisk())
    with pytest.raises(StoreError, match=r"no notes in Milvus at .*milvus\.db yet; run `python -m ingest`"):
        opened(settings)


def test_a_name_that_is_no_text_and_a_text_that_is_too_long() -> None:
    assert sent("b\udcff.md") == "b\\udcff.md"
    assert sent("汉" * MOST_BYTES) == "汉" * (MOST_BYTES // 3)
    assert coded(["c++", "汉"]) == "632b2b e6b189"
    cut = coded(["abc"] * MOST_BYTES)
    assert len(cut) <= MOST_BYTES and set(cut.split()) == {"616263"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UNAUTHENTICATED", r"refuses the token; mend it in ASKNOTES_STORE_TOKEN"),
        ("UNAVAILABLE", r"does not answer; see whether it runs"),
        ("INTERNAL", r"fails \(.*\); the index on this machine is as it was"),
    ],
)
def test_a_server_that_refuses_leaves_the_new_index_on_this_machine(tmp_path: Path, status: str, said: str) -> None:
    need_milvus()
    local = vault(tmp_path, NOTES)
    with refusing(status) as address, pytest.raises(StoreError, match=said) as error:
        build(local.model_copy(update={"store": address}), FakeEmbedder(), disk=QuickDisk())
    assert "\n" not in str(error.value)
    assert len(open_index(local.index).passages) == 4


def test_nothing_listens_there(tmp_path: Path) -> None:
    need_milvus()
    config = vault(tmp_path, NOTES).model_copy(update={"store": "http://me:secret@127.0.0.1:9"})
    with pytest.raises(StoreError, match=r"Milvus at http://127\.0\.0\.1:9 does not answer"):
        build(config, FakeEmbedder(), disk=QuickDisk())


def test_a_file_that_another_process_has(tmp_path: Path) -> None:
    need_milvus()
    (tmp_path / "x.db").mkdir()
    with (tmp_path / "x.db" / "LOCK").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match=r"x\.db of Milvus Lite cannot be opened \(.*\); one process at a time"):
            connect(Settings(store=str(tmp_path / "x.db")))


def test_settings_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.db; it is milvus\.$"):
        connect(Settings(store="milvus"))
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(StoreError, match=r"pip install 'asknotes\[milvus\]'"):
        connect(Settings(store=str(tmp_path / "x.db")))
    assert shown("https://user:password@host:19530") == "https://host:19530"


def test_without_the_setting_nothing_of_milvus_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    monkeypatch.setitem(sys.modules, "grpc", None)
    local = vault(tmp_path, NOTES)
    assert build(local, FakeEmbedder(), disk=QuickDisk()).passages == 4
