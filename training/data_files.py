"""The files between the scripts that write data and those that train: `name.json.gz`, and the folder that they are in."""

import argparse
import gzip
import json
from pathlib import Path
from typing import Any


def read(folder: Path, name: str) -> Any:
    """What `folder/name.json.gz` holds."""
    with gzip.open(folder / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def write(folder: Path, **data: Any) -> None:
    """A file of each name; the folder is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in data.items():
        with gzip.open(folder / f"{name}.json.gz", "wt", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)


def folder_of(doc: str | None) -> Path:
    """The one argument of a script that writes data; `doc` is its help."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    return out
