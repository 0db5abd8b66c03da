"""Where a sentence ends, in Chinese and English, Markdown or not."""

import re

from ingest.text.citation_marks import mark_around, mark_end
from ingest.text.code_spans import CodeSpans
from ingest.text.scripts import HAN

# The coarse rule, by which passages are cut and their sentences embedded: it knows no abbreviation, code or quotation,
# and cuts at `;`. Each of its pieces has a vector in the index, so that a finer rule would mean to embed all notes anew.
COARSE_END = re.compile(r"(?<=[。！？；])[”’」』）)\"']*|(?<=[.!?;])(?=\s)|\n")

_MAY_END = re.compile(r"[\n`$\\。！？；.!?]")
_MORE_ENDS = re.compile("[。！？；.!?…]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|resp|fig|figs|no|nos|eq|dr|mr|mrs|ms|prof|inc|st|ca)|\b[A-Z])$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|[\s（(：:*])\d{1,2}$")
_NEAR = 12  # characters before a full stop that tell an abbreviation or a list's number
_GOES_ON = re.compile(f"[{HAN}（【「“]")
_CLOSERS = "”’」』）)】》"
_SIGNS = ("**", "*", "_", '"', "'")  # that open and close alike


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the sentences of running text, white space around them left out; line ends end a sentence."""
    scanner = SentenceScanner()
    spans = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end = scanner.end(text, start, final=True) or len(text)
        spans.append((start, start + len(text[start:end].rstrip())))
        start = end
    return spans


class SentenceScanner:
    """Finds the ends of the sentences of one text, which may still grow at its end; what was read is not read again."""

    def __init__(self) -> None:
        self._code = CodeSpans()
        self._start = self._at = -1
        self._signs = _Signs(0)
        self._ending: _Ending | None = None

    def end(self, text: str, start: int, *, final: bool) -> int | None:
        """Where the sentence that starts at `start` ends (marks included); None when more text is needed to tell."""
        if start != self._start:
            self._start = self._at = start
            self._signs = _Signs(start)
            self._ending = None
        while True:
            if self._ending is None:
                found = _MAY_END.search(text, self._at)
                self._at = found.start() if found else len(text)
                if found is None:
                    return len(text) if final else None
                if found.group() == "\n":
                    return self._at
                if found.group() in "`$\\":
                    after = self._code.end(text, self._at, final=final)
                    if after is None:
                        return None
                    self._at = max(self._at + 1, after)
                    continue
                if found.group() == "；":  # it may part the numbers of a mark
                    after = mark_around(text, self._at, final=final)
                    if after is None:
                        return None
                    if after > self._at:
                        self._at = after
                        continue
                self._ending = _Ending(self._signs, self._at + 1)
            after = self._ending.end(text, final=final)
            if after is None:
                return None
            if text[self._at] in "。！？；" or _ends_here(text, start, self._at, after):
                return after
            self._at = self._ending.stop
            self._ending = None

    def after_formula(self, text: str, start: int, end: int, *, final: bool) -> int | None:
        """Past what belongs to a formula `text[start:end]` behind it; None as above."""
        if self._ending is None or (start, end) != (self._start, self._at):
            self._start, self._at = start, end
            self._ending = _Ending(_Signs(start), end)
        return self._ending.end(text, final=final, one=True)


class _Signs:
    """How often the signs of emphasis and quotation stand in a sentence, counted as far as it was read."""

    def __init__(self, start: int) -> None:
        self._upto = start
        self._counts = dict.fromkeys(_SIGNS, 0)

    def is_open(self, sign: str, text: str, stop: int, end: int) -> bool:
        """Whether a sign before `end` waits for its other one; `stop` splits no run of `*` and never goes back."""
        self._counts = self._with(text[self._upto : stop])
        self._upto = stop
        return self._with(text[stop:end])[sign] % 2 == 1

    def _with(self, piece: str) -> dict[str, int]:
        single = piece.replace("**", "")
        return {sign: n + (piece if sign == "**" else single).count(sign) for sign, n in self._counts.items()}


class _Ending:
    """The end of one sentence: its stops, then closing quotes, emphasis and citation marks."""

    def __init__(self, signs: _Signs, stop: int) -> None:
        self._signs = signs
        self.stop = self._after = stop  # behind the stops; behind what is known to follow them

    def end(self, text: str, *, final: bool, one: bool = False) -> int | None:
        """Behind all that belongs to it; None when more text is needed to tell. `one`: no further stops belong to it."""
        if self._after == self.stop and not one and (more := _MORE_ENDS.match(text, self.stop)):
            self.stop = self._after = more.end()
        while self._after < len(text):
            end = self._after
            if text[end] == "*" and not final and end + 1 == len(text):
                return None
            if text[end] in _CLOSERS:
                self._after += 1
            elif text.startswith("**", end) and self._signs.is_open("**", text, self.stop, end):
                self._after += 2
            elif text[end] in "*_\"'" and self._signs.is_open(text[end], text, self.stop, end):
                self._after += 1
            else:
                after = mark_end(text, end, final=final)
                if after is None or after == end:
                    return after
                self._after = after
        return self._after if final else None


def _ends_here(text: str, start: int, position: int, after: int) -> bool:
    """Whether a Latin full stop, question or exclamation mark ends a sentence."""
    before = text[max(start, position - _NEAR) : position]
    if (
        text[position] == "."
        and text[position : position + 2] != ".."
        and (_ABBREVIATION.search(before) or _LIST_NUMBER.search(before))
    ):
        return False
    if after >= len(text) or text[after].isspace():
        return True
    return _GOES_ON.match(text[after]) is not None and not before[-1:].isdigit()
