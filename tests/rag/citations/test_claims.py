"""What must stand in a source word for word."""

import pytest

from rag.citations.claims import Claims, Holdings


def test_claims() -> None:
    assert Claims.of("1.5 倍的版本 1.2.3，学习率 1e-4").numbers == {"1.5", "1.2.3", "0.0001"}
    claims = Claims.of("1. GPT-3 用了 1,750 亿参数，即 3.50 倍；fp16 下 46B 占 92GB，公式 $a=b+c$，the Transformer.")
    assert claims.numbers == {"1750", "3.5", "46", "92"}
    assert claims.formulas == {"a=b+c"}
    assert Claims.of("The model is small. However, it works.") == Claims(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("text", "claim", "holds"),
    [
        ("三种方法，2G", "有 3 种方法，占 2 G", True),
        ("学习率取 0.0001", "学习率取 1e-4", True),
        ("学习率取 0.0001", "学习率取 1e-5", False),
        ("共 14000 亿", "共 14,000 亿", True),
        ("Mixtral 8×7B", "它有 8 个专家，各 7B", True),
        ("版本 1.2.3", "版本 1.2", True),
        ("版本 1.2.3", "版本 1.2.4", False),
        ("损失 $a = b + c$", "损失 a=b+c", True),
        ("损失 $a = b + c$", "损失 a=b-c", False),
    ],
)
def test_figures_and_formulas_in_one_form(text: str, claim: str, holds: bool) -> None:
    assert Holdings.of(text).hold(Claims.of(claim)) is holds
