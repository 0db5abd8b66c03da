"""What a note is called: by itself, by its one chapter heading, or by its file."""

import re
from pathlib import PurePosixPath

from ingest.notes.beside import without_id
from ingest.text.lines import LineKind, Structure
from ingest.text.markup import heading_words
from ingest.text.printable import printable
from ingest.text.words import is_number_or_hash

_MAYBE_H1 = re.compile(r"^[ \u200b\ufeff]{0,3}#(?!#)|^ {0,3}=+[ \t]*$", re.MULTILINE)
_NO_WORDS = (LineKind.BLANK, LineKind.FRONT_MATTER)
_LONGEST = 40  # characters of a first line that can be a title
_SENTENCE = re.compile(r"[。；;，,：:！!、]|\.$")


def title_of(path: str, note: Structure) -> str:
    """The title of a note that says none: its first line where that is the only heading of the first level, or where
    its file's name is a number or a hash; else the file's name.
    """
    name = printable(without_id(PurePosixPath(path).stem))
    first, _, rest = note.text[note.body_start :].lstrip().partition("\n")
    if _MAYBE_H1.search(first + "\n" + rest.partition("\n")[0]):
        chapters = [line for line, level in note.levels.items() if level == 1 and note.kinds[line] is LineKind.HEADING]
        if len(chapters) == 1 and all(kind in _NO_WORDS for kind in note.kinds[: chapters[0]]):
            return heading_words(first) or name
    alone = not rest.partition("\n")[0].strip()
    if is_number_or_hash(name) and alone and 0 < len(first) <= _LONGEST and not _SENTENCE.search(first):
        return heading_words(first) or name
    return name
