"""Questions as people type them: what is found, and what is shown of it. `python -m benchmarks.typed VAULT=INDEX=NOTES …`

`tests/eval/typed.jsonl`: 224 short questions over four folders of notes (56 each), in the words of someone who read them weeks ago; the
gold places are those that answer, by characters of the note. No model writes.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.config import Settings
from rag.open import open_notes, without_model
from rag.records import Found

SET = Path("tests/eval/typed.jsonl")
Place = tuple[str, int, int]
FIGURES = ("hit@1", "hit@5", "hit@10", "in the sources", "marked", "shown", "marks that are gold", "characters")


def figures(rows: Sequence[dict[str, Any]], index: str, notes: str) -> Iterator[tuple[float, ...]]:
    """`FIGURES` of each question."""
    settings = Settings(index=Path(index), corpus=Path(notes))
    opened = open_notes(index, settings)
    answerer = without_model(opened.retriever, settings)
    for row in rows:
        gold = [(place["file"], place["from"], place["to"]) for place in row["gold"]]
        passages = [hit.passage for hit in opened.search(row["question"], 10)]
        hits = [_holds(gold, one.path, one.start, one.end) for one in passages]
        found = next(event for event in answerer.stream(row["question"]) if isinstance(event, Found))
        path = {source.n: source.path for source in found.sources}
        marked = [_holds(gold, path[one.n], *span) for one in found.excerpts for span in one.marked]
        shown = [_holds(gold, path[one.n], part.start, part.end) for one in found.excerpts for part in one.pieces]
        in_sources = any(_holds(gold, one.path, one.start, one.end) for one in found.sources)
        length = sum(part.end - part.start for one in found.excerpts for part in one.pieces)
        share = float(np.mean(marked)) if marked else 0.0
        yield any(hits[:1]), any(hits[:5]), any(hits), in_sources, any(marked), any(shown), share, length


def _holds(gold: Sequence[Place], path: str, start: int, end: int) -> bool:
    return any(file == path and first < end and start < last for file, first, last in gold)


def main() -> None:
    """Print a row for each vault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vaults", nargs="+", metavar="VAULT=INDEX=NOTES")
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    print(f"| notes | {' | '.join(FIGURES)} |\n| --- |{' ---: |' * len(FIGURES)}")
    for given in parser.parse_args().vaults:
        vault, index, notes = given.split("=")
        mean = np.mean(list(figures([row for row in rows if row["vault"] == vault], index, notes)), axis=0)
        print(f"| {vault} | {' | '.join(f'{value:.3f}' for value in mean[:-1])} | {mean[-1]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
