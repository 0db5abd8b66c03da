"""HTML -> Markdown: headings, lists, quotes, tables, code, links; scripts, styles and navigation are left out."""

import re
from collections import Counter
from html.parser import HTMLParser

from ingest.notes.formats.html_elements import (
    BESIDE,
    BLOCKS,
    BREAK,
    CLOSED,
    CONTENT,
    DEEPEST,
    HEADINGS,
    HIDDEN,
    INLINE,
    LONG_CELL,
    PAST_NAV,
    SKIPPED,
    VOID,
    OpenFormula,
    OpenList,
    OpenTable,
    address_of,
    is_item,
    spaced,
)
from ingest.notes.formats.markdown import escaped, without_tags
from ingest.schema import Converted, Places


def convert(data: bytes) -> Converted:
    """The page's text; `places` has the line of the file where each piece begins."""
    text, title, starts = to_markdown(data.decode("utf-8", "surrogatepass"))
    return Converted(text, title, Places("line", starts))


def to_markdown(page: str) -> tuple[str, str, tuple[tuple[int, int], ...]]:
    """Markdown, title, and pairs of a line of the Markdown and the line of the page that it comes from.

    A box that keeps its room while it is hidden, and holds more than all the rest of the page, is one that a script
    shows when it runs.
    """
    reader = _read(page)
    shown = sum(map(len, reader.lines))
    if opened := frozenset(at for at, size in reader.unseen.items() if size > shown):
        reader = _read(page, opened)
    return "\n".join(reader.lines), reader.first_heading or reader.title, tuple(reader.starts)


def _read(page: str, opened: frozenset[tuple[int, int]] = frozenset()) -> "_Reader":
    reader = _Reader(page, opened)
    reader.feed(page)
    reader.close()
    reader.finish()
    return reader


class _Reader(HTMLParser):
    """Writes a line of Markdown for each block. What is not closed is closed by what follows."""

    def __init__(self, page: str, opened: frozenset[tuple[int, int]]) -> None:
        super().__init__(convert_charrefs=True)
        self._opened = opened  # where elements begin that are shown although the page hides them
        self._unseen: tuple[int, int] | None = None  # where the hidden one begins that is being skipped
        self.unseen: Counter[tuple[int, int]] = Counter()  # letters of each hidden element
        self._closed = {match[1].lower(): match.start() for match in CLOSED.finditer(page)}  # the last of each
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", page))]
        self._formula: OpenFormula | None = None
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
        self._lists: list[OpenList] = []
        self._tables: list[OpenTable] = []

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
            self._text.append("\n" if self._pre else BREAK)
        elif tag == "img":
            if given.get("alt"):
                self._add(f"![{given['alt']}]({address_of(given.get('src'))})")
        elif tag == "code" and self._pre:
            if self._text and self._text[-1] == BREAK:  # each line of the code in an element of its own
                self._text[-1] = "\n"
        elif tag in INLINE or tag == "a":
            if not self._pre and len(self._inline) < DEEPEST:
                self._inline.append((tag, len(self._text), address_of(given.get("href"))))
        elif tag in HEADINGS or tag == "pre" or tag in BLOCKS:
            self._open_block(tag, given)

    def _past_skipped(self, tag: str) -> bool:
        """End what is skipped where something opens that cannot stand in it."""
        skipped = self._skip[-1]
        past = PAST_NAV if skipped == "nav" else BLOCKS | CONTENT if skipped == "p" else CONTENT
        if skipped not in ("p", "nav", "svg", "noscript", "select", "button") or tag not in past:
            return False
        self._skip.clear()
        self._unseen = None
        return True

    def _is_skipped(self, tag: str, given: dict[str, str | None]) -> bool:
        """Whether what stands in an element is not shown; what nothing closes further down is."""
        line, column = self.getpos()
        if tag in VOID or self._closed.get(tag, -1) < self._line_starts[line - 1] + column:
            return False
        drawn = tag in ("span", "i", "a") and given.get("aria-hidden") == "true"
        if tag in SKIPPED or drawn or BESIDE.search(given.get("class") or ""):
            return True
        style = HIDDEN.search(given.get("style") or "")
        if not style or not style["kept"]:
            return "hidden" in given or style is not None
        if (line, column) not in self._opened:
            self._unseen = line, column
            return True
        return False

    def _open_formula(self, tag: str, given: dict[str, str | None]) -> bool:
        """Formulas: MathML, with its TeX where a page has it, and MathJax's scripts."""
        kind = (given.get("type") or "").lower()
        if tag == "script" and kind.startswith("math/tex"):
            self._formula = OpenFormula(len(self._text), "$$" if "display" in kind else "$", tex=[])
        elif tag == "math" and self._formula is None:
            sign = "$$" if given.get("display") == "block" else "$"
            self._formula = OpenFormula(len(self._text), sign, alternative=given.get("alttext") or "")
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
        if tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag == "pre":
            self._pre = True
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in ("ul", "ol"):
            start = str(given.get("start") or "1")
            self._lists.append(OpenList(int(start) if tag == "ol" and start.isdecimal() and len(start) < 9 else 0))
            if tag == "ol":
                self._lists[-1].number = self._lists[-1].number or 1
        elif tag == "li" and self._lists:
            self._open_item(self._lists[-1])
        elif tag in ("table", "tr", "td", "th"):
            self._open_table_part(tag)

    def _open_item(self, within: OpenList) -> None:
        within.mark = f"{within.number}. " if within.number else "- "
        within.indent = len(within.mark)
        within.number += 1 if within.number else 0

    def _open_table_part(self, tag: str) -> None:
        if tag == "table":
            self._tables.append(OpenTable())
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
            self._unseen = self._unseen if self._skip else None
            return
        if tag == "math" or (tag == "script" and self._formula):
            self._close_formula()
        elif tag == "code" and self._pre:
            self._text.append(BREAK)
        elif tag in INLINE or tag == "a":
            self._close_inline(tag)
        elif tag == "title" and not self.title:
            self.title = spaced("".join(self._text))
            self._drop()
        elif tag == "table" and self._tables:
            self._close_table()
        elif self._tables:
            if tag in BLOCKS:
                self._text.append(" ")
        elif tag in HEADINGS or tag == "pre" or tag in BLOCKS:
            self._flush()
            self._heading, self._pre = 0, False
            if tag == "blockquote":
                self._quotes = max(self._quotes - 1, 0)
            elif tag in ("ul", "ol") and self._lists:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if self._formula and self._formula.tex is not None:
            self._formula.tex.append(data)
        elif self._skip:
            if self._unseen and self.cdata_elem is None:
                self.unseen[self._unseen] += len(data.strip())
        else:
            self._add(data if self._pre else without_tags(data.replace(BREAK, "")))

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
        if not words or BREAK in words or (tag == "a" and not address):
            return
        mark = INLINE.get(tag, "")
        marked = f"[{words}]({address})" if tag == "a" else f"{mark}{words}{mark}"
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        self._text[start:] = [before, marked, after]

    def _close_cell(self) -> None:
        table = self._tables[0]
        text = spaced("".join(self._text).replace(BREAK, " "))
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
        if columns < 2 or any(len(cell) > LONG_CELL for _, cells in rows for cell in cells):
            for line, cells in rows:
                for cell in filter(None, cells):
                    self._write([escaped(cell)], line)
            return
        head = "> " * min(self._quotes, DEEPEST)
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
            text = text.replace(BREAK, "")
            fence = "```"
            while fence in text:
                fence += "`"
            self._write([fence, *text.strip("\n").split("\n"), fence], at)
            return
        rows = [row for part in text.split(BREAK) if (row := spaced(part))]
        if heading:
            words = " ".join(rows)
            self._write([f"{'#' * heading} {words}"], at, plain=True)
            if heading == 1:
                self.first_heading = self.first_heading or words
        elif rows:
            self._write([escaped(rows[0]), *rows[1:]], at)

    def _write(self, rows: list[str], at: int, *, plain: bool = False) -> None:
        """The rows of one block with the marks of the quotes and lists that it stands in, and a blank line."""
        lists = [] if plain else self._lists[:DEEPEST]
        head = "" if plain else "> " * min(self._quotes, DEEPEST)
        indent = "".join(" " * one.indent for one in lists[:-1])
        mark = lists[-1].mark if lists else ""
        rest = " " * lists[-1].indent if lists else ""
        if mark and self.lines and not self.lines[-1] and len(self.lines) > 1 and is_item(self.lines[-2]):
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
