"""What the notes are about, and example questions that they really answer."""

from pathlib import Path

from index_kit import FakeEmbedder, QuickDisk, vault
from paths import CORPUS

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import open_index
from ingest.notes.read import find_notes, load_note
from ingest.passages.overview import Overview, overview
from ingest.passages.split import split
from rag.search.retriever import HybridRetriever


class Asked(FakeEmbedder):
    """Embeds questions as it does passages."""

    encode_queries = FakeEmbedder.encode_passages


BODY = "这里是真正的回答，说得很清楚，也足够长，让读的人知道这一节讲的是什么，为什么是这样，以及接下来可以怎么做，还有一个例子。"
NOTES = {
    "甲.md": f"# 甲\n\n## 1. 什么是注意力机制？\n\n{BODY}\n\n## 它有多大？\n\n{BODY}\n\n## 为什么要除以根号？\n\n太短。\n\n"
    f"## 还有什么要问？\n\n- 为什么？\n- 怎么办？\n\n## 学习率预热\n\n{BODY}\n",
    "b.md": f"# Positions\n\n## How does RoPE encode positions?\n\n{BODY}\n\n## What is it?\n\n{BODY}\n\n## 2024.1\n\n{BODY}\n",
}


def test_an_index_tells_what_one_can_ask(tmp_path: Path) -> None:
    settings = vault(tmp_path, NOTES)
    build(settings, FakeEmbedder(), disk=QuickDisk())
    assert open_index(settings.index).overview == Overview(
        topics=("甲", "Positions"),
        questions=("什么是注意力机制？", "How does RoPE encode positions?"),
        headings=("学习率预热",),
    )


def test_without_telling_titles_the_topics_are_headings(tmp_path: Path) -> None:
    settings = vault(
        tmp_path, {"000_1fa11caf6cbb0823.txt": f"缓存\n\n{BODY}\n", "001_f9240c2c746bdf46.md": f"## 蒸馏\n\n{BODY}\n"}
    )
    notes = [split(load_note(settings.corpus, p, settings), 200) for p in find_notes(settings.corpus, settings).paths]
    assert overview(notes).topics == ("缓存", "蒸馏") and overview([]) == Overview()


def test_the_examples_of_our_corpus_lead_to_the_sections_that_they_come_from(tmp_path: Path) -> None:
    settings = Settings(corpus=CORPUS, index=tmp_path)
    build(settings, FakeEmbedder(), disk=QuickDisk())
    index = open_index(tmp_path)
    assert len(index.overview.questions) >= 4 and 4 <= len(index.overview.topics) <= 12
    retriever = HybridRetriever(index=index, embeddings=Asked())
    for question in index.overview.questions:
        best = retriever.search(question, 3, retriever="bm25")
        assert any(question in hit.passage.heading_path[-1] for hit in best), question
