"""What stands in the end, and what `Finished` says of how it differs from what was streamed."""

import time

import pytest

from rag.answer.outcome import concluded, finished, quoted, refused
from rag.answer.stages import Asked, Retrieved, Written
from rag.console import changes_text
from rag.model.language_model import ModelInfo
from rag.records import EXTRACTIVE, Sentence, Source
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
    return Asked(question, question, "zh", time.monotonic())


def found(*sources: Source, chance: float = 0.9) -> Retrieved:
    ranked = tuple(RankedUnit(s, 0, units_of(s)[0], 1.0, 1.0, 1.0) for s in sources)
    return Retrieved(tuple(sources), ranked, QUOTES, chance, 1.0)


def written(*sentences: Sentence, incomplete: str = "") -> Written:
    return Written(sentences, incomplete, 2.0)


@pytest.mark.parametrize(
    ("said", "incomplete", "model", "chance", "kind"),
    [
        ((GOOD, STRAYED), "", LOCAL, 0.9, "written"),
        ((STRAYED,), "", LOCAL, 0.9, "quoted"),
        ((STRAYED,), "", LOCAL, 0.55, "refused"),
        ((STRAYED,), "It broke off.", LOCAL, 0.9, "written"),
        ((), "It refused.", LOCAL, 0.9, "quoted"),
        ((NO,), "", LOCAL, 0.9, "quoted"),
        ((NO,), "", ENDPOINT, 0.9, "refused"),
    ],
)
def test_what_stands(said: tuple[Sentence, ...], incomplete: str, model: ModelInfo, chance: float, kind: str) -> None:
    outcome = concluded(asked(), found(chance=chance), written(*said, incomplete=incomplete), model)
    assert outcome.kind == kind
    assert outcome.model == (model.name if kind == "written" else EXTRACTIVE)
    assert outcome.incomplete == incomplete


def test_an_answer_that_stands_as_it_came_has_no_changes() -> None:
    text = written(GOOD)
    end = finished(asked(), found(), text, concluded(asked(), found(), text, LOCAL), "gen")
    assert end.changes == () and changes_text(end) == ""
    assert end.answer.timings.keys() == {"retrieve_ms", "first_token_ms", "total_ms"}


def test_quotes_in_place_of_a_text_that_strayed_say_so() -> None:
    text = written(STRAYED)
    end = finished(asked(), found(), text, quoted(found()), "gen")
    assert end.changes == ("quoted",)
    assert "Nothing of this is in the notes. Instead:" in changes_text(end) and "显存换时间" in changes_text(end)


def test_quotes_that_were_streamed_as_they_are_do_not() -> None:
    end = finished(asked(), found(), None, quoted(found()), "gen")
    assert end.changes == () and end.answer.sentences[0].lead == "- "


def test_a_refusal_of_what_was_written_says_so() -> None:
    end = finished(asked(), found(), written(NO), refused(asked(), found()), "gen")
    assert end.changes == ("refused",) and end.answer.refused


def test_a_question_said_again_is_dropped_and_nothing_is_taken_back() -> None:
    text = written(Sentence("缓存为什么省时间？"), GOOD)
    end = finished(asked(), found(), text, concluded(asked(), found(), text, LOCAL), "gen")
    assert end.changes == ("repetition dropped",) and changes_text(end) == ""
    assert [sentence.text for sentence in end.answer.sentences] == [GOOD.text]


def test_notes_that_disagree_are_told_under_the_answer() -> None:
    one = source(1, "a.md", "缓存每个 token 需要 0.5 MB 的显存空间。")
    other = source(2, "b.md", "缓存每个 token 需要 0.8 MB 的显存空间。")
    text = written(GOOD)
    end = finished(asked(), found(one, other), text, concluded(asked(), found(one, other), text, LOCAL), "gen")
    assert end.changes == ("conflict added",)
    assert "Nothing of this" not in changes_text(end) and "说法不一" in changes_text(end)
