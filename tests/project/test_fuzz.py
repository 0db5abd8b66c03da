"""Whatever bytes or texts come from outside, a stated error is the worst that they make."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import AskNotesError, ConfigError
from ingest.notes.read import parse_note
from ingest.passages.split import split
from ingest.text.citation_marks import strip_marks, strip_written_marks
from rag.answer.own_text_files import read_texts
from rag.citations.splitter import Splitter
from rag.evaluate.retrieval import read_history, read_questions

FEW = settings(max_examples=60, deadline=None)
HOSTILE = st.text(
    alphabet=st.sampled_from("[](){}<>【】（）†`$\\|*_~#>-+0123 \n\t。！？.!?，、:：[1]来源source\u202e\ue100\ufeff"),
    max_size=80,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "text", "question", "role", "content"]), inner, max_size=4)
    ),
    max_leaves=6,
)


@FEW
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_note_or_a_stated_error(data: bytes) -> None:
    with suppress(AskNotesError):
        note = parse_note("a.md", data)
        for passage in split(note, 300).passages:
            assert note.text[passage.start : passage.end] == passage.text


@FEW
@given(HOSTILE, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_an_answer_in_pieces_loses_no_character(text: str, sizes: list[int]) -> None:
    splitter, at, pieces = Splitter(), 0, []
    while at < len(text):
        size = sizes[at % len(sizes)]
        pieces += splitter.feed(text[at : at + size])
        at += size
    assert "".join(piece.raw for piece in [*pieces, *splitter.finish()]) == text


@FEW
@given(HOSTILE)
def test_citation_marks_are_taken_out_of_anything(text: str) -> None:
    bare, hints = strip_marks(text)
    assert len(bare) <= len(text) and all(number >= 0 for number in hints)
    assert len(strip_written_marks(text)) <= len(text)


@FEW
@given(st.lists(JSON, max_size=3), st.sampled_from(["", "[", "nul", '{"text": "\\ud800"}', "\x00"]))
def test_what_the_commands_read_is_read_or_refused(rows: list[object], more: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.jsonl"
        file.write_text("\n".join([*map(json.dumps, rows), more]), encoding="utf-8")
        with suppress(AskNotesError):
            assert all(isinstance(one.text, str) for one in read_texts(file))
        with suppress(AskNotesError):
            asked = read_questions(file)
            assert all(isinstance(text, str) for one in asked for text in (one.text, *(t.content for t in one.history)))
        file.write_text(json.dumps(rows) + more, encoding="utf-8")
        with suppress(AskNotesError):
            assert all(isinstance(turn.content, str) for turn in read_history(file))


def test_a_mark_of_utf_8_is_read_over_and_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b'{"question": "a", "text": "b"}')
    assert [one.text for one in (*read_questions(file), *read_texts(file))] == ["a", "b"]
    file.write_bytes(b"\xef\xbb\xbf" + b'[{"role": "user", "content": "a"}]')
    assert read_history(file)[0].content == "a"
    file.write_bytes(b"\xe8")
    for read in (read_texts, read_questions, read_history):
        with pytest.raises(ConfigError):
            read(file)


@pytest.mark.parametrize(
    "text",
    [
        '{"question": {}}',
        '{"question": "a", "history": [{"role": "user", "content": 5}]}',
        '[{"role": "user", "content": 5}]',
        '[{"role": {}, "content": ""}]',
        "[" * 100_000,
        '{"text":' * 100_000,
    ],
)
def test_what_is_no_text_or_nested_without_end_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(text, encoding="utf-8")
    for read in (read_texts, read_questions, read_history):
        with pytest.raises(ConfigError):
            read(file)
