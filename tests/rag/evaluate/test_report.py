"""The reports of `rag eval`, read as a browser reads them; the files for trec_eval, read by its own code."""

import json
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from history_kit import told
from index_kit import FakeEmbedder, vault

from ingest.build.run import build
from ingest.messages import Language
from rag.__main__ import main
from rag.evaluate.answer_report import answer_report, goodness
from rag.evaluate.answers import Graded
from rag.evaluate.ranked import Measured, Placed, Shown, load, save
from rag.evaluate.report import report
from rag.history.conversations import History
from rag.history.feedback import FeedbackList
from rag.history.store import Store
from rag.search.retriever import HybridRetriever

EVIL = "<script>alert(1)</script>"
NOTES = {
    "茶.md": f"# 绿茶 {EVIL}\n\n绿茶用八十度的水泡。\n\n# 红茶\n\n红茶用沸水泡。\n",
    "咖啡.md": "# 手冲\n\n手冲的水温在九十度上下。\n\n# 冷萃\n\n冷萃要在冰箱里放一夜。\n",
}
QUESTIONS = [
    {"id": "a 1", "question": "绿茶用八十度的水泡？", "kind": "fact", "gold": [{"file": "茶.md", "quote": "八十度"}]},
    {"id": "b", "question": f"红茶用沸水泡 {EVIL}", "kind": "<i>", "gold": [{"file": "茶.md", "quote": "冰箱"}]},
    {"id": "c", "question": "冷萃放在冰箱里", "kind": "fact", "gold": [{"file": "咖啡.md", "start": 5, "end": 7}]},
    {"id": "d", "question": "月亮多远？", "kind": "unanswerable", "gold": []},
]


class Embedder(FakeEmbedder):
    """Finds a question by chance."""

    encode_queries = FakeEmbedder.encode_passages


class Read(HTMLParser):
    """The tags and text of a page; its tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[str] = []
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []
        self.text = "\n".join(self.texts)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [name for name, _ in attributes]
        if tag == "tr":
            self.rows.append([])
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [name for name, _ in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open[-1] != "style":
            self.texts.append(data.strip())
            if self._open[-1] in ("td", "th"):
                self.rows[-1].append(data.strip())

    def loads_and_runs_nothing(self) -> bool:
        asks = {"src", "href", "srcset", "action", "data"} & set(self.attributes)
        return not asks and not any(name.startswith("on") for name in self.attributes) and not self.tags["script"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an index of the notes and the questions."""
    embeddings = Embedder()
    build(vault(tmp_path, NOTES), embeddings)
    monkeypatch.setattr("rag.open.load_embeddings", lambda settings, report: embeddings)
    monkeypatch.setenv("ASKNOTES_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps(row, ensure_ascii=False) for row in QUESTIONS]
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8")
    return tmp_path


def test_a_report_and_an_export_of_one_run_agree(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pytrec_eval

    command = ["eval", "--index", "index", "--json", "--report", "out/first.html", "--export", "trec", "q.jsonl"]
    assert main(command) == 0
    printed = capsys.readouterr()
    figures = {row["retriever"]: row["figures"] for row in map(json.loads, printed.out.splitlines())}
    page = Read((here / "out" / "first.html").read_text("utf-8"))
    assert page.loads_and_runs_nothing() and page.tags["svg"] == 2
    (bm25,) = (row for row in page.rows if row[0] == "按字词（BM25）")
    assert bm25[1:3] + bm25[5:6] == ["3", f"{figures['bm25']['hit@1']:.3f}", f"{figures['bm25']['hit@5']:.3f}"]
    assert "3 个问题有标准答案，另有 1 个没有" in page.text
    assert f"红茶用沸水泡 {EVIL}" in page.text and "<i>" in page.text
    assert "索引里已经没有这段答案" in page.text and "咖啡.md:5-7" not in page.text.split("排在它前面的")[0]

    with (here / "trec" / "qrels.txt").open() as file:
        judged = pytrec_eval.parse_qrel(file)
    assert set(judged) == {"a_1", "c"}  # no passage answers b
    for name, row in figures.items():
        with (here / "trec" / f"{name}.run").open() as file:
            run = pytrec_eval.parse_run(file)
        found = pytrec_eval.RelevanceEvaluator(judged, {"success"}).evaluate(run)
        for k in (1, 5, 10):
            assert sum(one[f"success_{k}"] for one in found.values()) / 3 == pytest.approx(row[f"hit@{k}"])

    kept = load(here / "out" / "first.json")
    assert [one.id for one in kept.placed] == ["a 1", "b", "c"]
    assert main(["eval", "--index", "index", "--report", "second.html", "--against", "out/first.json", "q.jsonl"]) == 0
    assert "两次的设置相同" in Read((here / "second.html").read_text("utf-8")).text


def test_the_kept_figures_stand_beside_a_report_of_that_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["eval", "--index", "index", "--report", "runs/q.html", "q.jsonl"]
    assert [main(command), main(command)] == [0, 0]
    assert capsys.readouterr().out.count("no figure changed since the last run") == 1
    assert load(here / "runs" / "q.json").placed
    kept = here / "runs" / "q.figures.json"
    for damaged in ("{}", "[1]", '[{"name": "bm25"}]', "[", "[]\xff"):
        kept.write_text(damaged, "latin-1")
        assert main(command) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: runs/q.figures.json does not hold the figures") and said.count("\n") == 1


def test_a_question_of_two_sets_is_searched_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    search = HybridRetriever.search

    def counted(self: HybridRetriever, question: str, *arguments: Any, **options: Any) -> Any:
        asked.append((options["retriever"], question))
        return search(self, question, *arguments, **options)

    monkeypatch.setattr(HybridRetriever, "search", counted)
    (here / "again.jsonl").write_bytes((here / "q.jsonl").read_bytes())
    assert main(["eval", "--index", "index", "--report", "r.html", "q.jsonl", "again.jsonl"]) == 0
    assert len(asked) == len(set(asked)) == 9  # three questions with gold, three retrievers


def test_opinions_are_a_question_set(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(here / "data")
    talk = History(store).start("红茶用什么水泡？")
    answer = told("红茶用什么水泡？", "茶.md")
    said = replace(answer.sentences[0], evidence=(replace(answer.sentences[0].evidence[0], quote="红茶用沸水泡"),))
    History(store).add(talk, replace(answer, sentences=(said,)))
    FeedbackList(store).rate(talk, 0, True)
    monkeypatch.setenv("ASKNOTES_LANGUAGE", "en")
    assert main(["eval", "--index", "index", "--feedback", "--report", "mine.html"]) == 0
    page = Read((here / "mine.html").read_text("utf-8"))
    assert "How search does on feedback" in page.text and "1 questions with gold passages" in page.text
    (one,) = load(here / "mine.json").placed
    assert one.kind == "good" and [shown.location for shown in one.wanted] == ["茶.md:5-7"]


def placed(name: str, hybrid: int | None, kind: str = "fact") -> Placed:
    ranks = {"bm25": 1} | ({"hybrid": hybrid} if hybrid else {})
    before = (Shown("b.md:1-2", "B", f"{name} before"),)
    return Placed(name, f"What of {name}?", kind, ranks, (Shown("a.md:3-4", "A › C", f"{name} {EVIL}"),), before)


def run(weight: str, **ranks: int | None) -> Measured:
    settings = {"bm25_weight": weight, "rrf_c": "60"}
    return Measured("set", "2026-01-01", settings, 0, tuple(placed(name, rank) for name, rank in ranks.items()))


@pytest.mark.parametrize(
    ("language", "differs", "lost"), [("en", "earlier run", "not in 50"), ("zh", "上一次", "前 50 名之外")]
)
def test_two_runs_side_by_side(language: Language, differs: str, lost: str) -> None:
    now, earlier = run("2.0", p=1, q=None, r=4), run("1.0", p=3, q=1, r=4)
    page = Read(report(now, earlier, language))
    assert page.loads_and_runs_nothing()
    assert ["bm25_weight", "2.0", "1.0"] in page.rows and not any(row[0] == "rrf_c" for row in page.rows)
    assert [row for row in page.rows if row[0].startswith("What of")] == [
        ["What of q?", "fact", "1", lost],
        ["What of p?", "fact", "3", "1"],
    ]
    assert any(row[1].startswith("+0.000 [") for row in page.rows)  # hit@1: one lost, one gained
    assert differs in page.text and f"q {EVIL}" in page.text
    articles = [text for text in page.texts if text.startswith("What of") and text != "What of p?"]
    assert articles[-2:] == ["What of q?", "What of r?"]  # the worst first; p is right


def test_a_kept_run_comes_back_and_something_else_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = run("1.0", p=2, q=None)
    save(one, here / "kept.json")
    assert load(here / "kept.json") == one
    (here / "other.json").write_text("[]")
    for wrong in ("other.json", "none.json", "."):
        assert main(["eval", "--index", "index", "--report", "r.html", "--against", wrong, "q.jsonl"]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"error: {wrong} is not the .json kept beside a report") and said.count("\n") == 1
    assert not (here / "r.html").exists()
    assert main(["eval", "--index", "index", "--report", "index", "q.jsonl"]) == 1
    assert capsys.readouterr().err == "error: index cannot be written (Is a directory); check its path and rights.\n"


def test_answers_are_asked_graded_and_reported(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    command = ["eval", "--index", "index", "--answers", "--report", "a.html", "q.jsonl"]
    assert main(command) == 0
    (kept,) = (here / "runs").glob("q-*.jsonl")
    assert main([*command, "--against", str(kept)]) == 0
    page = Read((here / "a.html").read_text("utf-8"))
    assert page.loads_and_runs_nothing() and "回答评测：q.jsonl" in page.text
    (refusals,) = (row for row in page.rows if row[0] == "笔记有的，却说没有")
    assert refusals[1] == refusals[2] and refusals[1].endswith("n = 3")
    assert ["model", "extractive"] in page.rows


@pytest.mark.parametrize(
    "arguments", [(), ("--against", "a.json", "q"), ("--answers", "--export", "d", "q"), ("--answers", "--feedback")]
)
def test_what_does_not_go_together_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["eval", *arguments])
    assert stopped.value.code == 2


def test_a_report_of_answers() -> None:
    good = Graded("1", "fact", told("好吗？"), "", {"facts": 1.0, "precision": 1.0, "recall": 1.0})
    half = Graded("2", "fact", told(f"一半？{EVIL}"), "", {"facts": 0.0, "precision": 1.0, "recall": 0.5})
    refused = Graded("3", "list", told("没有？"), "", {"false_refusal": 1.0, "facts": 0.0})
    assert [goodness(row) for row in (good, half, refused)] == [1.0, 0.5, 0.0]
    page = Read(answer_report("q.jsonl", [good, half, refused], [good], {"model": "m"}, "en"))
    assert page.loads_and_runs_nothing() and page.tags["svg"] == 1
    (facts,) = (row for row in page.rows if row[0] == "facts written")
    assert facts[1].startswith("0.333 [") and facts[2] == "1.000 [1.000, 1.000] n = 1"
    asked = [text for text in page.texts if text.endswith("？") or EVIL in text]
    assert asked == ["没有？", f"一半？{EVIL}"]
