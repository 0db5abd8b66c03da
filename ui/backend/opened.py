"""An index as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.index.read import NotesIndex
from ingest.schema import Passage, Section
from ui.backend.protocol import Library


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenedLibrary(Library):
    """One that knows what stands in a note without looking through all."""

    index: NotesIndex = field(repr=False)

    def passages_of(self, path: str) -> Sequence[Passage]:
        """The passages of a note, in its order; none when there is no such note."""
        rows = self.index.passages_of(path) if path in self.index.notes else ()
        return [self.index.passages[row] for row in rows]

    def sections_of(self, path: str) -> Sequence[Section]:
        """The sections of a note, in its order; none when there is no such note."""
        return self.index.sections_of(path) if path in self.index.notes else ()


def opened_library(index: NotesIndex) -> Library:
    """The page's view of an open index."""
    return OpenedLibrary(
        generation=index.generation,
        built=index.built,
        notes=index.notes,
        sections=index.sections,
        passages=index.passages,
        embedding_model=index.manifest.model_id,
        size=index.manifest.size,
        overview=index.overview,
        notices=index.notices,
        index=index,
    )
