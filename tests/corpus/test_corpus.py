"""The notes in corpus/ and the questions on them: form, links, quotes, own words, and that the answers are found."""

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from paths import ROOT

from ingest.build.run import build
from ingest.config import Settings
from ingest.notes.read import load_note
from ingest.passages.split import split
from ingest.vectors.embed import NoteEmbeddings
from rag.evaluate.retrieval import evaluate, read_questions, table
from rag.open import open_retriever
from rag.search.retriever import HybridRetriever

CORPUS = ROOT / "corpus"
QUESTIONS = ROOT / "tests" / "eval" / "corpus.jsonl"
PATHS = sorted(CORPUS.rglob("*.md"))
KINDS = {"fact", "comparison", "paraphrase", "keyword", "english", "followup", "two-note", "unanswerable"}
RUN = 30  # Chinese characters in a row that two texts do not share by chance
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.M)
LINK = re.compile(r"\[\[([^\]|#]+)(?:#([^\]|]+))?(?:\|([^\]|]+))?\]\]")
each_note = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def prose(path: Path) -> str:
    """The note without its fences and without code within a line."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    return re.sub(r"`[^`\n]+`", "", text)


def headings(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    return [match.group(2) for match in HEADING.finditer(text)]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def test_stems_name_one_note_each() -> None:
    assert len(PATHS) >= 35
    assert len({path.stem for path in PATHS}) == len(PATHS)


@each_note
def test_front_matter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    opening, matter, body = text.split("---\n", 2)
    meta = yaml.safe_load(matter)
    assert opening == ""
    assert meta.keys() == {"title", "tags", "date", "aliases"}
    assert isinstance(meta["date"], datetime.date)
    for name in ("tags", "aliases"):
        assert meta[name]
        assert all(isinstance(word, str) and word for word in meta[name])
    assert body.lstrip("\n").startswith(f"# {meta['title']}\n")


@each_note
def test_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 100 <= text.count("\n") <= 250
    assert text.endswith("\n")
    assert "\ufffd" not in text
    fences = re.findall(r"^```.*$", text, re.M)
    assert len(fences) % 2 == 0
    assert all(fence == "```" for fence in fences[1::2]), "a fence opens within a fence"
    body = prose(path)
    assert "```" not in body
    assert body.count("$$") % 2 == 0
    odd = [line for line in re.sub(r"\$\$.*?\$\$", "", body, flags=re.S).splitlines() if line.count("$") % 2]
    assert not odd, "a formula within a line is not closed"


@each_note
def test_headings_differ(path: Path) -> None:
    twice = [title for title, count in Counter(headings(path)).items() if count > 1]
    assert not twice
    levels = [len(match.group(1)) for match in HEADING.finditer(prose(path))]
    assert levels[0] == 1
    assert all(level >= 2 for level in levels[1:])


@each_note
def test_links_and_anchors_lead_somewhere(path: Path) -> None:
    stems = {other.stem: other for other in PATHS}
    text = prose(path)
    links = LINK.findall(text)
    assert links, "the note leads to no other"
    assert len(links) == text.count("[["), "a link is not written as [[stem]], [[stem#heading]] or [[stem|words]]"
    assert not [stem for stem, _, _ in links if stem not in stems]
    assert not [(stem, anchor) for stem, anchor, _ in links if anchor and anchor not in headings(stems[stem])]


def test_the_questions_are_of_every_kind() -> None:
    questions = rows()
    kinds = Counter(row["kind"] for row in questions)
    asked = {json.dumps([row["question"], row["history"]]) for row in questions}
    assert len({row["id"] for row in questions}) == len(asked) == len(questions) == 150
    assert kinds.keys() == KINDS
    assert kinds["unanswerable"] == 30
    assert min(kinds.values()) >= 15
    for row in questions:
        assert (row["kind"] == "unanswerable") == (not row["gold"]), row["id"]
        assert row["kind"] != "followup" or row["history"], row["id"]
        assert row["kind"] != "two-note" or len({gold["file"] for gold in row["gold"]}) >= 2, row["id"]
        assert row["kind"] != "english" or row["lang"] == "en", row["id"]


def test_every_answer_holds_what_it_must() -> None:
    for row in rows():
        for choices in row["must_include"]:
            assert any(choice.lower() in row["answer"].lower() for choice in choices), (row["id"], choices)


def test_every_quote_stands_in_one_passage_of_its_note() -> None:
    settings = Settings(corpus=CORPUS)
    passages = {}
    for path in PATHS:
        name = path.relative_to(CORPUS).as_posix()
        cut = split(load_note(CORPUS, name, settings), settings.passage_chars)
        passages[name] = [squeezed(passage.text) for passage in cut.passages]
    missing = []
    for row in rows():
        for gold in row["gold"]:
            exact = gold["quote"] in (CORPUS / gold["file"]).read_text(encoding="utf-8")
            if not exact or not any(squeezed(gold["quote"]) in text for text in passages[gold["file"]]):
                missing.append((row["id"], gold))
    assert not missing


def chinese(text: str) -> Iterator[str]:
    """The Chinese characters of each line, whatever stands between them."""
    return ("".join(re.findall("[\u4e00-\u9fff]", line)) for line in text.splitlines())


def shared_runs(folder: Path) -> list[tuple[str, str]]:
    """(note, characters) of every line, headings aside, that has a long run in common with a text of the folder."""
    theirs: set[int] = set()
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".md", ".txt"):
            for line in chinese(file.read_text(encoding="utf-8", errors="replace")):
                theirs.update(hash(line[i : i + RUN]) for i in range(len(line) - RUN + 1))
    assert theirs, f"no Chinese text below {folder}"
    found = []
    for path in PATHS:
        for line in chinese(HEADING.sub("", path.read_text(encoding="utf-8"))):
            runs = (line[i : i + RUN] for i in range(len(line) - RUN + 1))
            run = next((run for run in runs if hash(run) in theirs), None)
            if run:
                found.append((path.stem, run))
    return found


def test_no_sentence_comes_from_the_notes(shared_notes: Path) -> None:
    assert not shared_runs(shared_notes)


def test_no_sentence_comes_from_the_vault(shared_vault: Path) -> None:
    assert not shared_runs(shared_vault)


@pytest.fixture(scope="session")
def retriever(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> HybridRetriever:
    """Over an index of the corpus, with the real embedding model."""
    settings = Settings(corpus=CORPUS, index=tmp_path_factory.mktemp("corpus-index"))
    report = build(settings, embeddings)
    assert report.notes == len(PATHS)
    return open_retriever(settings, embeddings=embeddings)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_hybrid_search_finds_the_answers(retriever: HybridRetriever) -> None:
    questions = read_questions(QUESTIONS)
    run = evaluate("hybrid", questions, lambda question: retriever.search(question.text, 10, history=question.history))
    missed = [
        (question.id, question.text, f"rank {round(1 / rank)}" if (rank := run.rows[question.id]["mrr@10"]) else "-")
        for question in questions
        if question.id in run.rows and not run.rows[question.id]["hit@5"]
    ]
    print(table([run]), *missed, sep="\n")
    assert run.count() == 120
    assert run.mean("hit@5") >= 0.95, missed
