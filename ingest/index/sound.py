"""Whether what the files of a generation hold fits together: type, shape and range of all that a search relies on.

Checksums find accidents. This keeps files that somebody made, or another version, from answering nonsense or ending the
process; whether their texts are true to the notes it cannot tell. Every function raises ValueError.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ingest.index.bm25 import Bm25Index
from ingest.passages.overview import Overview
from ingest.schema import Note, Passage, PlaceUnit, Section


def require(true: object, what: str) -> None:
    """Raise ValueError, naming what is wrong, unless `true`."""
    if not true:
        raise ValueError(what)


def check_records(
    notes: Mapping[str, Note], sections: Mapping[str, Section], passages: Sequence[Passage], hashes: Mapping[str, str]
) -> None:
    """`hashes` are those of the manifest, by path."""
    require({path: note.sha256 for path, note in notes.items()} == hashes, "other notes than the manifest's")
    for note in notes.values():
        words = (note.path, note.title, note.text, *note.tags, *note.aliases)
        numbers = [number for pair in note.places.starts for number in pair]
        require(_all(words, str) and _all((note.body_start, *numbers), int), "a note of another type")
        require(0 <= note.body_start <= len(note.text), "a note that begins outside of its text")
        require(note.places.unit in get_args(PlaceUnit), "a place of another kind")
    parts: Sequence[Section | Passage] = (*sections.values(), *passages)
    kinds = dict.fromkeys(("id", "path"), str) | dict.fromkeys(("start", "end", "start_line", "end_line"), int)
    for name, kind in (kinds | {"inferred": bool}).items():  # name by name: ten times as fast as record by record
        require(_all(map(attrgetter(name), parts), kind), f"{name} of another type")
    require(_all((passage.columns for passage in passages), str), "a table of another type")
    headings = {part.heading_path for part in parts}
    require(() not in headings and _all((word for path in headings for word in path), str), "a heading of another type")
    length = {path: len(note.text) for path, note in notes.items()}
    for part in parts:
        inside = 0 <= part.start <= part.end <= length[part.path]
        require(inside and 1 <= part.start_line <= part.end_line, "a span outside of its note")


def check_overview(overview: Overview) -> None:
    """The words that the page shows first."""
    require(_all((*overview.topics, *overview.questions, *overview.headings), str), "an overview of another type")


def _all(values: Iterable[object], kind: type) -> bool:
    return set(map(type, values)) <= {kind}


def check_bm25(bm25: Bm25Index) -> None:
    """The postings name passages that are there, and every figure is a number."""
    kinds = {"idf": "f8", "starts": "i8", "passages": "i4", "counts": "f4", "lengths": "f8"}
    for name, kind in kinds.items():
        array = getattr(bm25, name)
        require(array.dtype == np.dtype(f"<{kind}") and array.ndim == 1, f"{name} of another type")
        require(np.isfinite(array).all(), f"{name} that are no numbers")
    terms, starts = len(bm25.vocabulary), bm25.starts
    require(_all(bm25.vocabulary, str) and [*bm25.vocabulary.values()] == [*range(terms)], "terms that are none")
    require(len(bm25.idf) == terms and len(starts) == terms + 1, "another number of terms")
    require(starts[0] == 0 and starts[-1] == len(bm25.passages) == len(bm25.counts), "another number of postings")
    require((np.diff(starts) >= 0).all(), "postings that overlap")
    require(_within(bm25.passages, len(bm25.lengths)), "postings of no passage")
    require((bm25.lengths >= 0).all() and (bm25.counts > 0).all(), "passages of no length")


def check_tokens(ids: npt.NDArray[Any], bm25: Bm25Index) -> None:
    """The tokens are as many as the passages are long, and each is a term."""
    require(ids.dtype == np.int32 and ids.ndim == 1 and len(ids) == bm25.lengths.sum(), "another number of tokens")
    require(_within(ids, len(bm25.vocabulary)), "tokens that are no terms")


def _within(numbers: npt.NDArray[Any], end: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < end)


def check_vectors(vectors: npt.NDArray[Any]) -> None:
    """As many as are told is seen where the files are compared with the manifest; these are numbers."""
    require(vectors.dtype == np.float32 and vectors.ndim == 2, "vectors of another type")
    with np.errstate(over="ignore", invalid="ignore"):
        require(np.isfinite(np.vdot(vectors, vectors)), "vectors that are no numbers")
