"""What the notes are about, and example questions that they really answer."""

import random
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

from index_kit import FakeEmbedder, QuickDisk, vault
from paths import CORPUS

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import open_index
from ingest.notes.read import find_notes, load_note, parse_note
from ingest.passages.overview import QUESTIONS, Overview, _answers, _question, _topic, outline, overview
from ingest.passages.split import split
from ingest.schema import Section, SplitNote
from ingest.text.scripts import has_han
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
    assert overview(map(outline, notes)).topics == ("缓存", "蒸馏") and overview([]) == Overview()


def test_the_examples_of_our_corpus_lead_to_the_sections_that_they_come_from(tmp_path: Path) -> None:
    settings = Settings(corpus=CORPUS, index=tmp_path)
    build(settings, FakeEmbedder(), disk=QuickDisk())
    index = open_index(tmp_path)
    assert len(index.overview.questions) >= 4 and 4 <= len(index.overview.topics) <= 12
    retriever = HybridRetriever(index=index, embeddings=Asked())
    for question in index.overview.questions:
        best = retriever.search(question, 3, retriever="bm25")
        assert any(question in hit.passage.heading_path[-1] for hit in best), question


def test_looking_no_farther_than_needed_finds_the_same() -> None:
    for seed in range(30):
        rng = random.Random(seed)
        heads = [
            "什么是缓存？",
            "How does it scale?",
            "学习率",
            "2. 为什么要归一化",
            "它呢？",
            "",
            "`Why` 温度",
            "Which rank",
        ]
        notes = []
        for number in range(rng.randint(0, 12)):
            parts = [f"# 题 {number}"] + [
                f"{'#' * rng.randint(2, 3)} {rng.choice(heads)}{rng.choice(['', number])}\n\n{rng.choice([BODY, '短。', '- 问？'])}"
                for _ in range(rng.randint(0, 9))
            ]
            path = f"{rng.choice(['', '甲/', '乙/丙/'])}{number}.md"
            notes.append(split(parse_note(path, "\n\n".join(parts).encode()), 200))
        found, (han, other, named) = overview(map(outline, notes)), _of_all(notes)
        assert found.questions == (*han[:QUESTIONS], *other[:QUESTIONS])
        assert found.headings == tuple(named[:QUESTIONS])


def _of_all(notes: list[SplitNote]) -> tuple[list[str], list[str], list[str]]:
    """Questions with and without Han characters, and topics, of all answered sections: folders and notes in turn."""
    folders: dict[str, list[list[Section]]] = {}
    for note in notes:
        answered = [
            section
            for section in note.sections
            if len(section.heading_path) > 1 and _answers([p for p in note.passages if p.section_id == section.id])
        ]
        folders.setdefault(note.note.path.rpartition("/")[0], []).append(answered)

    def in_turn(lists: list[list[str]]) -> list[str]:
        turns = zip_longest(*lists)
        return list(dict.fromkeys(name for turn in turns for name in turn if name))

    def of_all(name: Callable[[Section], str]) -> list[str]:
        by_note = ([[n for s in sections if (n := name(s))] for sections in notes] for notes in folders.values())
        return in_turn([in_turn(names) for names in by_note])

    asked = [_question(section) for notes in folders.values() for sections in notes for section in sections]
    han, other = (frozenset(q for q in asked if has_han(q) is it) for it in (True, False))
    return (
        of_all(lambda section: q if (q := _question(section)) in han else ""),
        of_all(lambda section: q if (q := _question(section)) in other else ""),
        of_all(lambda section: "" if _question(section) else _topic(section)),
    )
