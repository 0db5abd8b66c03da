"""Write docs/cli.md: the help of every command and sub-command, as its own parser gives it.

usage: python -m tools.write_cli_docs
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import ingest.__main__
import ingest.models.__main__
import rag.__main__

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
COLUMNS = 100  # of the help, whatever the terminal
INTRODUCTION = """# Command line

Made by `python -m tools.write_cli_docs` from the commands' own parsers (`make docs`); a test holds that it is up to date.
Run them with the project's Python, `.venv/bin/python`. Settings that no option names come from `notes.toml` and the
environment (`ASKNOTES_…`), see [ingest/config.py](../ingest/config.py).

Exit status: 0 done; 1 a stated error, one line on stderr; 2 wrong usage; 130 interrupted by Ctrl-C."""


def page() -> str:
    """The whole page as Markdown."""
    parsers = (ingest.__main__.parser(), rag.__main__.parser(), ingest.models.__main__.parser())
    return "\n\n".join([INTRODUCTION, *(part for parser in parsers for part in described(parser, "##"))]) + "\n"


def described(parser: argparse.ArgumentParser, level: str, summary: str = "") -> Iterator[str]:
    """A command's heading and its help, then those of its sub-commands; `summary` says what a sub-command is for."""
    parser.formatter_class = partial(argparse.HelpFormatter, width=COLUMNS)
    yield f"{level} {parser.prog}"
    if summary:
        yield f"{summary[0].upper()}{summary[1:]}."
    yield f"```text\n{parser.format_help().rstrip()}\n```"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield from described(command, f"{level}#", summaries[name])


def main() -> int:
    """Write the page; returns the exit status."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
