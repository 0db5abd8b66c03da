"""The one form in which characters are compared."""

import re
import unicodedata
from functools import lru_cache

from ingest.text.scripts import HAN_RANGES

IGNORED = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ufe00-\ufe0f]")

_JOINED = re.compile("[\uff9e\uff9f\u1160-\u11ff]")  # half-width voicing marks, the later letters of a Korean syllable


@lru_cache(maxsize=1)
def _one_form() -> dict[int, str | None]:
    """Translation table: Traditional to Simplified, zero-width characters to nothing."""
    from opencc import OpenCC

    han = "".join(chr(code) for first, last in HAN_RANGES for code in range(ord(first), ord(last) + 1))
    table: dict[int, str | None] = {
        ord(old): new for old, new in zip(han, OpenCC("t2s").convert(han), strict=True) if old != new
    }
    return table | {ord(c): None for c in map(chr, range(0x10000)) if IGNORED.match(c)}


def simplified(text: str) -> str:
    """Traditional Chinese characters in their Simplified form, one for one; the rest, but for zero width, as it is."""
    return text.translate(_one_form())


@lru_cache(maxsize=1)
def _other_form() -> re.Pattern[str]:
    """A character that the table changes, or beyond the first plane, where a set would be searched one by one: most
    texts have none, which is found out much faster than translated."""
    return re.compile(f"[{''.join(chr(code) for code in _one_form() if code < 0x10000)}\U00010000-\U0010ffff]")


def fold(text: str) -> str:
    """One form for search: NFKC (full width, NBSP, ligatures), Simplified Chinese, lower case, no zero width."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii() and _other_form().search(text):
        text = text.translate(_one_form())
    return text.lower()


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its characters the offset in `text` that it comes from."""
    folded: list[str] = []
    offsets: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and (unicodedata.combining(text[end]) or _JOINED.match(text[end])):
            continue
        piece = fold(text[start:end])
        folded.append(piece)
        offsets.extend([start] * len(piece))
        start = end
    return "".join(folded), offsets
