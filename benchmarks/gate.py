"""Which questions are refused, told of the index, or searched for; and what weights of the gate a fit would give.

    python -m benchmarks.gate VAULT=INDEX [VAULT=INDEX …] [--measure-only]

tests/eval/gate.jsonl has questions over four folders of notes, half of them unanswerable. Weights are fitted on those with
an even number; figures are of those with an odd number, with the weights that ship and with weights fitted without the
vault. What is measured is kept in runs/gate/, by generation of the index.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ingest.config import load_settings
from ingest.text.scripts import language
from rag.answer.answerer import Answerer
from rag.answer.gate import UNLIKELY, Signals, probability
from rag.open import desk, open_retriever, without_model
from rag.tools.desk import Desk

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "runs" / "gate"
ANSWERABLE_WEIGHT = 2.0  # to refuse what the notes answer is twice as bad as the other way round
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a vault; `number` is that of its id."""

    vault: str
    text: str
    kind: str
    answerable: bool
    number: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: `told` is the tool's name, `greeting` or `noise`, and '' when the question was searched for."""

    asked: Asked
    told: str
    signals: Signals


def asked_of(vault: str) -> list[Asked]:
    """The questions over a vault."""
    rows = [json.loads(line) for line in (ROOT / "tests/eval/gate.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Asked(vault, row["question"], row["kind"], row["answerable"], int(row["id"][3:]))
        for row in rows
        if row["vault"] == vault
    ]


def measured(vault: str, index: Path) -> list[Measured]:
    """Search for every question of a vault that was not measured yet."""
    settings = load_settings({"index": index, "llm": "none"})
    retriever = open_retriever(settings)
    answerer, told = without_model(retriever, settings), desk(retriever, settings)
    kept = KEPT / f"{vault}-{retriever.index.generation}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    known = {row["question"]: (row["told"], Signals(**row["signals"])) for row in map(json.loads, lines)}
    with kept.open("a", encoding="utf-8") as file:
        for one in asked_of(vault):
            if one.text not in known:
                known[one.text] = _measure(one.text, answerer, told)
                name, signals = known[one.text]
                row = {"question": one.text, "told": name, "signals": asdict(signals)}
                print(json.dumps(row, ensure_ascii=False), file=file, flush=True)
    return [Measured(one, *known[one.text]) for one in asked_of(vault)]


def _measure(question: str, answerer: Answerer, told: Desk | None) -> tuple[str, Signals]:
    said = told.answer(question, language(question)) if told else None
    name = "" if said is None else said.tool.partition("(")[0] or "noise"
    return name, answerer.signals(question)


def fit(rows: Sequence[Measured]) -> tuple[float, Floats]:
    """Intercept and weights; ridge on the standardised signals."""
    rows = [one for one in rows if one.asked.kind not in ("meta", "greeting")]
    rows = [one for one in rows if one.asked.number % 2 == 0]
    signals = np.array([astuple(one.signals) for one in rows])
    weight = [ANSWERABLE_WEIGHT if one.asked.answerable else 1.0 for one in rows]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    model.fit(signals, [one.asked.answerable for one in rows], logisticregression__sample_weight=weight)
    scale, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scale.scale_
    return float(logistic.intercept_[0] - weights @ scale.mean_), weights


def chances(rows: Sequence[Measured], fitted: tuple[float, Floats] | None = None) -> Floats:
    """The probability of an answer to each, by weights that were fitted, else by those that ship."""
    if fitted is None:
        return np.array([probability(one.signals) for one in rows])
    signals = np.array([astuple(one.signals) for one in rows]).reshape(len(rows), -1)
    made: Floats = 1 / (1 + np.exp(-(fitted[0] + signals @ fitted[1])))
    return made


def table(rows: Sequence[Measured], chance: Floats) -> str:
    """By kind: how many, refused, greeted, told of the index; and the area under the curve."""
    lines = ["| kind | questions | refused | greeted | told of the index |", "| --- | ---: | ---: | ---: | ---: |"]
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(rows):
        whole = "answerable" if one.asked.answerable else "unanswerable"
        if one.asked.kind not in ("meta", "greeting"):
            groups.setdefault(f"**{whole}**", []).append(place)
        groups.setdefault(f"{one.asked.kind}, {whole}", []).append(place)
    for name, places in sorted(groups.items()):
        told = [rows[place].told for place in places]
        refused = [t == "noise" or (not t and chance[p] < UNLIKELY) for t, p in zip(told, places, strict=True)]
        tool = [t not in ("", "noise", "greeting") for t in told]
        shares = (np.mean(refused), np.mean([t == "greeting" for t in told]), np.mean(tool))
        lines.append(f"| {name} | {len(places)} | " + " | ".join(f"{share:.2f}" for share in shares) + " |")
    searched = [place for place, one in enumerate(rows) if one.asked.kind not in ("meta", "greeting")]
    right = [rows[place].asked.answerable for place in searched]
    return "\n".join(lines) + f"\n\nAUC {roc_auc_score(right, chance[searched]):.3f}"


def main(arguments: Iterable[str] | None = None) -> None:
    """Print the weights and the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("vaults", nargs="+", metavar="VAULT=INDEX")
    options.add_argument("--measure-only", action="store_true")
    given = options.parse_args(None if arguments is None else list(arguments))
    pairs = [pair.partition("=") for pair in given.vaults]
    rows = [one for vault, _, index in pairs for one in measured(vault, Path(index))]
    if given.measure_only:
        return
    intercept, weights = fit(rows)
    print(f"INTERCEPT = {intercept:.2f}", *(f"{f.name} {w:.2f}" for f, w in zip(fields(Signals), weights, strict=True)))
    reported = [one for one in rows if one.asked.number % 2 == 1]
    print(f"\nwith the weights that ship\n\n{table(reported, chances(reported))}")
    if len(pairs) > 1:
        by_vault: dict[str, tuple[float, Floats]] = {
            vault: fit([one for one in rows if one.asked.vault != vault]) for vault, *_ in pairs
        }
        left_out = np.concatenate([chances([one], by_vault[one.asked.vault]) for one in reported])
        print(f"\nwith weights fitted without the vault\n\n{table(reported, left_out)}")


if __name__ == "__main__":
    main()
