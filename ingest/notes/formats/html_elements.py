"""What the elements of HTML are to a reader of notes, and what of them is open while a page is read."""

import re
from dataclasses import dataclass, field

SKIPPED = frozenset({"script", "style", "template", "svg", "nav", "noscript", "iframe", "select", "button"})
# What opens only outside of what is skipped: whoever left it open is past its end.
CONTENT = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "table", "pre", "article", "main", "section"})
PAST_NAV = frozenset({"h1", "article", "main"})
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|(?P<kept>visibility\s*:\s*hidden))", re.IGNORECASE)
# Line numbers beside code, and what MathJax draws of a formula that stands in the page besides.
BESIDE = re.compile(r"(?:^|\s)(?:gutter|lineno|linenos|line-numbers|hljs-ln-numbers|blob-num|MathJax\w*)(?:\s|$)")
CLOSED = re.compile(r"</([a-zA-Z][^\s/>]*)")
BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form "
    "header hr html legend li main ol p section summary table tbody td tfoot th thead title tr ul".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
INLINE = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "del": "~~", "s": "~~"}
DEEPEST = 8  # levels of lists, quotes and inline markup that are kept: what is nested deeper stays flat
LONG_CELL = 600  # characters, from which a table is taken for the layout of a page
BREAK = "\x00"


@dataclass(slots=True)
class OpenList:
    """An open list: the next item's number (0: bullets), and whether an item's mark is still to be written."""

    number: int
    mark: str = ""
    indent: int = 0


@dataclass(slots=True)
class OpenTable:
    """An open table: its finished rows with the line of each, and the rows' cells so far."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    in_cell: bool = False


@dataclass(slots=True)
class OpenFormula:
    """An open formula: where in the text it began, its signs, and its TeX as far as the page has it."""

    start: int
    sign: str
    alternative: str = ""
    tex: list[str] | None = None


def is_item(line: str) -> bool:
    return bool(re.match(r"[ >]*(?:-|\d+\.) ", line))


def spaced(text: str) -> str:
    """The text with every stretch of white space as one space."""
    return " ".join(text.replace(BREAK, " ").split())


def address_of(url: str | None) -> str:
    """An address as it may stand in a Markdown link; '' for what is none, or holds a whole picture."""
    clean = "".join((url or "").split()).replace("(", "%28").replace(")", "%29")
    return "" if clean.lower().startswith(("javascript:", "data:", "#")) or len(clean) > 2000 else clean
