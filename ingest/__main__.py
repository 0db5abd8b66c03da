"""`python -m ingest`: bring the index up to date with the notes."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ingest.errors import AskNotesError
from ingest.text.printable import printable

if TYPE_CHECKING:
    from ingest.build.run import BuildReport
    from ingest.config import Settings

INTERRUPTED = 130  # 128 and SIGINT, as shells have it
LISTED = 10  # names of a kind in the summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (0 done, 1 a stated error, 130 interrupted; argparse exits with 2)."""
    options = _parser().parse_args(arguments)
    try:
        from ingest.config import load_settings

        settings = load_settings({"corpus": options.corpus, "index": options.index})
        if options.watch:
            _watch(settings, options)
        else:
            _print_report(_build(settings, options), as_json=options.json)
    except AskNotesError as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("stopped; the index is as the last finished build left it.")
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest", description="Bring the index up to date with the notes; only what changed is embedded."
    )
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="the folder of notes (the setting 'corpus')")
    parser.add_argument("--index", type=Path, metavar="DIR", help="where the index is (the setting 'index')")
    parser.add_argument("--full", action="store_true", help="build from nothing: split and embed every note again")
    once = parser.add_mutually_exclusive_group()
    once.add_argument("--dry-run", action="store_true", help="tell what would be done, and write nothing")
    once.add_argument("--watch", action="store_true", help="stay, and build again whenever notes change")
    parser.add_argument("--json", action="store_true", help="print the summary as one line of JSON")
    return parser


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

    _say(f"Watching {settings.corpus}; Ctrl-C ends it.")
    keep_up(settings.corpus, settings.index, rebuild, Changes(), tell, lambda error: _complain(str(error)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _complain(sentence: str) -> None:
    _say(f"ingest: {sentence}")


def _print_report(report: "BuildReport", *, as_json: bool) -> None:
    text = json.dumps(asdict(report)) if as_json else "\n".join(_summary(report))
    print(text.encode("utf-8", "backslashreplace").decode("utf-8"), flush=True)


def _summary(report: "BuildReport") -> list[str]:
    """The report in lines for a person."""
    done = "would be" if report.dry_run else "are"
    lines = [
        f"{report.notes} notes, {report.sections} sections, {report.passages} passages {done} in the index; "
        f"{report.embedded} embedded, {report.reused} reused, {report.seconds:.1f} s."
    ]
    if report.unchanged:
        lines.append("Nothing has changed.")
    lines += _listed("added", report.added)
    lines += _listed("changed", report.changed)
    lines += _listed("renamed", [f"{old} -> {new}" for old, new in report.renamed])
    lines += _listed("removed", report.removed)
    lines += _listed("stale (earlier text is kept)", [f"{s.path}: {s.reason}" for s in report.stale])
    lines += _listed("edited meanwhile (run it again)", report.edited)
    lines += _listed("skipped", [f"{s.path}: {s.reason}" for s in report.skipped])
    if not report.passages:
        lines.append("Nothing is indexed: the folder holds no text.")
    return lines


def _listed(what: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    shown = [f"  {printable(item)}" for item in items[:LISTED]]
    if len(items) > LISTED:
        shown.append(f"  … and {len(items) - LISTED} more")
    return [f"{len(items)} {what}:", *shown]


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
        self._task = self._bar.add_task("starting", total=None)
        self._tenth = -1

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._terminal:
            self._bar.update(self._task, description=stage, completed=done, total=total)
        elif stage == "embedding" and total and done * 10 // total != self._tenth:
            self._tenth = done * 10 // total
            _say(f"{stage} {done} of {total}")


if __name__ == "__main__":
    sys.exit(main())
