"""Jupyter notebook (nbformat 4, and 3) -> Markdown: Markdown cells as they are, code and its text output in fences."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.errors import NoteError
from ingest.schema import Converted, Places

_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
MOST_OUTPUT = 2000  # characters of a cell's output that are kept: the rest is logs


def convert(data: bytes) -> Converted:
    """The cells in their order, numbered from 1 in `places`; pictures and HTML among the outputs are left out.

    Source: https://nbformat.readthedocs.io/en/latest/format_description.html

    Raises:
        NoteError: when it is no notebook.
    """
    try:
        book = json.loads(data)
        cells = book["cells"] if "cells" in book else [cell for sheet in book["worksheets"] for cell in sheet["cells"]]
        language = str(book.get("metadata", {}).get("language_info", {}).get("name", "python"))
        parts = ["\n\n".join(_cell(cell, language)) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoteError("note.ipynb") from error
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, part in enumerate(parts, start=1):
        if part.strip():
            starts.append((len(lines) + 1, number))
            lines += [*part.split("\n"), ""]
    return Converted("\n".join(lines), places=Places("cell", tuple(starts)))


def _cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    kind = cell["cell_type"]
    source = _text(cell["source"] if "source" in cell else cell["input"]).replace("\r", "\n")
    if kind == "heading":  # nbformat 3
        yield "#" * int(cell["level"]) + " " + source
    elif kind != "code":
        yield source
    elif source.strip():
        yield _fenced(source, language)
    output = "".join(_outputs(cell.get("outputs", [])))
    if output.strip():
        yield _fenced(output if len(output) <= MOST_OUTPUT else output[:MOST_OUTPUT] + " …", "text")


def _outputs(outputs: list[dict[str, Any]]) -> Iterator[str]:
    for output in outputs:
        if output["output_type"] == "stream":
            yield _shown(_text(output["text"]))
        elif output["output_type"] == "error" or output["output_type"] == "pyerr":
            yield _shown(f"{output['ename']}: {output['evalue']}\n")
        else:
            yield _shown(_text(output.get("data", {}).get("text/plain", output.get("text", "")))) + "\n"


def _shown(output: str) -> str:
    """An output as a terminal shows it in the end: without colours, each line as it was last overwritten."""
    lines = _COLOURS.sub("", output).split("\n")
    return "\n".join(next((part for part in reversed(line.split("\r")) if part.strip()), "") for line in lines)


def _text(lines: str | list[str]) -> str:
    """A multi-line string, which a notebook keeps whole or as its lines."""
    text = lines if isinstance(lines, str) else "".join(lines)
    return text.replace("\r\n", "\n")


def _fenced(text: str, language: str) -> str:
    """A code block whose fence no line of the text closes."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
