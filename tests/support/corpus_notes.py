"""Reads figures, table rows and code out of the notes in corpus/, for the tests that compute them again.

A note is named by its file's stem. Each reader insists on exactly one place, so that a figure which was moved,
doubled or dropped fails its test.
"""

import itertools
import re
from typing import Any

import pytest
from paths import CORPUS


def note_text(stem: str) -> str:
    (path,) = CORPUS.rglob(f"{stem}.md")
    return path.read_text(encoding="utf-8")


def stated(stem: str, pattern: str) -> list[float]:
    """The numbers in the groups of the one place of the note that matches `pattern`; `1,024` and `1{,}024` are 1024."""
    found = re.findall(pattern, note_text(stem))
    assert len(found) == 1, f"{len(found)} places in {stem} match {pattern!r}"
    groups = found[0] if isinstance(found[0], tuple) else (found[0],)
    return [float(re.sub("[,{}]", "", group)) for group in groups]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def row(stem: str, first_cell: str) -> list[str]:
    """The other cells of the one table row that begins with `first_cell`."""
    found = [line for line in note_text(stem).splitlines() if line.startswith(f"| {first_cell} |")]
    assert len(found) == 1, f"{len(found)} rows of {stem} begin with {first_cell!r}"
    return cells(found[0])[1:]


def rows(stem: str, header: str) -> list[list[str]]:
    """The cells of the one table whose header row starts with `header`, row by row."""
    lines = note_text(stem).splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith(header)]
    return [cells(line) for line in itertools.takewhile(lambda line: line.startswith("|"), lines[at + 2 :])]


def number(cell: str) -> float:
    """The first number in the cell."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", cell)
    assert found is not None, cell
    return float(found.group().replace(",", ""))


def figures(of: list[str]) -> list[float]:
    """Every number in the cells."""
    return [float(found) for cell in of for found in re.findall(r"\d+(?:\.\d+)?", cell)]


def code(stem: str, name: str) -> Any:
    """What the note's one Python block that defines the function or class `name` defines under it."""
    blocks = re.findall(r"```python\n(.*?)```", note_text(stem), flags=re.DOTALL)
    blocks = [block for block in blocks if re.search(rf"^(def|class) {name}\b", block, flags=re.MULTILINE)]
    assert len(blocks) == 1, f"{len(blocks)} blocks of {stem} define {name}"
    scope: dict[str, Any] = {}
    exec(blocks[0], scope)
    return scope[name]


def close(value: float, digits: int) -> Any:
    """Equal when rounded to so many digits after the point."""
    return pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)
