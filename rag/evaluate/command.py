"""What `eval` does: its question sets, tables, reports and exports. It prints by what it is handed."""

import argparse
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from ingest.config import IndexSettings, SearchSettings, Settings
from ingest.errors import ConfigError
from ingest.messages import Language, Message, Text, reason_of
from ingest.text.scripts import language
from rag.answer.answerer import Answerer
from rag.evaluate import answers, ranked, retrieval
from rag.evaluate.answer_report import answer_report
from rag.evaluate.report import report
from rag.evaluate.retrieval import DEPTH, Question
from rag.evaluate.trec import export
from rag.history.feedback import FeedbackList, as_question
from rag.history.store import Store
from rag.records import Hit, Turn
from rag.search.retriever import HybridRetriever, Retriever

RUNS = Path("runs")  # where figures and answers are kept
OPINIONS = "feedback"  # the name of the set that the user's own feedback makes
Made = TypeVar("Made")
_ELSEWHERE = {"corpus", "index", "ignore", "follow_links"}  # where notes are tells nothing of how they are searched


@dataclass(frozen=True, slots=True)
class Out:
    """How results, JSON lines and what is told on the way go out."""

    say: Callable[[str], None]
    say_json: Callable[[dict[str, Any]], None]
    tell: Callable[[Text], None]


def measure(options: argparse.Namespace, retriever: HybridRetriever, settings: Settings, out: Out) -> None:
    """The figures of search on each set; a report and an export when they are asked for.

    Raises:
        ConfigError: a file cannot be read or written.
    """
    earlier = ranked.load(options.against) if options.against else None

    @cache  # a question is searched once, whatever is made of it and whichever id it goes by
    def searched(name: Retriever, text: str, history: tuple[Turn, ...]) -> Sequence[Hit]:
        return retriever.search(text, DEPTH, history=history, retriever=name)

    def found(name: Retriever, question: Question) -> Sequence[Hit]:
        return searched(name, question.text, question.history)

    sets = {str(file): retrieval.read_questions(file) for file in options.files}
    if options.feedback:
        sets[OPINIONS] = opinions(settings)
    for name, questions in sets.items():
        kept = RUNS / f"{Path(name).stem}.figures.json"  # beside a report would be NAME.json
        told = retrieval.measured(name, questions, found, kept)
        if options.json:
            for run in retrieval.load(kept):
                out.say_json({"file": name, "retriever": run.name, "questions": run.count(), "figures": run.means})
        else:
            out.say(told)
    together, title = one_set(sets), ", ".join(Path(name).name for name in sets)
    if options.report:
        now = ranked.measured(title, together, found, retriever.index, search_settings(settings))
        beside = options.report.with_suffix(".json")
        _written(
            options.report, lambda file: file.write_text(report(now, earlier, _language(settings, together)), "utf-8")
        )
        _written(beside, partial(ranked.save, now))
        out.tell(Message("report.written", file=options.report, kept=beside))
    if options.export:
        files = _written(options.export, partial(export, together, found, retriever.index))
        out.tell(Message("report.exported", files=[str(file) for file in files]))


def grade(options: argparse.Namespace, answerer: Answerer, settings: Settings, out: Out) -> None:
    """Ask the whole product and grade what it says, set by set; answers are kept in `RUNS`.

    Raises:
        ConfigError: a file cannot be read or written.
    """
    index = answerer.index
    all_now: list[answers.Graded] = []
    all_earlier: list[answers.Graded] = []
    for file in options.files:
        cases = answers.read_cases(file)
        run = f"{file.stem}-{answerer.model or 'extractive'}-{settings.source_tokens}-{index.generation}"
        kept = RUNS / f"{re.sub(r'[^A-Za-z0-9._-]', '_', run)}.jsonl"
        out.tell(Message("eval.kept", file=kept))
        graded = []
        ask = partial(answers.answer_and_quotes, answerer)
        for row in answers.grade(cases, ask, index.notes, index.sections, kept):
            graded.append(row)
            out.tell(f"{len(graded)}/{len(cases)} {row.id} {row.figures.get('seconds', 0):.0f} s")
        old = answers.regrade(cases, index.notes, index.sections, options.against) if options.against else []
        all_now += graded
        all_earlier += old
        if options.json:
            for row in graded:
                out.say_json({"file": str(file), "id": row.id, "figures": row.figures})
            continue
        out.say(f"{file}: {len(cases)} questions\n\n{answers.table(graded)}\n")
        if options.against:
            out.say(answers.differences(graded, old) + "\n")
        for shown in answers.to_read(graded, options.read):
            out.say_json(shown)
    if options.report:
        title = ", ".join(file.name for file in options.files)
        about = search_settings(settings) | {"model": answerer.model or "extractive"}
        asked = [Question(row.id, row.answer.question) for row in all_now]
        html = answer_report(
            title, all_now, all_earlier if options.against else None, about, _language(settings, asked)
        )
        _written(options.report, lambda file: file.write_text(html, "utf-8"))
        out.tell(Message("report.answers_written", file=options.report))


def opinions(settings: Settings) -> list[Question]:
    """What the user thought of answers, as questions; what a good answer cites is the gold. Raises HistoryError."""
    rows = map(as_question, FeedbackList(Store(settings.data)).listed())
    return [retrieval.question_of(row, row["id"]) for row in rows]


def one_set(sets: Mapping[str, Sequence[Question]]) -> list[Question]:
    """All questions as one set; an id that stands in several gets the name of its own before it."""
    counted = Counter(question.id for questions in sets.values() for question in questions)
    return [
        replace(question, id=f"{Path(name).stem}:{question.id}") if counted[question.id] > 1 else question
        for name, questions in sets.items()
        for question in questions
    ]


def search_settings(settings: Settings) -> dict[str, str]:
    """The settings that decide what is found, for a reader."""
    names = [*IndexSettings.model_fields, *SearchSettings.model_fields]
    return {name: str(getattr(settings, name)) for name in names if name not in _ELSEWHERE}


def _language(settings: Settings, questions: Sequence[Question]) -> Language:
    """The language of the report: that of the settings, else that of most questions."""
    if settings.language != "auto":
        return settings.language
    return "zh" if 2 * sum(language(question.text) == "zh" for question in questions) > len(questions) else "en"


def _written(file: Path, write: Callable[[Path], Made]) -> Made:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return write(file)
    except OSError as error:
        raise ConfigError("report.unwritable", file=file, reason=reason_of(error)) from error
