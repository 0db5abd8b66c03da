"""Questions about the notes themselves, greetings and noise, over a few notes with the real embedding model."""

import os
from datetime import date, datetime
from pathlib import Path

import pytest

from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import NoteEmbeddings
from rag.open import open_retriever, without_model
from rag.records import Answer
from rag.search.retriever import HybridRetriever
from rag.tools.dates import Span
from rag.tools.notes import count_notes, notes_about, notes_by_length, notes_changed, notes_in, notes_written

NOTES = {
    "厨房/面包.md": "---\ndate: 2024-02-10\n---\n# 面包\n\n## 发酵\n\n面团在二十六度下发酵两小时，体积翻倍。\n",
    "厨房/咖啡.md": "# 咖啡\n\n## 手冲\n\n水温九十二度，粉水比一比十五。\n\n## 冷萃\n\n冷藏十二小时。\n",
    "阅读.md": "# 阅读\n\n读书时喝咖啡，也记下页码。\n",
}
DAYS = {"厨房/面包.md": (2024, 5, 1), "厨房/咖啡.md": (2024, 6, 1), "阅读.md": (2024, 7, 1)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> Settings:
    folder = tmp_path_factory.mktemp("desk")
    for name, text in NOTES.items():
        file = folder / "notes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        then = datetime(*DAYS[name], 12).timestamp()
        os.utime(file, (then, then))
    settings = Settings(corpus=folder / "notes", index=folder / "index", llm="none")
    build(settings, embeddings)
    return settings


@pytest.fixture(scope="module")
def retriever(settings: Settings, embeddings: NoteEmbeddings) -> HybridRetriever:
    return open_retriever(settings, embeddings=embeddings)


@pytest.fixture(scope="module")
def paths(settings: Settings) -> Path:
    return settings.corpus


def ask(retriever: HybridRetriever, settings: Settings, question: str) -> Answer:
    return without_model(retriever, settings).answer(question)


def test_the_functions_answer_from_the_index(retriever: HybridRetriever, paths: Path) -> None:
    index = retriever.index
    assert (count_notes(index).total, count_notes(index, "厨房/").total) == (3, 2)
    assert [row.path for row in notes_in(index).rows] == ["厨房/", "阅读.md"]
    assert {row.path for row in notes_in(index, "厨房/").rows} == {"厨房/面包.md", "厨房/咖啡.md"}
    assert [row.path for row in notes_by_length(index).rows][-1] == "阅读.md"
    assert notes_by_length(index, shortest=True).rows[0].path == "阅读.md"
    about = notes_about(retriever, "咖啡")
    assert [row.path for row in about.rows] == ["厨房/咖啡.md", "阅读.md"]  # the one that is called so first
    february = notes_written(index, paths, Span(date(2024, 2, 1), date(2024, 2, 29)))
    assert [row.path for row in february.rows] == ["厨房/面包.md"]
    assert [row.path for row in notes_changed(index, paths, date(2024, 5, 15)).rows] == ["阅读.md", "厨房/咖啡.md"]
    assert notes_changed(index, paths).total == 3


def test_a_topic_in_another_language_lists_the_nearest_notes(retriever: HybridRetriever) -> None:
    assert "厨房/咖啡.md" in [row.path for row in notes_about(retriever, "coffee").rows][:2]


@pytest.mark.parametrize(
    ("question", "tool", "said"),
    [
        ("我这里一共存了多少篇笔记呀", "count_notes()", "3"),
        ("厨房文件夹下有几篇笔记", "notes_in(folder=厨房/)", "2"),
        ("有哪些笔记提到了咖啡？", "notes_about(topic=咖啡)", "阅读.md"),
        ("哪几篇笔记讲到了咖啡", "notes_about(topic=咖啡)", "阅读.md"),
        ("列出厨房目录里的笔记", "notes_in(folder=厨房/)", "面包"),
        ("2024年2月我写过哪些笔记", "notes_written(since=2024-02-01, until=2024-02-29)", "面包"),
        ("which files were edited most recently?", "notes_changed()", "阅读"),
        ("字数最少、最短的笔记是哪篇", "shortest_notes()", "阅读"),
        ("哈喽，早上好！", "greeting", "3 篇笔记"),
        ("thank you very much", "greeting", "3 notes"),
    ],
)
def test_what_is_not_searched_for(
    retriever: HybridRetriever, settings: Settings, question: str, tool: str, said: str
) -> None:
    answer = ask(retriever, settings, question)
    assert answer.tool == tool and said in answer.text and not answer.refused and not answer.excerpts


def test_a_listed_note_leads_to_its_section(retriever: HybridRetriever, settings: Settings) -> None:
    answer = ask(retriever, settings, "有哪些笔记提到了咖啡？")
    cited = [sentence for sentence in answer.sentences if sentence.citations]
    assert [answer.sources[s.citations[0] - 1].path for s in cited] == ["厨房/咖啡.md", "阅读.md"]


@pytest.mark.parametrize("question", ["面团要发酵多久？", "冷萃要多久", "手冲"])
def test_a_question_is_searched_for(retriever: HybridRetriever, settings: Settings, question: str) -> None:
    answer = ask(retriever, settings, question)
    assert not answer.tool and answer.sources


@pytest.mark.parametrize("question", ["qwertyuiop", "？？？", "🐱🐱"])
def test_noise_is_refused(retriever: HybridRetriever, settings: Settings, question: str) -> None:
    assert ask(retriever, settings, question).refused


def test_a_summary_says_of_which_note(retriever: HybridRetriever, settings: Settings) -> None:
    answer = ask(retriever, settings, "总结一下《咖啡》这一篇")
    assert answer.tool == "summary(厨房/咖啡.md)" and answer.excerpts
