"""Records of any version, whole or not: what can be read is read, and the rest is no traceback."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest
from history_kit import answers
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.history.kept import PARTLY, kept_answer, kept_names, kept_turns
from rag.records import Answer, Turn
from rag.records_json import answer_from_record, answer_to_record
from ui.render.turn import finished_view
from ui.words import Words

MAPPINGS = {"ranks", "scores", "shares", "timings"}  # their keys are names, not fields
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def record(answer: Answer) -> Any:
    """A record as it comes out of JSON."""
    return json.loads(json.dumps(answer_to_record(answer)))


def read(data: object) -> Answer:
    return kept_answer(json.dumps(data))


WHOLE = answers(only=True, pages=True)[1]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything stands in a record."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in items for place in places(value, (*path, key)))]


PLACES = places(record(WHOLE))[1:]


def changed(path: tuple[Any, ...], *value: Any) -> Any:
    """The record of `WHOLE` with `value` at a place, or without what is there."""
    data = record(WHOLE)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    if value:
        inner[path[-1]] = value[0]
    else:
        del inner[path[-1]]
    return data


def with_unknown(data: Any, name: str = "") -> Any:
    """The same record with a field that nobody knows in each of its records."""
    if isinstance(data, list):
        return [with_unknown(value) for value in data]
    if not isinstance(data, dict):
        return data
    more = {} if name in MAPPINGS else {"from_the_future": {"x": [1]}}
    return {key: with_unknown(value, key) for key, value in data.items()} | more


@settings(max_examples=30, deadline=None)
@given(st.from_type(Answer))
def test_every_answer_comes_back_as_it_was(answer: Answer) -> None:
    again = read(answer_to_record(answer))
    assert json.dumps(record(again)) == json.dumps(record(answer))  # as text, for NaN is not itself


def test_unknown_fields_are_ignored() -> None:
    data = with_unknown(record(WHOLE))
    assert json.dumps(data).count("from_the_future") > 5
    assert read(data) == answer_from_record(data) == WHOLE


def test_missing_fields_are_at_their_defaults() -> None:
    for path in (("only",), ("sources", 0, "places"), ("sources", 0, "hits"), ("sentences", 0, "lead")):
        data = changed(path)
        assert not isinstance(read(data), dict) and read(data) == answer_from_record(data)
    assert read(changed(("only",))) == replace(WHOLE, only=())
    assert read(changed(("incomplete",))) == replace(WHOLE, incomplete="")


def test_an_answer_without_what_it_needs_is_incomplete_and_the_rest_of_it_stands() -> None:
    whole = replace(WHOLE, incomplete="")
    data = record(whole)
    del data["timings"], data["generation"]
    assert read(data) == replace(whole, timings={}, generation="", incomplete=PARTLY["zh"])
    with pytest.raises(ValueError, match="timings"):
        answer_from_record(data)
    assert read(changed(("timings",))).incomplete == WHOLE.incomplete  # it says so itself


@pytest.mark.parametrize("wrong", [None, 7, "x", [3], {"a": None}])
def test_a_source_that_lacks_something_is_left_out_and_the_others_stand(wrong: object) -> None:
    data = record(WHOLE)
    data["sources"] = [wrong, *data["sources"], {**data["sources"][0], "start": wrong, "text": wrong, "end": wrong}]
    data["sentences"][0]["evidence"].insert(0, wrong)
    data["sentences"].append(wrong)
    assert read(data) == WHOLE


def test_a_page_or_rank_that_is_wrong_leaves_the_others() -> None:
    data = record(WHOLE)
    data["sources"][0]["places"]["starts"] += [[9], ["x", 1], [1, 2, 3], 4]
    data["sources"][0]["hits"][0]["ranks"]["bm26"] = "first"
    data["sources"][0]["hits"].append({"passage": {"kind": "of the future"}, "score": 1})
    assert read(data) == WHOLE


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "3", '"x"', "[" * 100_000, "9" * 5000, "\x00"])
def test_what_is_no_record_keeps_question_and_text(text: str) -> None:
    answer = kept_answer(text, "What is it?", "It is.")
    assert (answer.question, answer.text, answer.incomplete) == ("What is it?", "It is.", PARTLY["en"])
    assert kept_turns(text) == kept_names(text) == ()


@settings(deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_whatever_is_wrong_the_other_fields_are_read(path: tuple[Any, ...], value: object) -> None:
    for data in (changed(path, value), changed(path)):
        answer = read(data)
        for field in dataclasses.fields(Answer):
            if field.name not in (path[0], "incomplete"):
                assert getattr(answer, field.name) == getattr(WHOLE, field.name)
        assert finished_view(answer, Words("en"), {})  # a citation whose source is gone is drawn too


@settings(deadline=None)
@given(JSON)
def test_any_json_is_an_answer(data: object) -> None:
    text = json.dumps(data)
    assert isinstance(kept_answer(text), Answer)
    assert all(isinstance(turn, Turn) for turn in kept_turns(text))
    assert all(isinstance(name, str) for name in kept_names(text))


def test_turns_and_names_that_can_be_read_are() -> None:
    turns = [{"role": "user", "content": "问", "at": 1}, {"role": "system", "content": ""}, {"role": "user"}, None]
    assert kept_turns(json.dumps(turns)) == (Turn("user", "问"),)
    assert kept_names('["a", 1, null, "b"]') == ("a", "b")
