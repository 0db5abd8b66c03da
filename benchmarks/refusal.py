"""Fits and cross-validates the weights of rag/answer/gate.py.

    python -m benchmarks.refusal INDEX=QUESTIONS.jsonl [INDEX=QUESTIONS.jsonl …] [--check INDEX=QUESTIONS.jsonl …]

Questions without gold are those that the notes do not answer; those of tests/eval/elsewhere.jsonl, which no notes on
the subject answer, are added to each set. Sets of `--check` are only judged, never fitted on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ingest.config import load_settings
from rag.answer.answerer import HITS
from rag.answer.gate import UNLIKELY, Signals
from rag.evaluate.retrieval import read_questions
from rag.open import open_retriever, without_model

ELSEWHERE = Path(__file__).parents[1] / "tests" / "eval" / "elsewhere.jsonl"
ELSEWHERE_WEIGHT = 0.3  # they are easy, and many
Floats = npt.NDArray[np.float64]


@dataclass
class Measured:
    """One set: signals [n, 4], whether the notes answer, and whether the question is from elsewhere."""

    name: str
    signals: Floats
    answered: npt.NDArray[np.bool_]
    elsewhere: npt.NDArray[np.bool_]


def measure(pair: str) -> Measured:
    """Search for every question of `INDEX=QUESTIONS`."""
    index, _, questions = pair.partition("=")
    settings = load_settings({"index": Path(index), "llm": "none"})
    retriever = open_retriever(settings)
    answerer = without_model(retriever, settings)
    asked, elsewhere = read_questions(Path(questions)), read_questions(ELSEWHERE)
    understood = (retriever.understood(q.text, q.history) for q in (*asked, *elsewhere))
    rows = [astuple(answerer.signals(one.question, retriever.found(one, HITS))) for one in understood]
    return Measured(
        Path(questions).stem,
        np.array(rows),
        np.array([bool(q.gold) for q in (*asked, *elsewhere)]),
        np.array([False] * len(asked) + [True] * len(elsewhere)),
    )


def fit(sets: Sequence[Measured]) -> tuple[float, Floats]:
    """Intercept and weights; ridge on the standardised signals."""
    signals, answered, weight = _joined(sets)
    mean, scale = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=5000).fit((signals - mean) / scale, answered, weight)
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ mean), weights


def _joined(sets: Sequence[Measured]) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    elsewhere = np.concatenate([one.elsewhere for one in sets])
    return (
        np.concatenate([one.signals for one in sets]),
        np.concatenate([one.answered for one in sets]),
        np.where(elsewhere, ELSEWHERE_WEIGHT, 1.0),
    )


def rates(one: Measured, chance: Floats) -> str:
    """Refused of the unanswerable, of those from elsewhere, and falsely of the answerable, at the threshold."""
    groups = {"unanswerable": ~one.answered & ~one.elsewhere, "elsewhere": one.elsewhere, "answerable": one.answered}
    shares = (
        f"{name} {np.mean(chance[which] < UNLIKELY):.2f} of {which.sum()}"
        for name, which in groups.items()
        if any(which)
    )
    return f"{one.name:20s} refused: " + ", ".join(shares)


def _chance(one: Measured, intercept: float, weights: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-(intercept + one.signals @ weights)))
    return chance


def main() -> None:
    """Print the weights, and the rates: fitted, cross-validated, from the other sets, on the sets left out."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("fitted", nargs="+")
    options.add_argument("--check", nargs="*", default=[])
    given = options.parse_args()
    sets, checked = [measure(pair) for pair in given.fitted], [measure(pair) for pair in given.check]
    intercept, weights = fit(sets)
    print(f"INTERCEPT = {intercept:.2f}")
    for field, weight in zip(fields(Signals), weights, strict=True):
        print(f"{field.name:15s} {weight:8.2f}")
    for one in (*sets, *checked):
        print("fitted         ", rates(one, _chance(one, intercept, weights)))
    for one in sets:
        others = [other for other in sets if other is not one]
        if others:
            print("from the others", rates(one, _chance(one, *fit(others))))
    for one in sets:
        mean, scale = one.signals.mean(axis=0), one.signals.std(axis=0) + 1e-9
        folds = StratifiedKFold(5, shuffle=True, random_state=0).split(one.signals, one.answered + 2 * one.elsewhere)
        chance = cross_val_predict(
            LogisticRegression(max_iter=5000),
            (one.signals - mean) / scale,
            one.answered,
            cv=folds,
            method="predict_proba",
        )[:, 1]
        print("cross-validated", rates(one, chance))


if __name__ == "__main__":
    main()
