"""Files that somebody made, with checksums that fit: refused with a sentence, or answered from as they say; never a crash."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_kit import OLD, FakeEmbedder, QuickDisk, in_use_folder, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.manifest import MANIFEST, Pointer, generation_name
from ingest.index.npy import from_npy, to_npy
from ingest.index.read import DENSE, NotesIndex, open_index, read_tokens

NOTES = OLD | {f"{n}.md": f"# 题 {n}\n\n第 {n} 篇的内容，words{n}。\n" for n in range(40)}


pytestmark = pytest.mark.timeout(60)


class Made(tuple[Settings, dict[str, bytes]]):
    """The settings of an index, and its files by name."""

    def __repr__(self) -> str:
        return "the index"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An index, and its files by name."""
    config = vault(tmp_path_factory.mktemp("forged"), NOTES)
    build(config, FakeEmbedder(), disk=QuickDisk())
    return Made((config, {file.name: file.read_bytes() for file in sorted(in_use_folder(config.index).iterdir())}))


def forge(made: Made, **changed: bytes | dict[str, Any]) -> Path:
    """The index with other files, or fields of the manifest; all checksums fit."""
    config, files = made
    raw = json.loads(files[MANIFEST])
    fields = {name: value for name, value in changed.items() if not isinstance(value, bytes)}
    data = {name: changed.get(name, whole) for name, whole in files.items() if name != MANIFEST}
    raw["files"] = {name: {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for name, b in data.items()}  # type: ignore[arg-type]
    manifest = changed.get(MANIFEST) or json.dumps(raw | fields).encode()
    shutil.rmtree(config.index)
    name = generation_name(manifest, ())  # type: ignore[arg-type]
    for file, whole in (data | {MANIFEST: manifest}).items():
        path = config.index / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole)  # type: ignore[arg-type]
    (config.index / "CURRENT").write_bytes(Pointer(name, "2025-01-01T00:00:00+00:00").to_bytes())
    return config.index


def use(index: NotesIndex, folder: Path) -> None:
    """Search it in every way and look at all that is found."""
    scores, rows = index.search_dense(index.vectors[:5], 10)
    assert np.isfinite(scores[rows >= 0]).all() and rows.max(initial=-1) < len(index.passages)
    assert np.isfinite(index.bm25.scores([*index.bm25.vocabulary][:200])).all()
    tokens = read_tokens(folder, index)
    assert len([tokens.terms[i] for i in tokens.ids]) == tokens.starts[-1]
    for passage in index.passages:
        assert passage.text == index.notes[passage.path].text[passage.start : passage.end]
        assert passage.location and index.sections[passage.section_id].heading_path
    assert all(map(str.strip, (*index.overview.topics, *index.overview.headings)))


def refused_or_right(folder: Path) -> str:
    """Open it and use it; '' when that went well, else the sentence."""
    try:
        index = open_index(folder)
    except (IndexDamaged, IndexMismatch) as error:
        assert "python -m ingest" in str(error) and "python -m ingest" in error.told("zh")
        return str(error)
    use(index, folder)
    return ""


OTHER = [b"", b"[]\n", b"{}\n", b"null\n", b"[" * 100_000, b"\x93NUMPY\x01\0", b"1\n" * 50]
PUT = [b"\xff", b"\0", b"\xff" * 4, b"\x7f" * 8, b"9", b'"', b"\0\0\xc0\x7f", b"e9"]


@settings(max_examples=40, deadline=None)
@given(
    file=st.integers(0, 11),
    kind=st.sampled_from(["flip", "flip at the head", "cut", "longer", "other"]),
    where=st.integers(0, 9999),
    put=st.sampled_from(PUT),
    other=st.sampled_from(OTHER),
)
def test_any_file_spoiled_with_a_checksum_that_fits(
    made: Made, file: int, kind: str, where: int, put: bytes, other: bytes
) -> None:
    names = sorted(made[1])
    name = names[file % len(names)]
    data = made[1][name]
    at = where * len(data) // 10_000 if kind != "flip at the head" else where % min(len(data), 150)
    behind = at + len(put) if kind.startswith("flip") else at
    spoiled = {"cut": data[:at], "other": other}.get(kind, data[:at] + put + data[behind:])
    refused_or_right(forge(made, **{name: spoiled}))


ARRAYS: dict[str, Callable[[Any], Any]] = {
    "another type": lambda a: a.astype("f2" if a.dtype.kind == "f" else "i2"),
    "complex": lambda a: a.astype("c8"),
    "text": lambda a: a.astype("U8"),
    "two dimensions": lambda a: a.reshape(1, -1),
    "none": lambda a: a[:0],
    "one less": lambda a: a[:-1],
    "one more": lambda a: np.append(a, a[-1:]),
    "negative": lambda a: -a - 1,
    "far off": lambda a: a + np.array(2**30, a.dtype),
    "backwards": lambda a: np.sort(a, axis=0)[::-1] * a.dtype.type(2),
    "no numbers": lambda a: a * np.nan if a.dtype.kind == "f" else a.astype("?"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_another_type_shape_or_range_are_refused(made: Made, kind: str) -> None:
    for name in [name for name in made[1] if name.endswith(".npy")]:
        data = to_npy(ARRAYS[kind](from_npy(made[1][name])))
        said = refused_or_right(forge(made, **{name: data}))
        # any vectors, weights and counts are such, as long as they are as many
        assert said or (
            name in (DENSE, "bm25_idf.npy", "bm25_counts.npy") and kind in ("negative", "far off", "backwards")
        )


WRONG: list[Any] = [None, True, -1, 2**70, 1.5, "x", [], ["x", 1], {}, [[1, 2, 3]]]


def fields(data: bytes) -> Iterator[tuple[str, Any, bytes]]:
    """The first row of a file with each of its fields something else."""
    first, _, rest = data.partition(b"\n")
    row = json.loads(first)
    for field, value in row.items():
        for wrong in WRONG:
            if type(wrong) is not type(value) or wrong in ([["x", 1], [[1, 2, 3]]]):
                yield field, wrong, json.dumps(row | {field: wrong}).encode() + b"\n" + rest
        yield field, "gone", json.dumps({k: v for k, v in row.items() if k != field}).encode() + b"\n" + rest


@pytest.mark.parametrize("name", ["notes.jsonl", "sections.jsonl", "passages.jsonl"])
def test_records_of_another_shape_are_refused(made: Made, name: str) -> None:
    for field, wrong, data in fields(made[1][name]):
        said = refused_or_right(forge(made, **{name: data}))
        assert said or wrong in ([], {}), (field, wrong)  # no tags, no aliases


def test_fields_of_the_manifest_are_of_their_type(made: Made) -> None:
    raw = json.loads(made[1][MANIFEST])
    for field in raw:
        for wrong in (None, -1, "x", [1], {"x": 1}, 10**30):
            if type(wrong) is not type(raw[field]) or field in ("sections", "passages"):
                assert refused_or_right(forge(made, **{field: wrong})), (field, wrong)  # type: ignore[arg-type]
    for field, value in raw["parameters"].items():
        for wrong in (None, -1, "x", [1], float("nan")):
            if type(wrong) is not type(value):
                parameters = raw["parameters"] | {field: wrong}
                assert refused_or_right(forge(made, parameters=parameters)), (field, wrong)


@pytest.mark.parametrize("what", ["link", "loop", "device", "pipe", "folder"])
@pytest.mark.parametrize("file", ["CURRENT", MANIFEST, DENSE, "notes.jsonl"])
def test_a_file_that_is_none_hangs_nobody(made: Made, tmp_path: Path, what: str, file: str) -> None:
    folder = forge(made)
    path = folder / file if file == "CURRENT" else in_use_folder(folder) / file
    shutil.copy(path, tmp_path / "elsewhere")
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to({"link": tmp_path / "elsewhere", "loop": path, "device": Path("/dev/zero")}[what])
    if file == "CURRENT":
        index = open_index(folder)  # the generations prove themselves
        assert index.notices or what == "loop"
        use(index, folder)
    else:
        with pytest.raises(IndexDamaged, match=file):
            open_index(folder)


def test_a_build_mends_what_was_forged(made: Made) -> None:
    config, files = made
    for name in ("tokens.npy", "bm25_starts.npy", DENSE, "notes.jsonl"):
        forge(made, **{name: b"\x93NUMPY\x01\0" + b"9" * 50})
        with pytest.raises(IndexDamaged, match="--full"):
            open_index(config.index)
        build(config, FakeEmbedder(), full=True, disk=QuickDisk())
        assert open_index(config.index, "fake-1").notices == ()
        assert (in_use_folder(config.index) / name).read_bytes() == files[name]
