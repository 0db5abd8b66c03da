"""What of a text counts as words: markup, addresses and boilerplate out; one form for the forms of a character."""

import re
import unicodedata
from functools import lru_cache

_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_EMBED = re.compile(r"!\[\[[^\]\n]*\]\]")
_WIKI_LINK = re.compile(r"\[\[(?:[^\]|\n]*\|)?([^\]|\n]+)\]\]")
_LINK = re.compile(r"\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_ALT = re.compile(r"<img\b[^>]*?\balt=[\"']([^\"'>]*)[\"'][^>]*>", re.IGNORECASE)
_HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--.*?-->", re.DOTALL)
_URL = re.compile(r"<?\b(?:https?|ftp)://[^\s<>()（）「」，。；、\"']+>?|\bwww\.[^\s<>()（），。]+")
_LINE_MARKUP = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|>[ \t]?|[-*+][ \t]+(?:\[[ xX]?\][ \t])?|\|[\s|:-]*$|(?:```|~~~).*$)", re.M
)
_EMPHASIS = re.compile(r"\*\*|__|~~|==")
_IGNORED = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ufe00-\ufe0f]")


def plain(text: str) -> str:
    """Markdown -> its words: link and alt texts stay, addresses, HTML tags and emphasis marks go."""
    text = _IMAGE.sub(r"\1", text)
    text = _EMBED.sub("", text)
    text = _WIKI_LINK.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _ALT.sub(r"\1", text)
    text = _HTML.sub("", text)
    text = _URL.sub("", text)
    text = _LINE_MARKUP.sub("", text)
    return _IGNORED.sub("", _EMPHASIS.sub("", text))


def printable(name: str) -> str:
    """A file's name on one line: control and direction characters, and bytes that are no text, are escaped."""
    return "".join(c.encode("unicode_escape", "backslashreplace").decode() if _hidden(c) else c for c in name)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\u200d"  # joins emoji


@lru_cache(maxsize=1)
def _one_form() -> dict[int, str | None]:
    """Translation table: Traditional to Simplified, zero-width characters to nothing."""
    from opencc import OpenCC

    han = "".join(map(chr, range(0x3400, 0xA000)))
    table: dict[int, str | None] = {
        ord(old): new for old, new in zip(han, OpenCC("t2s").convert(han), strict=True) if old != new
    }
    return table | {ord(c): None for c in map(chr, range(0x10000)) if _IGNORED.match(c)}


def fold(text: str) -> str:
    """One form for search: NFKC (full width, NBSP, ligatures), Simplified Chinese, lower case, no zero width."""
    return unicodedata.normalize("NFKC", text).translate(_one_form()).lower()


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its characters the offset in `text` that it comes from."""
    folded: list[str] = []
    offsets: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        piece = fold(text[start:end])
        folded.append(piece)
        offsets.extend([start] * len(piece))
        start = end
    return "".join(folded), offsets
