"""`python -m ingest`: bring the index up to date with the notes."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ingest.errors import AskNotesError
from ingest.messages import Language, Message, help_in
from ingest.text.printable import for_terminal, printable

if TYPE_CHECKING:
    from ingest.build.run import BuildReport
    from ingest.config import Settings
    from ingest.progress import SetupStep

INTERRUPTED = 130  # 128 and SIGINT, as shells have it
LISTED = 10  # names of a kind in the summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (0 done, 1 a stated error, 130 interrupted; argparse exits with 2)."""
    options = parser().parse_args(arguments)
    try:
        from ingest.config import load_settings

        settings = load_settings({"corpus": options.corpus, "index": options.index})
        if options.watch:
            _watch(settings, options)
        else:
            _print_report(_build(settings, options), as_json=options.json)
    except AskNotesError as error:
        _complain(error.message)
        return 1
    except KeyboardInterrupt:
        _complain(Message("build.interrupted"))
        return INTERRUPTED
    return 0


def parser(language: Language = "en") -> argparse.ArgumentParser:
    """The command line; docs/cli.md is its help, generated."""
    say = help_in(language)
    top = argparse.ArgumentParser(prog="python -m ingest", description=say("index"))
    top.add_argument("--corpus", type=Path, metavar="DIR", help=say("corpus"))
    top.add_argument("--index", type=Path, metavar="DIR", help=say("index_place"))
    top.add_argument("--full", action="store_true", help=say("full"))
    once = top.add_mutually_exclusive_group()
    once.add_argument("--dry-run", action="store_true", help=say("dry_run"))
    once.add_argument("--watch", action="store_true", help=say("watch"))
    top.add_argument("--json", action="store_true", help=say("json_summary"))
    return top


def _build(settings: "Settings", options: argparse.Namespace) -> "BuildReport":
    from ingest.build.run import build
    from ingest.vectors.embed import load_embeddings

    with _Progress() as progress:
        embeddings = load_embeddings(settings, report=_say)
        return build(settings, embeddings, full=options.full, dry_run=options.dry_run, progress=progress)


def _watch(settings: "Settings", options: argparse.Namespace) -> None:
    """Build, print what changed, and wait for more; an error is printed, and the next change tried again."""
    from ingest.build.run import build
    from ingest.build.watch import Changes, keep_up
    from ingest.notes.read import find_notes
    from ingest.vectors.embed import load_embeddings

    find_notes(settings.corpus, settings)  # a wrong folder is an error at once
    embeddings = load_embeddings(settings, report=_say)
    first = True

    def rebuild() -> "BuildReport":
        with _Progress() as progress:
            return build(settings, embeddings, full=options.full and first, progress=progress)

    def tell(report: "BuildReport") -> None:
        nonlocal first
        if first or not report.unchanged:
            _print_report(report, as_json=options.json)
        first = False

    _say(Message("build.watching", folder=settings.corpus))
    keep_up(settings.corpus, settings.index, rebuild, Changes(), tell, lambda error: _complain(error.message))


def _say(line: "SetupStep | Message") -> None:
    print(for_terminal(str(line)), file=sys.stderr, flush=True)


def _complain(sentence: Message) -> None:
    print(for_terminal(f"ingest: {sentence}"), file=sys.stderr, flush=True)


def _print_report(report: "BuildReport", *, as_json: bool) -> None:
    text = json.dumps(_as_json(report)) if as_json else "\n".join(_summary(report))
    print(for_terminal(text), flush=True)


def _as_json(report: "BuildReport") -> dict[str, Any]:
    """The report's fields; a reason is its English sentence."""
    stale, skipped = (
        [asdict(s) | {"reason": str(s.reason)} for s in group] for group in (report.stale, report.skipped)
    )
    return asdict(report) | {"stale": stale, "skipped": skipped}


def _summary(report: "BuildReport") -> Iterator[str]:
    """The report in lines for a person."""
    counts = Message("build.counts", notes=report.notes, sections=report.sections, passages=report.passages)
    work = Message("build.work", embedded=report.embedded, reused=report.reused, seconds=report.seconds)
    if report.dry_run:
        yield str(Message("build.would_be", counts=counts, work=work))
    else:
        yield str(Message("build.are", counts=counts, work=work))
    if report.unchanged:
        yield str(Message("build.unchanged"))
    yield from _listed(Message("build.added", n=len(report.added)), report.added)
    yield from _listed(Message("build.changed", n=len(report.changed)), report.changed)
    yield from _listed(
        Message("build.renamed", n=len(report.renamed)), [f"{old} -> {new}" for old, new in report.renamed]
    )
    yield from _listed(Message("build.removed", n=len(report.removed)), report.removed)
    yield from _listed(Message("build.stale", n=len(report.stale)), [skip.told("en") for skip in report.stale])
    yield from _listed(Message("build.edited", n=len(report.edited)), report.edited)
    yield from _listed(Message("build.skipped", n=len(report.skipped)), [skip.told("en") for skip in report.skipped])
    if not report.passages:
        yield str(Message("build.empty"))


def _listed(head: Message, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield str(head)
        yield from (f"  {printable(item)}" for item in items[:LISTED])
    if len(items) > LISTED:
        yield f"  {Message('build.more', n=len(items) - LISTED)}"


class _Progress:
    """A bar on a terminal, a line now and then otherwise; on stderr, so that stdout holds the summary alone."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._terminal = console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not self._terminal,
        )
        self._task = self._bar.add_task(str(Message("stage.starting")), total=None)
        self._tenth = -1

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        name = Message(f"stage.{stage}")
        if self._terminal:
            self._bar.update(self._task, description=str(name), completed=done, total=total)
        elif stage == "embedding" and total and done * 10 // total != self._tenth:
            self._tenth = done * 10 // total
            _say(Message("stage.done_of", stage=name, done=done, total=total))


if __name__ == "__main__":
    sys.exit(main())
