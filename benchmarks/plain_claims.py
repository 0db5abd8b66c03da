"""What `check` says of plain sentences: `python -m benchmarks.plain_claims VAULT=INDEX …`, VAULT as in the set.

`tests/eval/plain_claims.jsonl`: 240 short sentences over four folders of notes, as people type them to have them checked; half are held, a third are
denied, the others are not decided by the notes. Nothing is trained on them.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from rag.open import open_notes

SET = Path("tests/eval/plain_claims.jsonl")
VERDICTS = ("supported", "contradicted", "unsupported")


def verdict_of(verdicts: list[str]) -> str:
    """Of a text of several sentences: denied when one is, held when all are."""
    if "contradicted" in verdicts:
        return "contradicted"
    return "supported" if verdicts and set(verdicts) == {"supported"} else "unsupported"


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
                found = [str(one.support) for one in notes.check(row["text"]).sentences]
                told[row["verdict"], verdict_of(found)] += 1
        print(f"| {vault} | {' | '.join(VERDICTS)} |\n| --- |{' ---: |' * len(VERDICTS)}")
        for right in VERDICTS:
            print(f"| {right} | {' | '.join(str(told[right, said]) for said in VERDICTS)} |")


if __name__ == "__main__":
    main()
