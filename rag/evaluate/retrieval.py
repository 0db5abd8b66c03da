"""Retrieval figures on a question set: the same as the scorer's, for bm25, dense and hybrid, with intervals.

A question is a JSON line `{"id", "question", "kind", "history", "gold"}`; a gold entry is `{"file", "quote"}` (a hit
is right when it comes from that file and holds the text, white space folded) or `{"file", "start", "end"}` (half of
the hit's lines lie in the section, or the hit covers half of it). Questions without gold are not counted here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from ingest.errors import ConfigError
from ingest.messages import first_fault, reason_of
from ingest.schema import Passage
from rag.records import Hit, Turn

if TYPE_CHECKING:
    from rag.search.retriever import Retriever

BUDGETS = (1000, 2000, 4000)
RETRIEVERS: "tuple[Retriever, ...]" = ("bm25", "dense", "hybrid")
METRICS = ("hit@1", "hit@5", "hit@10", "mrr@10", *(f"chars{budget}" for budget in BUDGETS))
DEPTH = 50


@dataclass(frozen=True, slots=True)
class Gold:
    """A passage that answers: by an exact quote, or by the lines of its section."""

    file: str
    quote: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question set."""

    id: str
    text: str
    kind: str = "-"
    history: tuple[Turn, ...] = ()
    gold: tuple[Gold, ...] = field(default=())


def read_history(file: Path) -> tuple[Turn, ...]:
    """Read earlier turns, `[{"role", "content"}, …]`. Raises ConfigError."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8-sig"))
        return tuple(map(_turn_of, rows))
    except OSError as error:
        raise ConfigError("questions.history_unreadable", file=file, reason=reason_of(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError("questions.no_history", file=file) from error


def read_questions(file: Path) -> list[Question]:
    """Read a question set.

    Raises:
        ConfigError: naming the file and the line that is wrong.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError("questions.unreadable", file=file, reason=reason_of(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("texts.not_utf8", file=file) from error
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            questions.append(question_of(row, str(row.get("id", number))))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ConfigError("questions.no_question", file=file, line=number, reason=repr(error)) from error
    return questions


def question_of(row: Mapping[str, Any], name: str) -> Question:
    """The question that a line holds. Raises KeyError or TypeError for a line that holds none."""
    return Question(
        id=name,
        text=_text(row["question"]),
        kind=row.get("kind", "-"),
        history=tuple(map(_turn_of, row.get("history", []))),
        gold=tuple(
            Gold(g["file"], g.get("quote", ""), g.get("start", 0), g.get("end", 0)) for g in row.get("gold", [])
        ),
    )


def _turn_of(row: Mapping[str, Any]) -> Turn:
    _text(row["role"])
    return Turn(row["role"], _text(row["content"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a question, a role and what was said are strings")
    return value


def answers_by(passage: Passage, gold: Gold) -> bool:
    """Whether a passage answers by this gold entry."""
    if not same_file(passage.path, gold.file):
        return False
    if gold.quote:
        return holds(passage.text, gold.quote)
    shared = min(passage.end_line, gold.end) - max(passage.start_line, gold.start) + 1
    if shared <= 0:
        return False
    return shared * 2 >= passage.end_line - passage.start_line + 1 or shared * 2 >= gold.end - gold.start + 1


def same_file(path: str, other: str) -> bool:
    """Whether two paths name the same note, as seen from one folder or from one above it."""
    return path == other or path.endswith("/" + other) or other.endswith("/" + path)


def holds(text: str, quote: str) -> bool:
    """Whether a text holds a quote, white space and case aside."""
    return _squeezed(quote) in _squeezed(text)


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()


def figures(hits: Sequence[Hit], gold: Sequence[Gold]) -> dict[str, float]:
    """The metrics of one question: hits at rank 1, 5, 10; reciprocal rank; found within so many characters."""
    right = [any(answers_by(hit.passage, g) for g in gold) for hit in hits[:DEPTH]]
    rank = next((i for i, ok in enumerate(right[:10], start=1) if ok), None)
    row = {f"hit@{k}": float(rank is not None and rank <= k) for k in (1, 5, 10)}
    row["mrr@10"] = 1 / rank if rank else 0.0
    for budget in BUDGETS:
        used, found = 0, False
        for hit, ok in zip(hits[:DEPTH], right, strict=True):
            used += len(hit.passage.text)
            if used > budget and used != len(hit.passage.text):  # the first hit counts whole
                break
            found = found or ok
        row[f"chars{budget}"] = float(found)
    return row


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one retriever on one set: a row for each question with gold."""

    name: str
    rows: Mapping[str, Mapping[str, float]]
    kinds: Mapping[str, str]

    def mean(self, metric: str, kind: str | None = None) -> float:
        """The mean over all questions, or those of one kind."""
        values = [row[metric] for name, row in self.rows.items() if kind in (None, self.kinds[name])]
        return float(np.mean(values)) if values else 0.0

    @property
    def means(self) -> dict[str, float]:
        """All metrics over all questions."""
        return {metric: self.mean(metric) for metric in METRICS}

    def count(self, kind: str | None = None) -> int:
        """How many questions."""
        return sum(kind in (None, k) for k in self.kinds.values())


def evaluate(name: str, questions: Sequence[Question], search: Callable[[Question], Sequence[Hit]]) -> Run:
    """Run `search` over the questions that have gold."""
    asked = [q for q in questions if q.gold]
    return Run(name, {q.id: figures(search(q), q.gold) for q in asked}, {q.id: q.kind for q in asked})


def paired_interval(a: Run, b: Run, metric: str, samples: int = 10_000, seed: int = 0) -> tuple[float, float, float]:
    """Mean of (a - b) over the shared questions, and its 95% interval by the paired bootstrap."""
    shared = sorted(a.rows.keys() & b.rows.keys())
    if not shared:
        return 0.0, 0.0, 0.0
    difference = np.array([a.rows[q][metric] - b.rows[q][metric] for q in shared])
    picks = np.random.default_rng(seed).integers(0, len(shared), (samples, len(shared)))
    low, high = np.quantile(difference[picks].mean(axis=1), [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def table(runs: Sequence[Run], by_kind: bool = True) -> str:
    """The figures for people; the last run also by kind of question."""
    lines = [f"{'retriever':16s} {'n':>4s} " + " ".join(f"{m:>9s}" for m in METRICS)]
    lines += [_line(run.name, run, None) for run in runs]
    kinds = sorted(set(runs[-1].kinds.values())) if runs else []
    if by_kind and len(kinds) > 1:
        lines += ["", f"{runs[-1].name} by kind"] + [_line("  " + kind, runs[-1], kind) for kind in kinds]
    return "\n".join(lines)


def _line(name: str, run: Run, kind: str | None) -> str:
    return f"{name:16s} {run.count(kind):4d} " + " ".join(f"{run.mean(m, kind):9.3f}" for m in METRICS)


def measured(
    title: str,
    questions: Sequence[Question],
    search: "Callable[[Retriever, Question], Sequence[Hit]]",
    kept: Path,
    beside: "Mapping[str, Callable[[Question], Sequence[Hit]]] | None" = None,
) -> str:
    """The figures of bm25, dense and hybrid for people, and what changed since the run in `kept`, which they replace.

    `search` finds 50 hits with the retriever of that name; other searches, `beside` it, come first in the table.
    """
    runs = [evaluate(name, questions, other) for name, other in (beside or {}).items()]
    runs += [evaluate(name, questions, partial(search, name)) for name in RETRIEVERS]
    changed = compare(runs, load(kept))
    save(runs, kept)
    return f"{title}: {runs[0].count()} questions with gold passages\n\n{table(runs)}\n\n{changed}\n"


def save(runs: Sequence[Run], file: Path) -> None:
    """Keep the rows, so that the next run can be held against them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = [{"name": run.name, "rows": dict(run.rows), "kinds": dict(run.kinds)} for run in runs]
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def load(file: Path) -> list[Run]:
    """Read what `save` kept; no file, no runs.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    try:
        return TypeAdapter(list[Run]).validate_json(file.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError("eval.no_figures", file=file, reason=reason_of(error)) from error
    except ValidationError as error:
        raise ConfigError("eval.no_figures", file=file, reason=first_fault(error)) from error


def compare(new: Sequence[Run], old: Sequence[Run]) -> str:
    """What changed since the last run, with the interval of each difference."""
    if not old:
        return "no earlier run is kept to compare with"
    before = {run.name: run for run in old}
    lines = []
    for run in new:
        if run.name not in before:
            continue
        for metric in ("hit@5", "chars1000", "chars2000"):
            mean, low, high = paired_interval(run, before[run.name], metric)
            if mean:
                lines.append(f"{run.name:16s} {metric:>9s} {mean:+.3f} [{low:+.3f}, {high:+.3f}] since the last run")
    return "\n".join(lines) or "no figure changed since the last run"
