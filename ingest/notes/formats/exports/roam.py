"""Roam Research's JSON export -> Markdown: each page a chapter, its blocks an outline."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.errors import NoteError
from ingest.notes.formats.html_elements import DEEPEST
from ingest.schema import Converted

_ALIAS = re.compile(r"\[([^\]\n]*)\]\(\(\([\w-]{9}\)\)\)")
_REFERENCE = re.compile(r"(?:\{\{(?:\[\[)?embed(?:\]\])?:[ ]*)?\(\((?P<uid>[\w-]{9})\)\)(?:\}\})?")
_TO_DO = re.compile(r"\{\{(?:\[\[)?(?P<state>TODO|DONE)(?:\]\])?\}\}")
_COMPONENT = re.compile(r"\{\{[^{}\n]*\}\}")
_FENCE_END = re.compile(r"(?<=[^\n`])```[ ]*$", re.MULTILINE)
_HEAD = re.compile(rb"\s*\[\s*\{.*\"(?:title|children|string)\"\s*:", re.DOTALL)
_STAMPED = re.compile(rb"\"(?::?create[-/]time|:?edit[-/]time|uid|:block/uid)\"")


def is_export(head: bytes) -> bool:
    """Whether a JSON file begins as an export does."""
    return bool(_HEAD.match(head) and _STAMPED.search(head))


def convert(data: bytes) -> Converted:
    """The pages that have blocks, in the order of the file; what a block refers to stands in it.

    Source: https://roamresearch.com, Export All, JSON.

    Raises:
        NoteError: when it is no such export.
    """
    try:
        pages = [page for page in json.loads(data) if page.get("children")]
        said = {
            block["uid"]: str(block.get("string", "")) for page in pages for _, block in _blocks(page) if "uid" in block
        }
        lines = [line for page in pages for line in _page(page, said)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoteError("note.roam") from error
    return Converted("\n".join(lines))


def _blocks(page: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The blocks of a page with their depth from 0, in the order of the outline."""
    left = [(0, block) for block in reversed(page["children"])]
    while left:
        depth, block = left.pop()
        yield depth, block
        left += [(depth + 1, child) for child in reversed(block.get("children", []))]


def _page(page: dict[str, Any], said: dict[str, str]) -> Iterator[str]:
    yield from (f"# {' '.join(str(page['title']).split())}", "")
    for depth, block in _blocks(page):
        words = _words(str(block.get("string", "")), said)
        if not words.strip():
            continue
        level = int(block.get("heading") or 0)
        indent = "  " * min(depth, DEEPEST)
        first, *rest = words.strip().split("\n")
        yield f"{indent}- {'#' * (level + 1) + ' ' if 0 < level < 6 else ''}{first}"
        yield from (f"{indent}  {line}" for line in rest)
    yield ""


def _words(text: str, said: dict[str, str]) -> str:
    """A block's text as Markdown."""
    text = _REFERENCE.sub(lambda match: said.get(match["uid"], ""), _ALIAS.sub(r"\1", text))
    text = _TO_DO.sub(lambda match: "[ ]" if match["state"] == "TODO" else "[x]", text)
    return _FENCE_END.sub("\n```", _COMPONENT.sub("", text).replace("^^", "=="))
