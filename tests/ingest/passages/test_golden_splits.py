"""How typical notes are cut: each note of tests/golden beside what comes of it, read and judged by hand.

`python -m tests.test_golden` writes the .split files anew; read the difference before it is committed.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from paths import TESTS

from ingest.config import Settings
from ingest.notes.read import parse_note
from ingest.passages.split import moved, split
from ingest.schema import Passage

GOLDEN = TESTS / "golden"
NOTES = sorted(file for file in GOLDEN.iterdir() if file.suffix in (".md", ".txt"))


def shown(file: Path) -> str:
    """Each section with its lines and heading path, and its passages with their lines, kind, first and last words."""
    note = split(parse_note(file.name, file.read_bytes()), Settings().passage_chars)
    rows = []
    for section in note.sections:
        rows.append(f"{section.start_line}-{section.end_line} {' > '.join(section.heading_path)}")
        rows[-1] += " (inferred)" if section.inferred else ""
        rows += [_row(passage) for passage in note.passages if passage.section_id == section.id]
    return "\n".join(rows) + "\n"


def _row(passage: Passage) -> str:
    words = " ".join(passage.text.split())
    words = words if len(words) <= 36 else f"{words[:24]} … {words[-10:]}"
    return f"    {passage.start_line}-{passage.end_line} {passage.kind} {len(passage.text)} | {words}"


@pytest.mark.parametrize("file", NOTES, ids=lambda file: file.name)
def test_a_typical_note_is_cut_as_expected(file: Path) -> None:
    assert shown(file) == file.with_suffix(".split").read_text("utf-8")


if __name__ == "__main__":
    for one in NOTES:
        one.with_suffix(".split").write_text(shown(one), "utf-8")


@pytest.mark.parametrize("file", NOTES, ids=lambda file: file.name)
def test_a_moved_note_is_cut_as_a_new_one(file: Path) -> None:
    """Without being split again; under another title it is another note."""
    note, there = parse_note(file.name, file.read_bytes()), parse_note(f"elsewhere/{file.name}", file.read_bytes())
    before = split(note, Settings().passage_chars)
    assert moved(before, there) == split(there, Settings().passage_chars)
    assert moved(before, replace(there, title="another title")) is None
