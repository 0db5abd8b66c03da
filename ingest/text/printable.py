"""A name from outside on one line, with nothing hidden in it; a text from outside for a terminal."""

import re
import unicodedata

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # of a terminal: colours, its title, the clipboard
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(name: str) -> str:
    """A file's name on one line: control and direction characters, and bytes that are no text, are escaped."""
    return "".join(c.encode("unicode_escape", "backslashreplace").decode() if _hidden(c) else c for c in name)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\u200d"  # joins emoji


def for_terminal(text: str) -> str:
    """A text of several lines that can tell a terminal nothing: control characters go (with them every escape
    sequence is mere text), what turns the direction of writing around is escaped; tabs and line ends stay."""
    return _DIRECTIONS.sub(_escaped, _CONTROLS.sub("", text)).encode("utf-8", "backslashreplace").decode()


def for_terminal_json(line: str) -> str:
    """The same for a line of JSON, in which these characters can only stand in texts: they are escaped as JSON does."""
    return re.sub(f"{_DIRECTIONS.pattern}|[\x7f-\x9f\ud800-\udfff]", _escaped_in_json, line)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _escaped_in_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
