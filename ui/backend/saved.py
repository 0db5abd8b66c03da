"""Answers that are saved as notes, in a folder of their own among the notes."""

from itertools import count
from pathlib import Path, PurePosixPath

from ingest.errors import NoteError
from ingest.messages import reason_of

FOLDER = "AskNotes"


def save_new(corpus: Path, name: str, text: str) -> str:
    """Write a note into `FOLDER`; its path in the notes folder, with a number when another note has its name.

    Raises:
        NoteError: it cannot be written.
    """
    stem = PurePosixPath(name).stem
    try:
        (corpus / FOLDER).mkdir(exist_ok=True)
        for number in count(1):
            path = f"{FOLDER}/{stem}{f' {number}' if number > 1 else ''}.md"
            try:
                with (corpus / path).open("x", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise NoteError("note.not_saved", path=f"{FOLDER}/{name}", reason=reason_of(error)) from error
    raise AssertionError("a number is free")
