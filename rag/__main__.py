"""`python -m rag`: search, ask and evaluate from the command line.

Exit status: 0 done, 1 a stated error (one line on stderr), 2 wrong usage, 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ingest.errors import AskNotesError
from ingest.messages import Language, Message, help_in
from ingest.text.printable import for_terminal, for_terminal_json

if TYPE_CHECKING:
    from ingest.config import Settings
    from ingest.progress import SetupStep
    from rag.answer.answerer import Answerer
    from rag.evaluate.retrieval import Question
    from rag.records import Answer
    from rag.search.retriever import HybridRetriever


def parser(language: Language = "en") -> argparse.ArgumentParser:
    """The command line; docs/cli.md is its help, generated."""
    say = help_in(language)
    top = argparse.ArgumentParser(prog="python -m rag", description=say("rag"))
    commands = top.add_subparsers(dest="command", required=True)
    search = commands.add_parser("search", help=say("search"))
    _common(search, say)
    search.add_argument("-k", type=_positive, metavar="N", help=say("k"))
    search.add_argument("--retriever", choices=["hybrid", "bm25", "dense"], default="hybrid", help=say("retriever"))
    search.add_argument("--explain", action="store_true", help=say("explain"))
    search.add_argument("--why", metavar="PATH[:LINE]", help=say("why"))
    ask = commands.add_parser("ask", help=say("ask"))
    _common(ask, say)
    ask.add_argument("--history", type=Path, metavar="FILE", help=say("history"))
    ask.add_argument("--agent", action="store_true", help=say("agent"))
    check = commands.add_parser("check", help=say("check"))
    check.add_argument("text", nargs="?", metavar="FILE|-", help=say("check_text"))
    check.add_argument("--index", type=Path, metavar="DIR", help=say("index_folder"))
    check.add_argument("--batch", type=Path, metavar="FILE.jsonl", help=say("check_batch"))
    check.add_argument("--json", action="store_true", help=say("json"))
    _evaluation(commands.add_parser("eval", help=say("eval")), say)
    gaps = commands.add_parser("gaps", help=say("gaps"))
    gaps.add_argument("--index", type=Path, metavar="DIR", help=say("index_folder"))
    gaps.add_argument("--json", action="store_true", help=say("json"))
    feedback = commands.add_parser("feedback", help=say("feedback"))
    feedback.add_argument("--marks", action="store_true", help=say("marks"))
    feedback.add_argument("--unmark", type=_positive, metavar="N", help=say("unmark"))
    return top


def _evaluation(command: argparse.ArgumentParser, say: Callable[[str], str]) -> None:
    command.add_argument("files", nargs="*", type=Path, metavar="FILE.jsonl", help=say("eval_files"))
    command.add_argument("--index", type=Path, metavar="DIR", help=say("index_folder"))
    command.add_argument("--feedback", action="store_true", help=say("eval_feedback"))
    command.add_argument("--answers", action="store_true", help=say("answers"))
    command.add_argument("--report", type=Path, metavar="FILE.html", help=say("report"))
    command.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help=say("against"),
    )
    command.add_argument("--export", type=Path, metavar="DIR", help=say("export"))
    command.add_argument("--read", type=int, default=0, metavar="N", help=say("read"))
    command.add_argument("--json", action="store_true", help=say("json_tables"))


def _common(command: argparse.ArgumentParser, say: Callable[[str], str]) -> None:
    command.add_argument("question", nargs="?", metavar="QUESTION", help=say("or_batch"))
    command.add_argument("--index", type=Path, metavar="DIR", help=say("index_folder"))
    command.add_argument("--batch", type=Path, metavar="FILE.jsonl", help=say("batch"))
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help=say("only"),
    )
    command.add_argument("--json", action="store_true", help=say("json"))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    top = parser()
    options = top.parse_args(arguments)
    if options.command in ("search", "ask") and (options.question is None) == (options.batch is None):
        top.error("give a QUESTION or --batch FILE.jsonl, one of the two")
    if options.command == "check" and (options.text is None) == (options.batch is None):
        top.error("give a FILE, -, or --batch FILE.jsonl, one of them")
    if options.command == "eval" and (wrong := _wrong_evaluation(options)):
        top.error(wrong)
    # A pipe in another encoding must not break on a note's characters.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        commands = {
            "search": _search,
            "ask": _ask,
            "check": _check,
            "eval": _evaluate,
            "gaps": _gaps,
            "feedback": _feedback,
        }
        commands[options.command](options)
    except AskNotesError as error:
        _print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        _print(f"\n{Message('answer.stopped')}", file=sys.stderr)
        return 130
    return 0


def _wrong_evaluation(options: argparse.Namespace) -> str:
    """What cannot be asked of `eval`, or nothing."""
    if not options.files and not options.feedback:
        return "give a FILE.jsonl, or --feedback"
    if options.answers and (options.export or options.feedback):
        return "--export and --feedback are of search, without --answers"
    if options.against and not options.answers and not options.report:
        return "--against needs --report FILE.html, or --answers"
    return ""


def _questions(options: argparse.Namespace) -> "list[Question]":
    from rag.evaluate.retrieval import Question, read_questions

    if options.batch:
        return read_questions(options.batch)
    return [Question("", options.question)]


def _settings(options: argparse.Namespace) -> "Settings":
    from ingest.config import load_settings

    return load_settings({"index": options.index})


def _tell(line: "SetupStep | Message | str") -> None:
    _print(str(line), file=sys.stderr)


def _print(text: str, end: str = "\n", file: TextIO | None = None) -> None:
    """The one way out: what notes and models say can tell the terminal nothing."""
    print(for_terminal(text), end=end, file=file, flush=True)


def _print_json(row: dict[str, Any]) -> None:
    print(for_terminal_json(json.dumps(row, ensure_ascii=False)), flush=True)


def _search(options: argparse.Namespace) -> None:
    from rag.console import Reason, hits_text, searched_lines
    from rag.open import open_retriever
    from rag.records_json import corrections_to_json, hit_to_json

    questions = _questions(options)
    retriever = open_retriever(_settings(options), _tell, marks=not options.batch)
    k = options.k or (50 if options.batch else 10)
    for question in questions:
        if options.why:
            _print_why(retriever, question, options)
            continue
        understood = retriever.understood(question.text, question.history, options.only)
        hits = retriever.found(understood, k, options.retriever)
        reasons: list[Reason] = []
        if options.explain:
            terms = retriever.matched_terms(understood, hits)
            reasons = list(zip(retriever.best_sentences(understood, hits), terms, strict=True))
        if options.json:
            rows = [hit_to_json(hit) for hit in hits]
            for row, (sentence, matched) in zip(rows, reasons, strict=False):
                row |= {"best_sentence": sentence, "matched_terms": list(matched)}
            told = {"searched": understood.question, "corrections": corrections_to_json(understood.corrections)}
            _print_json({"id": question.id, "question": question.text, **told, "hits": rows})
        else:
            searched = searched_lines(question.text, understood.question, understood.corrections)
            _print(hits_text("\n".join([question.text, *searched]), hits, reasons))


def _print_why(retriever: "HybridRetriever", question: "Question", options: argparse.Namespace) -> None:
    from rag.console import standing_text
    from rag.records_json import standing_to_json
    from rag.search.diagnose import diagnose

    path, line = _place(options.why)
    standings = diagnose(retriever, question.text, path, line, history=question.history, only=options.only)
    if options.json:
        rows = [standing_to_json(standing) for standing in standings]
        _print_json({"id": question.id, "question": question.text, "why": rows})
        return
    for standing in standings:
        _print(standing_text(standing, retriever.candidates, retriever.k))


def _place(text: str) -> tuple[str, int | None]:
    path, colon, line = text.rpartition(":")
    return (path, int(line)) if colon and line.isdigit() else (text, None)


def _ask(options: argparse.Namespace) -> None:
    from rag.evaluate.retrieval import read_history
    from rag.history.gaps import GapList
    from rag.history.store import Store
    from rag.open import answerer as answerer_over
    from rag.open import open_model, open_retriever
    from rag.records_json import answer_to_json

    questions = _questions(options)
    if options.history:
        questions = [replace(question, history=read_history(options.history)) for question in questions]
    settings = _settings(options)
    retriever = open_retriever(settings, _tell, marks=not options.batch)  # a batch is a measurement
    answerer = answerer_over(retriever, open_model(settings, _tell), settings)
    agent = True if options.agent else None
    for question in questions:
        if options.json:
            answer = answerer.answer(question.text, question.history, only=options.only, agent=agent)
            _print_json(answer_to_json(answer, question.id))
        else:
            answer = _print_stream(answerer, question, options.only, agent)
        # A batch is not what somebody wants to know; and the other notes may answer.
        if not options.batch and not options.only:
            GapList(Store(settings.data)).note(answer)


def _check(options: argparse.Namespace) -> None:
    from rag.answer.own_text_files import read_text, read_texts
    from rag.console import checked_text
    from rag.open import open_retriever, text_checker
    from rag.records_json import checked_to_json, judged_to_json

    texts = read_texts(options.batch) if options.batch else [read_text(options.text)]
    settings = _settings(options)
    checker = text_checker(open_retriever(settings, _tell), settings)
    for text in texts:
        checked = checker.check(text.text, text.question)
        if not options.json:
            _print(checked_text(checked))
        elif options.batch:
            _print_json({"id": text.id, "sentences": checked_to_json(checked)})
        else:
            for judged in checked.sentences:
                _print_json(judged_to_json(judged, checked.sources))


def _print_stream(answerer: "Answerer", question: "Question", only: "Sequence[str]", agent: bool | None) -> "Answer":
    """Print an answer as it is made; returns it finished."""
    from rag.console import sources_text, stream_text
    from rag.records import Event, Finished

    done: list[Answer] = []

    def kept() -> "Iterator[Event]":
        for event in answerer.stream(question.text, question.history, only=only, agent=agent):
            if isinstance(event, Finished):
                done.append(event.answer)
            yield event

    for text in stream_text(question.text, kept(), answerer.model):
        _print(text, end="")
    (answer,) = done
    if answer.incomplete and not answer.asked:
        _tell(answer.incomplete)
    _print(sources_text(answer))
    return answer


def _gaps(options: argparse.Namespace) -> None:
    from rag.console import gap_text
    from rag.history.gaps import GapList
    from rag.history.store import Store
    from rag.open import open_retriever, without_model

    settings = _settings(options)
    gaps = GapList(Store(settings.data))
    if gaps.listed():  # without any, no model need be loaded
        answerer = without_model(open_retriever(settings, _tell), settings)
        gaps.recheck(answerer.index.generation, answerer.answering)
    for gap in gaps.listed():
        if options.json:
            _print_json(asdict(gap))
        else:
            _print(gap_text(gap))


def _evaluate(options: argparse.Namespace) -> None:
    from rag.evaluate import command
    from rag.open import answerer, open_model, open_retriever

    settings, out = _settings(options), command.Out(_print, _print_json, _tell)
    if options.answers:
        model = open_model(settings, _tell)
        command.grade(options, answerer(open_retriever(settings, _tell), model, settings), settings, out)
    else:
        command.measure(options, open_retriever(settings, _tell), settings, out)


def _feedback(options: argparse.Namespace) -> None:
    from ingest.config import load_settings
    from rag.history.feedback import FeedbackList, as_question
    from rag.history.marks import MarkList
    from rag.history.store import Store

    if options.marks or options.unmark:
        marks = MarkList(Store(load_settings().data))
        if options.unmark:
            marks.take_back(options.unmark)
        for number, mark in enumerate(marks.listed(), start=1):
            _print_json({"n": number, **asdict(mark)})
        return
    for feedback in FeedbackList(Store(load_settings().data)).listed():
        _print_json(as_question(feedback))


if __name__ == "__main__":
    sys.exit(main())
