"""A hook of mkdocs: the files of the root stand in the site too, and links out of docs/ do not break there.

A page may hold `<!-- include FILE -->` with a Markdown file of the root. A link to another file of the repository becomes its name.
A page that would load something from elsewhere ends the build.
"""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "README.zh.md": "index.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_INCLUDE = re.compile(r"^<!-- include ([\w./]+) -->$", re.MULTILINE)
_LOADS = re.compile(
    r"""<(?:script|img|iframe|link rel="(?:stylesheet|preconnect|icon)")[^>]* (?:src|href)=["']?(?:https?:)?//[^>]*>"""
)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What mkdocs makes a page of."""
    return inside(_INCLUDE.sub(lambda found: included(found[1]), markdown))


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """The finished page. Raises ValueError for one that loads something from elsewhere."""
    if found := _LOADS.search(output):
        raise ValueError(f"{page.file.src_uri} loads something from elsewhere: {found[0]}")
    return output


def included(name: str) -> str:
    """A Markdown file of the root, its links as a page of docs/ has them."""

    def from_docs(link: re.Match[str]) -> str:
        path = link[2].removeprefix("docs/") if link[2].startswith("docs/") else f"../{link[2]}"
        return f"[{link[1]}]({path})"

    return _LINK.sub(from_docs, (ROOT / name).read_text(encoding="utf-8"))


def inside(markdown: str) -> str:
    """The page with its links out of docs/ led to the page that includes that file, or made text."""

    def led(link: re.Match[str]) -> str:
        path, sharp, place = link[2].partition("#")
        if not path.startswith("../"):
            return link[0]
        page = PAGES.get(path.removeprefix("../"))
        return f"[{link[1]}]({page}{sharp}{place})" if page else link[1]

    return _LINK.sub(led, markdown)
