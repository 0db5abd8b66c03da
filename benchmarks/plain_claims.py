"""What `check` says of plain sentences: `python -m benchmarks.plain_claims VAULT=INDEX …`, VAULT as in the set.

`tests/eval/plain_claims.jsonl`: 240 short sentences over four folders of notes, as people type them to have them checked; half are held, a third are
denied, the others are not decided by the notes. Nothing is trained on them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rag.judged import Support
from rag.open import open_notes

SET = Path("tests/eval/plain_claims.jsonl")


def verdict_of(verdicts: Sequence[Support]) -> Support:
    """Of a text of several sentences: denied when one is, held when all are."""
    if Support.CONTRADICTED in verdicts:
        return Support.CONTRADICTED
    return Support.SUPPORTED if set(verdicts) == {Support.SUPPORTED} else Support.UNSUPPORTED


def main() -> None:
    """Print a table for each vault: in the lines what is right, in the columns what was said."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("indexes", nargs="+", metavar="VAULT=INDEX")
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    for pair in parser.parse_args().indexes:
        vault, _, index = pair.partition("=")
        notes, told = open_notes(index), Counter[tuple[str, str]]()
        for row in rows:
            if row["vault"] == vault:
                found = [one.support for one in notes.check(row["text"]).sentences]
                told[row["verdict"], verdict_of(found)] += 1
        print(f"| {vault} | {' | '.join(Support)} |\n| --- |{' ---: |' * len(Support)}")
        for right in Support:
            print(f"| {right} | {' | '.join(str(told[right, said]) for said in Support)} |")


if __name__ == "__main__":
    main()
