"""What one reading of the folder leaves to the index: notes that are as they were, in the same folder or another one."""

from dataclasses import replace
from pathlib import Path

from index_kit import OLD, FakeEmbedder, NoEmbedder, QuickDisk, index_bytes, put, vault

from ingest.build.earlier import manifest_in_use
from ingest.build.run import build
from ingest.build.scan import scan_notes

BROKEN = "# 坏\n\n好的文字 ".encode() + b"\xff\xfe\x80\n"


def test_what_is_as_it_was_is_not_read_again(tmp_path: Path) -> None:
    settings = vault(tmp_path, {**OLD, "broken.md": BROKEN})
    build(settings, FakeEmbedder(), disk=QuickDisk())
    (settings.corpus / "sub").rename(settings.corpus / "moved")
    (settings.corpus / "b.md").rename(settings.corpus / "another name.md")
    put(settings.corpus / "copies/a.md", OLD["a.md"])
    before = manifest_in_use(settings.index)
    assert before
    scan = scan_notes(settings, None, None, before)
    assert set(scan.kept) == {"a.md", "copies/a.md", "moved/c.txt", "broken.md"}
    assert set(scan.notes) == {"another name.md"}, "its title may be its file's name"
    assert set(scan.missing) == {"broken.md"}, "what was lost of it is still told"
    for other in ({"splitter": "another"}, {"encodings": "big5"}):
        read = scan_notes(settings, None, None, replace(before, parameters=replace(before.parameters, **other)))
        assert not read.kept, "notes may be read in another way now"


def test_text_that_was_made_from_an_encoding_is_read_again_with_another(tmp_path: Path) -> None:
    settings = vault(tmp_path, {"a.csv": "品名,数量\n茶,二\n".encode("gb18030"), "b.ipynb": '{"cells": []}'})
    build(settings, FakeEmbedder(), disk=QuickDisk())
    before = manifest_in_use(settings.index)
    assert before and set(scan_notes(settings, None, None, before).kept) == {"a.csv", "b.ipynb"}
    other = settings.model_copy(update={"encodings": ("koi8-r",)})
    assert set(scan_notes(other, None, None, before).kept) == {"b.ipynb"}


def test_a_folder_renamed_is_the_index_of_the_renamed_folder(tmp_path: Path) -> None:
    settings = vault(
        tmp_path, {**OLD, "sub/broken.md": BROKEN, "sub/again.md": "# 一\n\n甲。\n\n# 一\n\n乙。\n\n# 空\n"}
    )
    build(settings, FakeEmbedder(), disk=QuickDisk())
    (settings.corpus / "sub").rename(settings.corpus / "moved")
    report = build(settings, NoEmbedder(), disk=QuickDisk())
    assert (report.embedded, len(report.renamed)) == (0, 3)
    scratch = settings.model_copy(update={"index": tmp_path / "scratch"})
    build(scratch, FakeEmbedder(), disk=QuickDisk())
    assert index_bytes(settings.index) == index_bytes(scratch.index)
