"""PowerPoint -> Markdown: each slide's title as a heading, its text, tables and speaker's notes."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from ingest.errors import NoteError
from ingest.notes.formats.markdown import escaped
from ingest.notes.formats.zipped.archive import opened, tree
from ingest.schema import Converted, Places

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NOTES = re.compile(r"notesSlide\d*\.xml$")


def convert(data: bytes) -> Converted:
    """The slides in their order, numbered from 1 in `places`; pictures, charts and hidden slides are left out.

    Source: ECMA-376, part 1.

    Raises:
        NoteError: when it is no PowerPoint document.
    """
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    title = ""
    with opened(data, NoteError("note.pptx")) as parts:
        for number, name in enumerate(_slides(parts), start=1):
            slide = tree(parts, name)
            if slide.get("show") == "0":
                continue
            made = list(_slide(slide, _notes(parts, name)))
            title = title or next((line[2:] for line in made if line.startswith("# ")), "")
            if made:
                starts.append((len(lines) + 1, number))
                lines += made
    return Converted("\n".join(lines), title, Places("page", tuple(starts)))


def _targets(parts: zipfile.ZipFile, name: str) -> dict[str, str]:
    """What a part refers to, by id."""
    folder, file = posixpath.split(name)
    relations = f"{folder}/_rels/{file}.rels"
    if relations not in parts.namelist():
        return {}
    found = tree(parts, relations)
    return {
        one.attrib["Id"]: posixpath.normpath(posixpath.join(folder, one.attrib["Target"])).lstrip("/")
        for one in found
        if one.get("TargetMode") != "External"
    }


def _slides(parts: zipfile.ZipFile) -> list[str]:
    targets = _targets(parts, "ppt/presentation.xml")
    return [targets[one.attrib[f"{_R}id"]] for one in tree(parts, "ppt/presentation.xml").iter(f"{_P}sldId")]


def _notes(parts: zipfile.ZipFile, slide: str) -> ElementTree.Element | None:
    name = next((name for name in _targets(parts, slide).values() if _NOTES.search(name)), "")
    return tree(parts, name) if name in parts.namelist() else None


def _slide(slide: ElementTree.Element, notes: ElementTree.Element | None) -> Iterator[str]:
    shapes = [*slide.iter(f"{_P}sp")]
    for shape in sorted(shapes, key=lambda shape: not _is_title(shape)):
        paragraphs = list(_paragraphs(shape))
        if _is_title(shape) and paragraphs:
            yield from ("# " + " ".join(text for _, text in paragraphs), "")
        elif paragraphs and _placeholder(shape) not in ("sldNum", "dt", "ftr"):
            yield from (*_items(paragraphs), "")
    for table in slide.iter(f"{_A}tbl"):
        yield from (*_rows(table), "")
    for shape in notes.iter(f"{_P}sp") if notes is not None else ():
        if _placeholder(shape) == "body":
            yield from (*(escaped(text) for _, text in _paragraphs(shape)), "")


def _placeholder(shape: ElementTree.Element) -> str:
    found = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return "" if found is None else found.get("type", "obj")


def _is_title(shape: ElementTree.Element) -> bool:
    return _placeholder(shape) in ("title", "ctrTitle")


def _paragraphs(within: ElementTree.Element) -> Iterator[tuple[int, str]]:
    """Level and text of the paragraphs that hold any."""
    for paragraph in within.iter(f"{_A}p"):
        words = "".join(
            " " if run.tag == f"{_A}br" else run.text or ""
            for run in paragraph.iter()
            if run.tag in (f"{_A}t", f"{_A}br")
        )
        properties = paragraph.find(f"{_A}pPr")
        if text := " ".join(words.split()):
            yield int("0" if properties is None else properties.get("lvl", "0")), text


def _items(paragraphs: list[tuple[int, str]]) -> list[str]:
    if len(paragraphs) == 1:
        return [escaped(paragraphs[0][1])]
    return ["  " * min(level, 8) + "- " + text for level, text in paragraphs]


def _rows(table: ElementTree.Element) -> Iterator[str]:
    for number, row in enumerate(table.iter(f"{_A}tr")):
        cells = [" ".join(text for _, text in _paragraphs(cell)).replace("|", "\\|") for cell in row.iter(f"{_A}tc")]
        yield "| " + " | ".join(cells) + " |"
        if number == 0:
            yield "|" + " --- |" * len(cells)
