"""What is no Markdown, written so that Markdown makes no more of it than it is."""

import re

_STARTS_MARKUP = re.compile(r"#{1,6}\s|>|```|~~~|[-+*]\s|\|")
_STARTS_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s)")
_TAG = re.compile(r"<(?=[A-Za-z/!])")


def escaped(text: str) -> str:
    """A paragraph of which Markdown makes no more than it is."""
    return "\\" + text if _STARTS_MARKUP.match(text) else _STARTS_NUMBER.sub(r"\1\\\2", text)


def without_tags(text: str) -> str:
    """Text in which no `<` opens a tag."""
    return _TAG.sub(r"\\<", text)


def lowered(markdown: str, levels: int) -> str:
    """Markdown with its headings that many levels deeper; in fences nothing is one."""
    lines = markdown.split("\n")
    fence = ""
    for index, line in enumerate(lines):
        if line.startswith("```"):
            mark = line[: len(line) - len(line.lstrip("`"))]
            fence = mark if not fence else "" if mark == fence else fence
        elif not fence and line.startswith("#"):
            hashes = len(line) - len(line.lstrip("#"))
            lines[index] = "#" * min(hashes + levels, 6) + line[hashes:]
    return "\n".join(lines)
