"""Where the answer of each question stood in each ranking, kept so that a report can show it and a later run be held against it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.errors import ConfigError
from ingest.index.read import NotesIndex
from ingest.messages import first_fault, reason_of
from ingest.schema import Section, located
from rag.evaluate.retrieval import RETRIEVERS, Gold, Question, Run, answers_by, holds, same_file
from rag.records import Hit
from rag.search.retriever import Retriever

Search = Callable[[Retriever, Question], Sequence[Hit]]  # 50 hits with the retriever of this name, best first

KS = (1, 2, 3, 5, 10, 20, 50)
METRICS = (*(f"hit@{k}" for k in KS), "mrr@10")
BEFORE = 5  # passages that are kept of those before the right one
CHARS = 3000  # of a section that is kept


@dataclass(frozen=True, slots=True)
class Shown:
    """A section or passage, as a report shows it."""

    location: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A question, and where a passage that answers it stood.

    `ranks` has, by retriever, the place of the first right passage (from 1), and no entry where none is among the 50.
    `wanted` are the sections that answer; none is there when the notes no longer hold them. `before` is what the joined
    ranking put before the right passage.
    """

    id: str
    text: str
    kind: str
    ranks: Mapping[str, int]
    wanted: tuple[Shown, ...]
    before: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A question set, measured once with the settings of that day; `unanswerable` questions have no gold passage."""

    title: str
    at: str  # ISO 8601, UTC
    settings: Mapping[str, str]
    unanswerable: int
    placed: tuple[Placed, ...]

    def runs(self) -> dict[str, Run]:
        """The figures of each retriever: `METRICS` by question."""
        kinds = {one.id: one.kind for one in self.placed}
        return {
            name: Run(name, {one.id: _figures(one.ranks.get(name)) for one in self.placed}, kinds)
            for name in RETRIEVERS
        }

    def worst(self, count: int) -> list[Placed]:
        """The questions whose answer does not come first in the joined ranking, those that are not found before all."""
        missed = [one for one in self.placed if one.ranks.get("hybrid") != 1]
        return sorted(missed, key=lambda one: -one.ranks.get("hybrid", KS[-1] + 1))[:count]


def _figures(rank: int | None) -> dict[str, float]:
    row = {f"hit@{k}": float(rank is not None and rank <= k) for k in KS}
    return row | {"mrr@10": 1 / rank if rank and rank <= 10 else 0.0}


def measured(
    title: str, questions: Sequence[Question], search: Search, index: NotesIndex, settings: Mapping[str, str]
) -> Measured:
    """Ask each question with gold of each retriever."""
    asked = [question for question in questions if question.gold]
    placed = tuple(_placed(question, search, index) for question in asked)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Measured(title, at, dict(settings), len(questions) - len(asked), placed)


def _placed(question: Question, search: Search, index: NotesIndex) -> Placed:
    ranks: dict[str, int] = {}
    before: list[Shown] = []
    for name in RETRIEVERS:
        hits = search(name, question)
        right = (
            n for n, hit in enumerate(hits, start=1) if any(answers_by(hit.passage, gold) for gold in question.gold)
        )
        if (rank := next(right, None)) is not None:
            ranks[name] = rank
        if name == "hybrid":
            before = [_passage(hit) for hit in hits[: min((rank or BEFORE + 1) - 1, BEFORE)]]
    wanted = dict.fromkeys(found for gold in question.gold if (found := _section(gold, index)))
    return Placed(question.id, question.text, question.kind, ranks, tuple(wanted), tuple(before))


def _passage(hit: Hit) -> Shown:
    passage = hit.passage
    return Shown(passage.location, " › ".join(passage.heading_path), passage.text)


def _section(gold: Gold, index: NotesIndex) -> Shown | None:
    """The section that holds a gold passage."""
    own = (section for path in index.notes if same_file(path, gold.file) for section in index.sections_of(path))
    for section in own:
        if _holds(section, gold, index):
            note = index.notes[section.path]
            text = note.text[section.start : section.end].rstrip()
            place = note.places.at(section.start_line, section.start_line + text.count("\n"))
            return Shown(located(section.path, place), " › ".join(section.heading_path), text[:CHARS])
    return None


def _holds(section: Section, gold: Gold, index: NotesIndex) -> bool:
    if gold.quote:
        return holds(index.notes[section.path].text[section.start : section.end], gold.quote)
    return section.start_line <= gold.start <= section.end_line


def save(one: Measured, file: Path) -> None:
    """Keep it as JSON, for `load`. Raises OSError."""
    file.write_text(json.dumps(asdict(one), ensure_ascii=False), encoding="utf-8")


def load(file: Path) -> Measured:
    """What `save` kept.

    Raises:
        ConfigError: the file cannot be read, or is something else.
    """
    try:
        return TypeAdapter(Measured).validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigError("report.not_kept", file=file, reason=reason_of(error)) from error
    except ValidationError as error:
        raise ConfigError("report.not_kept", file=file, reason=first_fault(error)) from error
