"""Fit and check the gate before the model: does the retrieval's evidence tell answerable from unanswerable?

    python benchmarks/refusal.py INDEX=QUESTIONS.jsonl [INDEX=QUESTIONS.jsonl ...]

Prints the logistic regression's weights for rag/refusal.py, fitted on all sets, and the rates that five-fold
cross-validation and leaving each set out give.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.config import Settings
from ingest.embed import load_embeddings
from rag.evaluate import read_questions
from rag.followup import standalone
from rag.refusal import UNLIKELY, WEIGHTS, signals
from rag.relevance import Relevance
from rag.retrieve import open_retriever

Floats = npt.NDArray[np.float64]
RIDGE = 0.01
FOLDS = 5


def measured(index: Path, questions: Path) -> tuple[Floats, Floats]:
    """Signals float64 [n, 4], and 1 for each answerable question."""
    settings = Settings(index=index)
    retriever = open_retriever(settings, load_embeddings(settings))
    relevance = Relevance.of_index(retriever.tokenize, retriever.index.bm25)
    rows, answerable = [], []
    for question in read_questions(questions):
        query = standalone(question.text, list(question.history))
        found = signals(query, relevance.terms(query), retriever.search(query, settings.candidates), relevance)
        rows.append([getattr(found, name) for name in WEIGHTS])
        answerable.append(float(bool(question.gold)))
    return np.array(rows), np.array(answerable)


def fit(x: Floats, y: Floats) -> Floats:
    """Intercept and weights by Newton's method; with a little ridge."""
    x = np.column_stack([np.ones(len(x)), x])
    ridge = RIDGE * np.eye(x.shape[1])
    ridge[0, 0] = 0
    w = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ w))
        w += np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (y - p) - ridge @ w)
    return w


def rates(x: Floats, y: Floats, w: Floats) -> str:
    """Share of unanswerable questions refused, and of answerable ones refused, at the gate's threshold."""
    refused = 1 / (1 + np.exp(-(w[0] + x @ w[1:]))) < UNLIKELY
    return f"refused {refused[y == 0].mean():.2f} of {int((1 - y).sum())}, falsely {refused[y == 1].mean():.3f} of {int(y.sum())}"


def main(pairs: list[str]) -> None:
    """Measure, fit, print."""
    sets = {questions: measured(Path(index), Path(questions)) for index, questions in (p.split("=") for p in pairs)}
    x, y = (np.concatenate(parts) for parts in zip(*sets.values(), strict=True))
    w = fit(x, y)
    print(f"INTERCEPT = {w[0]:.2f}", {name: round(float(v), 2) for name, v in zip(WEIGHTS, w[1:], strict=True)})
    print("fitted on all:", rates(x, y, w))
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    p = np.column_stack([np.ones(len(x)), x])
    z = np.array([p[i] @ fit(x[fold != f], y[fold != f]) for i, f in enumerate(fold)])
    print("cross-validated:", rates(z[:, np.newaxis], y, np.array([0.0, 1.0])))
    for name, (own_x, own_y) in sets.items():
        others = [s for other, s in sets.items() if other != name]
        print(f"{name}: present weights, fitted on all: {rates(own_x, own_y, w)}")
        if others:
            left_out = fit(*(np.concatenate(parts) for parts in zip(*others, strict=True)))
            print(f"{name}: fitted on the others: {rates(own_x, own_y, left_out)}")


if __name__ == "__main__":
    main(sys.argv[1:])
