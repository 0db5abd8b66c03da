"""What two or three looks are worth where a question needs several places: the share of the gold passages in the sources.

    python -m benchmarks.further corpus=INDEX LLMForEverybody=INDEX

`tests/eval/looks.jsonl` has, for the questions of two sets that ask for several things, what a person would look up, written
from the question alone. So the tools, the gate of each look and the joining are measured, and no model's planning. Beside it
stand one search with the usual number of sources, and one with as many as looking further may give.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from langchain_core.messages import AIMessageChunk, BaseMessage, ToolCall

from benchmarks.marks import ROOT, questions_of
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from rag.answer.answerer import Answerer
from rag.evaluate.retrieval import Gold, holds, same_file
from rag.model.language_model import LanguageModel, ModelInfo
from rag.open import open_retriever
from rag.records import Found, Source
from rag.search.retriever import HybridRetriever
from rag.sources.sections import build_sources

PLANS = ROOT / "tests" / "eval" / "looks.jsonl"
SOURCES = 6


class Planned:
    """Calls the search once for each question of a plan, then nothing."""

    harder = None
    info = ModelInfo("endpoint", "plan", "a file")

    def __init__(self, plan: Sequence[str]) -> None:
        self._left = list(plan)
        self.said: AIMessageChunk | None = None

    def count_tokens(self, text: str) -> int:
        """None count: a plan has its own end."""
        return 0

    def stream(self, messages: Sequence[BaseMessage], max_tokens: int, **_: object) -> "Planned":
        """The next call."""
        calls = [ToolCall(name="search_notes", args={"question": one}, id="1") for one in self._left[:1]]
        self.said, self._left = AIMessageChunk(content="", tool_calls=calls), self._left[1:]
        return self

    def close(self) -> None:
        """Nothing is open."""

    def __iter__(self) -> Iterator[str]:
        return iter(())


def sources_of(retriever: HybridRetriever, question: str, plan: Sequence[str]) -> Sequence[Source]:
    """What an answer would be written from."""
    settings = Settings(sources=SOURCES, agent_steps=len(plan) + 1)
    model = cast(LanguageModel, Planned(plan))
    answerer = Answerer(retriever, model, lambda *_: [], settings, SOURCES)
    found: Sequence[Source] = ()
    for event in answerer.stream(question, agent=True):
        found = event.sources if isinstance(event, Found) else found
    return found


def in_sources(sources: Sequence[Source], gold: Sequence[Gold]) -> list[bool]:
    """Which of the gold passages they hold."""
    return [
        any(same_file(one.path, wanted.file) and holds(one.text, wanted.quote) for one in sources) for wanted in gold
    ]


def main(pairs: Sequence[str]) -> None:
    """Print the table."""
    embeddings = load_embeddings(Settings())
    plans = {row["of"]: row["looks"] for row in map(json.loads, PLANS.read_text(encoding="utf-8").splitlines())}
    print("| vault | sources by | n | sources | gold passages in them |\n|" + " --- |" * 5)
    for pair in pairs:
        vault, _, index = pair.partition("=")
        retriever = open_retriever(Settings(index=Path(index)), embeddings=embeddings)
        asked = [one for one in questions_of(vault) if one.id in plans]
        ways: dict[str, list[tuple[Sequence[Source], Sequence[Gold]]]] = {
            "one search": [],
            "one, as many": [],
            "looks": [],
        }
        for one in asked:
            for name, count, deep in (("one search", SOURCES, 20), ("one, as many", 2 * SOURCES, 60)):
                hits, held = retriever.search(one.text, deep), retriever.index
                ways[name].append((build_sources(hits, held.notes, held.sections, count), one.gold))
            ways["looks"].append((sources_of(retriever, one.text, plans[one.id]), one.gold))
        for name, rows in ways.items():
            held_gold = [found for sources, gold in rows for found in in_sources(sources, gold)]
            share, many = sum(held_gold) / len(held_gold), sum(len(sources) for sources, _ in rows) / len(rows)
            print(f"| {vault} | {name} | {len(asked)} | {many:.1f} | {share:.3f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
