"""The questions written by hand, with their answers and the places in the notes that hold them.

A line of `questions/*.jsonl` is `{"id", "question", "lang", "kind", "history", "gold", "answer", "true", "turned",
"turned_kind"}`. `gold` entries are `{"file", "from", "to"}`, characters of the note as the product reads it, so that no
note is copied here; `answer` is `[{"text", "gold": [0, …]}]`, a sentence or an item each.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.config import Settings
from ingest.notes.read import make_note
from ingest.passages.split import split
from ingest.schema import Note, Passage

HERE = Path(__file__).parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared"
VAULTS = {
    "corpus": ROOT / "corpus",
    "LLMForEverybody": SHARED / "vaults" / "LLMForEverybody",
    "JavaGuide-rest": SHARED / "training" / "JavaGuide-rest",
    "JavaGuide": SHARED / "vaults" / "JavaGuide",
    "system-design-zh": SHARED / "vaults" / "system-design-zh",
}


@dataclass(frozen=True, slots=True)
class Place:
    """`note.text[start:end]` of a note that is named with its vault: `corpus/结构/RoPE.md`."""

    file: str
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The words that stand there."""
        return note(self.file).text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, and the gold entries that hold it."""

    text: str
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One line. `true` and `turned` are sentences about the matter that the notes hold, and deny; '' without."""

    id: str
    text: str
    lang: str
    kind: str
    history: tuple[tuple[str, str], ...] = ()  # (question, answer)
    gold: tuple[Place, ...] = ()
    answer: tuple[Sentence, ...] = ()
    true: str = ""
    turned: str = ""
    turned_kind: str = ""
    true_kind: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def questions(*names: str) -> Iterator[Question]:
    """The questions of the named files (without ending) of `questions/`; of all without names."""
    files = [HERE / "questions" / f"{name}.jsonl" for name in names] or sorted((HERE / "questions").glob("*.jsonl"))
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            yield _question(json.loads(line))


def _question(row: dict[str, Any]) -> Question:
    return Question(
        id=row["id"],
        text=row["question"],
        lang=row["lang"],
        kind=row["kind"],
        history=tuple((turn["question"], turn["answer"]) for turn in row.get("history", ())),
        gold=tuple(Place(gold["file"], gold["from"], gold["to"]) for gold in row["gold"]),
        answer=tuple(Sentence(one["text"], tuple(one["gold"])) for one in row["answer"]),
        true=row.get("true", ""),
        turned=row.get("turned", ""),
        turned_kind=row.get("turned_kind", ""),
        true_kind=row.get("true_kind", ""),
    )


@lru_cache(maxsize=1000)
def note(file: str) -> Note:
    """A note, as the product reads it."""
    vault, _, path = file.partition("/")
    return make_note(path, (VAULTS[vault] / path).read_bytes(), Settings())


@lru_cache(maxsize=1000)
def passages(file: str) -> tuple[Passage, ...]:
    """Its passages, as the product cuts them."""
    return split(note(file), Settings().passage_chars).passages


def passages_at(place: Place) -> list[Passage]:
    """The passages that hold a place, or the one that holds most of it."""
    shared = [(min(p.end, place.end) - max(p.start, place.start), p) for p in passages(place.file)]
    held = [p for characters, p in shared if characters == place.end - place.start]
    return held or [max(shared, key=lambda pair: pair[0])[1]]
