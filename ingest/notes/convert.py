"""Files that are no plain text -> Markdown, by the converters in `ingest/notes/formats/`.

Converters that parse what may be hostile run in a process of their own with limits on its time and memory: a file that
makes one crash, hang or swell is listed with the reason, and nothing else happens.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ingest.errors import NoteError
from ingest.messages import from_json, reason_of
from ingest.notes.decode import declared, decode
from ingest.schema import Converted, Places

CPU_SECONDS = 60  # of one file's conversion
MEMORY_MB = 1024  # address space of the process that converts it
_NEAR = 2**20  # bytes, above which a file of any format is converted in a process of its own
_WAIT = 4 * CPU_SECONDS  # seconds; the machine may be busy
_KILLED = tuple(
    -getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)
)  # Windows has neither
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from ingest.notes.formats.child import main; main(*sys.argv[2:])"
_ROOT = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class Format:
    """How files of a kind become text: `ingest.notes.formats.<room>.<name>.convert`.

    `number` is raised when the same file gives another text. `package` is the library that it needs, `apart` whether it
    runs in a process of its own even for a small file, with `memory` times what others may use, and `encoded` whether the
    file is text in some encoding.
    """

    name: str
    room: str = ""
    number: int = 1
    package: str = ""
    apart: bool = True
    memory: int = 1
    encoded: bool = False

    @property
    def module(self) -> str:
        """The converter, below `ingest.notes.formats`."""
        return f"{self.room}.{self.name}" if self.room else self.name

    @property
    def version(self) -> str:
        """All that decides the text beside the file; '' when the library is not installed."""
        try:
            return f"{self.number} {self.package} {version(self.package)}" if self.package else str(self.number)
        except PackageNotFoundError:
            return ""


_HTML = Format("html", number=3, encoded=True)
_MHTML = Format("mhtml", "exports")
_PICTURE = Format("picture", package="rapidocr", memory=2)
_TABLE = Format("tables", apart=False, encoded=True)
_SPREADSHEET = Format("spreadsheet", "zipped", package="python-calamine")
FORMATS = {
    ".org": Format("org", number=2, apart=False, encoded=True),
    ".html": _HTML,
    ".htm": _HTML,
    ".ipynb": Format("ipynb", number=2, apart=False),
    ".docx": Format("docx", "zipped", number=2, package="mammoth"),
    ".enex": Format("enex", "exports"),
    ".mhtml": _MHTML,
    ".mht": _MHTML,
    ".json": Format("roam", "exports"),
    ".canvas": Format("canvas", "exports"),
    ".epub": Format("epub", "zipped"),
    ".pptx": Format("pptx", "zipped"),
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".xlsx": _SPREADSHEET,
    ".xlsm": _SPREADSHEET,
    ".xls": _SPREADSHEET,
    ".ods": _SPREADSHEET,
    ".pdf": Format("pdf", package="pypdfium2"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".bmp"), _PICTURE),
}
PICTURES = frozenset(suffix for suffix, form in FORMATS.items() if form is _PICTURE)


def format_of(path: str) -> Format | None:
    """The format of a file that has to be converted, by its name; None for plain text."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return FORMATS.get(name[dot:].lower()) if dot > 0 else None


def versions(paths: Iterable[str]) -> dict[str, str]:
    """The version of each converter that these files need, by name; those that are not installed are left out."""
    formats = {form.name: form for path in paths if (form := format_of(path))}
    return {name: known for name, form in sorted(formats.items()) if (known := form.version)}


def convert(form: Format, data: bytes, encodings: tuple[str, ...], most_chars: int) -> Converted:
    """The Markdown of a file's bytes, at most `most_chars` characters.

    Raises:
        NoteError: when it cannot be converted.
    """
    if not form.version:
        if form is _PICTURE:
            raise NoteError("note.needs_ocr", package=form.package)
        raise NoteError("note.needs_package", package=form.package)
    if form.encoded:
        said = declared(data) if form is _HTML else ()
        data = decode(data, (*said, *encodings)).text.encode("utf-8", "surrogatepass")
    if form.apart or len(data) > _NEAR:
        return _convert_apart(form, data, most_chars)
    made: Converted = import_module(f"ingest.notes.formats.{form.module}").convert(data)
    return made


def _convert_apart(form: Format, data: bytes, most_chars: int) -> Converted:
    limits = (str(CPU_SECONDS), str(MEMORY_MB * form.memory), str(most_chars))
    command = [sys.executable, "-P", "-c", _CHILD, _ROOT, form.module, *limits]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_WAIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise NoteError("note.slow", seconds=_WAIT) from error
    except OSError as error:
        raise NoteError("note.no_process", reason=reason_of(error)) from error
    if done.returncode in _KILLED:
        raise NoteError("note.cpu", seconds=CPU_SECONDS)
    try:
        made = json.loads(done.stdout)
    except ValueError as error:
        raise NoteError("note.crashed", status=done.returncode) from error
    if why := from_json(made.get("error")):
        raise NoteError.of(why)
    starts = tuple((line, number) for line, number in made["starts"])
    return Converted(made["text"], made["title"], Places(made["unit"], starts), from_json(made["missing"]))
