"""The lines' structure against an independent implementation of CommonMark, over every Markdown file that is at hand."""

import random
import re
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

from ingest.errors import NoteError
from ingest.notes.read import parse_note
from ingest.text.lines import Line, LineKind, typed_lines
from ingest.text.markdown_rules import add_rules

_BLOCK = re.compile(r'<(?P<tag>h[1-6]|pre|li)(?: [^>]*?)? ?data-sourcepos="(?P<first>\d+):\d+-(?P<last>\d+):')
_PLAIN_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")


def structure(lines: list[Line]) -> tuple[dict[int, int], set[int], set[int]]:
    """By cmark-gfm: levels of headings by line, lines of fences, lines on which items begin."""
    text = "\n".join("" if line.kind is LineKind.FRONT_MATTER else line.text for line in lines)
    page = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_SOURCEPOS | Options.CMARK_OPT_UNSAFE)
    levels: dict[int, int] = {}
    fences: set[int] = set()
    items: set[int] = set()
    for match in _BLOCK.finditer(page):
        first, last = int(match["first"]), int(match["last"])
        if match["tag"] == "li":
            items.add(first)
        elif match["tag"] != "pre":
            levels[first] = int(match["tag"][1])
        elif re.search("```|~~~", lines[first - 1].text):  # else it is indented code
            fences.update(range(first, last + 1))
    return levels, fences, items


def meant_otherwise(line: Line) -> bool:
    """What we take otherwise on purpose: what readers do not see, and headings without a plain space behind `#`."""
    return line.kind is LineKind.HIDDEN or (line.kind is LineKind.HEADING and not _PLAIN_HEADING.match(line.text))


def differences(text: str, body_start: int = 0) -> list[str]:
    lines = typed_lines(text, body_start)
    levels, fences, items = structure(lines)
    found = []
    for line in lines:
        level = line.level if line.kind is LineKind.HEADING else 0
        item = line.kind in (LineKind.ITEM, LineKind.FENCE, LineKind.HEADING) or line.number not in items
        same = level == levels.get(line.number, 0) and (line.kind is LineKind.FENCE) == (line.number in fences) and item
        if not same and not meant_otherwise(line):
            found.append(f"{line.number}: {line.kind.name} {level} {line.text[:60]}")
    return found


def test_every_markdown_file_at_hand_has_the_structure_of_commonmark(shared_folder: Path) -> None:
    files = [file for file in sorted(shared_folder.rglob("*.md")) if file.is_file()]
    found = {}
    for file in files:
        try:
            note = parse_note(file.name, file.read_bytes())
        except NoteError:
            continue
        if rows := differences(note.text, note.body_start):
            found[str(file)] = rows
    assert len(files) > 200
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "# 甲\n乙\n--\n- 丙\n  ```\n  # 丁\n  ```\n\n## 戊 ##\n",
        "1. 甲\n\n   ## 乙\n\n   文\n2. 丙\n",
        "> ```\n> # 甲\n> ```\n\n# 乙\n",
        "<div>\n\n# 甲\n\n</div>\n",
        "~~~~\n```\n# 甲\n~~~\n~~~~\n# 乙\n",
    ],
)
def test_and_so_have_these(text: str) -> None:
    assert differences(text) == []


def test_a_difference_is_seen() -> None:
    assert differences("<div>\n# 甲\n</div>\n") == [
        "2: HEADING 1 # 甲"
    ]  # right below HTML: our own choice, see decisions


_PARAGRAPH = ("paragraph_open", "inline", "paragraph_close")
LINES = [
    "甲",
    "a | b",
    "- x",
    "-",
    "1. z",
    "2",
    "---",
    "- - -",
    "===",
    "- | -",
    "> q",
    "# h",
    "```",
    "x $$",
    "%%",
    "\tt",
    "",
    "",
    "+ p",
]


@pytest.mark.parametrize("seed", range(4))
def test_the_short_way_for_lone_lines_changes_nothing(seed: int) -> None:
    rng = random.Random(seed)
    whole, short = _blocks(), _blocks()
    whole.disable("plain")
    for _ in range(250):
        text = "\n".join(" " * rng.choice([0, 0, 2, 4]) + rng.choice(LINES) for _ in range(rng.randint(1, 8)))
        kept = [[(t.type, t.map, t.tag) for t in md.parse(text) if t.type not in _PARAGRAPH] for md in (whole, short)]
        assert kept[0] == kept[1], text


def _blocks() -> MarkdownIt:
    md = MarkdownIt("commonmark").enable("table").disable(["code", "reference"])
    md.core.ruler.enableOnly(["normalize", "block"])
    add_rules(md)
    return md
