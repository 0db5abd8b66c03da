"""Obsidian's canvas -> Markdown: its text cards, those of a group below the group's name."""

import json
from collections.abc import Iterator
from typing import Any

from ingest.errors import NoteError
from ingest.notes.formats.markdown import lowered
from ingest.schema import Converted


def convert(data: bytes) -> Converted:
    """The cards from top to bottom; notes and pictures on the canvas are files of their own.

    Source: https://jsoncanvas.org/spec/1.0/

    Raises:
        NoteError: when it is no canvas.
    """
    try:
        nodes = json.loads(data).get("nodes", []) if data.strip() else []
        cards = [node for node in nodes if node["type"] == "text" and str(node["text"]).strip()]
        groups = [node for node in nodes if node["type"] == "group" and node.get("label")]
        lines = list(_lines(cards, sorted(groups, key=_place)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoteError("note.canvas") from error
    return Converted("\n".join(lines))


def _lines(cards: list[dict[str, Any]], groups: list[dict[str, Any]]) -> Iterator[str]:
    around = [min((group for group in groups if _holds(group, card)), key=_area, default=None) for card in cards]
    for group in (None, *groups):
        inside = [card for card, other in zip(cards, around, strict=True) if other is group]
        if group and inside:
            yield from ("## " + " ".join(str(group["label"]).split()), "")
        # A card without a heading would be taken for text below that of the card before it.
        for card in sorted(inside, key=lambda card: (card["text"].lstrip().startswith("#"), *_place(card))):
            yield from (lowered(str(card["text"]).strip(), 2 if group else 1), "")


def _place(node: dict[str, Any]) -> tuple[float, float]:
    return float(node.get("y", 0)), float(node.get("x", 0))


def _area(group: dict[str, Any]) -> float:
    return float(group["width"]) * float(group["height"])


def _holds(group: dict[str, Any], card: dict[str, Any]) -> bool:
    """Whether the middle of a card lies in a group."""
    (top, left), (y, x) = _place(group), _place(card)
    y, x = y + float(card.get("height", 0)) / 2, x + float(card.get("width", 0)) / 2
    return top <= y <= top + float(group["height"]) and left <= x <= left + float(group["width"])
