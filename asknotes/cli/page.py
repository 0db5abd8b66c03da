"""The page, started from wherever AskNotes is installed."""

import importlib.util
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any


def page_command(port: int) -> list[str]:
    """What runs the page, with the settings that `.streamlit/config.toml` gives it in a checkout; `port` counts."""
    found = importlib.util.find_spec("app")
    assert found and found.origin, "app.py is a part of every installation"
    settings = tomllib.loads(files("asknotes.cli").joinpath("streamlit.toml").read_text(encoding="utf-8"))
    settings["server"]["port"] = port
    return [sys.executable, "-m", "streamlit", "run", found.origin, *_flags(settings, "--")]


def _flags(table: Mapping[str, Any], head: str) -> Iterator[str]:
    """A TOML table as Streamlit's options: a list is given one by one."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flags(value, f"{head}{name}.")
        else:
            for one in value if isinstance(value, list) else [value]:
                yield f"{head}{name}={one if isinstance(one, str) else json.dumps(one)}"
