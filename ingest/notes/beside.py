"""What only serves or repeats another file beside it: parts of a saved page, views of a database, items of Joplin's."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

_PARTS = re.compile(r"(.+)[_.]files", re.IGNORECASE)
_VIEW = re.compile(r"(.+ [0-9a-f]{32})\.csv", re.IGNORECASE)
_NOTION_ID = re.compile(r"(?<=\S)[ _-][0-9a-f]{32}(?:_all)?$")
_JOPLIN_TAIL = re.compile(r"(?:\A|\n\n)id: [0-9a-f]{32}\n(?:[a-z_]+:.*\n)*type_: (?P<kind>\d+)\s*\Z")
_LONGEST_TAIL = 4000  # characters of the properties that Joplin puts below a note
_JOPLIN_NOTE = 1


@dataclass(frozen=True, slots=True)
class JoplinItem:
    """A file of Joplin's raw export; `end` is the offset behind its text."""

    end: int
    is_note: bool
    is_locked: bool


def is_part_of_page(folder: str, files: Collection[str]) -> bool:
    """Whether a browser made this folder for the pictures and frames of a page that lies among `files`."""
    match = _PARTS.fullmatch(folder)
    return match is not None and any(match[1] + suffix in files for suffix in (".html", ".htm"))


def is_view(name: str, files: Collection[str]) -> bool:
    """Whether Notion wrote this table of what one view shows, and all of its database beside it."""
    match = _VIEW.fullmatch(name)
    return match is not None and f"{match[1]}_all.csv" in files


def without_id(stem: str) -> str:
    """The name of a file without the id that Notion puts behind its pages' titles."""
    return _NOTION_ID.sub("", stem)


def joplin_item(path: str, text: str) -> JoplinItem | None:
    """What Joplin says of an item below its text; None for any other file."""
    if not re.fullmatch(r"[0-9a-f]{32}", PurePosixPath(path).stem) or "type_:" not in text[-40:]:
        return None
    match = _JOPLIN_TAIL.search(text, max(len(text) - _LONGEST_TAIL, 0))
    if not match:
        return None
    locked = "\nencryption_applied: 1\n" in match.group()
    return JoplinItem(match.start(), int(match["kind"]) == _JOPLIN_NOTE, locked)
