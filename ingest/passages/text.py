"""What of a passage is embedded, and what BM25 indexes."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from ingest.schema import Passage
from ingest.text.markup import link_targets, plain
from ingest.text.words import day_of, day_words, is_number_or_hash


def embedding_text(passage: Passage) -> str:
    """What is embedded: the heading path, the columns of a table that goes on, then the passage's words."""
    columns = plain(passage.columns) + "\n" if passage.columns else ""
    return heading_text(passage.heading_path) + "\n" + columns + body_text(passage)


def keyword_text(passage: Passage, embedded: str | None = None) -> str:
    """What BM25 indexes: as `embedding_text` (`embedded`, when it is known), the words of the headings counted twice, what
    links lead to, and the day of a daily note."""
    words = embedding_text(passage) if embedded is None else embedded
    return "\n".join([heading_text(passage.heading_path), words, *link_targets(passage.text), *_day(passage.path)])


@lru_cache(maxsize=16)
def _day(path: str) -> tuple[str, ...]:
    day = day_of(PurePosixPath(path).stem)
    return (day_words(day),) if day else ()


def heading_text(heading_path: Sequence[str]) -> str:
    """The heading path as people say it; a title that is only a file's number or hash says nothing."""
    return " > ".join(part for part in heading_path if not is_number_or_hash(part))


def body_text(passage: Passage) -> str:
    """The passage's words without the markup."""
    return re.sub(r"\n{2,}", "\n", plain(passage.text)).strip()
