"""Notes that stay open for a server: asked from threads, and followed to each new generation of their index."""

import threading
from collections.abc import Sequence

from ingest.config import Settings
from ingest.errors import UnknownPlace
from ingest.index.read import NotesIndex, current_generation
from ingest.progress import Report, silent
from ingest.schema import Note, Section
from rag.model.probe import Probed
from rag.open import Notes, model_here, notes_over, open_retriever, probe_model
from rag.question.scope import paths_in
from rag.search.retriever import QuestionEmbedder


class Library:
    """The index of the settings. Opened with the first question; no model is fetched for the answers."""

    def __init__(self, settings: Settings, report: Report = silent, embeddings: QuestionEmbedder | None = None) -> None:
        """`embeddings` are those of the settings when they are not given."""
        self.settings, self._embeddings = settings, embeddings
        self._report = report
        self._opening = threading.Lock()
        self._notes: Notes | None = None

    def notes(self) -> Notes:
        """The notes as they were last indexed. Raises NotesIndexError; ModelError when the notes cannot be searched."""
        with self._opening:
            opened = self._notes
            if opened is None:
                retriever = open_retriever(self.settings, self._report, self._embeddings, marks=True)
                retriever.embeddings.encode_queries(["?"])  # loaded by one thread: its libraries break with two
                self._notes = opened = notes_over(retriever, model_here(self.settings), self.settings)
            elif (current_generation(self.settings.index) or "") != opened.index.pointed:
                embeddings = opened.retriever.embeddings
                retriever = open_retriever(self.settings, self._report, embeddings, opened.index, marks=True)
                self._notes = opened = notes_over(retriever, opened.model, self.settings)
            return opened

    def probe(self) -> Probed:
        """Ask the endpoint of the settings for one token; the index is not opened. Raises ConfigError, EndpointError."""
        return probe_model(self.settings)

    def listed(self, only: Sequence[str] = ()) -> list[tuple[Note, list[Section]]]:
        """The notes, by path, each with its sections; `only` restricts them (patterns of `rag.question.scope`).

        Raises:
            ScopeError: no note is left.
        """
        index = self.notes().index
        wanted = paths_in(only, index.notes) if only else index.notes
        return [(index.notes[path], index.sections_of(path)) for path in sorted(wanted)]

    def note(self, path: str) -> Note:
        """A note as it was indexed. Raises UnknownPlace."""
        note = self.notes().index.notes.get(path)
        if note is None:
            raise UnknownPlace("place.no_note", path=path)
        return note

    def section(self, section_id: str = "", path: str = "", line: int = 1) -> tuple[Note, list[Section], int]:
        """A section by its id, or by a line (from 1) of a note: the note, all its sections, and which one it is.

        Raises:
            UnknownPlace: there is no such section.
        """
        index = self.notes().index
        section = index.sections.get(section_id) if section_id else _at(index, path, line)
        if section is None and section_id:
            raise UnknownPlace("place.no_section_id", section=section_id)
        if section is None:
            self.note(path)
            raise UnknownPlace("place.no_section", path=path, line=line)
        note = index.notes[section.path]
        beside = index.sections_of(note.path)
        return note, beside, beside.index(section)


def _at(index: NotesIndex, path: str, line: int) -> Section | None:
    own = index.sections_of(path) if path in index.notes else ()
    return next((one for one in own if one.start_line <= line <= one.end_line), None)
