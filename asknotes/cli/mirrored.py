"""Commands that argparse defines, as click's: the same names, options and help, run by the same function.

So `asknotes ask` and `python -m rag ask` cannot differ, and click adds completion in the shell.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

Run = Callable[[Sequence[str]], int]  # takes arguments as a shell gives them; returns the exit status


def sub_parsers(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parsers of a command's sub-commands, by name."""
    (choices,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    found: Mapping[str, argparse.ArgumentParser] = choices.choices
    return found


def mirrored(
    name: str, summary: str, parser: argparse.ArgumentParser, run: Run, head: Sequence[str] = ()
) -> click.Command:
    """The command `name`, which `run` gets as `head` and what was typed."""
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]

    def callback(**values: Any) -> None:
        status = run([*head, *_typed(actions, values)])
        click.get_current_context().exit(status)

    positional = [action for action in actions if not action.option_strings]
    words = "".join(f"\n\n\b\n{_metavar(action)}  {action.help}" for action in positional if action.help)
    return click.Command(name, callback=callback, params=[_parameter(a) for a in actions], help=summary + words)


def _metavar(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _parameter(action: argparse.Action) -> click.Parameter:
    kind = _kind(action)
    if not action.option_strings:
        many = action.nargs in ("+", "*")
        needed = action.nargs in (None, "+")
        return click.Argument(
            [action.dest],
            type=kind,
            nargs=-1 if many else 1,
            required=needed,
            metavar=_metavar(action) if needed else f"[{_metavar(action)}]",
        )
    flag = action.nargs == 0
    return click.Option(
        [*action.option_strings, action.dest],
        type=None if flag else kind,
        is_flag=flag,
        multiple=isinstance(action, argparse._AppendAction),
        metavar=None if flag or action.choices else action.metavar,
        help=action.help,
    )


def _kind(action: argparse.Action) -> click.ParamType[Any] | None:
    """What click completes; argparse checks the values."""
    if action.choices:
        return click.Choice(list(action.choices))
    if action.type is Path:
        return click.Path(path_type=str)
    return click.STRING


def _typed(actions: Sequence[argparse.Action], values: Mapping[str, Any]) -> list[str]:
    """What was typed, in a form that cannot be taken for anything else."""
    options: list[str] = []
    texts: list[str] = []
    for action in actions:
        value = values[action.dest]
        given = [] if value is None or value is False else list(value) if isinstance(value, tuple) else [value]
        if not action.option_strings:
            texts += map(str, given)
        elif action.nargs == 0:
            options += [action.option_strings[-1]] * len(given)
        else:
            name = action.option_strings[-1]
            options += [f"{name}={one}" if name.startswith("--") else f"{name}{one}" for one in given]
    return [*options, "--", *texts] if texts else options
