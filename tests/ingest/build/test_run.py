"""The incremental build: equal to a full one, never wrong, nothing embedded twice."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_kit import NEW, OLD, FakeEmbedder, NoEmbedder, Progress, QuickDisk, index_bytes, leftovers, put, unit, vault

from ingest.build.run import BuildReport, build
from ingest.errors import BuildCancelled, ConfigError, ModelError
from ingest.index.read import current_generation, open_index
from ingest.notes.read import load_note
from ingest.passages.split import split
from ingest.passages.text import embedding_text
from ingest.vectors.embed import NoteEmbeddings


def as_predicted(report: BuildReport, predicted: BuildReport) -> bool:
    """Whether a build did what its dry run said."""
    return replace(report, seconds=0, generation="") == replace(predicted, seconds=0, generation="", dry_run=False)


def times(index_dir: Path) -> dict[Path, int]:
    """When each file of the index was written; the lock's own files do not count."""
    return {file: file.stat().st_mtime_ns for file in index_dir.rglob("*") if file.stem != "build"}


def test_the_index_holds_what_splitting_the_notes_gives(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    report = build(config, FakeEmbedder())
    index = open_index(config.index, "fake-1")
    expected = [split(load_note(config.corpus, path, config), config.passage_chars) for path in sorted(OLD)]
    assert list(index.notes.values()) == [note.note for note in expected]
    assert list(index.sections.values()) == [section for note in expected for section in note.sections]
    assert list(index.passages) == [passage for note in expected for passage in note.passages]
    np.testing.assert_array_equal(index.vectors, [unit(embedding_text(p)) for p in index.passages])
    assert report.added == tuple(sorted(OLD))
    assert (report.notes, report.sections, report.passages) == (3, len(index.sections), len(index.passages))
    assert report.embedded == report.passages
    assert report.generation == index.generation == current_generation(config.index)


def test_only_what_changed_is_embedded_and_reported(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    put(config.corpus / "a.md", NEW["a.md"])
    put(config.corpus / "d.md", NEW["d.md"])
    (config.corpus / "b.md").rename(config.corpus / "sub" / "b2.md")
    (config.corpus / "sub" / "c.txt").unlink()
    embedder = FakeEmbedder()
    report = build(config, embedder)
    assert (report.added, report.changed, report.removed) == (("d.md",), ("a.md",), ("sub/c.txt",))
    assert report.renamed == (("b.md", "sub/b2.md"),)
    assert sorted(text.split("\n")[-1] for text in embedder.texts) == ["added later", "新的内容。", "更多。"]
    assert report.embedded == len(embedder.texts)
    assert report.embedded + report.reused == report.passages
    assert not any("旧" in passage.text for passage in open_index(config.index).passages)


def test_nothing_changed_writes_nothing_and_asks_no_model(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = times(config.index)
    report = build(config, NoEmbedder())
    assert report.unchanged
    assert times(config.index) == before
    assert build(config, FakeEmbedder(), full=True).generation == report.generation


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    report = build(config, NoEmbedder(), dry_run=True)
    assert (report.added, report.generation) == (tuple(sorted(OLD)), "")
    assert not config.index.exists()


PIECES = ["# 甲\n", "## 节\n", "一句话。", "another line\n", "\n\n", "- 项\n", "---\ntitle: 题\n---\n", "？"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
PATHS = st.sampled_from(["a.md", "b.md", "c.txt", "x/a.md", "x/d.md", "x/y/e.md"])
STEPS = st.one_of(
    st.tuples(st.just("write"), PATHS, TEXTS),
    st.tuples(st.just("append"), PATHS, TEXTS),
    st.tuples(st.just("move"), PATHS, PATHS),
    st.tuples(st.just("copy"), PATHS, PATHS),
    st.tuples(st.just("delete"), PATHS, st.just("")),
    st.tuples(st.just("touch"), PATHS, st.just("")),
)


def take_step(corpus: Path, step: tuple[str, str, str]) -> None:
    """One thing that a user does to the notes."""
    kind, path, other = step
    file = corpus / path
    if kind == "write":
        put(file, other)
    elif not file.exists():
        return
    elif kind == "append":
        file.write_bytes(file.read_bytes() + other.encode())
    elif kind in ("move", "copy"):
        put(corpus / other, file.read_bytes())
        if kind == "move" and other != path:
            file.unlink()
    elif kind == "delete":
        file.unlink()
    else:
        file.touch()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(STEPS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_incremental_equals_full_after_any_edits(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    config = vault(folder, OLD)
    build(config, FakeEmbedder(), disk=QuickDisk())
    for number, steps in enumerate(rounds):
        for step in steps:
            take_step(config.corpus, step)
        predicted = build(config, NoEmbedder(), dry_run=True)
        embedder = FakeEmbedder()
        report = build(config, embedder, disk=QuickDisk())
        assert as_predicted(report, predicted)
        assert len(embedder.texts) == len(set(embedder.texts)) == report.embedded
        scratch = config.model_copy(update={"index": folder / f"full-{number}"})
        build(scratch, FakeEmbedder(), disk=QuickDisk())
        assert index_bytes(config.index) == index_bytes(scratch.index)
        assert leftovers(config.index) == []
    shutil.rmtree(folder)


def test_an_unreadable_note_keeps_its_passages_and_is_listed(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = [p for p in open_index(config.index).passages if p.path == "a.md"]
    put(config.corpus / "a.md", b"\xff\xfe\x00")  # marked as UTF-16 and half a character
    put(config.corpus / "z.md", b"\x00\x01\x02")
    put(config.corpus / "b.md", "# 乙\n\n改了。\n")
    for _ in range(2):  # listed every time, not only when it breaks
        report = build(config, FakeEmbedder())
        assert [note.path for note in report.stale] == ["a.md"]
        assert [note.path for note in report.skipped] == ["z.md"]
        index = open_index(config.index)
        assert [p for p in index.passages if p.path == "a.md"] == before
        assert set(index.manifest.stale) == {"a.md"}
    assert report.unchanged
    assert build(config, FakeEmbedder(), full=True).stale == report.stale
    put(config.corpus / "a.md", OLD["a.md"])
    report = build(config, NoEmbedder())
    assert (report.stale, report.changed) == ((), ())
    assert open_index(config.index).manifest.stale == {}


def test_a_folder_that_cannot_be_read_keeps_its_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    scandir = os.scandir

    def refuse(folder: str | Path) -> object:
        if str(folder).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    report = build(config, NoEmbedder())
    assert [note.path for note in report.stale] == ["sub/c.txt"]
    assert "sub/c.txt" in open_index(config.index).notes


def test_a_note_edited_during_the_build_is_indexed_whole_and_reported(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)

    class Editing(FakeEmbedder):
        def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> np.ndarray:
            put(config.corpus / "a.md", NEW["a.md"])
            (config.corpus / "b.md").unlink(missing_ok=True)
            return super().encode_passages(texts, progress)

    report = build(config, Editing())
    note = open_index(config.index).notes["a.md"]
    assert (note.text, note.sha256) == (OLD["a.md"], hashlib.sha256(OLD["a.md"].encode()).hexdigest())
    assert report.edited == ("a.md", "b.md")
    report = build(config, FakeEmbedder())
    assert (report.changed, report.removed, report.edited) == (("a.md",), ("b.md",), ())
    assert {p.path for p in open_index(config.index).passages} == {"a.md", "sub/c.txt"}


def test_a_note_deleted_between_listing_and_reading_is_gone(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    report = build(config, FakeEmbedder(), progress=lambda *_: (config.corpus / "b.md").unlink(missing_ok=True))
    assert (report.removed, report.stale, report.skipped) == (("b.md",), (), ())


@pytest.mark.parametrize("after", [0, 2, 6])
def test_cancel_leaves_everything_as_it_was(tmp_path: Path, after: int) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = index_bytes(config.index), current_generation(config.index)
    put(config.corpus / "a.md", NEW["a.md"])
    calls = iter(range(100))
    with pytest.raises(BuildCancelled, match="as it was"):
        build(config, FakeEmbedder(), cancel=lambda: next(calls) >= after)
    assert (index_bytes(config.index), current_generation(config.index)) == before
    assert leftovers(config.index) == []


def test_another_model_embeds_all_again_and_another_splitting_only_what_is_new(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD | {"long.md": "# 长\n\n" + "".join(f"不短也不长的第 {n} 句话。" for n in range(60))})
    first = build(config, FakeEmbedder())
    assert build(config, FakeEmbedder("fake-2")).embedded == first.passages
    assert open_index(config.index).manifest.model_id == "fake-2"
    smaller = config.model_copy(update={"passage_chars": 150})
    report = build(smaller, FakeEmbedder("fake-2"))
    assert 0 < report.embedded < report.passages
    assert not report.changed


def test_going_back_to_the_notes_before_embeds_nothing(tmp_path: Path) -> None:
    """Another branch is checked out and the first one again; or a drive was not mounted for a while."""
    config = vault(tmp_path, {f"{n}.md": f"# 笔记 {n}\n\n第 {n} 篇。\n" for n in range(100)})
    build(config, FakeEmbedder(), disk=QuickDisk())
    first = index_bytes(config.index)
    config.corpus.rename(tmp_path / "away")
    vault(tmp_path, OLD)
    assert build(config, FakeEmbedder(), disk=QuickDisk()).embedded == 3
    shutil.rmtree(config.corpus)
    (tmp_path / "away").rename(config.corpus)
    predicted = build(config, NoEmbedder(), dry_run=True)
    report = build(config, NoEmbedder(), disk=QuickDisk())
    assert as_predicted(report, predicted)
    assert (report.embedded, report.reused) == (0, 100)
    assert index_bytes(config.index) == first


def test_an_unreadable_note_beside_a_damaged_index(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    put(config.corpus / "b.md", "# 乙\n\n改了。\n")
    generation = build(config, FakeEmbedder()).generation
    (config.index / generation / "manifest.json").write_bytes(b"?")
    put(config.corpus / "a.md", b"\0?\0")
    report = build(config, FakeEmbedder())
    assert [note.path for note in report.stale] == ["a.md"]
    assert open_index(config.index).notes["a.md"].text == OLD["a.md"]


def test_bad_vectors_are_refused(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)

    class Nan(FakeEmbedder):
        def encode_passages(self, texts: Sequence[str], progress: Progress = None) -> np.ndarray:
            return super().encode_passages(texts, progress) * np.nan

    with pytest.raises(ModelError, match="fake-1"):
        build(config, Nan())
    assert current_generation(config.index) is None


@pytest.mark.parametrize("notes", [{}, {"a.md": ""}, {"a.md": "---\ntitle: x\n---\n"}, {"a.md": " \n\n"}])
def test_nothing_to_index_is_no_error(tmp_path: Path, notes: dict[str, str]) -> None:
    config = vault(tmp_path, notes)
    report = build(config, FakeEmbedder())
    assert report.notes == len(notes)
    index = open_index(config.index, "fake-1")
    assert index.search_dense(index.vectors[:1], 5)[0].shape[1] == min(5, report.passages)


def test_a_missing_corpus_does_not_empty_the_index(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    build(config, FakeEmbedder())
    before = index_bytes(config.index)
    config.corpus.rename(tmp_path / "unmounted")
    with pytest.raises(ConfigError, match="does not exist"):
        build(config, FakeEmbedder())
    assert index_bytes(config.index) == before


def test_an_index_inside_the_corpus_is_no_note(tmp_path: Path) -> None:
    config = vault(tmp_path, OLD)
    inside = config.model_copy(update={"index": config.corpus / "index"})
    build(inside, FakeEmbedder())
    put(inside.index / "stray.md", "# not a note\n")
    report = build(inside, NoEmbedder())
    assert (report.notes, report.unchanged) == (3, True)


def test_incremental_equals_full_with_the_real_model(tmp_path: Path, embeddings: NoteEmbeddings) -> None:
    """A text's vector has the same bits whatever is embedded beside it, or the builds would differ in the last ones."""
    notes = {f"{n}.md": f"# 笔记 {n}\n\n第 {n} 篇讲的是大模型的训练" + "与推理" * (5 * n) + "。\n" for n in range(6)}
    config = vault(tmp_path, notes | OLD)
    build(config, embeddings)
    for path, text in NEW.items():
        put(config.corpus / path, text)
    (config.corpus / "b.md").rename(config.corpus / "renamed.md")
    (config.corpus / "3.md").unlink()
    put(config.corpus / "2.md", (config.corpus / "2.md").read_bytes() + "又一节的一句话。\n".encode() * 40)
    report = build(config, embeddings)
    assert 0 < report.embedded < report.passages
    scratch = config.model_copy(update={"index": tmp_path / "scratch"})
    build(scratch, embeddings)
    assert index_bytes(config.index) == index_bytes(scratch.index)
    index = open_index(config.index, embeddings.model_id)
    best = index.search_dense(embeddings.encode_queries(["What was added later?"]), 1)[1][0, 0]
    assert index.passages[best].path == "d.md"
