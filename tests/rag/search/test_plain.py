"""Plain search in notes: which notes hold the words, and in what order they come."""

import time
from collections.abc import Mapping

import pytest
from paths import CORPUS, ROOT

from benchmarks.plain_search import by_count, figures, names_of, read_notes
from ingest.schema import Note
from rag.evaluate.retrieval import Question, read_questions
from rag.search.plain import NoteFinder

FILLER = "这里说的是别的事情，与所找的词无关。" * 40


def finder(texts: Mapping[str, str], **titles: str) -> NoteFinder:
    return NoteFinder({path: Note(path, titles.get(path, "无题"), text, "0" * 64) for path, text in texts.items()})


def found(texts: Mapping[str, str], query: str) -> list[str]:
    return [one.note.path for one in finder(texts).find(query)]


def test_a_long_note_does_not_win_by_a_word_more() -> None:
    others = {f"other{i}": FILLER for i in range(6)}
    long = FILLER * 10 + "梯度裁剪。" * 4 + FILLER * 10
    short = "梯度裁剪防止梯度爆炸。做法：梯度裁剪到一个范数。何时用梯度裁剪？"
    assert found(others | {"long": long, "short": short}, "梯度裁剪") == ["short", "long"]
    assert found(others | {"long": long * 4, "short": short}, "梯度裁剪") == ["long", "short"]  # much more is more


def test_the_rarer_word_tells_more() -> None:
    common = {f"common{i}": "显存。" + FILLER for i in range(8)}
    texts = {"about-memory": "显存。" * 5 + "蒸馏。" + FILLER, "about-distilling": "显存。" + "蒸馏。" * 5 + FILLER}
    assert found(common | texts, "显存 蒸馏") == ["about-distilling", "about-memory"]


def test_a_word_is_counted_by_itself_and_one_half_typed_anywhere() -> None:
    texts = {"q": "QLoRA, qlora and QLoRA: " + FILLER, "l": "LoRA and lora: " + FILLER, "n": FILLER}
    assert found(texts, "lora") == ["l", "q"]
    assert found(texts, "qlor") == ["q"]
    assert found({"q": "qlora qlora", "a": "adalora", "n": ""}, "lor") == ["q", "a"]


def test_a_word_that_every_note_holds_still_ranks_them() -> None:
    texts = {f"n{i}": "模型。" * (i + 1) + FILLER for i in range(3)}
    assert found(texts, "模型") == ["n2", "n1", "n0"]
    assert found({"one": "模型"}, "模型") == ["one"]


def test_names_come_first() -> None:
    notes = finder({"a": "量化。" * 50, "b": FILLER, "c": "量化"}, b="量化")
    assert [(one.note.path, one.count) for one in notes.find("量化")] == [("b", 0), ("a", 50), ("c", 1)]


@pytest.mark.parametrize("texts", [{}, {"empty": ""}, {"empty": "", "blank": " \n", "one": "字"}])
@pytest.mark.parametrize("query", ["", " ", "#", "#tag", "字", "nowhere", "字 nowhere", "(", "a|b\\"])
def test_nothing_to_find_is_no_error(texts: Mapping[str, str], query: str) -> None:
    wanted = [word for word in query.split() if not word.startswith("#")]
    held = [] if "#tag" in query else [path for path, text in texts.items() if all(word in text for word in wanted)]
    assert found(texts, query) == sorted(held)


def test_a_search_in_a_thousand_notes_is_quick() -> None:
    text = "线程池有核心线程和最大线程，由队列决定何时创建新的线程 thread pool。" + FILLER
    many = finder({f"{i}": f"{text * 2}\n第 {i} 篇" for i in range(1000)})
    many.find("先")  # lower-cases the notes, once a generation
    for query in ("线程", "thread", "线程 池 thread", "9", "e"):
        began = time.process_time()
        assert many.find(query)
        assert time.process_time() - began < 0.3, query


def test_on_our_notes_it_is_better_than_counting() -> None:
    """The queries are the Latin names of the questions; the other sets are in docs/benchmarks.md."""
    questions = [q for q in read_questions(ROOT / "tests" / "eval" / "corpus.jsonl") if q.gold and not q.history]
    rows = figures(questions, NoteFinder(read_notes(CORPUS)), lambda question: names_of(question.text))
    asked, first, three = rows["BM25"]
    assert asked == rows["count"][0] > 40
    assert first > rows["count"][1] and three >= rows["count"][2]


def test_the_order_before_is_by_names_and_counts() -> None:
    hits = finder({"a": "lora", "b": "lora lora", "lora.md": ""}).find("LoRA")
    assert [one.note.path for one in by_count(hits, ["LoRA"])] == ["lora.md", "b", "a"]
    assert names_of("LoRA 和 P-Tuning v2 用 fp16 时哪个好？") == ["LoRA", "P-Tuning"]
    assert names_of(Question("", "What is LoRA?").text) == []


def test_the_words_are_shown_where_they_stand_together() -> None:
    text = f"梯度。{FILLER}\n裁剪。\n{FILLER}这里说梯度的裁剪。\n梯度裁剪在这里。\n"
    (one,) = finder({"a": text}).find("梯度 裁剪")
    assert (one.line, [one.excerpt[a:b] for a, b in one.marks]) == (4, ["梯度", "裁剪"])
    (one,) = finder({"a": f"{FILLER} rope {FILLER}\n{FILLER}the rope of angles\n"}).find("angles ROPE")
    assert one.line == 2 and [one.excerpt[a:b] for a, b in one.marks] == ["rope", "angles"]
    (one,) = finder({"a": f"first rope\n{FILLER}\nrope"}).find("rope")
    assert one.line == 1
