"""Write docs/cli.md and docs/cli.zh.md: the help of every command and sub-command, as its own parser gives it.

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
from ingest.messages import Language

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES: dict[Language, Path] = {"en": DOCS / "cli.md", "zh": DOCS / "cli.zh.md"}
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
- **Exit status.** 0 done; 1 a stated error, one line on stderr; 2 wrong usage; 130 interrupted by Ctrl-C.
- **Language.** The help is in the language of the setting `language`, else of the terminal (`LC_ALL`, `LANG`). The rest of what is printed is English."""
INTRODUCTION_ZH = """# 命令行

由 `python -m tools.write_cli_docs` 从命令自身的定义生成（`make docs`），有测试保证它是最新的。在源码目录里 `asknotes` 在 `.venv/bin` 下；
装了 wheel 以后可以直接运行。`python -m rag` 和 `python -m ingest` 是其中的同名命令，一直保留，见[英文页](cli.md)。没有选项可写的设置来自
`notes.toml` 和环境变量（`ASKNOTES_…`），见[设置](configure.md)；`ASKNOTES_SETTINGS` 指定另一个设置文件。

- **用哪些笔记。** `asknotes --notes DIR …` 或 `asknotes chat DIR` 可以用任何地方的笔记文件夹：索引和历史在系统的数据文件夹里，`notes.toml`
  在配置文件夹里（`asknotes doctor` 会说在哪里）。不写时用当前文件夹里的项目（有 `notes.toml`、`corpus/` 或索引），没有就用上次用的文件夹。
- **给程序用。** `--json` 输出 JSON 行；`-` 从管道读文字：`pbpaste | asknotes check -`。过程中的提示写到 stderr。遵守 `NO_COLOR`。
- **补全。** `eval "$(asknotes completion bash)"`，`zsh` 相同；`asknotes completion fish | source`。
- **退出状态。** 0 完成；1 有说明的错误，stderr 上一行；2 用法错误；130 被 Ctrl-C 中断。
- **语言。** 说明用设置 `language` 的语言，没有设置就用终端的（`LC_ALL`、`LANG`）。其余输出是英文。"""


def page(language: Language) -> str:
    """The whole page as Markdown; the Chinese one has `asknotes` alone."""
    introduction = INTRODUCTION_ZH if language == "zh" else INTRODUCTION
    asked = described_click(asknotes.__main__.command_line(language), "asknotes", "##")
    others = (ingest.__main__.parser(), rag.__main__.parser(), ingest.models.__main__.parser())
    parsers = others if language == "en" else ()
    return "\n\n".join([introduction, *asked, *(part for parser in parsers for part in described(parser, "##"))]) + "\n"


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
    with command.context_class(
        command, info_name=name, parent=above, terminal_width=COLUMNS, color=False, **command.context_settings
    ) as here:
        yield f"{level} {here.command_path}"
        yield f"```text\n{command.get_help(here).rstrip()}\n```"
        for one, below in command.commands.items() if isinstance(command, click.Group) else ():
            yield from described_click(below, one, f"{level}#", here)


def main() -> int:
    """Write the pages; returns the exit status."""
    for language, file in PAGES.items():
        file.write_text(page(language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
