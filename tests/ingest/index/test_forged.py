"""Files that somebody made, with checksums that fit: refused with a sentence, or answered from as they say; never a crash."""

import dataclasses
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
from index_kit import OLD, FakeEmbedder, QuickDisk, index_bytes, index_files, put, vault

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import IndexDamaged, IndexMismatch
from ingest.index.blocks.npy import from_npy, to_npy
from ingest.index.blocks.parts import pack, unpack
from ingest.index.manifest import MANIFEST, Manifest, Pointer, generation_name
from ingest.index.read import EXTRA, NotesIndex, open_index

FIELDS = frozenset(field.name for field in dataclasses.fields(Manifest))
NOTES = OLD | {f"{n}.md": f"# 题 {n}\n\n第 {n} 篇的内容，words{n}。\n" for n in range(40)}


pytestmark = pytest.mark.timeout(60)


class Made(tuple[Settings, dict[str, bytes], dict[str, bytes]]):
    """The settings of an index, its files by name, and the parts of its one block."""

    def __repr__(self) -> str:
        return "the index"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An index of one block."""
    config = vault(tmp_path_factory.mktemp("forged"), NOTES)
    build(config, FakeEmbedder(), disk=QuickDisk())
    files = index_bytes(config.index)
    (block,) = (data for name, data in files.items() if name.endswith(".blk"))
    return Made((config, files, {name: bytes(part) for name, part in unpack(block).items()}))


def forge(made: Made, block: bytes = b"", parts: dict[str, bytes] | None = None, **changed: Any) -> Path:
    """The index with another block, or one with other `parts`, another file, or other fields of the manifest; all checksums fit."""
    config, files, own = made
    raw = json.loads(files[MANIFEST]) | {name: value for name, value in changed.items() if name in FIELDS}
    data = {EXTRA: changed.get(EXTRA, files[EXTRA])}
    if "files" not in changed:
        raw["files"] = {name: {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for name, b in data.items()}
    block = block or pack(own | (parts or {}))
    if "blocks" not in changed:
        raw["blocks"][0] |= {"size": len(block), "sha256": hashlib.sha256(block).hexdigest()}
    manifest = changed.get(MANIFEST) or json.dumps(raw).encode()
    shutil.rmtree(config.index)
    name = generation_name(manifest, ())
    for file, whole in ({f"{name}/{file}": b for file, b in (data | {MANIFEST: manifest}).items()}).items():
        put(config.index / file, whole)
    put(config.index / "blocks" / f"{hashlib.sha256(block).hexdigest()}.blk", block)
    (config.index / "CURRENT").write_bytes(Pointer(name, "2025-01-01T00:00:00+00:00").to_bytes())
    return config.index


def use(index: NotesIndex) -> None:
    """Search it in every way and look at all that is found."""
    scores, rows = index.search_dense(index.vectors[:5], 10)
    assert np.isfinite(scores).all() and rows.max(initial=-1) < len(index.passages)
    assert np.isfinite(index.bm25.scores([*index.bm25.vocabulary][:200])).all()
    for item, passage in enumerate(index.passages):
        assert passage.text == index.notes[passage.path].text[passage.start : passage.end]
        assert passage.location and index.sections[passage.section_id].heading_path
        assert item in index.passages_of(passage.path)
    for path in index.notes:
        assert all(section.path == path for section in index.sections_of(path))
    assert all(map(str.strip, (*index.overview.topics, *index.overview.headings)))


def refused_or_right(folder: Path) -> str:
    """Open it and use it; '' when that went well, else the sentence."""
    try:
        use(open_index(folder))
    except (IndexDamaged, IndexMismatch) as error:
        assert "python -m ingest" in str(error) and "python -m ingest" in error.told("zh")
        return str(error)
    return ""


OTHER = [b"", b"[]\n", b"{}\n", b"null\n", b"[" * 100_000, b"\x93NUMPY\x01\0", b"1\n" * 50]
PUT = [b"\xff", b"\0", b"\xff" * 4, b"\x7f" * 8, b"9", b'"', b"\0\0\xc0\x7f", b"e9"]


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1L,)}",  # of Python 2, which NumPy takes with a warning
        "{'descr': '<i4', 'fortran_order': True, 'shape': (1,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (True, 'a')}",
        "{'descr': '<i4', 'shape': (1,)}",
        "{[]: 1}",
        "(" * 300,
        '"',
        "",
    ],
)
def test_a_header_that_is_not_ours_is_a_value_error(header: str) -> None:
    ours = to_npy(np.array([7], np.int32))
    assert from_npy(ours).tolist() == [7]
    with pytest.raises(ValueError):
        from_npy(ours[:8] + len(header).to_bytes(2, "little") + header.encode() + ours[-4:])


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 30),
    kind=st.sampled_from(["flip", "flip", "flip at the head", "cut", "longer", "other"]),
    where=st.integers(0, 9999),
    put_in=st.sampled_from(PUT),
    other=st.sampled_from(OTHER),
)
def test_any_part_or_file_spoiled_with_a_checksum_that_fits(
    made: Made, number: int, kind: str, where: int, put_in: bytes, other: bytes
) -> None:
    _, files, parts = made
    whole = parts | {EXTRA: files[EXTRA], MANIFEST: files[MANIFEST], "block": pack(parts)}
    name = sorted(whole)[number % len(whole)]
    data = whole[name]
    at = where * len(data) // 10_000 if kind != "flip at the head" else where % min(len(data), 150)
    behind = at + len(put_in) if kind.startswith("flip") else at
    spoiled = {"cut": data[:at], "other": other}.get(kind, data[:at] + put_in + data[behind:])
    changed: dict[str, Any] = {name: spoiled} if name not in parts else {"parts": {name: spoiled}}
    refused_or_right(forge(made, **changed))


ARRAYS: dict[str, Callable[[Any], Any]] = {
    "another type": lambda a: a.astype("f2" if a.dtype.kind == "f" else "i2"),
    "complex": lambda a: a.astype("c8"),
    "text": lambda a: a.astype("U8"),
    "two dimensions": lambda a: a.reshape(1, -1),
    "none": lambda a: a[:0],
    "one less": lambda a: a[:-1],
    "one more": lambda a: np.append(a, a[-1:]),
    "negative": lambda a: -a - 1,
    "far off": lambda a: np.full_like(a, 2**30 if a.dtype.itemsize > 2 else np.iinfo(a.dtype).max),
    "backwards": lambda a: np.sort(a, axis=0)[::-1] * a.dtype.type(2),
    "no numbers": lambda a: a * np.nan if a.dtype.kind == "f" else a.astype("?"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_another_type_shape_or_range_are_refused(made: Made, kind: str) -> None:
    for name in ("ends", "vectors", "starts", "rows", "counts", "lengths"):
        data = to_npy(ARRAYS[kind](from_npy(made[2][name])))
        said = refused_or_right(forge(made, parts={name: data}))
        # any vectors are such, as long as they are as many
        assert said or (name == "vectors" and kind in ("negative", "far off", "backwards")), name


@pytest.mark.parametrize("name", ["sections", "passages"])
@pytest.mark.parametrize("kind", ["negative", "far off", "none", "one less", "one more"])
def test_rows_of_another_type_or_range_are_refused(made: Made, name: str, kind: str) -> None:
    rows = from_npy(made[2][name])
    if kind in ("none", "one less", "one more"):
        assert refused_or_right(forge(made, parts={name: to_npy(ARRAYS[kind](rows))}))
        assert refused_or_right(forge(made, parts={name: to_npy(np.arange(len(rows)))}))
        return
    for field in rows.dtype.names or ():
        if rows.dtype[field].kind == "i":
            changed = rows.copy()
            changed[field] = ARRAYS[kind](changed[field])
            said = refused_or_right(forge(made, parts={name: to_npy(changed)}))
            assert said or (name == "sections" and field in ("end", "end_line")) or field == "end_line", field


WRONG: list[Any] = [None, True, -1, 2**70, 1.5, "x", [], ["x", 1], {}, [[1, 2, 3]]]


def spoiled(row: dict[str, Any]) -> Iterator[tuple[str, Any, bytes]]:
    """A row with each of its fields something else, as bytes."""
    for field, value in row.items():
        for wrong in WRONG:
            if type(wrong) is not type(value) or wrong in ([["x", 1], [[1, 2, 3]]]):
                yield field, wrong, json.dumps(row | {field: wrong}).encode()
        yield field, "gone", json.dumps({k: v for k, v in row.items() if k != field}).encode()


def test_notes_of_another_shape_are_refused(made: Made) -> None:
    first, _, rest = made[2]["notes"].partition(b"\n")
    ends = from_npy(made[2]["ends"])
    for field, wrong, data in spoiled(json.loads(first)):
        longer = to_npy(ends + (len(data) - len(first)))
        said = refused_or_right(forge(made, parts={"notes": data + b"\n" + rest, "ends": longer}))
        assert said or wrong in ([], {}), (field, wrong)  # no tags, no aliases


def test_words_and_outlines_of_another_shape_are_refused(made: Made) -> None:
    for field, wrong, data in spoiled(json.loads(made[2]["words"])):
        assert refused_or_right(forge(made, parts={"words": data})), (field, wrong)
    for wrong in ({"topics": [1]}, {"topics": "x"}, {"questions": None}, {"more": []}, 5):
        data = json.dumps({"overview": wrong}).encode()
        assert refused_or_right(forge(made, **{EXTRA: data})) or wrong == {"topics": "x"}, wrong


def test_fields_of_the_manifest_are_of_their_type(made: Made) -> None:
    raw = json.loads(made[1][MANIFEST])
    for field in raw:
        for wrong in (None, -1, "x", [1], {"x": 1}, 10**30):
            if type(wrong) is not type(raw[field]) or field == "blocks":
                assert refused_or_right(forge(made, **{field: wrong})), (field, wrong)  # type: ignore[arg-type]
    for field, value in raw["parameters"].items():
        for wrong in (None, -1, "x", [1], float("nan")):
            if type(wrong) is not type(value):
                parameters = raw["parameters"] | {field: wrong}
                assert refused_or_right(forge(made, parameters=parameters)), (field, wrong)


def test_a_block_is_of_as_many_notes_sections_and_passages_as_it_says(made: Made) -> None:
    (block,) = json.loads(made[1][MANIFEST])["blocks"]
    for field in ("notes", "sections", "passages"):
        for wrong in (block[field] - 1, block[field] + 1, 0, -1, None, 1.5, 2**70):
            assert refused_or_right(forge(made, blocks=[block | {field: wrong}])), (field, wrong)


@pytest.mark.parametrize("what", ["link", "loop", "device", "pipe", "folder"])
@pytest.mark.parametrize("file", ["CURRENT", MANIFEST, EXTRA, "blk"])
def test_a_file_that_is_none_hangs_nobody(made: Made, tmp_path: Path, what: str, file: str) -> None:
    folder = forge(made)
    (path,) = [path for path in (folder / "CURRENT", *index_files(folder)) if path.name.endswith(file)]
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
        use(index)
    else:
        with pytest.raises(IndexDamaged, match=file):
            open_index(folder)


def test_a_build_mends_what_was_forged(made: Made) -> None:
    config, files, parts = made
    for name in parts:
        forge(made, parts={name: b"\x93NUMPY\x01\0" + b"9" * 50})
        with pytest.raises(IndexDamaged, match="--full"):
            use(open_index(config.index))
            assert name == "outlines"  # which only a build reads
            raise IndexDamaged("index.misfit", name="--full")
        build(config, FakeEmbedder(), full=True, disk=QuickDisk())
        assert open_index(config.index, "fake-1").notices == ()
        assert index_bytes(config.index) == files
