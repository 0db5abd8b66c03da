"""Where a sentence ends, in Chinese and English, Markdown or not."""

import re

from ingest.text.citation_marks import CODE_SPAN, MARKS, MAY_BE_MARK
from ingest.text.scripts import CJK

_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|resp|fig|figs|no|nos|eq|dr|mr|mrs|ms|prof|inc|st|ca)|\b[A-Z])$",
    re.IGNORECASE,
)


_LIST_NUMBER = re.compile(r"(?:^|[\s（(：:*])\d{1,2}$")


_CLOSERS = "”’」』）)】》"


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the sentences of running text, white space around them left out; line ends end a sentence."""
    spans = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end = sentence_end(text, start, final=True) or len(text)
        spans.append((start, start + len(text[start:end].rstrip())))
        start = end
    return spans


def sentence_end(text: str, start: int, *, final: bool) -> int | None:
    """Where the sentence that starts at `start` ends (marks included); None when more text is needed to tell."""
    position = start
    while position < len(text):
        char = text[position]
        if char == "\n":
            return position
        if char in "`$\\":
            after = _after_code(text, position, final=final)
            if after is None:
                return None
            position = after
        elif char in "。！？；.!?":
            run = position + 1
            while run < len(text) and text[run] in "。！？；.!?…":
                run += 1
            after = after_end(text, start, run, final=final)
            if after is None:
                return None
            if char in "。！？；" or _ends_here(text, start, position, after):
                return after
            position = run
        else:
            position += 1
    return len(text) if final else None


def _after_code(text: str, position: int, *, final: bool) -> int | None:
    """Past an inline code span or formula, or past the single character when none starts here."""
    match = CODE_SPAN.match(text, position)
    if match and (match.end() < len(text) or final):
        return match.end()
    if final or "\n" in text[position:]:
        return position + 1
    if text[position] == "\\" and len(text) > position + 1 and text[position + 1] != "(":
        return position + 1
    return None


def after_end(text: str, start: int, end: int, *, final: bool) -> int | None:
    """Past the closing quotes, emphasis and citation marks that follow a sentence end."""
    while True:
        if end >= len(text):
            return end if final else None
        char = text[end]
        marks = MARKS.match(text, end)
        if char in _CLOSERS:
            end += 1
        elif char == "*" and not final and end + 1 == len(text):
            return None
        elif text.startswith("**", end) and text.count("**", start, end) % 2:
            end += 2
        elif char in "*_\"'" and text[start:end].replace("**", "").count(char) % 2:
            end += 1
        elif marks:
            end = marks.end()
            if not final and _open_link(text, end):
                return None
        elif not final and MAY_BE_MARK.fullmatch(text, end):
            return None
        else:
            return end


def _open_link(text: str, end: int) -> bool:
    """`[1](` may yet become a link."""
    return re.fullmatch(r"(?:\([^)\s]*)?", text[end:]) is not None


def _ends_here(text: str, start: int, position: int, after: int) -> bool:
    """Whether a Latin full stop, question or exclamation mark ends a sentence."""
    before = text[start:position]
    if (
        text[position] == "."
        and text[position : position + 2] != ".."
        and (_ABBREVIATION.search(before) or _LIST_NUMBER.search(before))
    ):
        return False
    if after >= len(text) or text[after].isspace():
        return True
    return re.match(f"[{CJK}（【「“]", text[after]) is not None and not before[-1:].isdigit()
