"""Texts of the user's own that are to be checked, as they come: a file, standard input, or JSON lines."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import ConfigError
from ingest.messages import reason_of

MOST = 20 * 2**20


@dataclass(frozen=True, slots=True)
class OwnText:
    """A text, its name in a batch, and the question that it answers; both may be empty."""

    text: str
    id: str = ""
    question: str = ""


def read_text(name: str) -> OwnText:
    """The file of that name, or standard input for `-`. Raises ConfigError when it cannot be read as UTF-8, or does not
    end within `MOST` characters."""
    try:
        if name == "-":
            text = sys.stdin.read(MOST + 1)
        else:
            with Path(name).open(encoding="utf-8-sig") as file:
                text = file.read(MOST + 1)
        if len(text) > MOST:
            raise ConfigError("texts.too_large", file=name, limit=MOST // 2**20)
        return OwnText(text)
    except OSError as error:
        raise ConfigError("texts.unreadable", file=name, reason=reason_of(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("texts.not_utf8", file=name) from error


def read_texts(file: Path) -> list[OwnText]:
    """The lines `{"id", "text", "question"?}` of a file. Raises ConfigError, naming the line that is wrong."""
    texts = []
    for number, line in enumerate(read_text(str(file)).text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, question = row["text"], row.get("question") or ""
            if not isinstance(text, str) or not isinstance(question, str):
                raise TypeError("text and question are strings")
            texts.append(OwnText(text, str(row.get("id", number)), question))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ConfigError("texts.no_text", file=file, line=number, reason=repr(error)) from error
    return texts
