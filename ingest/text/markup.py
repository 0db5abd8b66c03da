"""What of a text counts as words: markup, addresses and boilerplate out; one form for the forms of a character."""

import re

from ingest.text.folding import IGNORED

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
    return IGNORED.sub("", _EMPHASIS.sub("", text))
