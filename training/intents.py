"""Trains what tells a request about the notes, a greeting or noise from a question (`rag/tools/intents.safetensors`).

    python -m training.intents

Multinomial logistic regression on the default embedding model's vectors: `intents.jsonl` has the examples, by hand, in
Chinese, English, Japanese and Korean; ordinary questions are those of `questions/` over `corpus/` and LLMForEverybody,
beside the headings and rare words of `corpus/`, which people type as they are. `{…}` marks what an example is about: the
other words of the requests are its frame, and are kept too. Two minutes without a GPU.
"""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from ingest.config import Settings
from ingest.notes.read import make_note
from ingest.passages.split import split
from ingest.text.tokens import Tokenizer
from ingest.vectors.embed import NoteEmbeddings
from rag.tools.intents import FILE, Intent
from training.questions import HERE, VAULTS, questions

BORROWED = 300  # headings, and words, of the notes that stand beside the questions
LONGEST_HEADING = 30  # characters of one that is typed as a question
STRENGTH = 30.0  # C of the regression


def examples() -> list[tuple[Intent, str]]:
    """The examples as they are written, `{…}` included."""
    rows = map(json.loads, (HERE / "intents.jsonl").read_text(encoding="utf-8").splitlines())
    return [(Intent(row["intent"]), row["text"]) for row in rows]


def ordinary() -> list[str]:
    """Questions that are none of the requests, headings and words."""
    asked = [one.text for one in questions("corpus", "llm_for_everybody") if not one.history]
    return [*asked, *_of_the_notes()]


def _of_the_notes() -> Iterator[str]:
    folder, tokenizer, settings = VAULTS["corpus"], Tokenizer(), Settings()
    headings: set[str] = set()
    notes: list[set[str]] = []
    for file in sorted(folder.rglob("*.md")):
        made = split(make_note(str(file.relative_to(folder)), file.read_bytes(), settings), settings.passage_chars)
        headings |= {part for section in made.sections for part in section.heading_path}
        notes.append(set(tokenizer.tokenize(made.note.text)))
    rare = [word for word in set().union(*notes) if len(word) > 2 and sum(word in held for held in notes) <= 2]
    yield from _some([one for one in headings if len(one) < LONGEST_HEADING])
    yield from _some(rare)


def _some(texts: Sequence[str]) -> list[str]:
    return random.Random(0).sample(sorted(texts), BORROWED)


def frame(given: Sequence[tuple[Intent, str]]) -> list[str]:
    """The words of the requests about the notes that are not what they are about."""
    tokenizer = Tokenizer()
    bare = [_without_slots(text) for intent, text in given if intent.about_notes]
    return sorted({word for text in bare for word in tokenizer.tokenize(text)})


def _without_slots(text: str) -> str:
    return " ".join(piece.partition("}")[2] if place else piece for place, piece in enumerate(text.split("{")))


def main() -> None:
    """Train and write."""
    given, others, model = examples(), ordinary(), NoteEmbeddings()
    texts = [text.replace("{", "").replace("}", "") for _, text in given] + others
    vectors = np.concatenate([model.encode_queries([text]) for text in texts])
    order = list(Intent)
    labels = [order.index(intent) for intent, _ in given] + [order.index(Intent.QUESTION)] * len(others)
    weight = [1.0] * len(given) + [len(given) / len(others)] * len(others)
    made = LogisticRegression(C=STRENGTH, max_iter=3000).fit(vectors, labels, sample_weight=weight)
    assert list(made.classes_) == list(range(len(order)))
    tensors = {"weight": np.ascontiguousarray(made.coef_, np.float16), "bias": made.intercept_.astype(np.float32)}
    save_file(tensors, FILE, metadata={"frame": " ".join(frame(given))})
    print(f"{len(given)} examples, {len(others)} others -> {Path(FILE).name}")


if __name__ == "__main__":
    main()
