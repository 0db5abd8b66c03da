"""What is sent of a generation: one row for each passage."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ingest.index.blocks.block import Block
from ingest.index.blocks.postings import Postings
from ingest.index.manifest import Manifest
from ingest.index.read import NotesIndex

MOST_BYTES = 65_535  # of a text in Milvus
_VERSION = 16  # hexadecimal digits

Row = dict[str, Any]


def rows(index: NotesIndex, paths: Collection[str]) -> Iterator[Row]:
    """The rows of these notes, in order."""
    for block in index.blocks:
        wanted = [number for number, (path, _) in enumerate(block.notes) if path in paths]
        if wanted:
            words = _words(block.postings)
            for note in wanted:
                version = _version(index.manifest, block.notes[note][1])
                yield from (_row(block, row, words[row], version) for row in block.passages_of(note))


def wanted(index: NotesIndex) -> Mapping[str, tuple[str, int]]:
    """By path as it is sent: the version of each note and how many passages it has."""
    held = index.manifest.notes.items()
    return {sent(path): (_version(index.manifest, sha), len(index.passages_of(path))) for path, sha in held}


def sent(text: str) -> str:
    """A text as Milvus takes it: without lone surrogates (of a file's name), and no longer than it may be."""
    data = text.encode("utf-8", "backslashreplace")[:MOST_BYTES]
    return data.decode("utf-8", "ignore")


def coded(tokens: Iterable[str]) -> str:
    """Tokens as words of hexadecimal digits, which no analyzer cuts in another way: `c++` stays one, and so does `学习率`.

    Of a passage that is too long the last words are left out.
    """
    text = " ".join(token.encode("utf-8", "surrogatepass").hex() for token in tokens)
    return text if len(text) <= MOST_BYTES else text[:MOST_BYTES].rpartition(" ")[0]


def _row(block: Block, row: int, tokens: list[str], version: str) -> Row:
    passage = block.passage(row)
    return {
        "id": passage.id,
        "path": sent(passage.path),
        "section": passage.section_id,
        "headings": [sent(heading) for heading in passage.heading_path],
        "text": sent(passage.text),
        "first_line": passage.start_line,
        "last_line": passage.end_line,
        "kind": str(passage.kind),
        "version": version,
        "tokens": coded(tokens),
        "dense": block.vectors[row].tolist(),
    }


def _words(postings: Postings) -> list[list[str]]:
    """The tokens of each passage; BM25 does not ask in which order."""
    words: list[list[str]] = [[] for _ in postings.lengths]
    terms = np.repeat(np.arange(len(postings.terms)), np.diff(postings.starts)).tolist()
    for term, row, count in zip(terms, postings.rows.tolist(), postings.counts.tolist(), strict=True):
        words[row] += [postings.terms[term]] * count
    return words


def _version(manifest: Manifest, sha256: str) -> str:
    """Another one whenever the rows of a note may be others: by its bytes and what it is split with."""
    p = manifest.parameters
    parts = [sha256, p.splitter, p.encodings, p.passage_chars, sorted(p.converters.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_VERSION]
