"""HTML -> Markdown: headings, lists, quotes, tables, code, links; scripts, styles and navigation are left out."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ingest.notes.formats.markdown import escaped, without_tags
from ingest.schema import Converted, Places

_SKIPPED = frozenset({"script", "style", "template", "svg", "nav", "noscript", "iframe", "select", "button"})
# What opens only outside of what is skipped: whoever left it open is past its end.
_CONTENT = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "table", "pre", "article", "main", "section"})
_PAST_NAV = frozenset({"h1", "article", "main"})
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Line numbers beside code, and what MathJax draws of a formula that stands in the page besides.
_BESIDE = re.compile(r"(?:^|\s)(?:gutter|lineno|linenos|line-numbers|hljs-ln-numbers|blob-num|MathJax\w*)(?:\s|$)")
_CLOSED = re.compile(r"</([a-zA-Z][^\s/>]*)")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form "
    "header hr html legend li main ol p section summary table tbody td tfoot th thead title tr ul".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "del": "~~", "s": "~~"}
_DEEPEST = 8  # levels of lists, quotes and inline markup that are kept: what is nested deeper stays flat
_LONG_CELL = 600  # characters, from which a table is taken for the layout of a page
_BREAK = "\x00"


def convert(data: bytes) -> Converted:
    """The page's text; `places` has the line of the file where each piece begins."""
    text, title, starts = to_markdown(data.decode("utf-8", "surrogatepass"))
    return Converted(text, title, Places("line", starts))


def to_markdown(page: str) -> tuple[str, str, tuple[tuple[int, int], ...]]:
    """Markdown, title, and pairs of a line of the Markdown and the line of the page that it comes from."""
    reader = _Reader(page)
    reader.feed(page)
    reader.close()
    reader.finish()
    return "\n".join(reader.lines), reader.first_heading or reader.title, tuple(reader.starts)


@dataclass(slots=True)
class _List:
    """An open list: the next item's number (0: bullets), and whether an item's mark is still to be written."""

    number: int
    mark: str = ""
    indent: int = 0


@dataclass(slots=True)
class _Table:
    """An open table: its finished rows with the line of each, and the rows' cells so far."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    in_cell: bool = False


@dataclass(slots=True)
class _Formula:
    """An open formula: where in the text it began, its signs, and its TeX as far as the page has it."""

    start: int
    sign: str
    alternative: str = ""
    tex: list[str] | None = None


class _Reader(HTMLParser):
    """Writes a line of Markdown for each block. What is not closed is closed by what follows."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._closed = {match[1].lower(): match.start() for match in _CLOSED.finditer(page)}  # the last of each
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", page))]
        self._formula: _Formula | None = None
        self.lines: list[str] = []
        self.starts: list[tuple[int, int]] = []
        self.title = self.first_heading = ""
        self._text: list[str] = []
        self._inline: list[tuple[str, int, str]] = []  # tag, where in _text it opened, address
        self._at = 0  # line of the page where the text began
        self._skip: list[str] = []
        self._heading = 0
        self._pre = False
        self._quotes = 0
        self._lists: list[_List] = []
        self._tables: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skip and not self._past_skipped(tag):
            if tag == self._skip[-1]:
                self._skip.append(tag)
            return
        given = dict(attrs)
        if self._open_formula(tag, given):
            return
        if self._is_skipped(tag, given):
            self._skip.append(tag)
        elif tag == "br":
            self._text.append("\n" if self._pre else _BREAK)
        elif tag == "img":
            if given.get("alt"):
                self._add(f"![{given['alt']}]({_address(given.get('src'))})")
        elif tag in _INLINE or tag == "a":
            if not self._pre and len(self._inline) < _DEEPEST:
                self._inline.append((tag, len(self._text), _address(given.get("href"))))
        elif tag in _HEADINGS or tag == "pre" or tag in _BLOCKS:
            self._open_block(tag, given)

    def _past_skipped(self, tag: str) -> bool:
        """End what is skipped where something opens that cannot stand in it."""
        skipped = self._skip[-1]
        past = _PAST_NAV if skipped == "nav" else _BLOCKS | _CONTENT if skipped == "p" else _CONTENT
        if skipped not in ("p", "nav", "svg", "noscript", "select", "button") or tag not in past:
            return False
        self._skip.clear()
        return True

    def _is_skipped(self, tag: str, given: dict[str, str | None]) -> bool:
        """Whether what stands in an element is not shown; what nothing closes further down is."""
        line, column = self.getpos()
        if tag in _VOID or self._closed.get(tag, -1) < self._line_starts[line - 1] + column:
            return False
        drawn = tag in ("span", "i", "a") and given.get("aria-hidden") == "true"
        unseen = "hidden" in given or bool(_HIDDEN.search(given.get("style") or ""))
        return tag in _SKIPPED or drawn or unseen or bool(_BESIDE.search(given.get("class") or ""))

    def _open_formula(self, tag: str, given: dict[str, str | None]) -> bool:
        """Formulas: MathML, with its TeX where a page has it, and MathJax's scripts."""
        kind = (given.get("type") or "").lower()
        if tag == "script" and kind.startswith("math/tex"):
            self._formula = _Formula(len(self._text), "$$" if "display" in kind else "$", tex=[])
        elif tag == "math" and self._formula is None:
            sign = "$$" if given.get("display") == "block" else "$"
            self._formula = _Formula(len(self._text), sign, alternative=given.get("alttext") or "")
        elif tag == "annotation" and self._formula and "tex" in (given.get("encoding") or ""):
            self._formula.tex = []
        else:
            return False
        return True

    def _close_formula(self) -> None:
        formula, self._formula = self._formula, None
        if formula and (tex := "".join(formula.tex or [formula.alternative]).strip()):
            del self._text[formula.start :]
            self._add(f"{formula.sign}{tex}{formula.sign}")

    def _open_block(self, tag: str, given: dict[str, str | None]) -> None:
        while self._tables and tag == "pre":  # a table that only sets line numbers beside code
            self._close_table()
        if self._tables and tag not in ("table", "tr", "td", "th"):
            self._text.append(" ")
            return
        if not self._tables:
            self._flush()
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag == "pre":
            self._pre = True
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in ("ul", "ol"):
            start = str(given.get("start") or "1")
            self._lists.append(_List(int(start) if tag == "ol" and start.isdecimal() and len(start) < 9 else 0))
            if tag == "ol":
                self._lists[-1].number = self._lists[-1].number or 1
        elif tag == "li" and self._lists:
            self._open_item(self._lists[-1])
        elif tag in ("table", "tr", "td", "th"):
            self._open_table_part(tag)

    def _open_item(self, within: _List) -> None:
        within.mark = f"{within.number}. " if within.number else "- "
        within.indent = len(within.mark)
        within.number += 1 if within.number else 0

    def _open_table_part(self, tag: str) -> None:
        if tag == "table":
            self._tables.append(_Table())
            if len(self._tables) > 1:
                self._text.append(" ")
        elif len(self._tables) != 1:  # a table in a cell of another is text of that cell
            self._text.append(" ")
        elif tag == "tr":
            self._close_cell()
            self._tables[0].rows.append((self.getpos()[0], []))
        else:
            self._close_cell()
            if not self._tables[0].rows:
                self._tables[0].rows.append((self.getpos()[0], []))
            self._tables[0].in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if self._skip:
            if tag == self._skip[-1]:
                self._skip.pop()
            return
        if tag == "math" or (tag == "script" and self._formula):
            self._close_formula()
        elif tag in _INLINE or tag == "a":
            self._close_inline(tag)
        elif tag == "title" and not self.title:
            self.title = _spaced("".join(self._text))
            self._drop()
        elif tag == "table" and self._tables:
            self._close_table()
        elif self._tables:
            if tag in _BLOCKS:
                self._text.append(" ")
        elif tag in _HEADINGS or tag == "pre" or tag in _BLOCKS:
            self._flush()
            self._heading, self._pre = 0, False
            if tag == "blockquote":
                self._quotes = max(self._quotes - 1, 0)
            elif tag in ("ul", "ol") and self._lists:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if self._formula and self._formula.tex is not None:
            self._formula.tex.append(data)
        elif not self._skip:
            self._add(data if self._pre else without_tags(data.replace(_BREAK, "")))

    def finish(self) -> None:
        """Close what the page left open."""
        while self._tables:
            self._close_table()
        self._flush()

    def _add(self, text: str) -> None:
        if not self._at and text.strip():
            blank = len(text) - len(text.lstrip())
            self._at = self.getpos()[0] + text.count("\n", 0, blank)
        self._text.append(text)

    def _close_inline(self, tag: str) -> None:
        """Put the marks around what stands between the tags, without the white space at its ends."""
        opened = next((i for i in range(len(self._inline) - 1, -1, -1) if self._inline[i][0] == tag), -1)
        if opened < 0:
            return
        _, start, address = self._inline[opened]
        del self._inline[opened:]
        inner = "".join(self._text[start:])
        words = inner.strip()
        if not words or _BREAK in words or (tag == "a" and not address):
            return
        mark = _INLINE.get(tag, "")
        marked = f"[{words}]({address})" if tag == "a" else f"{mark}{words}{mark}"
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        self._text[start:] = [before, marked, after]

    def _close_cell(self) -> None:
        table = self._tables[0]
        text = _spaced("".join(self._text).replace(_BREAK, " "))
        if table.rows and (table.in_cell or text):
            table.rows[-1][1].append(text)
        table.in_cell = False
        self._drop()

    def _close_table(self) -> None:
        if len(self._tables) > 1:
            self._tables.pop()
            self._text.append(" ")
            return
        self._close_cell()
        rows = [(line, cells) for line, cells in self._tables.pop().rows if any(cells)]
        columns = max((len(cells) for _, cells in rows), default=0)
        if columns < 2 or any(len(cell) > _LONG_CELL for _, cells in rows for cell in cells):
            for line, cells in rows:
                for cell in filter(None, cells):
                    self._write([escaped(cell)], line)
            return
        head = "> " * min(self._quotes, _DEEPEST)
        for number, (line, cells) in enumerate(rows):
            padded = [cell.replace("|", "\\|") for cell in cells] + [""] * (columns - len(cells))
            self._place(line)
            self.lines.append(head + "| " + " | ".join(padded) + " |")
            if number == 0:
                self.lines.append(head + "|" + " --- |" * columns)
        self.lines.append("")

    def _flush(self) -> None:
        """Write the block that ends here."""
        text, at = "".join(self._text), self._at
        pre, heading = self._pre, self._heading
        self._drop()
        if not text.strip():
            return
        if pre:
            fence = "```"
            while fence in text:
                fence += "`"
            self._write([fence, *text.strip("\n").split("\n"), fence], at)
            return
        rows = [row for part in text.split(_BREAK) if (row := _spaced(part))]
        if heading:
            words = " ".join(rows)
            self._write([f"{'#' * heading} {words}"], at, plain=True)
            if heading == 1:
                self.first_heading = self.first_heading or words
        elif rows:
            self._write([escaped(rows[0]), *rows[1:]], at)

    def _write(self, rows: list[str], at: int, *, plain: bool = False) -> None:
        """The rows of one block with the marks of the quotes and lists that it stands in, and a blank line."""
        lists = [] if plain else self._lists[:_DEEPEST]
        head = "" if plain else "> " * min(self._quotes, _DEEPEST)
        indent = "".join(" " * one.indent for one in lists[:-1])
        mark = lists[-1].mark if lists else ""
        rest = " " * lists[-1].indent if lists else ""
        if mark and self.lines and not self.lines[-1] and len(self.lines) > 1 and _is_item(self.lines[-2]):
            self.lines.pop()
        self._place(at)
        self.lines += [head + indent + (rest if number or not mark else mark) + row for number, row in enumerate(rows)]
        self.lines.append("")
        for one in lists:
            one.mark = ""

    def _place(self, at: int) -> None:
        if at and (not self.starts or self.starts[-1][1] < at):
            self.starts.append((len(self.lines) + 1, at))

    def _drop(self) -> None:
        self._text, self._inline, self._at = [], [], 0


def _is_item(line: str) -> bool:
    return bool(re.match(r"[ >]*(?:-|\d+\.) ", line))


def _spaced(text: str) -> str:
    """The text with every stretch of white space as one space."""
    return " ".join(text.replace(_BREAK, " ").split())


def _address(url: str | None) -> str:
    """An address as it may stand in a Markdown link; '' for what is none, or holds a whole picture."""
    clean = "".join((url or "").split()).replace("(", "%28").replace(")", "%29")
    return "" if clean.lower().startswith(("javascript:", "data:", "#")) or len(clean) > 2000 else clean
