"""Conversations: what is kept comes back whole, in order, from two processes' worth of connections."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import HistoryError
from ingest.schema import Kind, Passage
from rag.__main__ import main
from rag.evaluate.retrieval import read_questions
from rag.history.conversations import History
from rag.history.feedback import FeedbackList
from rag.history.kept import as_history
from rag.history.store import FILE, Store
from rag.records import Answer, Evidence, Hit, Sentence, Source
from rag.records_json import answer_from_record, answer_to_json, answer_to_record


def answer(question: str = "什么是量化？", path: str = "甲.md") -> Answer:
    passage = Passage("p", "s", path, ("甲", "量化"), "低位存权重。", 3, 9, 2, 2, Kind.QUESTIONS)
    hit = Hit(passage, 0.03, {"bm25": 1}, {"bm25": 4.2}, {"bm25": 0.03}, ("乙.md:1-2",))
    source = Source(1, "s", path, ("甲", "量化"), "低位存权重。", 3, 9, 2, 2, "00", hits=(hit,))
    evidence = Evidence(1, "低位存权重", 3, 8, 2, 2)
    sentence = Sentence("量化用低位存权重。", "", (1,), True, (evidence,))
    return Answer(
        question, question, "量化用低位存权重。", False, (sentence,), (source,), "m", "gen-1", {"total_ms": 5.0}
    )


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    history = History(Store(tmp_path / "new" / "folder"))
    name = history.start("什么是   量化？")
    odd = answer(path="\udcff.md")
    history.add(name, answer())
    history.add(name, odd)
    assert History(Store(tmp_path / "new" / "folder")).turns(name) == [answer(), odd]
    assert history.turns("nobody") is None
    assert answer_from_record(answer_to_record(odd)) == odd


def test_list_search_pin_rename_delete_undo(tmp_path: Path) -> None:
    history = History(Store(tmp_path))
    first, second = history.start("一问"), history.start("二问 100%")
    history.add(first, answer())
    history.pin(second, True)
    assert [c.id for c in history.listed()] == [second, first]
    assert [c.id for c in history.listed("低位")] == [first]
    assert [c.id for c in history.listed("0%")] == [second]
    assert not history.listed("%%")
    history.rename(first, "新名")
    history.delete(second)
    assert [c.title for c in history.listed()] == ["新名"]
    assert history.turns(second) is None
    history.restore(second)
    assert len(history.listed()) == 2


def test_the_last_answer_can_be_asked_again(tmp_path: Path) -> None:
    history = History(Store(tmp_path))
    name = history.start("问")
    history.add(name, answer("一"))
    history.add(name, answer("二"))
    feedback = FeedbackList(Store(tmp_path))
    feedback.rate(name, 1, good=False, reason="不对")
    feedback.rate(name, 1, good=True)
    history.drop_last(name)
    assert [a.question for a in history.turns(name) or ()] == ["一"]
    assert feedback.ratings(name) == {} and [f.good for f in feedback.listed()] == [True]


def test_feedback_is_a_question_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history, feedback = History(Store(tmp_path)), FeedbackList(Store(tmp_path))
    name, deleted = history.start("什么是量化？"), history.start("删掉的")
    refused = replace(answer("Who won?"), refused=True, standalone_question="Who won the cup?")
    for given in (answer(), answer("有多大？"), refused):
        history.add(name, given)
    history.add(deleted, answer())
    for where, turn in ((name, 2), (name, 0), (name, 1), (deleted, 0)):
        feedback.rate(where, turn, good=turn != 1)
    feedback.rate(name, 1, good=False, reason="答非所问")
    history.delete(deleted)
    assert FeedbackList(Store(tmp_path)).ratings(name) == {0: (True, ""), 1: (False, "答非所问"), 2: (True, "")}
    monkeypatch.setenv("ASKNOTES_DATA", str(tmp_path))
    assert main(["feedback"]) == 0
    printed = capsys.readouterr().out
    kept, good, bad = map(json.loads, printed.splitlines())
    assert kept["kind"] == "unanswerable" and kept["gold"] == [] and kept["searched"] == "Who won the cup?"
    assert good["gold"] == [{"file": "甲.md", "quote": "低位存权重"}] and good["lang"] == "zh"
    assert (bad["kind"], bad["reason"], bad["gold"], bad["answer"]) == ("bad", "答非所问", [], "")
    assert bad["given"] == "量化用低位存权重。" and bad["generation"] == "gen-1"
    assert bad["sources"] == [{"file": "甲.md", "start": 2, "end": 2}]
    assert [turn["content"] for turn in bad["history"]] == ["什么是量化？", "量化用低位存权重。"]
    file = tmp_path / "set.jsonl"
    file.write_text(printed, "utf-8")
    assert [len(question.gold) for question in read_questions(file)] == [0, 1, 0]


def test_writers_in_many_threads_lose_nothing(tmp_path: Path) -> None:
    name = History(Store(tmp_path)).start("问")
    histories = [History(Store(tmp_path)) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda h=h: [h.add(name, answer()) for _ in range(5)])  # type: ignore[misc]
        for h in histories
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(histories[0].turns(name) or ()) == 20


def test_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database " * 100)
    with pytest.raises(HistoryError, match="move the file away"):
        History(Store(tmp_path)).listed()


def test_what_the_command_line_prints() -> None:
    row = answer_to_json(answer(), "q1")
    assert row["sentences"] == [
        {
            "text": "量化用低位存权重。",
            "citations": [1],
            "supported": True,
            "evidence": [{"n": 1, "start_line": 2, "end_line": 2, "quote": "低位存权重"}],
        }
    ]
    assert set(row) >= {"id", "question", "standalone_question", "answer", "refused", "sources", "model", "timings"}
    assert [turn.role for turn in as_history([answer()])] == ["user", "assistant"]
