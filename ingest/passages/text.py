"""What of a passage is embedded, by itself and by sentences, and what BM25 indexes."""

import re
from collections.abc import Sequence

from ingest.schema import Kind, Passage
from ingest.text.markup import link_targets, plain
from ingest.text.sentences import COARSE_END
from ingest.text.words import is_number_or_hash

SENTENCE_CHARS = 15  # a shorter one is a label or a number


def embedding_text(passage: Passage) -> str:
    """What is embedded: the heading path, the columns of a table that goes on, then the passage's words."""
    columns = plain(passage.columns) + "\n" if passage.columns else ""
    return heading_text(passage.heading_path) + "\n" + columns + body_text(passage)


def sentences(passage: Passage) -> list[str]:
    """What of a passage's words is also embedded by itself: its sentences, and its headings' lines.

    None of lists of questions or links, which would say what every question says, nor one that is all there is.
    """
    if passage.kind is not Kind.PROSE:
        return []
    pieces = [piece.strip() for piece in COARSE_END.split(body_text(passage))]
    long = [piece for piece in pieces if len(piece) >= SENTENCE_CHARS]
    return long if len(long) > 1 else []


def keyword_text(passage: Passage) -> str:
    """What BM25 indexes: as `embedding_text`, the words of the headings counted twice, and what links lead to."""
    targets = "\n".join(link_targets(passage.text))
    return f"{heading_text(passage.heading_path)}\n{embedding_text(passage)}" + (f"\n{targets}" if targets else "")


def heading_text(heading_path: Sequence[str]) -> str:
    """The heading path as people say it; a title that is only a file's number or hash says nothing."""
    return " > ".join(part for part in heading_path if not is_number_or_hash(part))


def body_text(passage: Passage) -> str:
    """The passage's words without the markup."""
    return re.sub(r"\n{2,}", "\n", plain(passage.text)).strip()
