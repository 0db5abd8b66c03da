"""Help in the reader's language: click's own words are English, and it counts a Chinese character as one column."""

import re
from collections.abc import Iterable, Iterator

import click
from rich.cells import cell_len

from ingest.messages import Language, help_in

_HEADINGS = {"Options": "options", "Commands": "commands"}  # click's, and the keys of ours
_PIECE = re.compile(r"[\x21-\u2e7f]+\s*|\S[，。、；：！？）》]*\s*")  # a word, or a sign with what may begin no line


def in_language(command: click.Command, language: Language) -> click.Command:
    """The command itself, its help finished in this language: with the option that shows it, and click's own words."""
    click.help_option("-h", "--help", help=help_in(language)("help"))(command)
    if language == "zh":
        command.context_class = _Context
        command.short_help = (command.help or "").partition("\n")[0]  # click would shorten it by its words
    return command


class _Formatter(click.HelpFormatter):
    """Help in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, _say("usage"))

    def write_heading(self, heading: str) -> None:
        self.write(f"{_say(_HEADINGS[heading])}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            kept = paragraph.startswith("\b\n")
            lines = paragraph.split("\n")[1:] if kept else wrapped(paragraph, self.width - self.current_indent)
            self.write(("\n" if number else "") + "".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        column = min(max(cell_len(first) for first, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for first, second in rows:
            head, *more = wrapped(second, self.width - self.current_indent - column)
            if cell_len(first) + col_spacing > column:
                self.write(f"{indent}{first}\n{indent}{' ' * column}{head}\n")
            else:
                self.write(f"{indent}{first}{' ' * (column - cell_len(first))}{head}\n")
            self.write("".join(f"{indent}{' ' * column}{line}\n" for line in more))


class _Context(click.Context):
    formatter_class = _Formatter


def wrapped(text: str, columns: int) -> Iterator[str]:
    """The lines of a text that is at most so wide, where it can be parted; at least one."""
    line = ""
    for piece in _PIECE.findall(text):
        if line and cell_len(line + piece.rstrip()) > columns:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def _say(key: str) -> str:
    return help_in("zh")(key)
