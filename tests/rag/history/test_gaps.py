"""Refused questions are kept, and closed when the notes answer them."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.config import Settings
from ingest.errors import HistoryError
from rag.history.gaps import GapList
from rag.history.store import Store
from rag.records import Answer, Finished, Source

SOURCE = Source(1, "s", "缓存.md", ("缓存", "它有多大？"), "与层数成正比。", 0, 7, 3, 5, "")


def refused(question: str, generation: str = "gen-1") -> Answer:
    return Answer(question, question, "没有。", True, (), (SOURCE,), "extractive", generation, {})


def test_a_refused_question_is_kept_once_with_the_nearest_sections(tmp_path: Path) -> None:
    gaps = GapList(Store(tmp_path / "data"))
    gaps.note(refused("缓存多贵？"))
    gaps.note(refused("缓存多贵？"))
    gaps.note(replace(refused("缓存多大？"), refused=False))
    (gap,) = GapList(Store(tmp_path / "data")).listed()
    assert (gap.question, gap.times, gap.closed) == ("缓存多贵？", 2, "")
    assert gap.nearest == ("缓存 > 它有多大？ (缓存.md:3-5)",)


def test_a_rebuild_that_answers_it_closes_it_and_says_by_what(tmp_path: Path) -> None:
    gaps = GapList(Store(tmp_path))
    gaps.note(refused("缓存多贵？"))
    gaps.note(refused("谁发明的？"))
    asked: list[str] = []

    def answered(question: str) -> Source | None:
        asked.append(question)
        return SOURCE if "贵" in question else None

    assert gaps.recheck("gen-1", answered) == [] and asked == []  # nothing was built since
    (closed,) = gaps.recheck("gen-2", answered)
    assert closed.question == "缓存多贵？" and closed.closed_by == "缓存 > 它有多大？ (缓存.md:3-5)"
    assert gaps.recheck("gen-2", answered) == [] and len(asked) == 2
    assert [gap.question for gap in gaps.listed()] == ["谁发明的？", "缓存多贵？"]
    gaps.note(refused("缓存多贵？", "gen-3"))  # refused again
    assert not any(gap.closed for gap in gaps.listed())


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "gaps.sqlite3").write_text("not a database, but long enough to be looked at as one", "utf-8")
    with pytest.raises(HistoryError, match="move the file away"):
        GapList(Store(tmp_path)).listed()


def test_the_page_keeps_gaps_and_closes_them_after_a_rebuild(tmp_path: Path) -> None:
    from ui.backend.local import LocalBackend

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "缓存.md").write_text("# KV 缓存\n\n缓存省去了对前文的重复计算，用显存换时间。\n", "utf-8")
    settings = Settings(corpus=corpus, index=tmp_path / "index", data=tmp_path / "data", llm="none")
    backend = LocalBackend(settings)
    going = threading.Event()
    backend.build(lambda stage, done, total: None, going)
    question = "DPO 的 beta 一般取多少？"
    *_, last = backend.answer(question, (), going)
    assert isinstance(last, Finished) and last.answer.refused
    assert [gap.question for gap in GapList(Store(settings.data)).listed()] == [question]
    (corpus / "对齐.md").write_text("# DPO\n\n## DPO 的 beta 取多少\n\nDPO 的 beta 一般取 0.1 到 0.5。\n", "utf-8")
    (gap,) = backend.build(lambda stage, done, total: None, going).closed
    assert (gap.question, "对齐.md" in gap.closed_by) == (question, True)
