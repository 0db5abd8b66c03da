"""What holds for any notes: quotes are exact, and a new note does not reorder the others."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from index_kit import FakeEmbedder, QuickDisk, unit, vault
from paths import TESTS

from ingest.build.run import build
from ingest.index.read import open_index
from ingest.notes.read import parse_note
from ingest.passages.split import split
from rag.sources.sections import source_of
from rag.sources.units import evidence, units_of

PIECES = [
    "甲",
    "乙。",
    "𠮷野家",
    "🙂",
    "is it. ",
    "\n",
    "\n\n",
    "# 题\n",
    "- ",
    "1. ",
    "| a | b |\n",
    "```\n",
    "$$",
    "\u2028",
    "\x0c",
    "：",
    "?",
]
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(texts, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@example("# 题\n\n𠮷是字。🙂也是。\n", "\r\n", True)
@example((TESTS / "golden" / "displaced.md").read_text("utf-8"), "\r", False)
def test_sources_and_their_quotes_are_the_note_s_own_characters(text: str, line_end: str, mark: bool) -> None:
    data = ("\ufeff" if mark else "").encode() + text.replace("\n", line_end).encode()
    parsed = split(parse_note("a.md", data), 80)
    note = parsed.note
    assert note.text == text.replace("\r\n", "\n").replace("\r", "\n")
    for section in parsed.sections:
        if not note.text[section.start : section.end].strip():
            continue
        source = source_of(1, note, section, ())
        assert source.text == note.text[source.start : source.end]
        assert source.start_line == note.text.count("\n", 0, source.start) + 1
        assert source.end_line == note.text.count("\n", 0, source.end) + 1
        for piece in units_of(source):
            quote = evidence(source, piece.start, piece.end)
            assert quote.quote == note.text[quote.start : quote.end] == piece.text
            assert quote.start_line == note.text.count("\n", 0, quote.start) + 1
            assert quote.end_line == note.text.count("\n", 0, quote.end) + 1


words = st.text(alphabet="甲乙丙丁。\n# ab", min_size=1, max_size=120)


@settings(max_examples=20, deadline=None)
@given(st.lists(words, min_size=1, max_size=6), words, st.integers(0, 6), words)
def test_an_unrelated_note_does_not_reorder_the_dense_hits(
    notes: list[str], unrelated: str, place: int, question: str
) -> None:
    """By FAISS's own inner products; what the retriever takes off them depends on all notes (rag/search/legs.py)."""
    named = {f"{n}b.md": note for n, note in enumerate(notes)}
    before = _dense(named, question)
    after = _dense({**named, f"{place}a.md": unrelated}, question)
    assert [hit for hit in after if hit[0] != f"{place}a.md"] == before


def _dense(notes: dict[str, str], question: str) -> list[tuple[str, int, float]]:
    """Path, line and inner product of every passage, nearest first."""
    with tempfile.TemporaryDirectory() as folder:
        config = vault(Path(folder), notes)
        build(config, FakeEmbedder(), disk=QuickDisk())
        index = open_index(config.index, "fake-1")
        scores, items = index.search_dense(unit(question)[np.newaxis], 1000)
        passages = [index.passages[item] for item in items[0]]
    return [(p.path, p.start, float(score)) for p, score in zip(passages, scores[0], strict=True)]
