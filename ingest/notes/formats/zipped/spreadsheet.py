"""Spreadsheets of Excel and OpenDocument -> Markdown: a heading and a table for each sheet that is shown."""

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.notes.formats.tables import MOST_COLUMNS, MOST_ROWS, sheet_lines
from ingest.notes.formats.zipped.archive import opened
from ingest.schema import Converted, Places

_MOST_ROWS_IN_ALL = 10_000
_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*", re.IGNORECASE)


def convert(data: bytes) -> Converted:
    """The sheets' values, and the results of formulas as they were saved; `places` has the row of each line.

    Percentages stand as the numbers that they are stored as. Hidden sheets, charts and pictures are left out.

    Raises:
        NoteError: when it is no spreadsheet, or protected by a password.
    """
    import python_calamine as calamine

    if zipfile.is_zipfile(io.BytesIO(data)):
        with opened(data, NoteError("note.spreadsheet")):
            pass  # only to see how much it unpacks to
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    cut = False
    left = _MOST_ROWS_IN_ALL
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            shown = [
                one.name
                for one in book.sheets_metadata
                if one.visible == calamine.SheetVisibleEnum.Visible and one.typ == calamine.SheetTypeEnum.WorkSheet
            ]
            for name in shown:
                sheet = book.get_sheet_by_name(name)
                rows = _rows(sheet, min(MOST_ROWS, left))
                cut = cut or sheet.height > len(rows)
                left -= len(rows)
                if not rows:
                    continue
                if len(shown) > 1 or not _UNNAMED.fullmatch(name):
                    lines += [f"## {' '.join(name.split())}", ""]
                made, placed = sheet_lines(rows, (sheet.start or (0, 0))[0] + 1)
                starts += [(len(lines) + line, row) for line, row in placed]
                lines += [*made, ""]
    except calamine.CalamineError as error:
        raise NoteError("note.spreadsheet") from error
    limit = Message("note.rows", limit=MOST_ROWS) if left else Message("note.rows_in_all", limit=_MOST_ROWS_IN_ALL)
    missing = limit if cut else None
    return Converted("\n".join(lines), places=Places("row", tuple(starts)), missing=missing)


def _rows(sheet: Any, most: int) -> list[list[str]]:
    """The first rows from the first that holds anything; what is merged downwards stands in each row."""
    if sheet.start is None or most < 1:
        return []
    rows = [[_shown(value) for value in row[:MOST_COLUMNS]] for row in sheet.to_python(nrows=most)]
    top, left = sheet.start
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        if not 0 <= column - left < MOST_COLUMNS or not top <= first < top + len(rows):
            continue
        value = _at(rows[first - top], column - left)
        for row in rows[first - top + 1 : last - top + 1] if value else ():
            if column - left < len(row):
                row[column - left] = value
    return rows


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _shown(value: object) -> str:
    """A value as people write it: no clock time with a day, no point behind a whole number."""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
