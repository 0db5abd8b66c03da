"""What of a text counts as words: markup, addresses and boilerplate out; one form for the forms of a character."""

import re
from collections.abc import Iterator

from ingest.text.code_spans import Ahead
from ingest.text.folding import IGNORED

# What opens like a picture or a link and does not close like one is matched too, as far as nothing within it can be
# one either, and stays: so it is not tried again from every later bracket. `kept` is set when there is one, to its words.
_IMAGE = re.compile(r"!\[([^\]\n]*+)(?:\]\([^)\n]*+(?P<whole>\))?)?")
_EMBED = re.compile(r"!\[\[[^\]\n]*+(?P<whole>\]\])?")
_WIKI_LINK = re.compile(r"\[\[(?P<target>[^\]|\n]*+)(?:(?:\|(?P<words>[^\]|\n]++))?+(?P<whole>\]\]))?")
_LINK = re.compile(r"\[([^\]\n]*+)(?P<whole>\]\((?:[^()\n]++|\([^()\n]*+\))*+\))?")
_ALT = re.compile(r"<img\b(?:(?=[^>]*+>)[^>]*?\balt=[\"']([^\"'>]*+)[\"'][^>]*+(?P<whole>>)|[^>]*+)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*+(?:\s[^<>]*+)?+/?>")
_TAG_OR_COMMENT = re.compile(rf"{_TAG.pattern}|<!--.*?-->", re.DOTALL)
_URL = re.compile(r"<?\b(?:https?|ftp)://[^\s<>()（）「」，。；、\"']+>?|\bwww\.[^\s<>()（），。]+")
_LINE_MARKUP = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|>[ \t]?|[-*+][ \t]+(?:\[[ xX]?\][ \t])?|\|[\s|:-]*$|(?:```|~~~).*$)", re.M
)
_EMPHASIS = re.compile(r"\*\*|__|~~|==")
_LINK_BEGUN = re.compile(r"!?\[|<|https?://")
_ADDRESS = re.compile(r"\S+")


def plain(text: str) -> str:
    """Markdown -> its words: link and alt texts stay, addresses, HTML tags and emphasis marks go."""
    text = _IMAGE.sub(_words, text)
    text = _EMBED.sub(_nothing, text)
    text = _WIKI_LINK.sub(_wiki_words, text)
    text = _LINK.sub(_words, text)
    text = _ALT.sub(_words, text)
    text = _without_tags(text)
    text = _URL.sub("", text)
    text = _LINE_MARKUP.sub("", text)
    return IGNORED.sub("", _EMPHASIS.sub("", text))


def _words(match: re.Match[str]) -> str:
    return match[1] if match["whole"] else match[0]


def _nothing(match: re.Match[str]) -> str:
    return "" if match["whole"] else match[0]


def _wiki_words(match: re.Match[str]) -> str:
    """The words of a link, or its target where it has none."""
    words: str = match["words"] or match["target"]
    return words if match["whole"] and words else match[0]


def _without_tags(text: str) -> str:
    """Without tags and comments; behind the last `-->` no comment is looked for."""
    last = text.rfind("-->") + 3 if "-->" in text else 0
    return _TAG_OR_COMMENT.sub("", text[:last]) + _TAG.sub("", text[last:])


def link_spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of links and pictures, of what stands in angle brackets, and of bare addresses."""
    ahead = Ahead()
    at = 0
    while begun := _LINK_BEGUN.search(text, at):
        at = begun.end()
        match begun.group():
            case "<":
                end = _on_line(text, ahead, ">", at) if not text.startswith(">", at) else -1
            case "[" | "![":
                middle = _on_line(text, ahead, "]", at)
                end = _on_line(text, ahead, ")", middle + 1) if middle >= 0 and text.startswith("(", middle) else -1
            case _:
                address = _ADDRESS.match(text, at)
                end = address.end() if address else -1
        if end >= 0:
            at = end
            yield begun.start(), end


def without_links(text: str) -> str:
    """The text without what `link_spans` finds."""
    kept: list[str] = []
    at = 0
    for start, end in link_spans(text):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _on_line(text: str, ahead: Ahead, mark: str, start: int) -> int:
    """Behind the next `mark` when it stands on this line, else -1."""
    at = ahead.find(text, mark, start)
    line_end = ahead.find(text, "\n", start)
    return at + 1 if at >= 0 and not 0 <= line_end < at else -1
