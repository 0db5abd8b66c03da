"""Passages drawn at random, to be read: would a person have cut so?

    python -m benchmarks.passages FOLDER … [--each 40] [--seed 16]

Each is printed with its heading path, its kind, the end of what stands before it and the beginning of what follows.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes.read import find_notes, load_note
from ingest.passages.split import split
from ingest.schema import Note, Passage

BESIDE = 60  # characters of what stands around a passage


def passages_of(folder: Path) -> Iterator[tuple[Note, Passage]]:
    """All passages of a folder of notes, each with its note."""
    settings = Settings(corpus=folder)
    for path in find_notes(folder, settings).paths:
        try:
            note = load_note(folder, path, settings)
        except NoteError:
            continue
        for passage in split(note, settings.passage_chars).passages:
            yield note, passage


def shown(number: int, note: Note, passage: Passage) -> str:
    """A passage between what stands beside it, for a reader."""
    before = note.text[: passage.start].rstrip()[-BESIDE:].replace("\n", "⏎")
    after = note.text[passage.end :].lstrip()[:BESIDE].replace("\n", "⏎")
    head = f"#{number} {passage.location} · {passage.kind} · {' › '.join(passage.heading_path)}"
    columns = f"\n[columns] {passage.columns}" if passage.columns else ""
    return f"{head}{columns}\n    … {before}\n{passage.text}\n    {after} …\n"


def main() -> None:
    """Draw from each folder."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    options.add_argument("--each", type=int, default=40, help="passages of each folder")
    options.add_argument("--seed", type=int, default=16)
    given = options.parse_args()
    number = 0
    for folder in given.folders:
        found = list(passages_of(folder))
        print(f"== {folder.name}: {len(found)} passages\n")
        for note, passage in random.Random(given.seed).sample(found, min(given.each, len(found))):
            number += 1
            print(shown(number, note, passage))


if __name__ == "__main__":
    main()
