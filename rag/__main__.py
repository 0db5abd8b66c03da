"""`python -m rag`: search, ask and evaluate from the command line.

Exit status: 0 done, 1 a stated error (one line on stderr), 2 wrong usage, 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import AskNotesError, ConfigError

if TYPE_CHECKING:
    from ingest.config import Settings
    from rag.answer import Answerer
    from rag.evaluate import Question
    from rag.records import Answer, Hit
    from rag.retrieve import HybridRetriever, Retriever


def parser() -> argparse.ArgumentParser:
    """The command line; docs/cli.md is its help, generated."""
    top = argparse.ArgumentParser(prog="python -m rag", description="Ask questions of your notes.")
    commands = top.add_subparsers(dest="command", required=True)
    search = commands.add_parser("search", help="the passages that fit a question, best first")
    _common(search)
    search.add_argument("-k", type=_positive, default=10, metavar="N", help="how many passages (10; 50 with --batch)")
    search.add_argument("--retriever", choices=["hybrid", "bm25", "dense"], default="hybrid")
    search.add_argument("--explain", action="store_true", help="why each passage is there: ranks, scores, terms")
    ask = commands.add_parser("ask", help="a written answer with checked citations")
    _common(ask)
    ask.add_argument("--history", type=Path, metavar="FILE", help='earlier turns, JSON: [{"role", "content"}, …]')
    evaluation = commands.add_parser("eval", help="retrieval figures on question sets")
    evaluation.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    evaluation.add_argument("--index", type=Path, metavar="DIR", help="the index folder")
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("question", nargs="?", metavar="QUESTION")
    command.add_argument("--index", type=Path, metavar="DIR", help="the index folder")
    command.add_argument("--batch", type=Path, metavar="FILE.jsonl", help="questions, one JSON line each")
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="search these notes alone: a folder papers/, a note, a glob as in .gitignore, or a '#tag' (repeatable)",
    )
    command.add_argument("--json", action="store_true", help="JSON lines instead of text")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    top = parser()
    options = top.parse_args(arguments)
    if options.command != "eval" and (options.question is None) == (options.batch is None):
        top.error("give a QUESTION or --batch FILE.jsonl, one of the two")
    # A pipe in another encoding must not break on a note's characters.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        run = {"search": _search, "ask": _ask, "eval": _evaluate}[options.command]
        run(options)
    except AskNotesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0


def _questions(options: argparse.Namespace) -> "list[Question]":
    from rag.evaluate import Question, read_questions

    if options.batch:
        return read_questions(options.batch)
    return [Question("", options.question)]


def _settings(options: argparse.Namespace) -> "Settings":
    from ingest.config import load_settings

    return load_settings({"index": options.index})


def _retriever(settings: "Settings") -> "HybridRetriever":
    from ingest.embed import load_embeddings
    from rag.retrieve import open_retriever

    retriever = open_retriever(settings, load_embeddings(settings, report=_tell))
    for notice in retriever.index.notices:
        _tell(notice)
    return retriever


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print_json(row: dict[str, Any]) -> None:
    print(json.dumps(row, ensure_ascii=False), flush=True)


def _search(options: argparse.Namespace) -> None:
    from rag.serialize import hit_to_json

    questions = _questions(options)
    retriever = _retriever(_settings(options))
    k = 50 if options.batch and options.k == 10 else options.k
    for question in questions:
        hits = retriever.search(
            question.text, k, history=question.history, retriever=options.retriever, only=options.only
        )
        if options.json:
            rows = [hit_to_json(hit) for hit in hits]
            _print_json({"id": question.id, "question": question.text, "hits": rows})
        else:
            _print_hits(question.text, hits, explain=options.explain)


def _print_hits(question: str, hits: "Sequence[Hit]", *, explain: bool) -> None:
    print(f"{question}\n")
    if not hits:
        print("Nothing in the notes matches; ask in other words, or add notes and run `python -m ingest`.")
    for number, hit in enumerate(hits, start=1):
        print(f"{number}. {' > '.join(hit.passage.heading_path)}  ({hit.passage.location})")
        if explain:
            print("   " + "   ".join(_reason(hit, name) for name in hit.ranks))
            print(
                f"   matched: {'、'.join(hit.matched_terms) or '-'}" + "".join(f"\n   also at {p}" for p in hit.also_at)
            )
        print("   " + hit.passage.text.replace("\n", "\n   ") + "\n")


def _reason(hit: "Hit", name: str) -> str:
    return f"{name}: rank {hit.ranks[name]}, score {hit.scores[name]:.3f}, share {hit.shares[name]:.4f}"


def _answerer(settings: "Settings") -> "Answerer":
    from ingest.fetch import cache_dir
    from ingest.models import local_gguf
    from rag.answer import Answerer
    from rag.llm import language_model

    local = settings.llm == "local" or (settings.llm == "auto" and not settings.base_url)
    gguf = local_gguf(settings, cache_dir(), _tell) if local else None
    return Answerer(_retriever(settings), language_model(settings, gguf), settings)


def _ask(options: argparse.Namespace) -> None:
    from rag.serialize import answer_to_json

    questions = _questions(options)
    if options.history:
        questions = [replace(question, history=_history(options.history)) for question in questions]
    answerer = _answerer(_settings(options))
    for question in questions:
        if options.json:
            answer = answerer.answer(question.text, question.history, only=options.only)
            _print_json(answer_to_json(answer, question.id))
        else:
            _print_stream(answerer, question, options.only)


def _history(file: Path) -> "tuple[Any, ...]":
    from rag.records import Turn

    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return tuple(Turn(row["role"], row["content"]) for row in rows)
    except OSError as error:
        raise ConfigError(
            f"The history file {file} cannot be read ({error.strerror}); name an existing file."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f'{file} is no history; it looks like [{{"role": "user", "content": "…"}}, …].') from error


def _print_stream(answerer: "Answerer", question: "Question", only: "Sequence[str]") -> None:
    from rag.records import Checked, Finished, Searched

    for event in answerer.stream(question.text, question.history, only=only):
        if isinstance(event, Searched) and event.standalone_question != question.text:
            print(f"({event.standalone_question})\n")
        elif isinstance(event, Checked):
            marks = "".join(f"[{n}]" for n in event.sentence.citations)
            doubt = " [?]" if event.sentence.supported is False else ""
            print(event.sentence.lead + event.sentence.text + marks + doubt, end="", flush=True)
        elif isinstance(event, Finished):
            _print_sources(event.answer)


def _print_sources(answer: "Answer") -> None:
    print("\n")
    if answer.incomplete:
        _tell(answer.incomplete)
    used = {n for sentence in answer.sentences for n in sentence.citations}
    for source in answer.sources:
        mark = "*" if source.n in used else " "
        place = f"{source.path}:{source.start_line}-{source.end_line}"
        print(f"{mark}[{source.n}] {' > '.join(source.heading_path)}  ({place})")
    seconds = answer.timings.get("total_ms", 0.0) / 1000
    print(f"\n{answer.model}, {seconds:.1f} s")


def _evaluate(options: argparse.Namespace) -> None:
    from rag.evaluate import compare, evaluate, load, read_questions, save, table

    retriever = _retriever(_settings(options))
    for file in options.files:
        questions = read_questions(file)
        names: tuple[Retriever, ...] = ("bm25", "dense", "hybrid")
        runs = [evaluate(name, questions, partial(_find, retriever, name)) for name in names]
        kept = Path("runs") / f"{file.stem}.json"
        print(
            f"{file}: {runs[0].count()} questions with gold passages\n\n{table(runs)}\n\n{compare(runs, load(kept))}\n"
        )
        save(runs, kept)


def _find(retriever: "HybridRetriever", name: "Retriever", question: "Question") -> "list[Hit]":
    return retriever.search(question.text, 50, history=question.history, retriever=name)


if __name__ == "__main__":
    sys.exit(main())
