"""The structure that a note's writer sees in the editor, beside what CommonMark says (see test_commonmark)."""

import pytest

from ingest.text.lines import LineKind, structure, typed_lines


def kinds(text: str) -> str:
    """The kinds of the lines, a letter each."""
    letters = {LineKind.RULE: "R", LineKind.TABLE: "|", LineKind.TEXT: "t", LineKind.HIDDEN: "x", LineKind.FENCE: "f"}
    return "".join(letters.get(line.kind, line.kind.name[0]) for line in typed_lines(text, 0))


def headings(text: str) -> list[tuple[int, str]]:
    return [(line.level, line.text) for line in typed_lines(text, 0) if line.kind is LineKind.HEADING]


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("- ```sh\n  # 注释\n  ls\n  ```\n- 第二项\n\n## 节", "ffffIBH"),  # a fence on an item's line
        ("1. 步骤\n   ~~~\n   # 注释\n ~~~\n# 节", "IfffH"),  # closed left of its item
        ("- 项\n\n      ```\n      # 注释\n      ```\n# 节", "IBfffH"),  # deep
        ("```md\n# 甲\n```py\nx\n```\n# 乙", "ffffftH"[0:5] + "H"),  # the first bare fence closes
        ("```\nx = 1\n\n# 乙", "ttBH"),  # nothing closes it
    ],
)
def test_fences(text: str, of: str) -> None:
    assert kinds(text) == of


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("# 记\n今天\n----\n文", "HHUt"),
        ("<!-- 摘要 -->\n之后\n====\n", "xHUB"),
        ("第三、结论\n------\n", "HUB"),
        ("一句话\n又一句话\n------\n", "ttRB"),  # below several lines it is a rule
        ("- 要点\n---\n", "IRB"),
        ("文\n\n***\n", "tBRB"),
    ],
)
def test_underlines_and_rules(text: str, of: str) -> None:
    assert kinds(text) == of


def test_headings_as_input_methods_and_editors_leave_them() -> None:
    assert [level for level, _ in headings("\u200b# 甲\n\n##\u00a0乙\n\n###\u3000丙\n\n##丁\n")] == [1, 2, 3, 2]
    assert headings("##甲\n\n#乙\n") == [(2, "##甲"), (1, "#乙")]
    assert headings("# 甲\n\n#标签 #又一个\n\n#!bin\n") == [(1, "# 甲")]  # tags
    assert headings("> # 引用里的\n") == []


def test_an_outline_s_headings_nest_as_its_items() -> None:
    assert [level for level, _ in headings("- # 甲\n\t- ## 乙\n\t\t- 文\n\t- ## 丙\n- # 丁\n")] == [1, 3, 3, 1]


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("写作 $$\nx = 1\n$$\n# 节", "MMMH"),
        ("$$\nx\n\ny\n$$\n# 节", "MMBMMH".replace("B", "M")),
        ("$$x = 1$$\n# 节", "MH"),
        ("值 $$a$$ 与 $$b$$\n# 节", "tH"),
        ("花了 $$\n# 节\n还有 $$\n", "tHtB"),  # a heading stands in no formula
    ],
)
def test_formulas_end(text: str, of: str) -> None:
    assert kinds(text) == of


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("<!--\n# 草稿\n-->\n# 节", "xxxH"),
        ("%%\n# 私下\n\n文\n%%\n# 节", "xxxxxH"),
        ("<!-- 没有结束\n# 节", "tH"),
        ("%%\n# 节", "tH"),
        ("<pre>\n# 不是\n</pre>\n# 节", "tttH"),
        ("```dataview\nLIST\n```\n文", "xxxt"),
        ("[图]: <data:image/png;base64,AAAA>\n文", "xt"),
    ],
)
def test_what_readers_do_not_see_is_hidden(text: str, of: str) -> None:
    assert kinds(text) == of


@pytest.mark.parametrize(
    "text", ["| 一列 |\n| --- |\n| 值 |", "| 式 | 义 |\n|---|---|\n| a \\| b | 或 |", "甲 | 乙\n--|--\n一 | 二 | 三"]
)
def test_tables(text: str) -> None:
    assert kinds(text) == "|||"


def test_deep_outlines_keep_what_follows() -> None:
    deep = "".join("  " * depth + "- 层\n" for depth in range(40))
    assert headings(deep + "\n# 之后\n") == [(1, "# 之后")]


def test_a_known_structure_counts_for_its_own_text_alone() -> None:
    text, other = "# 一\n\n- 甲\n", "甲\n# 一\n\n乙\n"
    assert typed_lines(text, 0, structure(text, 0)) == typed_lines(text, 0)
    assert typed_lines(other, 0, structure(text, 0)) == typed_lines(other, 0)
    assert typed_lines(other, 2, structure(other, 0)) == typed_lines(other, 2)
