"""The checker on sentences written by hand: how many true ones it keeps, and how many turned ones it accepts.

    python -m benchmarks.checker INDEX FILE.jsonl …

FILE is `training/questions/test_*.jsonl`, or lines of `{"id", "question", "text", "supported", "kind"}`. Each sentence is
checked as in an answer: against the sources that the question finds. Sentences of questions whose gold is in other notes
than those of INDEX are left out. `near` is the threshold's neighbourhood: kept and accepted at other least probabilities.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.config import Settings
from rag.citations import check
from rag.citations.entailment import Verdict
from rag.citations.meaning import meaning_of
from rag.citations.splitter import Piece
from rag.judged import Support
from rag.open import entailment, open_retriever
from rag.question.followup import with_context
from rag.sources.sections import PASSAGES, build_sources

LEAST = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def sentences(file: Path) -> Iterator[tuple[str, str, bool, str, list[str]]]:
    """(question, sentence, supported, kind, files of the gold) of each line, two of one with a true and a turned one."""
    for line in file.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        earlier = row.get("history", ())
        question = with_context(row["question"], earlier[-1]["question"] if earlier else "")
        files = [gold["file"].partition("/")[2] for gold in row.get("gold", ())]
        if "text" in row:
            yield question, row["text"], row["supported"], row["kind"], files
        elif row.get("true"):
            yield question, row["true"], True, f"true {row['true_kind']}", files
            yield question, row["turned"], False, row["turned_kind"], files


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    settings = Settings(index=options.index)
    retriever = open_retriever(settings)
    index, reads = retriever.index, entailment(retriever.embeddings)
    similarity = meaning_of(retriever.embeddings).similarity
    seconds = pairs = 0.0
    best = [0.0]

    def timed(sentence: str, windows: Sequence[str]) -> list[Verdict]:
        nonlocal seconds, pairs
        started = time.perf_counter()
        found = reads.verdicts(sentence, windows)
        seconds, pairs = seconds + time.perf_counter() - started, pairs + len(windows)
        best.extend(one.held for one in found)
        return found

    for file in options.files:
        kinds: dict[str, list[bool]] = defaultdict(list)
        held: dict[bool, list[float]] = {True: [], False: []}
        for question, text, supported, kind, files in sentences(file):
            if any(name not in index.notes for name in files):
                continue
            hits = retriever.search(question, PASSAGES)
            sources = build_sources(hits, index.notes, index.sections, settings.sources)
            best[:] = [0.0]
            found = check.Checker(sources, timed, similarity).find(Piece(text, "", text))
            accepted = found.support is Support.SUPPORTED
            for name in ("all true" if supported else "all turned", kind):
                kinds[name].append(accepted)
            held[supported].append(max(best))
        print(f"\n{file.name}: {len(held[True])} true, {len(held[False])} turned")
        for name, passed in sorted(kinds.items()):
            print(f"  {name:24} accepted {sum(passed) / len(passed):.2f} of {len(passed)}")
        near = {
            least: [sum(p >= least for p in held[s]) / max(1, len(held[s])) for s in (True, False)] for least in LEAST
        }
        print("  near:", "  ".join(f"{least}: {kept:.2f}/{wrong:.2f}" for least, (kept, wrong) in near.items()))
    print(f"\n{1000 * seconds / max(1, pairs):.0f} ms a pair of sentence and window, {pairs:.0f} pairs")


if __name__ == "__main__":
    main()
