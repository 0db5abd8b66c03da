"""Typed lines -> headings with their nesting: Markdown's own, and those that only numbering or layout shows.

Notes copied from a PDF or a chat have headings without `#`: `1 什么是…？`, `一、…`, `ii. …`, `5. 💡 …`, a short line
that stands alone, a bold list item with its answer indented below. Their nesting is read off the sequence: a
marker of a class that is already open is a sibling of that one, a new class goes one level down.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.passages.turns import turns
from ingest.text.lines import Line, LineKind
from ingest.text.markup import heading_words
from ingest.text.numbers import ordinal
from ingest.text.scripts import HAN

MAX_TITLE = 70
TURN = "turn"
_MARKERS = re.compile(
    r"[ \t]*(?P<bullet>[-*+][ \t]+)?(?P<check>\[[ xX]?\][ \t]*)?(?P<early>💡[ \t]*)?(?:\*\*)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2})+\.?(?=[ \t])|\d{1,3}[.、)](?=\D)|\d{1,3}(?=[ \t])|[ivx]{1,5}[.)](?=[ \t])"
    r"|[一二三四五六七八九十]{1,3}[、.]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[Qq]\d{0,3}[:：.]"
    r"|第[一二三四五六七八九十\d]{1,3}(?:部分|[章节篇部])(?=[ \t:：、]))?"
    r"[ \t]*(?P<bulb>💡[ \t]*)?(?P<title>.*?)[ \t]*$"
)
_BOLD = re.compile(r"(?:[-*+][ \t]+)?(?:\d{1,3}[.、)][ \t]*)?\*\*[^*]+\*\*[：:]?$")
_LINK_ONLY = re.compile(r"!?\[\[.*\]\]$|!?\[[^\]]*\]\([^)]*\)$")
_QUESTION = re.compile(r"[?？][ \t*）)】]*$")
_PAGE = re.compile(
    r"[ \t]*(?:第[ \t]*\d+[ \t]*页.{0,12}|page[ \t]*\d+(?:[ \t]*(?:of|/)[ \t]*\d+)?)[ \t]*$", re.IGNORECASE
)
_SENTENCE = re.compile(r"[。；;，,：:…!！、]|\.[ *]*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading on line `index` (from 0) of the typed lines; `depth` counts from 1."""

    index: int
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    index: int
    title: str
    marker: str  # the class that decides the nesting
    number: str = ""


def outline(lines: Sequence[Line]) -> list[Heading]:
    """The headings in the order of the text."""
    markdown = sum(line.kind is LineKind.HEADING for line in lines)
    bare = markdown == 0
    said = turns(lines)
    candidates = [c for i in range(len(lines)) if i not in said and (c := _candidate(lines, i, bare))]
    asked = [_Candidate(i, title, TURN) for i, title in said.items() if title]
    candidates = sorted((*candidates, *asked), key=lambda candidate: candidate.index)
    candidates = _without_lists(lines, candidates)
    return _nest(candidates)


def _candidate(lines: Sequence[Line], index: int, bare: bool) -> _Candidate | None:
    line = lines[index]
    if line.kind is LineKind.HEADING:
        return _Candidate(index, heading_words(line.text), f"#{line.level}")
    if line.kind not in (LineKind.ITEM, LineKind.TEXT) or len(line.text) > 2 * MAX_TITLE:
        return None
    if not bare and "**" not in line.text and "💡" not in line.text:
        return None  # beside headings of Markdown only these are
    match = _MARKERS.match(line.text)
    if match is None or match["check"] or _PAGE.match(line.text) or _LINK_ONLY.match(match["title"]):
        return None
    title = heading_words(match["title"])
    if not title or len(title) > MAX_TITLE:
        return None
    marker = _pseudo_marker(lines, index, match, title, bare)
    return _Candidate(index, title, marker, match["number"] or "") if marker else None


def _pseudo_marker(lines: Sequence[Line], index: int, match: "re.Match[str]", title: str, bare: bool) -> str:
    """The class of a heading without `#`, or '' when the line is none."""
    line = lines[index]
    question = bool(_QUESTION.search(title))
    before, after = _blank(lines, index - 1), _blank(lines, index + 1)
    number = match["number"] or ""
    if match["bulb"] or match["early"]:
        return "bulb" if (question or number) and not title.endswith("。") else ""
    bold = bool(_BOLD.match(line.text.strip()))
    if line.kind is LineKind.ITEM and bold and question and _goes_deeper(lines, index):
        return f"bold{line.indent}"
    sentence = bool(_SENTENCE.search(match["title"]))
    if not match["bullet"] and not number and bold and before and after and not sentence:
        return "strong"
    if not bare or line.indent > 3:
        return ""
    alone = before and after
    if after and not sentence and _answered_by_bulb(lines, index):
        return _number_class(number)
    if question and (number or match["bullet"]) and (after or _blank(lines, index - 1)):
        return _number_class(number)
    if question and alone:
        return "question"
    if alone and len(title) <= 30 and not sentence and _prose_like(title):
        if number or match["bullet"]:
            return _number_class(number) if not _list_goes_on(lines, index, number) else ""
        return "title"
    return ""


def _number_class(number: str) -> str:
    digits = number.strip()
    if "." in digits.rstrip(".") and digits[0].isdigit():
        return f"dotted{digits.rstrip('.').count('.')}"
    if digits[:1].isdigit():
        return "number"
    if digits[:1] in "ivx" and digits:
        return "roman"
    return "han" if digits else "bullet"


def _prose_like(title: str) -> bool:
    """Words, not a formula, a path or a line of code."""
    return bool(re.search(f"[{HAN}]|[A-Za-z]{{3}}", title)) and not re.search(r"[=<>{}\\$|`/]", title)


def _blank(lines: Sequence[Line], index: int) -> bool:
    return not 0 <= index < len(lines) or lines[index].kind in (
        LineKind.BLANK,
        LineKind.HEADING,
        LineKind.UNDERLINE,
        LineKind.RULE,
        LineKind.HIDDEN,
        LineKind.FRONT_MATTER,
    )


def _answered_by_bulb(lines: Sequence[Line], index: int) -> bool:
    following = next((line for line in lines[index + 1 : index + 4] if line.kind is not LineKind.BLANK), None)
    return following is not None and following.text.lstrip().startswith("💡") and len(following.text) > MAX_TITLE


def _goes_deeper(lines: Sequence[Line], index: int) -> bool:
    for line in lines[index + 1 : index + 4]:
        if line.kind is not LineKind.BLANK:
            return line.indent > lines[index].indent
    return False


def _list_goes_on(lines: Sequence[Line], index: int, number: str) -> bool:
    """Whether the next line with text is the next item of the same list."""
    digits = re.match(r"\d+", number)
    for line in lines[index + 1 : index + 4]:
        if line.kind is not LineKind.BLANK:
            following = re.match(r"[ \t]*(?:[-*+][ \t]+)?(\d+)", line.text)
            return bool(digits and following and int(following.group(1)) == int(digits.group()) + 1)
    return False


def _without_lists(lines: Sequence[Line], candidates: list[_Candidate]) -> list[_Candidate]:
    """Drop runs of three or more candidates on adjacent lines, and of short lines apart that have no text below: lists."""
    kept: list[_Candidate] = []
    run: list[_Candidate] = []
    for candidate in [*candidates, None]:
        markdown = candidate is not None and candidate.marker.startswith("#")
        if candidate is not None and not markdown and run and candidate.index == run[-1].index + 1:
            run.append(candidate)
            continue
        if len(run) < 3 or run[0].marker.startswith("bold"):
            kept.extend(run)
        run = []
        if candidate is not None and markdown:
            kept.append(candidate)
        elif candidate is not None:
            run = [candidate]
    return _without_textless(lines, kept)


def _without_textless(lines: Sequence[Line], candidates: list[_Candidate]) -> list[_Candidate]:
    """Without runs of three or more short lines with nothing below each but the next."""
    kept: list[_Candidate] = []
    run: list[_Candidate] = []
    for candidate, following in pairwise([*candidates, None]):
        assert candidate is not None  # only the last of the pairs' second halves is
        end = following.index if following else len(lines)
        textless = all(_blank(lines, index) for index in range(candidate.index + 1, end))
        alone = textless and candidate.marker == "title"
        if alone:
            run.append(candidate)
        if not alone or following is None or following.marker != "title":
            kept.extend(run if len(run) < 3 else [])
            run = []
        if not alone:
            kept.append(candidate)
    return kept


def _nest(candidates: list[_Candidate]) -> list[Heading]:
    open_markers: list[str] = []
    headings: list[Heading] = []
    chapter = 0  # 2 below 2.1
    for candidate in candidates:
        marker = candidate.marker
        if marker.startswith("#"):
            level = int(marker[1:])
            turn = open_markers.index(TURN) + 1 if TURN in open_markers else 0
            above = [m for m in open_markers[turn:] if m.startswith("#") and int(m[1:]) < level]
            open_markers = open_markers[:turn] + above
        elif marker == "title":
            open_markers = []
        elif marker in open_markers:
            open_markers = open_markers[: open_markers.index(marker)]
        elif "dotted1" in open_markers and ordinal(re.sub(r"\W", "", candidate.number)) == chapter + 1:
            open_markers = open_markers[: open_markers.index("dotted1")]  # 3 after 2.1, whose own 2 was no heading
        if marker == "dotted1":
            chapter = int(candidate.number.partition(".")[0])
        open_markers.append(marker)
        headings.append(Heading(candidate.index, candidate.title, len(open_markers)))
    return headings
