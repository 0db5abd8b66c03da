"""`asknotes`: everything from one command.

Exit status: 0 done, 1 a stated error (one line on stderr), 2 wrong usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from asknotes.cli.commands import explained, own_commands, tell
from asknotes.cli.translated import in_language
from ingest.config import load_settings
from ingest.errors import AskNotesError, ConfigError
from ingest.messages import Language, Message, language_of
from ingest.vaults import VARIABLES, Vault, is_project, last_vault, remember, vault_of

INTERRUPTED = 130  # 128 and SIGINT, as shells have it


@click.group(name="asknotes", context_settings={"max_content_width": 100})
@click.option("--notes", type=click.Path(path_type=Path), metavar="DIR")
@click.version_option(package_name="asknotes", message="%(version)s")
@click.pass_context
def _asknotes(context: click.Context, notes: Path | None) -> None:
    """What comes before each command: which notes are meant."""
    context.obj = use  # for the command that takes a folder of its own
    if notes is not None:
        use(notes)
    elif last := _taken():
        os.environ.update(last.environment())


def use(notes: Path) -> None:
    """Make a folder of notes the one that is asked, now and when none is named. Raises ConfigError."""
    vault = vault_of(notes)
    remember(vault)
    os.environ.update(vault.environment())


def _taken() -> Vault | None:
    """The vault that is meant when none is named: the one used last, unless something else is here or in the environment."""
    if is_project(Path.cwd()) or any(os.environ.get(name) for name in VARIABLES):
        return None
    return last_vault()


def command_line(language: Language) -> click.Group:
    """The whole command, with its help in this language."""
    group = in_language(explained(_asknotes, language), language)
    assert isinstance(group, click.Group)
    group.commands = {str(command.name): command for command in own_commands(language)}
    return group


def help_language() -> Language:
    """The language of the help: of the setting `language`, else that of the terminal."""
    last = _taken()
    try:
        setting = load_settings(file=last.settings if last else None).language
    except ConfigError:  # told by the command that needs the settings
        setting = "auto"
    locale = next((said for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (said := os.environ.get(name))), "")
    return language_of(setting, locale)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):  # a pipe in another encoding must not break on a note's characters
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return command_line(help_language()).main(arguments, prog_name="asknotes", standalone_mode=False) or 0
    except AskNotesError as error:
        tell(f"error: {error}")
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        print(f"\n{Message('answer.stopped')}", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
