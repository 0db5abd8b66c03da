"""What becomes of a citation when the notes change: real rebuilds of a small vault."""

from pathlib import Path

import pytest
from index_kit import FakeEmbedder, QuickDisk, put, vault

from ingest.build.run import build
from ingest.index.read import NotesIndex, open_index
from rag.history.freshness import Freshness, fate
from rag.records import Hit, Source
from rag.sources.sections import build_sources

CACHE = "缓存省去了对前文的重复计算。\n显存换时间，长文尤其如此。\n它与层数和长度成正比。\n"
NOTE = f"# 推理\n\n开头的话。\n\n## 为什么要缓存？\n\n{CACHE}\n## 量化\n\n低位存权重，省显存。\n"
LONG = (
    "# 长文\n\n## 很长的一节\n\n" + "\n\n".join(f"第 {i} 段讲的是第 {i} 件事，别处没有。" * 3 for i in range(40)) + "\n"
)


@pytest.mark.parametrize(
    ("now", "state", "place"),
    [
        ({}, Freshness.UNCHANGED, "a.md:5"),
        ({"a.md": NOTE.replace("开头的话。", "开头的话。\n\n又一段。")}, Freshness.UNCHANGED, "a.md:7"),
        ({"a.md": NOTE.replace("低位", "用低位")}, Freshness.UNCHANGED, "a.md:5"),
        ({"a.md": NOTE.replace("尤其如此", "更是如此")}, Freshness.EDITED, "a.md:5"),
        ({"a.md": NOTE.replace(CACHE, "全改了。\n")}, Freshness.EDITED, "a.md:5"),
        ({"a.md": "", "sub/b.md": NOTE}, Freshness.MOVED, "sub/b.md:5"),
        ({"a.md": NOTE.replace("为什么要缓存？", "缓存")}, Freshness.MOVED, "a.md:5"),
        (
            {"a.md": "# 推理\n\n剩下的。\n", "b.md": f"# 乙\n\n引言一句。\n\n## 收来的\n\n{CACHE}"},
            Freshness.MOVED,
            "b.md:5",
        ),
        ({"a.md": "", "b.md": NOTE.replace("尤其如此", "更是如此")}, Freshness.EDITED, "b.md:5"),
        ({"a.md": NOTE.replace(f"## 为什么要缓存？\n\n{CACHE}", "")}, Freshness.GONE, ""),
        ({"a.md": ""}, Freshness.GONE, ""),
    ],
)
def test_a_citation_after_a_rebuild(tmp_path: Path, now: dict[str, str], state: Freshness, place: str) -> None:
    cited = _cited(
        _rebuilt(tmp_path, {"a.md": NOTE, "other.md": "# 别的\n\n毫不相干的内容，一直都在这里。\n"}), "缓存省去"
    )
    index = _rebuilt(tmp_path, now)
    found = fate(cited, index.notes, index.sections)
    assert found.state is state
    assert (f"{found.section.path}:{found.section.start_line}" if found.section else "") == place


def test_an_edit_elsewhere_in_a_long_section_leaves_the_citation_as_it_was(tmp_path: Path) -> None:
    cited = _cited(_rebuilt(tmp_path, {"a.md": LONG}), "第 20 段")
    assert "第 1 段" not in cited.text
    for word, state in (("第 1 件事", Freshness.UNCHANGED), ("第 20 件事", Freshness.EDITED)):
        index = _rebuilt(tmp_path, {"a.md": LONG.replace(word, "另一件事")})
        assert fate(cited, index.notes, index.sections).state is state


def _rebuilt(folder: Path, notes: dict[str, str]) -> NotesIndex:
    """The index after these notes were written; those that are '' are deleted."""
    settings = vault(folder, {})
    for path, text in notes.items():
        if text:
            put(settings.corpus / path, text)
        else:
            (settings.corpus / path).unlink()
    build(settings, FakeEmbedder(), disk=QuickDisk())
    return open_index(settings.index)


def _cited(index: NotesIndex, words: str) -> Source:
    hit = next(Hit(passage, 1.0) for passage in index.passages if words in passage.text)
    (source,) = build_sources([hit], index.notes, index.sections, 1)
    return source
