"""`asknotes`: everything from one command.

Exit status: 0 done, 1 a stated error (one line on stderr), 2 wrong usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from asknotes.cli.commands import own_commands, tell
from ingest.errors import AskNotesError
from ingest.messages import Message
from ingest.vaults import VARIABLES, is_project, last_vault, remember, vault_of

INTERRUPTED = 130  # 128 and SIGINT, as shells have it


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--notes",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="the folder of notes; else the project in the current folder, else the folder used last",
)
@click.version_option(package_name="asknotes", message="%(version)s")
@click.pass_context
def cli(context: click.Context, notes: Path | None) -> None:
    """Ask questions of your own notes; every sentence of an answer is cited."""
    context.obj = use  # for the command that takes a folder of its own
    if notes is not None:
        use(notes)
    elif not is_project(Path.cwd()) and not any(os.environ.get(name) for name in VARIABLES):
        last = last_vault()
        os.environ.update(last.environment() if last else {})


def use(notes: Path) -> None:
    """Make a folder of notes the one that is asked, now and when none is named. Raises ConfigError."""
    vault = vault_of(notes)
    remember(vault)
    os.environ.update(vault.environment())


for _command in own_commands():
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):  # a pipe in another encoding must not break on a note's characters
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return cli.main(arguments, prog_name="asknotes", standalone_mode=False) or 0
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
