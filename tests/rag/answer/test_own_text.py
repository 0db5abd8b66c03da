"""A text of the user's own against the notes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from citing import by_words, no_likeness
from index_kit import FakeEmbedder

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.index.read import open_index
from rag.answer.own_text import TextChecker
from rag.answer.own_text_files import read_text
from rag.judged import Support
from rag.search.retriever import HybridRetriever

NOTES = {
    "缓存.md": "# KV 缓存\n\n缓存省去了对前文的重复计算。\n\n## 大小\n\n与层数成正比。\n",
    "蒸馏.md": "# 蒸馏\n\n学生模型学老师的软标签。\n",
}


class Questions(FakeEmbedder):
    """It keeps the questions that it is asked."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self.encode_passages(texts)


@pytest.fixture
def embedder() -> Questions:
    return Questions()


@pytest.fixture
def checker(tmp_path: Path, embedder: Questions) -> TextChecker:
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text, "utf-8")
    settings = Settings(corpus=tmp_path, index=tmp_path / "index")
    build(settings, FakeEmbedder())  # type: ignore[arg-type]
    retriever = HybridRetriever(index=open_index(settings.index), embeddings=embedder)  # type: ignore[arg-type]
    return TextChecker(retriever, by_words, no_likeness, 4)


def test_each_sentence_has_its_standing_and_its_place(checker: TextChecker) -> None:
    text = "# 我的总结\n\n学生模型学的是老师的软标签。天气好得很，出门走走！\n\n- 缓存省去前文的重复计算。\n- 学生模型也学软标签。\n"
    checked = checker.check(text)
    assert [judged.support for judged in checked.sentences] == [
        Support.SUPPORTED,
        Support.UNSUPPORTED,
        Support.SUPPORTED,
        Support.SUPPORTED,
    ]
    assert [judged.citations for judged in checked.sentences] == [(1,), (), (2,), (1,)], "numbered as they come"
    assert [source.path for source in checked.sources] == ["蒸馏.md", "缓存.md"]
    for judged in checked.sentences:
        for span in judged.evidence:
            assert NOTES[checked.sources[span.n - 1].path][span.start : span.end] == span.quote


def test_with_a_question_its_sections_are_asked(checker: TextChecker, embedder: Questions) -> None:
    checker.check("学生模型学软标签。缓存省去重复计算。", "蒸馏学什么")
    assert embedder.texts == ["蒸馏学什么"]
    checker.check("学生模型学软标签。缓存省去重复计算。")
    assert embedder.texts[1:] == ["学生模型学软标签。", "缓存省去重复计算。"]


def test_a_long_text_tells_how_far_it_is_and_can_be_stopped(checker: TextChecker) -> None:
    told: list[tuple[str, int, int]] = []
    text = "学生模型学软标签。\n\n# 标题\n\n缓存省去重复计算。天气好得很！"

    def progress(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    assert len(checker.check(text, progress=progress, cancel=lambda: len(told) == 2).sentences) == 2
    assert told == [("checking", 0, 3), ("checking", 1, 3)]


def test_nothing_to_check(checker: TextChecker) -> None:
    assert checker.check("\n\n# 只有标题\n").sentences == ()
    assert checker.check("").sources == ()


@pytest.mark.timeout(20)
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="larger than 20 MB"):
        read_text("/dev/zero")
