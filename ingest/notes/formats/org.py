"""Org -> Markdown, line by line: headings, blocks, tables, links and emphasis; each line keeps its number."""

import re

from ingest.schema import Converted

_TODO = r"(?:(?:TODO|DONE|NEXT|WAITING|CANCELL?ED)[ \t]+)?(?:\[#[A-Z]\][ \t]*)?"
_HEADING = re.compile(rf"(\*+)[ \t]+{_TODO}(.*?)(?:[ \t]+:[\w@#%:]+:)?[ \t]*$")
_KEYWORD = re.compile(r"[ \t]*#\+(\w+)(?:\[[^\]]*\])?:[ \t]*(.*)$")
_BLOCK = re.compile(r"[ \t]*#\+(begin|end)_(\w+)[ \t]*(\S*)", re.IGNORECASE)
_CODE = frozenset({"src", "example", "export"})
_DRAWER = re.compile(r"[ \t]*:([\w-]+):[ \t]*$")
_PLANNING = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[]")
_LINK = re.compile(r"\[\[([^\[\]]+)\](?:\[([^\[\]]+)\])?\]")
_EDGE, _END = r"(?<![\w*/=~+])", r"(?![\w*/=~+])"
_MARKS = [
    (re.compile(rf"{_EDGE}[=~](\S(?:[^\n=~]*\S)?)[=~]{_END}"), r"`\1`"),
    (re.compile(rf"{_EDGE}\*(\S(?:[^\n*]*\S)?)\*{_END}"), r"**\1**"),
    (re.compile(rf"{_EDGE}/(\S(?:[^\n/]*\S)?)/{_END}"), r"*\1*"),
    (re.compile(rf"{_EDGE}\+(\S(?:[^\n+]*\S)?)\+{_END}"), r"~~\1~~"),
]
_LONGEST = 2000  # characters of a line in which markup is looked for
_RULE = re.compile(r"[ \t]*\|-[-+|]*[ \t]*$")


def convert(data: bytes) -> Converted:
    """The text with as many lines as the file; comments, drawers and settings leave theirs empty.

    Source: https://orgmode.org/worg/org-syntax.html
    """
    lines = data.decode("utf-8", "surrogatepass").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    out: list[str] = []
    title = ""
    block = drawer = False
    closed = _closed(lines)
    for number, line in enumerate(lines):
        if (match := _BLOCK.match(line)) and (match[1].lower() == "end" or closed[number]):
            code = match[2].lower() in _CODE
            block = code and match[1].lower() == "begin"
            out.append("```" + (match[3] if block and match[2].lower() == "src" else "") if code else "")
        elif block:
            out.append(line)
        elif drawer or (closed[number] and _is_drawer(line)):
            drawer = not _is_drawer(line, "end")
            out.append("")
        elif match := _KEYWORD.match(line):
            title = match[2].strip() if match[1].lower() == "title" else title
            out.append(match[2] if match[1].lower() in ("title", "caption") else "")
        else:
            out.append(_line(line))
    return Converted("\n".join(out), title)


def _closed(lines: list[str]) -> list[bool]:
    """Of each line whether a drawer or block that opens there is closed: a drawer before the next heading."""
    closed = [False] * len(lines)
    drawer = False
    blocks: set[str] = set()
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if match := _BLOCK.match(line):
            closed[number] = match[2].lower() in blocks
            if match[1].lower() == "end":
                blocks.add(match[2].lower())
        elif _is_drawer(line):
            closed[number] = drawer
            drawer = _is_drawer(line, "end")
        elif line.startswith("*") and _HEADING.match(line[:_LONGEST]):
            drawer = False
    return closed


def _is_drawer(line: str, name: str = "") -> bool:
    match = _DRAWER.match(line)
    return match is not None and (not name or match[1].lower() == name)


def _line(line: str) -> str:
    if len(line) > _LONGEST:
        return line
    if match := _HEADING.match(line):
        return "#" * min(len(match[1]), 6) + " " + _inline(match[2])
    if re.match(r"[ \t]*#(?: |$)", line) or _PLANNING.match(line):
        return ""
    if _RULE.match(line):
        return line.replace("+", "|")
    if match := re.match(r"[ \t]*: (.*)", line):
        return f"`{match[1]}`" if "`" not in match[1] else match[1]
    return _inline(line)


def _inline(text: str) -> str:
    """Links and emphasis; what is in a link's address stays."""
    parts = []
    at = 0
    for match in _LINK.finditer(text):
        target = match[1].removeprefix("file:").replace(" ", "%20")
        parts += [_emphasis(text[at : match.start()]), f"[{match[2] or match[1]}]({target})"]
        at = match.end()
    return "".join(parts) + _emphasis(text[at:])


def _emphasis(text: str) -> str:
    for pattern, markdown in _MARKS:
        text = pattern.sub(markdown, text)
    return text
