"""A model with fixed delays that says of the mark in its question (`zq0703`) what the sources in its prompt say of it."""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

from obliging_endpoint import Json, saying

MARK = re.compile(r"zq\d{4}")
READING, PIECE = 0.5, 0.05  # seconds until the first piece, and between two pieces
SIZE = 6  # characters of a piece


def marking_endpoint() -> AbstractContextManager[str]:
    """It listens while the context lasts; its address."""
    return saying(_pieces)


def _pieces(body: Json) -> Iterator[str]:
    """The sentence of the sources that holds the mark of the question, which stands last, as slowly as a model."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    mark = MARK.findall(prompt)[-1]
    said = re.search(rf"[^\n。]*{mark}[^\n。？?]*。", prompt)
    text = said.group().strip() if said else f"{mark} 不在来源里。"
    time.sleep(READING)
    for start in range(0, len(text), SIZE):
        yield text[start : start + SIZE]
        time.sleep(PIECE)
