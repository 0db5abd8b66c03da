"""A sentence that is not told yet: its key and its values, so that whoever shows it tells it in the reader's language."""

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from ingest.messages.answers import ANSWERS
from ingest.messages.catalogue import Catalogue, Language
from ingest.messages.commands import COMMANDS, HELP
from ingest.messages.index import INDEX
from ingest.messages.model_files import MODEL_FILES
from ingest.messages.models import MODELS
from ingest.messages.notes import NOTES
from ingest.messages.programs import PROGRAMS
from ingest.messages.questions import QUESTIONS, REPORT
from ingest.messages.settings import SETTINGS
from ingest.messages.system import SYSTEM

if TYPE_CHECKING:
    from pydantic import ValidationError

MESSAGES = Catalogue(
    SETTINGS, NOTES, INDEX, MODELS, MODEL_FILES, QUESTIONS, REPORT, ANSWERS, COMMANDS, PROGRAMS, HELP, SYSTEM
)

Text = Union["Message", str]  # what is told in the reader's language, or a name that is the same in both


@dataclass(frozen=True, init=False, slots=True)
class Message:
    """A sentence of the catalogue. `str(message)` is English.

    Values are texts, numbers, other messages, or several of these, which are told with commas between; anything else
    (a path, an exception) counts as the text that `str` makes of it. `dataclasses.asdict` makes JSON of it.
    """

    key: str
    values: Mapping[str, object]

    def __init__(self, key: str, /, **values: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", {name: _plain(value) for name, value in values.items()})

    def told(self, language: Language) -> str:
        """The sentence in this language."""
        return MESSAGES.told(self.key, language, {name: _told(value, language) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.told("en")

    def __hash__(self) -> int:
        return hash((self.key, tuple(self.values.items())))


def help_in(language: Language) -> Callable[[str], str]:
    """What a command or an option is for, by the key behind `help.`; for parsers, which want a plain text."""
    return lambda key: MESSAGES.told(f"help.{key}", language, {})


def told(text: Text, language: Language) -> str:
    """A text in this language, as far as it has one."""
    return text.told(language) if isinstance(text, Message) else text


def from_json(row: object) -> Message | None:
    """The message that `dataclasses.asdict` and JSON made `row` of; None for else, such as one of another version."""
    match row:
        case {"key": str(key), "values": dict(values)} if key in MESSAGES and MESSAGES.fields(key) == values.keys():
            return Message(key, **{name: _value(value) for name, value in values.items()})
    return None


def reason_of(error: OSError) -> Text:
    """What the system says, such as 'Permission denied'; in both languages when it is one that people meet."""
    key = f"system.{errno.errorcode.get(error.errno or 0, '')}"
    return Message(key) if key in MESSAGES else error.strerror or str(error)


def first_fault(error: "ValidationError") -> str:
    """What pydantic finds wrong first, and where in it."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | Message):
        return value
    if isinstance(value, Sequence):
        return tuple(map(_plain, value))
    return str(value)


def _told(value: object, language: Language) -> object:
    if isinstance(value, Message):
        return value.told(language)
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(str(_told(part, language)) for part in value)
    return value


def _value(value: object) -> object:
    return [_value(part) for part in value] if isinstance(value, list) else from_json(value) or value
