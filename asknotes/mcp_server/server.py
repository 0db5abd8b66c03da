"""The MCP server: five tools and the notes as resources. Nothing that it offers writes."""

import functools
from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from anyio import to_thread
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.types import INTERNAL_ERROR, Resource, ToolAnnotations
from pydantic import Field

from asknotes.forms import (
    NOTE_URI,
    Answered,
    Best,
    CheckedSentences,
    FoundPassages,
    ListedNotes,
    NotesAnswer,
    Only,
    QuestionText,
    SectionText,
    TextToCheck,
    answer_form,
    checked_form,
    list_form,
    note_uri,
    passages_form,
    section_form,
)
from asknotes.library import Library
from ingest.errors import AskNotesError, UnknownPlace

P = ParamSpec("P")
R = TypeVar("R")

INSTRUCTIONS = (
    "The user's own notes, on their machine. Search before you answer what they may have written about; cite path and lines. "
    "search_notes finds passages, read_section shows the section around one, ask_notes answers from the notes alone with "
    "checked citations (or says that they do not answer), check_text holds your own sentences against them."
)
RESOURCES = 1000  # notes that are listed as resources; list_notes pages through all
_MARKDOWN = "text/markdown"
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class NotesServer(MCPServer[None]):
    """MCP over a library. `streamable_http_app()` is to stand behind `asknotes.access.Guard`."""

    def __init__(self, library: Library, version: str = "") -> None:
        super().__init__("asknotes", title="AskNotes", instructions=INSTRUCTIONS, version=version, log_level="WARNING")
        self._library = library
        for tool in (self.search_notes, self.read_section, self.ask_notes, self.check_text, self.list_notes):
            self.add_tool(_told(tool), annotations=_READS)
        read = self.resource(
            NOTE_URI, name="note", description="A note as it was indexed, by its path.", mime_type=_MARKDOWN
        )
        read(self.read_note)

    def search_notes(self, question: QuestionText, k: Best = 10, only: Only | None = None) -> FoundPassages:
        """The passages of the user's notes that fit a question, best first. Fast: no language model is asked."""
        return passages_form(self._library.notes().search(question, k, only=only or ()))

    def read_section(
        self,
        section_id: Annotated[str, Field(description="from search_notes, ask_notes or list_notes")] = "",
        path: Annotated[str, Field(description="or a note")] = "",
        line: Annotated[int, Field(ge=1, description="and a line of it")] = 1,
        start: Annotated[int, Field(ge=0, description="`next_start` of the page before")] = 0,
    ) -> SectionText:
        """A section of a note as it stands, by its id, or by path and line; with the ids of the ones before and behind."""
        return section_form(*self._library.section(section_id, path, line), start)

    def ask_notes(
        self,
        question: QuestionText,
        only: Only | None = None,
        write: Annotated[
            bool, Field(description="let AskNotes' own model sum up; slow where it is a local one")
        ] = False,
    ) -> NotesAnswer:
        """What the notes say on a question: the sentences that answer, quoted, each with its source; or that they do not."""
        return answer_form(self._library.notes().ask(question, only=only or (), write=write))

    def check_text(
        self,
        text: TextToCheck,
        question: Answered = "",
    ) -> CheckedSentences:
        """Each sentence of a text against the notes: supported, contradicted or unsupported, with the words that say so."""
        return checked_form(self._library.notes().check(text, question))

    def list_notes(
        self,
        only: Only | None = None,
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=500)] = 100,
    ) -> ListedNotes:
        """The notes by path, with titles, tags and sizes; of a single one its headings too."""
        return list_form(self._library.listed(only or ()), offset, limit)

    def read_note(self, path: str) -> str:
        """The text of a note."""
        try:
            return self._library.note(path).text
        except UnknownPlace as error:
            raise ResourceNotFoundError(str(error)) from error
        except AskNotesError as error:
            raise ResourceError(str(error)) from error

    async def list_resources(self) -> list[Resource]:
        """The first notes, by path; the template reaches every one."""
        try:
            notes = (await to_thread.run_sync(self._library.notes)).index.notes
        except AskNotesError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        return [
            Resource(uri=note_uri(path), name=path, title=notes[path].title, mime_type=_MARKDOWN)
            for path in sorted(notes)[:RESOURCES]
        ]


def _told(tool: Callable[P, R]) -> Callable[P, R]:
    """The tool, whose stated errors the assistant reads."""

    @functools.wraps(tool)
    def telling(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return tool(*arguments, **options)
        except AskNotesError as error:
            raise ToolError(str(error)) from error

    return telling
