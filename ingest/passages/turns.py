"""Chat exports: each turn of the person who asks is a heading, so that an answer is found with its question."""

import re
from collections.abc import Mapping, Sequence

from ingest.text.lines import Line, LineKind
from ingest.text.markup import heading_words

MAX_TITLE = 70
_LONGEST = 2000  # characters of a line on which a label is looked for
_LABEL = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*|__)?(?P<name>[^\s*_:：#>|`\-][^*_:：\n]{0,19})(?:\*\*|__)?(?:(?P<colon>[:：])(?:\*\*|__)?|$)[ \t]*(?P<said>.*)$"
)
# What exports call the person; the other one is whoever speaks next.
_ASKER = frozenset("我 你 用户 提问 user human you me prompt".split())


def turns(lines: Sequence[Line]) -> Mapping[int, str]:
    """The lines (from 0) with which turns begin, and what a person asked, '' for an answer; none where no two take turns."""
    labelled = [(index, match) for index, line in enumerate(lines) if (match := _label(line))]
    asked = [(place, index) for place, (index, match) in enumerate(labelled) if _name(match) in _ASKER]
    if len(asked) < 2 or asked[0][0] + 1 >= len(labelled):
        return {}
    asker = _name(labelled[asked[0][0]][1])
    other = _name(labelled[asked[0][0] + 1][1])
    speakers = [(index, match) for index, match in labelled if _name(match) in (asker, other)]
    names = [_name(match) for _, match in speakers]
    if len(names) < 4 or any(name != (asker, other)[place % 2] for place, name in enumerate(names)):
        return {}
    return {
        index: _said(lines, index, match) if name == asker else ""
        for (index, match), name in zip(speakers, names, strict=True)
    }


def _label(line: Line) -> "re.Match[str] | None":
    if line.kind not in (LineKind.TEXT, LineKind.HEADING) or len(line.text) > _LONGEST:
        return None
    match = _LABEL.match(line.text)
    return match if match and (match["colon"] or line.kind is LineKind.HEADING) else None


def _name(label: "re.Match[str]") -> str:
    return label["name"].strip().lower()


def _said(lines: Sequence[Line], index: int, label: "re.Match[str]") -> str:
    """The first words of a turn, on the line of its label or below."""
    below = (line.text for line in lines[index + 1 :] if line.kind not in (LineKind.BLANK, LineKind.UNDERLINE))
    return heading_words(label["said"] or next(below, ""))[:MAX_TITLE]
