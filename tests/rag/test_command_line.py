"""`python -m rag` as a program meets it: JSON lines, exit statuses, errors of one line."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from history_kit import told
from obliging_endpoint import obliging_endpoint
from paths import ROOT

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.manifest import read_pointer
from ingest.index.read import read_generation
from ingest.vectors.embed import NoteEmbeddings
from rag.__main__ import main
from rag.history.marks import MarkList
from rag.history.store import Store

HIT_KEYS = {"path", "heading_path", "section_id", "start_line", "end_line", "text", "score", "ranks", "scores"}
ANSWER_KEYS = {"id", "question", "standalone_question", "answer", "refused", "sentences", "sources", "model", "timings"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "缓存.md").write_text(
        "# KV 缓存\n\n缓存省去了对前文的重复计算。\n\n## 它有多大？\n\n与层数成正比。\n", "utf-8"
    )
    (folder / "其他.md").write_text("# 蒸馏\n\n学软标签。\n\n# 量化\n\n少用几位。\n\n# 剪枝\n\n去掉权重。\n", "utf-8")
    settings = Settings(corpus=folder, index=folder / "index")
    build(settings, embeddings)
    return settings.index


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The gap list of a test is its own."""
    monkeypatch.setenv("ASKNOTES_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_search_prints_one_json_line(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--index", str(index), "--json", "-k", "1", "缓存省去了什么"]) == 0
    row = json.loads(capsys.readouterr().out)
    (hit,) = row["hits"]
    assert row["question"] == "缓存省去了什么"
    assert set(hit) >= HIT_KEYS
    assert hit["path"] == "缓存.md" and hit["start_line"] == 1


def test_a_batch_gives_as_many_as_are_asked_for(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text(json.dumps({"id": "1", "question": "缓存、蒸馏、量化和剪枝"}), "utf-8")
    found = {}
    for k in ([], ["-k", "2"], ["-k", "10"]):
        assert main(["search", "--index", str(index), "--json", *k, "--batch", str(batch)]) == 0
        found[" ".join(k)] = len(json.loads(capsys.readouterr().out)["hits"])
    assert found == {"": 5, "-k 2": 2, "-k 10": 5}


def test_search_for_people_explains(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--index", str(index), "--explain", "缓存省去了什么"]) == 0
    out = capsys.readouterr().out
    assert "KV 缓存  (缓存.md:1-3)" in out
    assert "bm25: rank 1" in out and "matched: 缓存" in out.replace("KV、", "")


def test_marks_move_what_a_search_finds_until_they_are_taken_back(
    index: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(*options: str) -> list[tuple[str, float]]:
        assert main(["search", "--index", str(index), "--json", *options]) == 0
        return [(hit["heading_path"][-1], hit["mark"]) for hit in json.loads(capsys.readouterr().out)["hits"]]

    question = "怎么让模型变小"
    before = found(question)
    assert not any(mark for _, mark in before)
    source = replace(told("q").sources[0], section_id=_section(index, before[1][0]))
    MarkList(Store(data)).keep(question, source, True)
    (first, mark), *others = found(question)
    assert first == before[1][0] and mark > 0 and not any(mark for _, mark in others)
    batch = tmp_path / "questions.jsonl"
    batch.write_text(json.dumps({"id": "1", "question": question}), "utf-8")
    assert found("--batch", str(batch)) == before, "a measurement is without marks"
    assert main(["search", "--index", str(index), question]) == 0
    assert capsys.readouterr().out.count("raised by your mark") == 1
    assert main(["feedback", "--marks"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["n"], row["question"], row["good"]) == (1, question, True)
    assert main(["feedback", "--unmark", "1"]) == 0 and capsys.readouterr().out == ""
    assert found(question) == before
    assert main(["feedback", "--unmark", "1"]) == 1 and "There is no mark 1" in capsys.readouterr().err


def _section(index: Path, heading: str) -> str:
    pointer = read_pointer(index)
    assert pointer
    sections = read_generation(index, pointer.name).sections.values()
    return next(one.id for one in sections if one.heading_path[-1] == heading)


def test_ask_shows_how_the_model_looks_further(
    index: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = ("search_notes", {"question": "蒸馏学什么标签？"}), ("burn_notes", {}), "DONE", "缓存省去了重复计算[1]。"
    monkeypatch.setenv("ASKNOTES_MODEL", "m")
    monkeypatch.setenv("ASKNOTES_SOURCES", "1")
    for form in ([], ["--json"]):
        with obliging_endpoint(*replies) as endpoint:
            monkeypatch.setenv("ASKNOTES_BASE_URL", endpoint.base_url)
            assert main(["ask", "--index", str(index), "--agent", *form, "缓存省去了什么？"]) == 0
        out = capsys.readouterr().out
        if form:
            looks = json.loads(out)["looks"]
            assert [(look["tool"], bool(look["found"]), bool(look["fault"])) for look in looks] == [
                ("search_notes", True, False),
                ("burn_notes", False, True),
            ]
        else:
            assert "→ search_notes(蒸馏学什么标签？): new sections: " in out
            assert "→ burn_notes(): 没有这个工具" in out
            assert out.count("缓存省去了对前文的重复计算。") == 1, "what was shown is not shown again"
            assert out.index("→ search") < out.index("学软标签。") < out.index("缓存省去了重复计算。[1]")


def test_only_restricts_search_and_answer(
    index: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    only = ["--index", str(index), "--json", "--only", "其他.md"]
    assert main(["search", *only, "缓存省去了什么"]) == 0
    assert {hit["path"] for hit in json.loads(capsys.readouterr().out)["hits"]} == {"其他.md"}
    assert main(["ask", *only, "--only", "#none", "学什么标签？"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["only"] == ["其他.md", "#none"] and {source["path"] for source in row["sources"]} == {"其他.md"}
    assert main(["ask", "--index", str(index), "--only", "none/", "缓存"]) == 1
    assert capsys.readouterr().err.startswith("error: No note matches none/; ")


def test_a_batch_keeps_order_and_uses_the_history(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = [{"role": "user", "content": "KV 缓存是什么？"}, {"role": "assistant", "content": "省计算的缓存。"}]
    rows = [{"id": "b", "question": "它有多大？", "history": history}, {"id": "a", "question": "缓存"}]
    file = tmp_path / "q.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert main(["search", "--index", str(index), "--batch", str(file), "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in printed] == ["b", "a"]
    assert "它有多大" in printed[0]["hits"][0]["text"]


def test_ask_without_a_model(index: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    assert main(["ask", "--index", str(index), "--json", "缓存省去了什么？"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert set(row) >= ANSWER_KEYS
    assert row["model"] == "extractive" and "重复计算" in row["answer"]
    assert row["sentences"][0]["evidence"][0]["quote"] in row["sources"][0]["text"]
    assert main(["ask", "--index", str(index), "法国的首都是哪里？"]) == 0
    assert "没有" in capsys.readouterr().out


def test_a_refused_question_becomes_a_gap_that_a_rebuild_closes(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    embeddings: NoteEmbeddings,
) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    notes, index = tmp_path / "notes", str(tmp_path / "index")
    notes.mkdir()
    (notes / "缓存.md").write_text("# KV 缓存\n\n缓存省去了对前文的重复计算。\n", "utf-8")
    settings = Settings(corpus=notes, index=Path(index))
    build(settings, embeddings)
    assert main(["gaps", "--index", index]) == 0
    assert capsys.readouterr().out == ""
    assert main(["ask", "--index", index, "--json", "FlashMLA 快在哪里？"]) == 0
    assert json.loads(capsys.readouterr().out)["refused"]
    assert main(["gaps", "--index", index]) == 0
    assert capsys.readouterr().out.startswith("open    FlashMLA 快在哪里？")
    (notes / "新.md").write_text("# FlashMLA\n\nFlashMLA 快在只读一次缓存，并把计算与访存重叠。\n", "utf-8")
    build(settings, embeddings)
    assert main(["gaps", "--index", index, "--json"]) == 0
    gap = json.loads(capsys.readouterr().out)
    assert gap["closed"] and gap["closed_by"] == "FlashMLA (新.md:1-3)"


def test_eval_prints_the_figures(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gold = [{"file": "缓存.md", "quote": "重复计算"}]
    (tmp_path / "q.jsonl").write_text(json.dumps({"id": "1", "question": "缓存省去什么", "kind": "fact", "gold": gold}))
    for expected in ("1 questions", "no figure changed since the last run"):
        assert main(["eval", "--index", str(index), "q.jsonl"]) == 0
        out = capsys.readouterr().out
        assert expected in out
    assert "hybrid" in out and "1.000" in out


def test_eval_of_answers_keeps_them_and_goes_on_where_it_stopped(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    gold = [{"file": "缓存.md", "quote": "重复计算"}]
    rows = [
        {"id": "1", "question": "缓存省去什么？", "kind": "fact", "gold": gold, "must_include": [["重复计算"]]},
        {"id": "2", "question": "法国的首都是哪里？", "kind": "unanswerable", "gold": []},
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    command = ["eval", "--index", str(index), "--answers", "q.jsonl"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "fact recall, quoted" in out and "unanswerable refused" in out
    (kept,) = (tmp_path / "runs").glob("q-extractive-*.jsonl")
    before = kept.read_bytes()
    assert main([*command, "--against", str(kept)]) == 0
    assert kept.read_bytes() == before
    assert "no question differs" in capsys.readouterr().out


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_a_missing_index_is_one_line_and_exit_1(tmp_path: Path) -> None:
    done = _run("search", "--index", str(tmp_path / "none"), "缓存")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "python -m ingest" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("search",), ("search", "q", "--batch", "f"), ("ask", "-x"), ("search", "-k", "0", "q")]
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).returncode == 2


def test_a_broken_question_file_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "a"}\n{oops\n')
    done = _run("search", "--batch", str(file))
    assert done.returncode == 1
    assert "q.jsonl:2" in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, rag.__main__ as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\nprint('torch' in sys.modules, 'langchain_core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.endswith("False False\n")


def test_a_text_is_checked(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "mine.md"
    text.write_text("缓存省去了对前文的重复计算。天气很好，出门走走。", "utf-8")
    assert main(["check", "--index", str(index), "--json", str(text)]) == 0
    held, other = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert held == {
        "text": "缓存省去了对前文的重复计算。",
        "verdict": "supported",
        "citations": [1],
        "evidence": [
            {"n": 1, "path": "缓存.md", "start_line": 3, "end_line": 3, "quote": "缓存省去了对前文的重复计算。"}
        ],
    }
    assert (other["verdict"], other["evidence"]) == ("unsupported", [])

    monkeypatch.setattr(sys, "stdin", io.StringIO("学软标签。"))
    assert main(["check", "--index", str(index), "-"]) == 0
    assert "其他.md:3  学软标签。" in capsys.readouterr().out


def test_a_batch_of_texts_is_checked(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch = tmp_path / "texts.jsonl"
    rows = [{"id": "a", "text": "学软标签。", "question": "蒸馏学什么"}, {"text": "少用几位。"}]
    batch.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert main(["check", "--index", str(index), "--json", "--batch", str(batch)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["id"], second["id"]) == ("a", "3")
    assert [row["sentences"][0]["verdict"] for row in (first, second)] == ["supported", "supported"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b'{"id": "a"}', "Line 1 of"),
        (b'{"text": 3}', "text and question are strings"),
        (b"\xff\xfe", "is not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_text_that_cannot_be_checked_is_named(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], written: bytes | None, said: str
) -> None:
    batch = tmp_path / "texts.jsonl"
    if written is not None:
        batch.write_bytes(written)
    assert main(["check", "--index", str(index), "--batch", str(batch)]) == 1
    error = capsys.readouterr().err
    assert said in error and str(batch) in error and error.count("\n") == 1
