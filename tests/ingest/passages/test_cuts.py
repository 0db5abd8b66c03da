"""Where passages end: not between a line and what it announces, not above a table's rule, in code at blank lines."""

import pytest

from ingest.config import Settings
from ingest.notes.read import parse_note
from ingest.passages.split import split

SIZE = Settings().passage_chars
BEFORE = "播种前先看地温，连续三天高于十度才下种，否则种子会烂在土里。" * 4
LIST = "\n".join(f"- 第{n}步要在早晨做完，做完后记下日期、天气和用掉的水量，以便秋天对照。" for n in "一二三四五六")
CODE = "```python\n" + "\n".join(f"bed[{n}].sow(depth={n}, water='evening')" for n in range(9)) + "\n```"
TABLE = "| 品种 | 间距 |\n| --- | --- |\n" + "\n".join(f"| 第 {n} 号萝卜，皮薄汁多 | {n} 厘米 |" for n in range(12))


def texts(note: str) -> list[str]:
    return [passage.text for passage in split(parse_note("a.md", note.encode()), SIZE).passages]


@pytest.mark.parametrize("announced", [LIST, CODE, TABLE], ids=["list", "code", "table"])
@pytest.mark.parametrize("lead", ["按下面的次序做：", "**这样做**：", "记录如下 (摘要):"])
def test_what_announces_stays_with_what_it_announces(lead: str, announced: str) -> None:
    found = texts(f"## 播种\n\n{BEFORE}\n\n{lead}\n\n{announced}\n\n{BEFORE}\n")
    assert [text for text in found if lead in text and announced.split("\n")[0] in text.partition(lead)[2]]
    found = texts(f"## 播种\n\n{lead}\n\n{announced}\n")
    assert found[0].startswith(f"## 播种\n\n{lead}\n\n{announced[:20]}")


def test_an_item_that_announces_others_stays_with_the_first() -> None:
    note = f"{LIST}\n- 浇水：\n    - 早晨浇透，中午不浇，傍晚看土面干不干再定。\n{LIST}\n"
    assert [text for text in texts(note) if "- 浇水：\n    - 早晨" in text]


def test_lines_that_all_announce_something_are_cut_all_the_same() -> None:
    found = texts("\n\n".join(f"第 {n} 天的安排和要带的工具，写在这一行后面：" for n in range(200)))
    assert max(map(len, found)) < 3 * SIZE


def test_a_table_with_a_wide_header_is_not_cut_above_its_rule() -> None:
    wide = SIZE * 3 // 4
    head = "| 名称" + " " * wide + "| 说明" + " " * wide + "|"
    rows = "\n".join(f"| 铲 {n} | 用完擦干，挂在门后第 {n} 个钩子上 |" for n in range(30))
    found = texts(f"# 工具\n\n{head}\n|{'-' * wide}|{'-' * wide}|\n{rows}\n")
    assert not [text for text in found if not text.strip("|- \n")]
    assert all("说明" in text or "铲" in text for text in found)


def test_long_code_is_cut_at_blank_lines() -> None:
    functions = [f"def water_{n}(bed):\n" + "".join(f"    bed.pour({n}, {m})\n" for m in range(12)) for n in range(5)]
    found = texts("```python\n" + "\n".join(functions) + "```\n")
    assert 2 <= len(found) <= 5
    assert all(text.startswith("def water_") for text in found[1:])
    solid = texts("```\n" + "bed.pour(1)\n" * 200 + "```\n")
    assert {len(text) > SIZE for text in solid[:-1]} == {True}
