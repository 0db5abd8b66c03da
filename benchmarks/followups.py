"""Follow-ups by kind: is the passage that answers among the first five?

    python -m benchmarks.followups corpus=INDEX JavaGuide=INDEX LLMForEverybody=INDEX

`tests/eval/followups.jsonl` has conversations over the notes that ship and over two vaults of other people, of which only
places are kept. The numbers of `rag.search.understanding` were chosen on the half of the questions that `chosen` names.
Printed: each half as typed, as a person wrote it to stand alone, and by the product.
"""

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from rag.evaluate.retrieval import Gold, figures
from rag.open import open_retriever
from rag.records import Hit, Turn
from rag.search.retriever import HybridRetriever
from training.questions import Place

FILE = Path(__file__).parents[1] / "tests" / "eval" / "followups.jsonl"
ROLES: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One line; `alone` is the question as a person makes it stand alone."""

    id: str
    vault: str
    kind: str
    question: str
    alone: str
    history: tuple[Turn, ...]
    gold: tuple[Gold, ...]

    @property
    def chosen(self) -> bool:
        """Whether it is of the half that numbers were chosen on."""
        return hashlib.sha256(self.id.encode()).digest()[-1] % 2 == 0


def read() -> list[FollowUp]:
    """The set, but for those that ask for nothing (thanks)."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [_follow_up(row) for row in rows if row["gold"]]


def _follow_up(row: dict[str, Any]) -> FollowUp:
    history = tuple(Turn(role, turn[role]) for turn in row["history"] for role in ROLES)
    gold = tuple(_gold(row["vault"], place) for place in row["gold"])
    return FollowUp(row["id"], row["vault"], row["kind"], row["question"], row["alone"], history, gold)


def _gold(vault: str, place: dict[str, Any]) -> Gold:
    return Gold(place["file"], Place(f"{vault}/{place['file']}", place["from"], place["to"]).quote)


Search = Callable[[HybridRetriever, FollowUp], Sequence[Hit]]
SEARCHES: dict[str, Search] = {
    "as typed": lambda retriever, asked: retriever.found(retriever.as_typed(asked.question), 5),
    "by a person": lambda retriever, asked: retriever.found(retriever.as_typed(asked.alone), 5),
    "product": lambda retriever, asked: retriever.search(asked.question, 5, history=asked.history),
}


def main(pairs: Sequence[str]) -> None:
    """Print the table."""
    embeddings = load_embeddings(Settings())
    found: dict[tuple[str, str], list[tuple[bool, float]]] = defaultdict(list)
    for pair in pairs:
        vault, _, index = pair.partition("=")
        retriever = open_retriever(Settings(index=Path(index)), embeddings=embeddings)
        for asked in (one for one in read() if one.vault == vault):
            for name, search in SEARCHES.items():
                hit = figures(search(retriever, asked), asked.gold)["hit@5"]
                for kind in ("all", asked.kind):
                    found[name, kind].append((asked.chosen, hit))
    print("| kind | half | n | " + " | ".join(SEARCHES) + " |\n|" + " --- |" * (3 + len(SEARCHES)))
    for kind in sorted({kind for _, kind in found}):
        for half, name in ((True, "chosen on"), (False, "reported")):
            rows = [[hit for chosen, hit in found[search, kind] if chosen == half] for search in SEARCHES]
            if rows[0]:
                means = " | ".join(f"{sum(row) / len(row):.3f}" for row in rows)
                print(f"| {kind} | {name} | {len(rows[0])} | {means} |")


if __name__ == "__main__":
    main(sys.argv[1:])
