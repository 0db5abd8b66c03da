"""Write docs/cli.md: the help of every command and sub-command, as its own parser gives it.

usage: python -m tools.write_cli_docs
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

import asknotes.__main__
import ingest.__main__
import ingest.models.__main__
import rag.__main__

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
COLUMNS = 100  # of the help, whatever the terminal
INTRODUCTION = """# Command line

Made by `python -m tools.write_cli_docs` from the commands' own parsers (`make docs`); a test holds that it is up to date.
`asknotes` is in `.venv/bin` of a checkout, and on the path where the wheel is installed. `python -m rag` and `python -m ingest` are its
commands of the same names, and stay. Settings that no option names come from `notes.toml` and the environment
(`ASKNOTES_…`), see [Configure](configure.md); `ASKNOTES_SETTINGS` names another file.

- **Which notes.** `asknotes --notes DIR …`, or `asknotes chat DIR`, takes a folder of notes anywhere: its index and history are
  in the platform's data folder, its `notes.toml` in the configuration folder (`asknotes doctor` says where). Without it the
  project in the current folder is asked (one with `notes.toml`, `corpus/` or an index), else the folder used last.
- **For programs.** `--json` prints JSON lines; `-` reads a text from a pipe: `pbpaste | asknotes check -`. What is told on the way goes
  to stderr. `NO_COLOR` is respected.
- **Completion.** `eval "$(asknotes completion bash)"`, the same with `zsh`; `asknotes completion fish | source`.
- **Exit status.** 0 done; 1 a stated error, one line on stderr; 2 wrong usage; 130 interrupted by Ctrl-C."""


def page() -> str:
    """The whole page as Markdown."""
    asked = described_click(asknotes.__main__.cli, "asknotes", "##")
    parsers = (ingest.__main__.parser(), rag.__main__.parser(), ingest.models.__main__.parser())
    return "\n\n".join([INTRODUCTION, *asked, *(part for parser in parsers for part in described(parser, "##"))]) + "\n"


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


def described_click(command: click.Command, name: str, level: str, above: click.Context | None = None) -> Iterator[str]:
    """The same of a command of click's; `above` is the command that it belongs to."""
    with click.Context(
        command, info_name=name, parent=above, terminal_width=COLUMNS, color=False, **command.context_settings
    ) as here:
        yield f"{level} {here.command_path}"
        yield f"```text\n{command.get_help(here).rstrip()}\n```"
        for one, below in command.commands.items() if isinstance(command, click.Group) else ():
            yield from described_click(below, one, f"{level}#", here)


def main() -> int:
    """Write the page; returns the exit status."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
