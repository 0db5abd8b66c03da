"""What counts in a passage's score when the legs of the search are added up (`rag.search.legs.Weights`).

    python -m training.fusion INDEX=test_java INDEX=test_llm

INDEX is the index of the notes that a file of `training/questions/` asks about. A passage's score is linear in its inner
product with the question, BM25's share, its crowding and whether it is a list; a softmax over the candidates of a question
gives the chance that a passage answers, and its likelihood is climbed by Newton's method, with a small ridge. Prints
the weights beside that of the inner product, which is 1.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.config import Settings
from ingest.vectors.embed import load_embeddings
from ingest.vectors.unit import UnitEmbeddings
from rag.evaluate.retrieval import Gold, answers_by
from rag.open import open_retriever
from rag.search.legs import Reach, Scorer, Weights, Wording
from training.questions import Question, questions

NAMES = ("meaning", "words", "crowded", "listed")
SCALES = np.array([10.0, 1.0, 10.0, 1.0])  # so that one ridge suits all
NEAREST, BEST = 60, 20  # candidates of FAISS and of BM25
RIDGE = 0.1
STEPS = 60

Floats = npt.NDArray[np.float64]
Case = tuple[Floats, npt.NDArray[np.bool_]]  # features [candidates, 4], and which of them answer


def cases(index: Path, asked: Sequence[Question], embeddings: UnitEmbeddings) -> Iterator[Case]:
    """The candidates of each question of which some answer and some do not."""
    retriever = open_retriever(Settings(index=index), embeddings=embeddings)
    plain, crowding = (Scorer.of(retriever.index, Weights(1, 0, crowded, 0)) for crowded in (0.0, 1.0))
    for question in asked:
        if not question.gold or question.history:
            continue
        wording = Wording(question.text, tuple(retriever.tokenize(question.text)))
        vector = embeddings.encode_queries([question.text])[0]
        legs, crowded = plain.legs(vector, wording, Reach()), crowding.legs(vector, wording, Reach())
        best = legs.rankings(NEAREST)
        items = [*best["dense"].items, *(i for i in best["bm25"].items[:BEST] if legs.dense[i] > -np.inf)]
        found = np.array(list(dict.fromkeys(items)))
        features = np.stack(
            [
                legs.dense[found],
                np.maximum(legs.words[found], 0),
                crowded.dense[found] - legs.dense[found],
                -plain.lists[found].astype(float),
            ],
            axis=1,
        )
        gold = [Gold(place.file, place.quote) for place in question.gold]
        answers = np.array([any(answers_by(retriever.index.passages[i], one) for one in gold) for i in found])
        if answers.any() and not answers.all():
            yield features * SCALES, answers


def fit(data: Sequence[Case]) -> Floats:
    """The weights [4] under which the passages that answer are likeliest."""
    weights = np.zeros(len(NAMES))
    for _ in range(STEPS):
        slope, curve = -RIDGE * weights, -RIDGE * np.eye(len(weights))
        for features, answers in data:
            chance = np.exp(features @ weights - (features @ weights).max())
            right = np.where(answers, chance, 0) / chance[answers].sum()
            chance /= chance.sum()
            mean = features.T @ chance
            slope = slope + features.T @ (right - chance)
            curve = curve - (features * chance[:, np.newaxis]).T @ features + np.outer(mean, mean)
        weights = weights - np.linalg.solve(curve, slope)
    return weights * SCALES


def main(pairs: Sequence[str]) -> None:
    """Print the weights."""
    embeddings = load_embeddings(Settings())
    data: list[Case] = []
    for pair in pairs:
        index, _, name = pair.partition("=")
        data += cases(Path(index), list(questions(name)), embeddings)
    weights = fit(data)
    print(f"{len(data)} questions")
    print("  ".join(f"{name} {weight / weights[0]:.3f}" for name, weight in zip(NAMES, weights, strict=True)))


if __name__ == "__main__":
    main(sys.argv[1:])
