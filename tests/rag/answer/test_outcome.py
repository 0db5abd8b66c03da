"""What stands in the end, and what `Finished` says of how it differs from what was streamed."""

import time
from dataclasses import replace

import numpy as np
import pytest

from rag.answer.outcome import concluded, finished, quoted
from rag.answer.stages import Asked, Retrieved, Written
from rag.console import after_text
from rag.model.language_model import ModelInfo
from rag.records import EXTRACTIVE, Excerpt, Piece, Sentence, Source
from rag.search.legs import Legs
from rag.search.understanding import Understood
from rag.sources.relevance import RankedUnit
from rag.sources.units import units_of

LOCAL, ENDPOINT = ModelInfo("local", "small", ""), ModelInfo("endpoint", "large", "")
GOOD = Sentence("缓存省去了重复计算。", "", (1,), True)
STRAYED = Sentence("巴黎是法国的首都。", "", (), False)
NO = Sentence("笔记里没有说明。")
QUOTES = (Sentence("缓存用显存换时间。", "\n- ", (1,), True),)


def source(n: int, path: str, text: str) -> Source:
    return Source(n, f"s{n}", path, ("缓存",), text, 0, len(text), 1, 1, "")


def asked(question: str = "缓存为什么省时间？") -> Asked:
    nowhere = np.zeros(0)
    return Asked(question, Understood(question, question, Legs(nowhere, nowhere, nowhere)), "zh", time.monotonic())


def found(*sources: Source, chance: float = 0.9) -> Retrieved:
    ranked = tuple(RankedUnit(s, 0, units_of(s)[0], 1.0) for s in sources)
    return Retrieved(tuple(sources), ranked, QUOTES, chance, 1.0)


def written(*sentences: Sentence, incomplete: str = "") -> Written:
    return Written(sentences, incomplete, 2.0)


@pytest.mark.parametrize(
    ("said", "incomplete", "model", "chance", "kind", "verdict"),
    [
        ((GOOD, STRAYED), "", LOCAL, 0.9, "written", "stands"),
        ((STRAYED,), "", LOCAL, 0.9, "quoted", "unsupported"),
        ((STRAYED,), "", LOCAL, 0.55, "refused", "unsupported"),
        ((STRAYED,), "It broke off.", LOCAL, 0.9, "written", "failed"),
        ((GOOD,), "It broke off.", LOCAL, 0.9, "written", "stands"),
        ((STRAYED,), "已停止。", LOCAL, 0.9, "written", "stopped"),
        ((), "It refused.", LOCAL, 0.9, "quoted", "failed"),
        ((NO,), "", LOCAL, 0.9, "quoted", "says no"),
        ((NO,), "", ENDPOINT, 0.9, "refused", "says no"),
    ],
)
def test_what_stands(
    said: tuple[Sentence, ...], incomplete: str, model: ModelInfo, chance: float, kind: str, verdict: str
) -> None:
    outcome = concluded(asked(), found(chance=chance), written(*said, incomplete=incomplete), model)
    assert outcome.kind == kind
    assert outcome.model == (model.name if kind == "written" else EXTRACTIVE)
    assert outcome.incomplete == incomplete
    assert (outcome.asked, outcome.verdict) == (model.name, verdict)


def test_an_answer_that_stands_as_it_came_has_no_changes() -> None:
    text = written(GOOD)
    end = finished(asked(), found(), text, concluded(asked(), found(), text, LOCAL), "gen")
    assert end.changes == () and after_text(end.answer) == ""
    assert end.answer.timings.keys() == {"retrieve_ms", "first_token_ms", "total_ms"}


def test_of_a_text_that_strayed_one_line_tells_and_the_text_is_kept() -> None:
    text = written(STRAYED)
    end = finished(asked(), found(), text, concluded(asked(), found(), text, LOCAL), "gen")
    assert end.changes == ("quoted",) and end.answer.written == (STRAYED,)
    assert after_text(end.answer) == "Nothing that small wrote is in the notes; go by the passages above."


def test_a_text_in_the_words_of_the_evidence_adds_nothing() -> None:
    one = source(1, "a.md", "缓存省去了重复计算。另一句。")
    shown = Excerpt(1, 0, len(one.text), (Piece(0, len(one.text)),), ((0, 10),))
    with_evidence = replace(found(one), excerpts=(shown,))
    assert concluded(asked(), with_evidence, written(GOOD), LOCAL).verdict == "echoes"
    assert concluded(asked(), with_evidence, written(replace(GOOD, text="缓存省时间。")), LOCAL).verdict == "stands"


def test_a_figure_that_no_source_holds_is_told() -> None:
    one = source(1, "a.md", "缓存占 80 GB 显存。")
    text = written(GOOD, Sentence("缓存占 92 GB 显存，卡有 80 GB。", "", (), False))
    answer = finished(asked(), found(one), text, concluded(asked(), found(one), text, LOCAL), "gen").answer
    assert answer.differs == ("92",) and "Figures that the notes do not hold: 92." in after_text(answer)


def test_without_a_model_nothing_is_said_of_one() -> None:
    end = finished(asked(), found(), None, quoted(found()), "gen")
    assert end.changes == () and end.answer.sentences[0].lead == "- "
    assert end.answer.asked == "" and end.answer.remarks == ()


def test_what_the_model_says_of_the_evidence_does_not_take_it_away() -> None:
    shown = Excerpt(1, 0, 5, (Piece(0, 5),), ((0, 5),))
    with_evidence = replace(found(source(1, "a.md", "缓存是甲。")), excerpts=(shown,))
    end = finished(asked(), with_evidence, written(NO), concluded(asked(), with_evidence, written(NO), ENDPOINT), "gen")
    assert end.changes == ("refused",) and end.answer.refused and end.answer.excerpts == (shown,)
    assert after_text(end.answer) == "large does not find the answer in the passages above."


def test_a_question_said_again_is_dropped_and_nothing_is_taken_back() -> None:
    text = written(Sentence("缓存为什么省时间？"), GOOD)
    end = finished(asked(), found(), text, concluded(asked(), found(), text, LOCAL), "gen")
    assert end.changes == ("repetition dropped",) and after_text(end.answer) == ""
    assert [sentence.text for sentence in end.answer.sentences] == [GOOD.text]


def test_notes_that_disagree_are_told_under_the_answer() -> None:
    one = source(1, "a.md", "缓存每个 token 需要 0.5 MB 的显存空间。")
    other = source(2, "b.md", "缓存每个 token 需要 0.8 MB 的显存空间。")
    text = written(GOOD)
    end = finished(asked(), found(one, other), text, concluded(asked(), found(one, other), text, LOCAL), "gen")
    assert end.changes == ("conflict added",)
    assert end.answer.disagreement and "说法不一" in after_text(end.answer)
