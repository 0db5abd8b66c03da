"""The figures of `rag eval`, against trec_eval's own code."""

import json
import random
from pathlib import Path

import pytest

from benchmarks import retrieval
from ingest.schema import Passage
from rag.evaluate.retrieval import Gold, answers_by, figures
from rag.records import Hit


def hit(number: int) -> Hit:
    """A passage of three lines in one of four notes."""
    first = 1 + number // 4 * 3
    text = f"第 {number} 段\n说到第 {number} 件事。\n完"
    return Hit(Passage(str(number), "s", f"notes/{number % 4}.md", ("题",), text, 0, len(text), first, first + 2), 1.0)


def test_agrees_with_trec_eval() -> None:
    import pytrec_eval

    rng = random.Random(3)
    everything = [hit(n) for n in range(120)]
    ours, runs, judged = {}, {}, {}
    for q in map(str, range(200)):
        gold = [
            Gold(f"{n % 4}.md", quote=f"第{n}件事")
            if rng.random() < 0.5
            else Gold(f"{n % 4}.md", start=first, end=last)
            for n in rng.sample(range(120), rng.randint(1, 4))
            for first, last in [(1 + n // 4 * 3, 3 + n // 4 * 3)]
        ]
        found = rng.sample(everything, rng.randint(0, 60))
        ours[q] = figures(found, gold)
        judged[q] = {h.passage.id: int(any(answers_by(h.passage, g) for g in gold)) for h in everything}
        runs[q] = {h.passage.id: -float(rank) for rank, h in enumerate(found)}
    theirs = pytrec_eval.RelevanceEvaluator(judged, {"success"}).evaluate(runs)
    cut = {q: dict(list(run.items())[:10]) for q, run in runs.items()}
    ranks = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"}).evaluate(cut)
    for q, row in ours.items():
        for k in (1, 5, 10):
            assert row[f"hit@{k}"] == pytest.approx(theirs.get(q, {}).get(f"success_{k}", 0.0), rel=0, abs=1e-9)
        assert row["mrr@10"] == pytest.approx(ranks.get(q, {}).get("recip_rank", 0.0), rel=0, abs=1e-9)
    assert len(theirs) > 190
    assert 0.05 < sum(row["hit@5"] for row in ours.values()) / 200 < 0.5


def test_every_set_is_measured_over_its_own_notes_and_missing_ones_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, questions = tmp_path / "notes", tmp_path / "q.jsonl"
    notes.mkdir()
    (notes / "a.md").write_text("# 茶\n\n绿茶用八十度的水泡。\n", "utf-8")
    row = {"id": "1", "question": "绿茶用多热的水？", "gold": [{"file": "a.md", "start": 1, "end": 3}]}
    questions.write_text(json.dumps(row), "utf-8")
    monkeypatch.setattr(retrieval, "RUNS", tmp_path / "runs")
    sets = (retrieval.Set("tea", notes, questions), retrieval.Set("coffee", tmp_path / "coffee", questions))
    monkeypatch.setattr(retrieval, "SETS", sets)
    retrieval.main([])
    assert "no earlier run is kept" in (first := capsys.readouterr().out)
    assert f"coffee: left out, there is no {tmp_path / 'coffee'}" in first
    (notes / "a.md").rename(notes / "b.md")  # the index is stale
    retrieval.main(["tea"])
    assert "hybrid               hit@5 -1.000 [-1.000, -1.000] since the last run" in capsys.readouterr().out
