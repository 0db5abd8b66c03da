"""The figures of answers, computed by hand on one note."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.errors import ConfigError
from ingest.schema import Note, Section
from rag.evaluate.answers import differences, facts, grade, interval, read_cases, regrade, table, to_read
from rag.evaluate.retrieval import Question
from rag.records import Answer, Evidence, Sentence, Source

NOTE = Note("a.md", "甲", "# 甲\n温度取 2 到 5。\n# 乙\n别的话。\n", "")
SECTIONS = {
    "s1": Section("s1", "a.md", ("甲",), 0, 16, 1, 2),
    "s2": Section("s2", "a.md", ("甲", "乙"), 16, 25, 3, 4),
}
QUESTIONS = [
    {
        "id": "1",
        "question": "温度？",
        "kind": "fact",
        "gold": [{"file": "a.md", "quote": "温度取2到5"}],
        "must_include": [["2"], ["5", "五"], ["软标签"]],
    },
    {"id": "2", "question": "首都？", "kind": "unanswerable", "gold": []},
]


def answer(refused: bool, spans: Sequence[tuple[int, int]] = ()) -> Answer:
    sources = (Source(1, "s1", "a.md", ("甲",), NOTE.text, 0, len(NOTE.text), 1, 4, ""),)
    evidence = tuple(Evidence(1, NOTE.text[a:b], a, b, 1, 1) for a, b in spans)
    sentences = (
        Sentence("取 2 到五。", citations=(1,), supported=True, evidence=evidence),
        Sentence("巴黎。", supported=False),
        Sentence("如下：", supported=None),
    )
    return Answer(
        "q", "q", "取 2 到五。巴黎。", refused, () if refused else sentences, sources, "m", "g", {"total_ms": 2000.0}
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in QUESTIONS), "utf-8")
    return path


def test_figures_and_resuming(file: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(question: Question) -> tuple[Answer, Sequence[Sentence]]:
        asked.append(question.id)
        return answer(question.id == "2", [(4, 14), (20, 24)]), (Sentence("温度取 2 到 5。"),)

    cases, kept = read_cases(file), tmp_path / "runs" / "kept.jsonl"
    first, second = grade(cases, ask, {"a.md": NOTE}, SECTIONS, kept)
    assert first.figures == {
        "seconds": 2.0,
        "false_refusal": 0.0,
        "facts": pytest.approx(2 / 3),
        "facts_quoted": pytest.approx(2 / 3),
        "tokens": pytest.approx(first.figures["tokens"]),
        "recall": 0.5,
        "precision": 0.5,  # the second span lies in the other section
    }
    assert second.figures == {"seconds": 2.0, "refused": 1.0}
    kept.write_text(kept.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")  # as if interrupted
    again = list(grade(cases, ask, {"a.md": NOTE}, SECTIONS, kept))
    assert asked == ["1", "2", "2"] and again == [first, second]
    assert "fact recall, written" in table(again) and "0.667" in table(again)
    assert [row["sentence"] for row in to_read(again, 5)] == ["取 2 到五。"]
    assert differences(again, regrade(cases, {"a.md": NOTE}, SECTIONS, kept)) == "no question differs"


def test_a_file_of_something_else_is_named(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text('{"id": 1}\n', "utf-8")
    with pytest.raises(ConfigError, match=r"kept\.jsonl:1"):
        list(regrade(read_cases(file), {}, {}, kept))


def test_facts_fold_white_space_and_case() -> None:
    assert facts("prefix  DECODER", [["Prefix Decoder"], ["没有"]]) == 0.5


def test_interval_holds_the_mean() -> None:
    mean, low, high = interval([0.0, 1.0] * 50)
    assert mean == 0.5 and 0.38 < low < 0.45 and 0.55 < high < 0.62
