"""Block rules for markdown-it: fences as people close them, display formulas, and comments that hide what they hold.

Each takes a block that is closed, or none: what nothing closes is text, not the rest of the note. What was looked for
in vain up to some place is not looked for again, so that hostile text takes linear time.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_BREAKS_FORMULA = re.compile(r"#{1,6}[ \t]|`{3}|~{3}")
# What opens a block whose text is not read as Markdown, and what closes it; the last are HTML whose text is kept.
_RAW = {
    "<!--": (re.compile("-->"), "hidden"),
    "%%": (re.compile("%%"), "hidden"),
    **{f"<{tag}": (re.compile(f"</{tag}>", re.IGNORECASE), "raw") for tag in ("pre", "script", "style", "textarea")},
}
# What begins no block of Markdown but a paragraph, and what ends one.
_PLAIN = re.compile(r"(?![#>`~\-*+_=|<%$:]|\d{1,9}[.)]).")
_ITEM = re.compile(r"[-*+][ \t]+[^\s|]")
_RAW_OPENED = re.compile(r"<!--|%%(?!.*%%)|<(?:pre|script|style|textarea)(?=[\s>])", re.IGNORECASE)


def add_rules(md: MarkdownIt) -> None:
    """Put the rules into a parser; their tokens are `fence`, `formula`, `hidden` and `raw`."""
    md.block.ruler.before("table", "plain", _plain)
    before = ["paragraph", "blockquote", "list"]
    md.block.ruler.at("fence", _fence, {"alt": before})
    md.block.ruler.before("fence", "formula", _formula, {"alt": before})
    md.block.ruler.at("html_block", _raw, {"alt": before})


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _push(state: StateBlock, kind: str, start: int, end: int, info: str = "") -> bool:
    token = state.push(kind, "", 0)
    token.map = [start, end]
    token.info = info
    state.line = end
    return True


def _plain(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph of one line, which most are: nobody asks for its token, and no other rule has to look at it."""
    line = _line(state, start)
    if silent or "$$" in line or not _PLAIN.match(line):
        return False
    after = start + 1
    if after < end and not state.isEmpty(after):
        indent = state.sCount[after]
        deep = indent - state.blkIndent >= 4 or (state.listIndent >= 0 and indent - state.listIndent >= 4)
        if deep or "|" in line or not _ITEM.match(_line(state, after)):
            return False
    state.line = start + 1
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """As CommonMark, but at any indentation, and a closing fence may stand left of the list item that it belongs to."""
    opened = _FENCE.match(_line(state, start))
    if not opened or (opened["fence"][0] == "`" and "`" in opened["info"]):
        return False
    vain = state.env.setdefault("vain", {})
    key = (opened["fence"][0], end, state.blkIndent)
    length = len(opened["fence"])
    if length >= vain.get(key, length + 1):
        return False
    deep = state.sCount[start] - state.blkIndent >= 4
    for line in range(start + 1, end):
        closing = _FENCE.match(_line(state, line))
        closes = closing and closing["fence"].startswith(opened["fence"]) and not closing["info"].strip()
        if closes and (deep or state.sCount[line] - state.blkIndent < 4):
            return silent or _push(state, "fence", start, line + 1, opened["info"].strip())
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return False
    vain[key] = length
    return False


def _formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """From a line that opens `$$`, at its end too, to the line that closes it; a heading or fence stands in none."""
    first = _line(state, start)
    count = first.count("$$")
    if not count or (count % 2 == 0 and not first.startswith("$$")):
        return False
    if count % 2 == 0:
        return silent or _push(state, "formula", start, start + 1)
    for line in range(start + 1, end):
        text = _line(state, line)
        if _BREAKS_FORMULA.match(text) or (state.sCount[line] < state.blkIndent and text):
            return False
        if text.count("$$") % 2:
            return silent or _push(state, "formula", start, line + 1)
    return False


def _raw(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Comments of HTML and Obsidian, and the elements whose text HTML takes as it is."""
    opened = _RAW_OPENED.match(_line(state, start))
    if not opened:
        return False
    closing, kind = _RAW[opened.group().lower()]
    vain = state.env.setdefault("vain", {})
    if vain.get((closing, end)):
        return False
    for line in range(start, end):
        if closing.search(_line(state, line), opened.end() if line == start else 0):
            return silent or _push(state, kind, start, line + 1)
    vain[closing, end] = True
    return False
