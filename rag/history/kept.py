"""Answers, turns and names as they are kept: JSON, read as far as it goes, whatever version wrote it."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ingest.text.scripts import language
from rag.records import Answer, Turn
from rag.records_json import answer_form, answer_to_record

PARTLY = {  # `Answer.incomplete` of one whose record cannot be read whole
    "zh": "保存的内容有一部分无法读取。",
    "en": "Part of what was kept of it cannot be read.",
}

_T = TypeVar("_T")
_Path = tuple[int | str, ...]


def as_history(answers: Sequence[Answer]) -> list[Turn]:
    """The turns of a conversation, as retrieval and prompts read them."""
    return [
        turn
        for answer in answers
        for turn in (Turn("user", answer.standalone_question or answer.question), Turn("assistant", answer.text))
    ]


def kept_answer(record: str, question: str = "", text: str = "") -> Answer:
    """The answer of a record. What of it is unknown is ignored, and what is missing or wrong is left out: a field is at
    its default, a sentence, source or piece of evidence that lacks something needed is gone, and the answer says that it
    is incomplete.

    Args:
        question, text: the answer's, when the record does not tell.
    """
    nothing = Answer(question, "", text, False, (), (), "", "", {})
    answer, whole = _as_far_as_it_goes(answer_form(), record, answer_to_record(nothing))
    return answer if whole else replace(answer, incomplete=answer.incomplete or PARTLY[language(answer.question)])


def kept_turns(record: str) -> tuple[Turn, ...]:
    """The turns of a record; those that cannot be read are left out."""
    return _as_far_as_it_goes(_turns_form(), record, [])[0]


def kept_names(record: str) -> tuple[str, ...]:
    """The strings of a record; what else is in it is left out."""
    return _as_far_as_it_goes(_names_form(), record, [])[0]


@functools.cache
def _turns_form() -> TypeAdapter[tuple[Turn, ...]]:
    return TypeAdapter(tuple[Turn, ...])


@functools.cache
def _names_form() -> TypeAdapter[tuple[str, ...]]:
    return TypeAdapter(tuple[str, ...])


def _as_far_as_it_goes(form: TypeAdapter[_T], record: str, nothing: Any) -> tuple[_T, bool]:
    """What `form` finds in a record, and whether that is all of it; `nothing` is the least that it takes."""
    try:
        data = json.loads(record)
    except (ValueError, RecursionError):
        return form.validate_python(nothing), False
    whole = True
    while True:
        try:
            return form.validate_python(data), whole
        except ValidationError as errors:
            whole = False
            faulty = [_faulty(data, error["loc"]) for error in errors.errors(include_url=False, include_context=False)]
            data = _completed(_without(data, faulty), nothing)


def _faulty(data: Any, place: _Path) -> _Path:
    """Where the value stands that an error is about; for what is missing, the record that lacks it."""
    for depth, key in enumerate(place):
        try:
            data = data[key]
        except (LookupError, TypeError):
            return place[:depth]
    return place


def _without(data: Any, paths: Sequence[_Path]) -> Any:
    """A copy without the values at these places; their neighbours keep their order."""
    below: dict[int | str, list[_Path]] = {}
    for path in paths:
        if path:
            below.setdefault(path[0], []).append(path[1:])
    if not below:
        return data
    items = data.items() if isinstance(data, Mapping) else enumerate(data)
    kept = [(key, _without(value, below.get(key, ()))) for key, value in items if () not in below.get(key, ())]
    return dict(kept) if isinstance(data, Mapping) else [value for _, value in kept]


def _completed(data: Any, nothing: Any) -> Any:
    """The record with what it must have; `nothing` when it is of another sort."""
    if isinstance(data, dict) and isinstance(nothing, dict):
        return nothing | data
    return data if isinstance(data, type(nothing)) else nothing
