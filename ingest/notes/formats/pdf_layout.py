"""Text with positions -> Markdown in reading order: columns, tables, paragraphs, headings by size.

All lengths are in points, y downwards. An em is the size of the letters at hand.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.notes.formats.pdf_columns import Row, Run, columns, rows_of
from ingest.text.scripts import UNSPACED

_EDGE = 0.09  # of the page's height, at top and bottom, where running heads stand
_HEADING_CHARS = 120  # of a heading at most
_BULLET = re.compile(r"[•·▪◦‣●○■□◆]\s*")
_STARTS_ITEM = re.compile(r"[•▪◦‣●■◆–-] |\(?\d{1,2}[.)、）] ?\D|\[\d+\] ")
_ESCAPED = re.compile(r"#{1,6}\s|>|```|~~~|\|")
_PREFIXES = frozenset("self non pre post multi cross semi fine well low high long short zero few one two open".split())
_LEADERS = re.compile(r"\s*(?:\.\s?){4,}\s*")  # from a title to its page, in a table of contents
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Page:
    """The runs of a page, and those that are written in another direction."""

    height: float
    runs: tuple[Run, ...]
    turned: tuple[Run, ...] = ()


_Blocks = list[list[Row]]  # the rows of a page, by column


def markdown(pages: Sequence[Page]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The document's text, and (line, page) of the first line of each page, both from 1."""
    read = [[rows_of(block) for block in (*columns(page.runs), page.turned)] for page in pages]
    blocks = _without_running_heads(pages, read)
    rows = [row for of_page in blocks for block in of_page for row in block]
    levels = _heading_levels(rows)
    hyphenated = {word for row in rows for word in re.findall(r"\w+-\w+", row.text)}
    out: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, (page, of_page) in enumerate(zip(pages, blocks, strict=True), start=1):
        starts.append((len(out) + 1, number))
        for block in of_page:
            body = [row for row in block if not _head_key(page, row)] or block
            right = max((row.cells[-1].x1 for row in body), default=0.0)
            for piece in _pieces(block, right, levels, hyphenated):
                out += [*piece.split("\n"), ""]
    return "\n".join(out), tuple(starts)


def _head_key(page: Page, row: Row) -> str:
    """The text of a row at the page's edge, whatever number it holds; '' for others."""
    if _EDGE * page.height < row.top and row.bottom < (1 - _EDGE) * page.height:
        return ""
    return re.sub(r"\d+", "#", row.text) + ("^" if row.top < page.height / 2 else "_")


def _without_running_heads(pages: Sequence[Page], blocks: Sequence[_Blocks]) -> list[_Blocks]:
    """Without page numbers, and with lines that stand at the edge of many pages, such as the book's title, only once."""
    keys = Counter(
        key
        for page, of_page in zip(pages, blocks, strict=True)
        for key in {_head_key(page, row) for rows in of_page for row in rows}
    )
    often = {key for key, count in keys.items() if key and count >= (2 if len(pages) < 5 else 3)}
    seen = {"#^", "#_"} if len(pages) > 1 else set()
    kept: list[_Blocks] = []
    for page, of_page in zip(pages, blocks, strict=True):
        kept.append([])
        for rows in of_page:
            kept[-1].append([row for row in rows if _head_key(page, row) not in seen])
            seen |= often & {_head_key(page, row) for row in rows}
    return kept


def _heading_levels(rows: Sequence[Row]) -> dict[float, int]:
    """The level of each size that is larger than that of most of the text."""
    letters: Counter[float] = Counter()
    for row in rows:
        letters[row.size] += len(row.text)
    if not letters:
        return {}
    body = max(letters, key=lambda size: (letters[size], size))
    larger = sorted((size for size in letters if size >= 1.1 * body), reverse=True)
    levels: dict[float, int] = {}
    for size in larger:
        nearest = min(levels, key=lambda known: known - size, default=None)
        same = nearest is not None and size > 0.95 * nearest
        levels[size] = levels[nearest] if same and nearest else min(len(set(levels.values())) + 1, 6)
    return levels


def _pieces(rows: Sequence[Row], right: float, levels: dict[float, int], hyphenated: set[str]) -> Iterator[str]:
    """Headings, paragraphs and tables of one column, which ends at `right`, as Markdown."""
    at = 0
    while at < len(rows):
        end = _table_end(rows, at)
        if end > at:
            yield _table(rows[at:end])
            at = end
            continue
        end = at + 1
        while end < len(rows) and _table_end(rows, end) == end and _goes_on(rows[end - 1], rows[end], right, levels):
            end += 1
        text = _joined([row.text for row in rows[at:end]], hyphenated)
        level = levels.get(rows[at].size, 0)
        if level and len(text) <= _HEADING_CHARS and any(c.isalpha() for c in text) and not _LEADERS.search(text):
            yield f"{'#' * level} {text}"
        else:
            yield _escaped(_LEADERS.sub(" … ", text))
        at = end


def _goes_on(row: Row, following: Row, right: float, levels: dict[float, int]) -> bool:
    """Whether the next line belongs to the same paragraph, or to the same heading."""
    em = row.size
    if levels.get(row.size, 0) != levels.get(following.size, 0) or following.top - row.bottom > 0.8 * em:
        return False
    if levels.get(row.size):
        return True
    hanging = 4 if _STARTS_ITEM.match(row.text) or _BULLET.match(row.text) else 0.9
    if _STARTS_ITEM.match(following.text) or following.cells[0].x0 - row.cells[0].x0 > hanging * em:
        return False
    if re.search(r"\w[-\u00ad]$", row.text):
        return True
    return right - row.cells[-1].x1 < _width_of_first_word(following) + 0.5 * em


def _width_of_first_word(row: Row) -> float:
    """About how much room the line's first word would have needed at the end of the line before."""
    word = row.text.split(" ")[0]
    if _UNSPACED.search(word):
        return 2 * row.size
    cell = row.cells[0]
    return (cell.x1 - cell.x0) * min(len(word) / len(cell.text), 1.0)


def is_wide(text: str) -> bool:
    """Whether it begins with a Chinese character or mark, beside which no space is meant."""
    return bool(_UNSPACED.match(text))


def _joined(lines: Sequence[str], hyphenated: set[str]) -> str:
    """The lines of a paragraph in one: no space between Chinese, no hyphen in a word that was only broken."""
    text = lines[0]
    for line in lines[1:]:
        broken = re.search(r"(\w+)[-\u00ad]$", text)
        first = re.match(r"\w+", line)
        if broken and first and (text.endswith("\u00ad") or first.group()[0].islower()):
            kept = broken.group(1).lower() in _PREFIXES or f"{broken.group(1)}-{first.group()}" in hyphenated
            text = text[:-1] + ("-" if kept else "") + line
        else:
            text += line if is_wide(text[-1:]) and is_wide(line[:1]) else " " + line
    return text.replace("\u00ad", "-")


def _escaped(text: str) -> str:
    """A paragraph of which Markdown makes no more than it is; bullets become its own."""
    bullet = _BULLET.match(text)
    if bullet:
        return "- " + text[bullet.end() :]
    return "\\" + text if _ESCAPED.match(text) else text


def _table_end(rows: Sequence[Row], at: int) -> int:
    """The row behind the table that begins at `at`; `at` itself when none does."""
    if len(rows[at].cells) < 2:
        return at
    end = at
    while end < len(rows) and (len(rows[end].cells) > 1 or (end > at and _wrapped(rows[at:end], rows[end]))):
        if end > at and rows[end].top - rows[end - 1].bottom > 2 * rows[end].size:
            break
        end += 1
    full = sum(len(row.cells) > 1 for row in rows[at:end])
    return end if full >= 2 and len(_spans(rows[at:end])) > 1 else at


def _wrapped(table: Sequence[Row], row: Row) -> bool:
    """Whether a lone cell goes on with the one above it, in any column but the first."""
    spans = _spans(table)
    inside = [n for n, (x0, x1) in enumerate(spans) if row.cells[0].x0 < x1 and row.cells[0].x1 > x0]
    return len(inside) == 1 and inside[0] > 0 and row.top - table[-1].bottom < 0.8 * row.size


def _spans(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns of a table: where no cell stands is the space between two."""
    spans: list[tuple[float, float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for row in rows if len(row.cells) > 1 for cell in row.cells):
        if spans and x0 < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], x1)
        else:
            spans.append((x0, x1))
    return spans


def _table(rows: Sequence[Row]) -> str:
    spans = _spans(rows)
    grid: list[list[str]] = []
    for row in rows:
        line = [""] * len(spans)
        for cell in row.cells:
            column = max(range(len(spans)), key=lambda n: min(spans[n][1], cell.x1) - max(spans[n][0], cell.x0))
            line[column] = f"{line[column]} {cell.text}".strip().replace("|", "\\|")
        if len(row.cells) == 1 and grid:
            grid[-1] = [f"{above} {text}".strip() for above, text in zip(grid[-1], line, strict=True)]
        else:
            grid.append(line)
    grid.insert(1, ["---"] * len(spans))
    return "\n".join("| " + " | ".join(line) + " |" for line in grid)
