"""What a note is called: by itself, by its one chapter heading, or by its file."""

import re
from pathlib import PurePosixPath

from ingest.notes.beside import without_id
from ingest.text.lines import LineKind, typed_lines
from ingest.text.markup import heading_words
from ingest.text.printable import printable
from ingest.text.words import is_number_or_hash

_MAYBE_H1 = re.compile(r"^[ \u200b\ufeff]{0,3}#(?!#)|^ {0,3}=+[ \t]*$", re.MULTILINE)
_LONGEST = 40  # characters of a first line that can be a title
_SENTENCE = re.compile(r"[。；;，,：:！!、]|\.$")


def title_of(path: str, text: str, body_start: int) -> str:
    """The title of a note that says none: its first line where that is the only heading of the first level, or where
    its file's name is a number or a hash; else the file's name.
    """
    name = printable(without_id(PurePosixPath(path).stem))
    first, _, rest = text[body_start:].lstrip().partition("\n")
    if _MAYBE_H1.search(first + "\n" + rest.partition("\n")[0]):
        lines = [
            line for line in typed_lines(text, body_start) if line.kind not in (LineKind.BLANK, LineKind.FRONT_MATTER)
        ]
        chapters = [line for line in lines if line.kind is LineKind.HEADING and line.level == 1]
        if len(chapters) == 1 and chapters[0] is lines[0]:
            return heading_words(first) or name
    alone = not rest.partition("\n")[0].strip()
    if is_number_or_hash(name) and alone and 0 < len(first) <= _LONGEST and not _SENTENCE.search(first):
        return heading_words(first) or name
    return name
