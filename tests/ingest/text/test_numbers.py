"""Numbers: one reader, one plain form."""

import pytest

from ingest.text.numbers import counts, numbers, ordinal, read_numbers


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("14,000亿", ["14000"]),
        ("1,000 与 1000", ["1000", "1000"]),
        ("3.50 与 3.5", ["3.5", "3.5"]),
        ("1e-4、5E-05 与 2e8", ["0.0001", "0.00005", "200000000"]),
        ("1.5e-3的", ["0.0015"]),
        ("1.2.3 与 10.0.0.1", ["1.2.3", "10.0.0.1"]),
        ("8x7B 与 8×7B", ["8x7", "8x7"]),
        ("007、0.10 与 100", ["7", "0.1", "100"]),
        ("2024-07-23", ["2024", "7", "23"]),
        ("１，２８０ 与 ３．５", ["1", "280", "3.5"]),
        ("-128，127", ["128", "127"]),  # a Chinese comma separates
        ("1,024,2048", ["1024", "2048"]),
        ("5e39a1 是散列", ["5", "39", "1"]),  # no exponent: letters follow
        ("7" * 5000 + ".50", ["7" * 5000 + ".5"]),
    ],
)
def test_plain_forms(text: str, plain: list[str]) -> None:
    assert numbers(text) == plain


def test_what_is_part_of_a_name() -> None:
    text = "int4、GPT-3、v2、Mixtral 8x7B 用 46B、60%、3.5 倍、第 2 个、1e-4"
    read = list(read_numbers(text))
    assert [number.plain for number in read if number.in_name] == ["4", "3", "2", "8x7"]
    assert [number.plain for number in read if not number.in_name] == ["46", "60", "3.5", "2", "0.0001"]
    assert [text[number.start : number.end] for number in read][-3:] == ["3.5", "2", "1e-4"]


def test_what_a_number_says_besides_itself() -> None:
    assert [number.parts for number in read_numbers("8x7B 1.2.3 2.5")] == [
        ("8x7", "8", "7"),
        ("1.2.3", "1.2"),
        ("2.5",),
    ]


def test_chinese_numerals() -> None:
    assert counts("三种方法，兩個模型，十二层，七") == ["3", "2", "12", "7"]
    assert [ordinal(text) for text in ("3", "三", "十二", "百", "²", "9" * 5000)] == [3, 3, 12, None, None, None]
