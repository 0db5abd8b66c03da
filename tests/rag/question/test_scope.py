"""Questions of some notes only: what a pattern names, and that the ranking happens inside."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from index_kit import FakeEmbedder, unit, vault

from ingest.build.run import build
from ingest.schema import Note
from rag.question.scope import ScopeError, paths_in, pattern_of, tags_of
from rag.search.retriever import HybridRetriever

ODD = "a/odd [1] #2!?*\\.md"


def _notes() -> dict[str, Note]:
    tags = {"papers/rope.md": ("LLM/attention",), "papers/old/bert.md": ("llm", "2018"), "top.md": ("llms",)}
    paths = ["papers/rope.md", "papers/old/bert.md", "diary/papers/x.md", "diary/2024-01.md", "top.md", ODD]
    return {path: Note(path, path, "", "", tags.get(path, ())) for path in paths}


@pytest.mark.parametrize(
    ("patterns", "named"),
    [
        (["papers/"], {"papers/rope.md", "papers/old/bert.md", "diary/papers/x.md"}),
        (["/papers/"], {"papers/rope.md", "papers/old/bert.md"}),
        (["papers/rope.md"], {"papers/rope.md"}),
        (["rope.md", "top.md"], {"papers/rope.md", "top.md"}),
        (["2024-*"], {"diary/2024-01.md"}),
        (["rope", "/top"], {"papers/rope.md", "top.md"}),
        (["/papers/", "!old/"], {"papers/rope.md"}),
        (["#llm"], {"papers/rope.md", "papers/old/bert.md"}),
        (["#2018", "diary/2024*"], {"papers/old/bert.md", "diary/2024-01.md"}),
    ],
)
def test_what_a_pattern_names(patterns: list[str], named: set[str]) -> None:
    assert paths_in(patterns, _notes()) == named


def test_every_note_and_folder_has_a_pattern_of_its_own() -> None:
    notes = _notes()
    for path in notes:
        assert paths_in([pattern_of(path)], notes) == {path}
    assert paths_in([pattern_of("papers/")], notes) == {"papers/rope.md", "papers/old/bert.md"}
    assert tags_of(notes) == ["2018", "LLM/attention", "llm", "llms"]


@pytest.mark.parametrize("patterns", [["nowhere/"], ["#none"], ["!papers/"], [""]])
def test_a_pattern_without_a_note_is_one_sentence(patterns: list[str]) -> None:
    with pytest.raises(ScopeError, match=r"^No note matches .*; name a folder"):
        paths_in(patterns, _notes())


class _Asking(FakeEmbedder):
    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([unit(text) for text in texts], np.float32)


def test_a_restricted_search_fills_its_lists_from_inside(tmp_path: Path) -> None:
    """120 notes that fit better stand outside; a filter after the ranking would find nothing inside."""
    outside = {f"big/{i}.md": f"# 缓存 {i}\n\n缓存 缓存 缓存 省去重复计算 {i}。\n" for i in range(120)}
    inside = {f"small/{i}.md": f"# 笔记 {i}\n\n这里顺便提到一次缓存，其余说的是别的事情 {i}。\n" for i in range(8)}
    settings = vault(tmp_path, outside | inside)
    embeddings = _Asking()
    build(settings, embeddings)
    from ingest.index.read import open_index

    retriever = HybridRetriever(index=open_index(settings.index), embeddings=embeddings)
    assert not any(h.passage.path.startswith("small/") for h in retriever.search("缓存", 8, retriever="bm25"))
    for name in ("bm25", "dense"):
        hits = retriever.search("缓存", 50, retriever=name, only=["small/"])  # type: ignore[arg-type]
        assert sorted(h.passage.path for h in hits) == sorted(inside)
        assert [h.ranks[name] for h in hits] == list(range(1, 9))
    everything = retriever.search("缓存", 20, only=["*"])
    assert [h.passage.id for h in everything] == [h.passage.id for h in retriever.search("缓存", 20)]
    with pytest.raises(ScopeError):
        retriever.search("缓存", only=["gone/"])
