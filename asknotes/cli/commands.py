"""The commands of `asknotes`. Each parses, calls one function and prints."""

import copy
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

import ingest.__main__
import rag.__main__
from asknotes.cli.mirrored import mirrored, sub_parsers
from asknotes.cli.translated import in_language
from ingest.messages import MESSAGES, Language, Message, help_in
from ingest.text.printable import for_terminal, for_terminal_json

if TYPE_CHECKING:
    from asknotes.library import Library

MIRRORED = ("ask", "search", "check", "eval", "gaps")
_MARKS = {"ok": ("✓", "green"), "note": ("·", "dim"), "fault": ("✗", "bold red")}
_token = click.option("--token", envvar="ASKNOTES_TOKEN")


def own_commands(language: Language) -> list[click.Command]:
    """All commands, in the order of the help, which is in this language."""
    say, of_rag = help_in(language), sub_parsers(rag.__main__.parser(language))
    found = [
        mirrored(name, _sentence(say(name), language), of_rag[name], rag.__main__.main, [name]) for name in MIRRORED
    ]
    found.append(mirrored("index", say("index"), ingest.__main__.parser(language), ingest.__main__.main))
    own = (chat, mcp, serve, token, doctor, completion)
    return [in_language(command, language) for command in (*found, *(explained(one, language) for one in own))]


def explained(command: click.Command, language: Language) -> click.Command:
    """A copy of a command of ours, and of its options, that says in this language what they are for."""
    made = copy.copy(command)
    made.help = MESSAGES.told(f"help.{command.name}", language, {})
    made.params = [copy.copy(one) for one in command.params]
    for one in made.params:
        if isinstance(one, click.Option):
            one.help = MESSAGES.told(f"help.{command.name}.{one.name}", language, {})
    return made


def _sentence(text: str, language: Language) -> str:
    return f"{text[0].upper()}{text[1:]}{'。' if language == 'zh' else '.'}"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--port", type=click.IntRange(1, 65535), default=8501)
@click.pass_context
def chat(context: click.Context, folder: Path | None, port: int) -> None:
    """Bring the index up to date and open the page; with DIR of that folder of notes."""
    from asknotes.cli.page import page_command

    if folder is not None:
        context.obj(folder)
    if status := ingest.__main__.main([]):
        context.exit(status)
    tell(Message("serve.listening", address=f"http://127.0.0.1:{port}"))
    context.exit(subprocess.run(page_command(port), check=False).returncode)


@click.command()
@click.option("--http", is_flag=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8603)
@_token
def mcp(http: bool, port: int, token: str | None) -> None:
    """Let assistants ask the notes (Model Context Protocol)."""
    from asknotes.cli import serving

    if http:
        serving.run_mcp_http(_library(), port, token_of(token), tell)
    else:
        serving.run_mcp_stdio(_library())


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8602)
@_token
def serve(port: int, token: str | None) -> None:
    """Answer over HTTP, also as an OpenAI-compatible endpoint, on this machine."""
    from asknotes.cli import serving

    serving.run_api(_library(), port, token_of(token), tell)


@click.command()
def token() -> None:
    """Print the token that `serve` and `mcp --http` ask for; it is made when there is none."""
    click.echo(token_of(None))


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Tell what is here of models, index, endpoint, disk and versions, and what to do; exit status 1 with a fault."""
    from rich.console import Console

    from asknotes.cli.doctor import checks
    from ingest.config import load_settings

    console, faults = Console(highlight=False, soft_wrap=True), 0
    for check in checks(load_settings()):
        faults += check.state == "fault"
        if as_json:
            row = {"check": check.name, "state": check.state, "says": str(check.says)}
            click.echo(for_terminal_json(json.dumps(row, ensure_ascii=False)))
        else:
            mark, style = _MARKS[check.state]
            console.print(f"{mark} {check.name:<16}", style=style, end="", markup=False)
            console.print(for_terminal(str(check.says)), markup=False)
    click.get_current_context().exit(1 if faults else 0)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete the commands: `eval "$(asknotes completion bash)"`."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(click.get_current_context().find_root().command, {}, "asknotes", "_ASKNOTES_COMPLETE").source())


def token_of(given: str | None) -> str:
    """The token in use. Raises ConfigError."""
    from asknotes.access import checked_token, token_in
    from ingest.vaults import config_folder

    return checked_token(given) if given else token_in(config_folder() / "token")


def tell(line: object) -> None:
    """To the person at the terminal, beside what the command prints; names and reasons in it can tell the terminal nothing."""
    click.echo(for_terminal(str(line)), err=True)


def _library() -> "Library":
    from asknotes.library import Library
    from ingest.config import load_settings

    return Library(load_settings(), tell)
