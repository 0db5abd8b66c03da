"""Write docs/licences.md: the licence of every package that ships, as its own metadata tell it.

usage: python -m tools.write_licences   (with all of requirements.lock installed that is for this Python and system)

What is for another Python or system stays as the page has it; a new version of that is read where it is installed.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from tools.bootstrap import PYTHONS
from tools.lock import LOCK, ROOT, markers, packages

PAGE = ROOT / "docs" / "licences.md"
_HEAD = """# Licences of what AskNotes stands on

Made by `python -m tools.write_licences` (`make docs`) from the metadata of the packages in `requirements.lock`; a test holds that
it is up to date. AskNotes itself is MIT. The models and their licences are in the [README](../README.md).

Not in it, since they are off by default, are the extras `ocr` and `milvus`: of the latter pymilvus 3.0.2 and milvus-lite 3.2.2 (both
Apache-2.0) bring grpcio 1.85.3 (Apache-2.0) and cachetools 8.0.2 (MIT), by their own metadata. A Milvus server is Apache-2.0 too.

| package | version | licence |
| --- | --- | --- |
"""
# What the metadata do not say, from the licence file that the package brings.
_READ = re.compile(r"^(MIT|Apache|BSD|Mozilla|ISC|The MIT)[^\n]*licen[cs]e[^\n]*", re.IGNORECASE | re.MULTILINE)
_LONG = 80  # characters, from which the field holds the licence's text and not its name


def page(lock: str, before: str) -> str:
    """The page as Markdown, `before` the page as it stands; raises PackageNotFoundError when a licence cannot be told."""
    return _HEAD + "".join(_rows(lock, before))


def _rows(lock: str, before: str) -> Iterator[str]:
    needed = markers(lock)
    for name, version in packages(lock).items():
        row = f"| {name} | {version} | "
        marker = needed[name]
        known = re.search(rf"^{re.escape(row)}.+\n", before, flags=re.MULTILINE)
        if known and marker and not marker.evaluate():
            yield known[0]
        else:
            yield f"{row}{licence(distribution(name))} |\n"


def licence(of: Distribution) -> str:
    """The expression, else the field, the classifiers, or the first line of the licence file."""
    told, field = (" ".join(of.metadata.get_all(name) or ()).strip() for name in ("License-Expression", "License"))
    if not told and field and len(field) <= _LONG and field.upper() != "UNKNOWN":
        told = " ".join(field.split())
    classes = [c.rpartition(" :: ")[2] for c in of.metadata.get_all("Classifier") or () if c.startswith("License ::")]
    texts = [
        field,
        *(str(file.read_text()) for file in of.files or () if re.search(r"licen[cs]e|copying", file.name, re.I)),
    ]
    first = next((found[0].strip() for text in texts if (found := _READ.search(text))), "")
    return (told or ", ".join(classes) or first or "not told").replace("|", "\\|")


def main() -> int:
    """Returns the exit status."""
    try:
        PAGE.write_text(page(LOCK.read_text("utf-8"), PAGE.read_text("utf-8")), encoding="utf-8")
    except PackageNotFoundError as error:
        print(
            f"error: {error.name} is not installed; run make setup-dev, with Python {PYTHONS[0]} on Linux",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
