"""A name from outside on one line, with nothing hidden in it."""

import unicodedata


def printable(name: str) -> str:
    """A file's name on one line: control and direction characters, and bytes that are no text, are escaped."""
    return "".join(c.encode("unicode_escape", "backslashreplace").decode() if _hidden(c) else c for c in name)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\u200d"  # joins emoji
