"""Comma- or tab-separated values -> a Markdown table; how the rows of any sheet become one."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.markdown import escaped, without_tags
from ingest.schema import Converted, Places

MOST_ROWS, MOST_COLUMNS = 2000, 60  # of a sheet: what is larger is data that a program reads
_LONGEST_CELL = (
    2**31 - 1
)  # characters: none is too long; the limit is one for the process, and the same whoever sets it
_DELIMITERS = ",\t;|"
_LOOKED_AT = 100  # rows by which the delimiter is told
_LONGEST_NAME = 40  # characters of a column's name
# What Notion puts behind the name of a page that a cell refers to.
_NOTION_TARGET = re.compile(r" \((?:https://www\.notion\.so/[^()\s]*|[^()]*%20)[0-9a-f]{32}[^()]*\)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet, which counts them from 1, empty ones too; every row of a sheet has as many cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        """The cells that hold something."""
        return [cell for cell in self.cells if cell]


def convert(data: bytes) -> Converted:
    """The file as one table; `places` has the row of each line.

    Raises:
        NoteError: when it is no table.
    """
    text = data.decode("utf-8", "surrogatepass")
    said = re.match(r"sep=(.)\r?\n", text)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        delimiter = said[1] if said else max(_DELIMITERS, key=lambda one: _even(text, one))
        rows = list(islice(_read(text, delimiter), MOST_ROWS + 2))
    except csv.Error as error:
        raise NoteError("note.table") from error
    if said:
        rows[0] = []
    lines, starts = sheet_lines(rows[: MOST_ROWS + 1], 1)
    missing = Message("note.rows", limit=MOST_ROWS) if len(rows) > MOST_ROWS + 1 else None
    return Converted("\n".join(lines), places=Places("row", tuple(starts)), missing=missing)


def _read(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)


def _even(text: str, delimiter: str) -> tuple[float, int]:
    """How much a text looks like rows with this delimiter: the share of rows with the commonest number of cells, and it."""
    counts = [len(row) for row in islice(_read(text, delimiter), _LOOKED_AT) if row]
    most = max(set(counts), key=lambda count: (counts.count(count), count), default=1)
    return (counts.count(most) / len(counts) if most > 1 else 0.0), most


def sheet_lines(rows: Sequence[Sequence[str]], first: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Rows, the first of which has the number `first` -> lines of Markdown, and (line, row) of each from 1."""
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, line in _written(_rows(rows, first)):
        if number:
            starts.append((len(lines) + 1, number))
        lines.append(line)
    return lines, starts


def _rows(rows: Sequence[Sequence[str]], first: int) -> list[Row]:
    """The rows without the columns that are empty in all of them."""
    clean = [[_cell(cell) for cell in row[:MOST_COLUMNS]] for row in rows]
    width = max(map(len, clean), default=0)
    used = [n for n in range(width) if any(len(row) > n and row[n] for row in clean)]
    return [
        Row(number, tuple(row[n] if n < len(row) else "" for n in used))
        for number, row in enumerate(clean, start=first)
    ]


def _cell(text: str) -> str:
    text = _NOTION_TARGET.sub("", text) if "%20" in text or "notion.so" in text else text
    return without_tags(" ".join(text.split())).replace("|", "\\|")


def _written(rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """The number of a row, 0 for none, and a line. Empty rows keep tables apart where what follows has its own columns."""
    columns: tuple[str, ...] | None = None
    is_open = False
    blocks = [list(block) for filled, block in groupby(rows, key=lambda row: bool(row.filled)) if filled]
    for block in blocks:
        body = _table(block)
        above = block[: len(block) - len(body)]
        own = bool(body) and (columns is None or _names_columns(body, columns))
        if is_open and (above or own):
            yield 0, ""
            is_open = False
        for row in above:
            yield from ((row.number, escaped(" ".join(row.filled))), (0, ""))
        if own or (columns and body and not is_open):
            number, columns, body = _columns(body) if own or columns is None else (0, columns, body)
            yield from ((number, _line(columns)), (0, "|" + " --- |" * len(columns)))
            is_open = True
        yield from ((row.number, _line(row.cells)) for row in body)


def _table(block: list[Row]) -> list[Row]:
    """A block without the lone cells above its first row with several."""
    return block[next((n for n, row in enumerate(block) if len(row.filled) > 1), len(block)) :]


def _columns(body: list[Row]) -> tuple[int, tuple[str, ...], list[Row]]:
    """The number and cells of the row that names the columns, 0 and without words when none does, and the rows below."""
    first = body[0]
    if all(map(_is_name, first.filled)):
        return first.number, first.cells, body[1:]
    return 0, ("",) * len(first.cells), body


def _names_columns(body: list[Row], columns: tuple[str, ...]) -> bool:
    """Whether a later block of rows begins with names of columns: those above again, or such as stand over figures."""
    first = body[0]
    if first.cells == columns:
        return True
    if len(set(first.filled)) < len(first.filled) or not all(map(_is_name, first.filled)):
        return False
    below = ([row.cells[n] for row in body[1:] if row.cells[n]] for n, cell in enumerate(first.cells) if cell)
    return any(cells and not any(map(_is_name, cells)) for cells in below)


def _is_name(cell: str) -> bool:
    """Words, and not many, as a column is called."""
    return len(cell) <= _LONGEST_NAME and any(char.isalpha() for char in cell)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
