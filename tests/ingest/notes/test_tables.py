"""Spreadsheets and delimited text: tables with the names of their columns, each row in its place."""

import io
import zipfile
from collections.abc import Sequence

import pytest

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes.formats.tables import MOST_ROWS
from ingest.notes.formats.zipped.spreadsheet import convert
from ingest.notes.read import make_note
from ingest.passages.split import split
from ingest.passages.text import embedding_text
from ingest.schema import Note

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def note(name: str, data: str | bytes) -> Note:
    return make_note(name, data.encode() if isinstance(data, str) else data, Settings())


def lines(made: Note) -> list[str]:
    return [line for line in made.text.split("\n") if line]


def cell(place: str, value: str | float) -> str:
    """A cell; a number above 40,000 is styled as a day."""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{int(value > 40_000)}"><v>{value}</v></c>'


def sheet(rows: Sequence[Sequence[str | float | None]], first: int = 1, merged: str = "") -> str:
    made = "".join(
        f'<row r="{n}">{"".join(cell(f"{chr(65 + x)}{n}", v) for x, v in enumerate(row) if v is not None)}</row>'
        for n, row in enumerate(rows, start=first)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{made}</sheetData>{merged}</worksheet>'


def xlsx(sheets: dict[str, str], hidden: str = "") -> bytes:
    """A workbook of these sheets."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{" state=" + chr(34) + "hidden" + chr(34) if name == hidden else ""}/>'
        for n, name in enumerate(sheets, start=1)
    )
    related = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(sheets, start=1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{n}.xml": text for n, text in enumerate(sheets.values(), start=1)},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


PLANTS = sheet([["花", "浇水", "换盆"], ["绿萝", 7.0, 45292.0], ["茉莉 | 双色", 2.5, None]], first=3)
COSTS = sheet(
    [["三月花费"], ["类别", "项目", "元"], ["家", "水电", 210.0], [None, "网费", 99.0], [], ["备注：未含房租"]],
    merged='<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>',
)


def test_a_workbook_has_a_heading_and_a_table_for_each_sheet() -> None:
    made = note("家里.xlsx", xlsx({"阳台": PLANTS, "花费": COSTS, "草稿": PLANTS}, hidden="草稿"))
    assert made.title == "家里"
    assert lines(made) == [
        *("## 阳台", "| 花 | 浇水 | 换盆 |", "| --- | --- | --- |"),
        *("| 绿萝 | 7 | 2024-01-01 |", "| 茉莉 \\| 双色 | 2.5 |  |"),
        *("## 花费", "三月花费", "| 类别 | 项目 | 元 |", "| --- | --- | --- |"),
        *("| 家 | 水电 | 210 |", "| 家 | 网费 | 99 |", "备注：未含房租"),
    ]
    found = {passage.text.split("\n")[-1]: passage for passage in split(made, 80).passages}
    assert found["| 茉莉 \\| 双色 | 2.5 |  |"].location == "家里.xlsx, rows 3-5"
    assert found["备注：未含房租"].heading_path == ("家里", "花费")


def test_one_sheet_without_a_name_of_its_own_needs_no_heading() -> None:
    assert lines(note("a.xlsx", xlsx({"Sheet1": PLANTS})))[0] == "| 花 | 浇水 | 换盆 |"
    assert lines(note("a.xlsx", xlsx({"2024 春": PLANTS})))[0] == "## 2024 春"


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        (
            "a.csv",
            'term,meaning\ncache,"fast, small\nstore"\n',
            ["| term | meaning |", "| cache | fast, small store |"],
        ),
        ("a.csv", "品名；\n".encode("gb18030").decode("gb18030") + "米\n面\n", ["品名；", "米", "面"]),
        ("b.csv", "sep=;\n城市;气温\n成都;21,5\n", ["| 城市 | 气温 |", "| 成都 | 21,5 |"]),
        ("b.tsv", "命令\t作用\nls -l | wc\t数文件\n", ["| 命令 | 作用 |", "| ls -l \\| wc | 数文件 |"]),
        ("c.csv", "3,4\n5,6\n", ["|  |  |", "| 3 | 4 |", "| 5 | 6 |"]),
        ("d.csv", "a,b\n<div>,x\n", ["| a | b |", "| \\<div> | x |"]),
    ],
)
def test_delimited_text(name: str, text: str, left: list[str]) -> None:
    assert [line for line in lines(note(name, text)) if "---" not in line] == left


def test_tables_below_each_other_have_their_own_columns() -> None:
    text = "苗,株\n番茄,4\n\n黄瓜,6\n\n肥料,公斤\n堆肥,12\n\n工具\n名称,数量\n锄头,2\n"
    assert lines(note("菜园.csv", text)) == [
        *("| 苗 | 株 |", "| --- | --- |", "| 番茄 | 4 |", "| 黄瓜 | 6 |", "| 肥料 | 公斤 |", "| --- | --- |"),
        *("| 堆肥 | 12 |", "工具", "| 名称 | 数量 |", "| --- | --- |", "| 锄头 | 2 |"),
    ]


def test_rows_far_down_carry_their_columns_and_rows() -> None:
    text = "日期,里程,油价\n" + "".join(f"2023-{n:03},{n * 11},7.{n:02}\n" for n in range(60))
    later = split(note("车.csv", text), 200).passages[-1]
    assert later.columns == "| 日期 | 里程 | 油价 |"
    assert "里程" in embedding_text(later) and "里程" not in later.text
    assert str(later.place).startswith("rows ") and later.place.last == 61


def test_the_rest_of_a_large_table_is_told() -> None:
    made = note("log.csv", "t,v\n" + "1,2\n" * (MOST_ROWS + 10))
    assert made.text.count("\n") == MOST_ROWS + 1 and str(MOST_ROWS) in str(made.missing)
    rows: list[list[str | float | None]] = [["t", "v"], *([[1.0, 2.0]] * (MOST_ROWS + 10))]
    made = note("log.xlsx", xlsx({"一": sheet(rows), "二": PLANTS}))
    assert "绿萝" in made.text and made.text.count("| 1 | 2 |") == MOST_ROWS - 1 and made.missing is not None
    assert note("small.csv", "t,v\n1,2\n").missing is None


def test_sheets_that_are_left_out_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.notes.formats.zipped.spreadsheet._MOST_ROWS_IN_ALL", 3)
    made = convert(xlsx({"一": PLANTS, "二": PLANTS}))
    assert made.missing and made.missing.key == "note.rows_in_all"


def test_a_notion_database_without_the_ids_of_its_pages() -> None:
    key = "0f" * 16
    text = f"名称,作者\n书一,甲 (../人/%E7%94%B2%20{key}.md)\n书二,乙 (https://www.notion.so/yi-{key}?pvs=21)\n书三,丙 (译)\n"
    assert [row.split(" | ")[1] for row in lines(note("书.csv", text))[2:]] == ["甲 |", "乙 |", "丙 (译) |"]


FAR = sheet([["a", "b"]]).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("a.xlsx", data) for data in (b"", b"PK\3\4 noise", xlsx({"甲": "<worksheet"}), xlsx({"甲": FAR}))),
        ("bomb.xlsx", xlsx({"甲": PLANTS + " " * 101 * 2**20})),
        ("a.ods", b"no archive"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("a.csv", b"x,y\n\0\0,1\n"),
    ],
)
def test_what_is_no_spreadsheet_is_listed(name: str, data: bytes) -> None:
    with pytest.raises(NoteError):
        note(name, data)


def test_empty_sheets_say_nothing() -> None:
    assert lines(note("a.xlsx", xlsx({"甲": sheet([]), "乙": sheet([])}))) == []
    assert lines(note("a.csv", "")) == []
