"""What a model may do in the notes, one step at a time: search, open a section, list notes, compare two. Nothing writes.

Each step gives a text for the model and keeps what it found; sections go by short names (`s1`), which cost few tokens.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, ValidationError

from ingest.errors import UnknownPlace
from ingest.messages import Message, first_fault
from ingest.schema import Section
from ingest.text.scripts import Language
from rag.question.scope import paths_in
from rag.records import Hit, Look
from rag.search.related import SectionVectors
from rag.search.retriever import HybridRetriever

_HITS = 10  # of a search, that are looked at
_SHOWN = 5  # sections of a search that the model is told
_START = 160  # characters of each that it is told
_OPENED = 1200  # and of one that it opens
_LISTED = 60  # notes
_GIVEN = 500  # characters of what it gives that are shown

QuestionText = Annotated[str, Field(min_length=1, max_length=500, description="one whole question about one thing")]
SectionName = Annotated[str, Field(description="a section that was found, such as s3")]
Folder = Annotated[str, Field(description="a folder such as papers/; empty: all notes")]
NotePath = Annotated[str, Field(description="a note, as list_notes or search_notes name it")]


def shown_arguments(given: Mapping[str, Any] | None) -> str:
    """What a call gives, as it is shown."""
    return "; ".join(map(str, (given or {}).values()))[:_GIVEN]


class Looks:
    """The steps for one question. `searches` are the questions that were searched with their hits, `opened` the sections, `steps` what
    was done in order."""

    def __init__(
        self, retriever: HybridRetriever, only: Sequence[str], tongue: Language, answers: Callable[[str], bool]
    ) -> None:
        """`answers` tells whether the notes seem to answer a question: of a search that they do not, nothing is kept."""
        self._retriever, self._index, self._only, self.tongue = retriever, retriever.index, tuple(only), tongue
        self._answers, self._near = answers, SectionVectors(self._index)
        self._names: dict[str, str] = {}  # of a section, by its id
        self.searches: list[tuple[str, list[Hit]]] = []
        self.opened: list[Section] = []
        self.steps: list[Look] = []
        self._new: list[str] = []
        steps = (self.search_notes, self.read_section, self.list_notes, self.compare_notes)
        self._tools = {step.__name__: StructuredTool.from_function(step) for step in steps}

    @property
    def tools(self) -> list[Mapping[str, Any]]:
        """What the model is offered, in OpenAI's form."""
        return [convert_to_openai_tool(tool) for tool in self._tools.values()]

    def run(self, name: str, given: Mapping[str, Any] | None) -> tuple[Look, str]:
        """One step, and what the model is told of it; `given` is None where it was no JSON object."""
        self._new = []
        shown = shown_arguments(given)
        if name not in self._tools:
            said = f"There is no tool {name[:50]!r}; there are {', '.join(self._tools)}."
            return Look(name[:50], shown, fault=Message("agent.no_tool").told(self.tongue)), said
        try:
            if given is None:
                raise ValueError("the arguments are no JSON object")
            said = str(self._tools[name].invoke(dict(given)))
        except (UnknownPlace, ValueError) as error:
            why = first_fault(error) if isinstance(error, ValidationError) else str(error)
            return Look(name, shown, fault=Message("agent.arguments").told(self.tongue)), f"Error: {why}"
        return Look(name, shown, tuple(self._new)), said

    def first(self, hits: Sequence[Hit]) -> str:
        """What was found before the model began, as it is told."""
        said = self._told_of(hits)
        self._new = []
        return said

    def search_notes(self, question: QuestionText) -> str:
        """Search the notes by meaning and words; gives the sections that fit best, with their beginnings."""
        hits = self._retriever.found(self._retriever.as_typed(question, self._only), _HITS)
        said = self._told_of(hits)
        if self._answers(question):
            self.searches.append((question, hits))
            return said
        self._new = []
        return f"The notes do not seem to answer this; the nearest:\n{said}"

    def read_section(self, section: SectionName) -> str:
        """Open a section that was found, to read it whole."""
        wanted = next((one for one, name in self._names.items() if name == section.strip()), None)
        if wanted is None:
            raise ValueError(f"no section {section[:20]!r} was found")
        found = self._index.sections[wanted]
        if found not in self.opened:
            self.opened.append(found)
        return self._index.notes[found.path].text[found.start : found.end].strip()[:_OPENED]

    def list_notes(self, folder: Folder = "") -> str:
        """The notes by path, with their titles."""
        notes = self._index.notes
        allowed = paths_in(self._only, notes) if self._only else notes
        paths = sorted(path for path in allowed if path.startswith(folder))
        lines = [f"{path} — {notes[path].title}" for path in paths[:_LISTED]]
        return "\n".join([f"{len(paths)} notes", *lines])

    def compare_notes(self, one: NotePath, other: NotePath) -> str:
        """Which sections of two notes are about the same, and which stand in one alone."""
        if self._only and not {one, other} <= paths_in(self._only, self._index.notes):
            raise ValueError("these notes are not among those that are asked")
        compared = self._near.compare(one, other)
        both = [f"{self._name(a)} ~ {', '.join(map(self._name, others))}" for a, others in compared.pairs[:_LISTED]]
        alone = [f"only {self._name(a)}" for a in (*compared.only_one, *compared.only_other)[:_LISTED]]
        return "\n".join([*both, *alone]) or "nothing"

    def _told_of(self, hits: Sequence[Hit]) -> str:
        best: dict[str, Hit] = {}
        for hit in hits:
            best.setdefault(hit.passage.section_id, hit)
        lines = []
        for section, hit in list(best.items())[:_SHOWN]:
            start = " ".join(hit.passage.text.split())[:_START]
            lines.append(f"{self._name(self._index.sections[section])} ({hit.passage.path}): {start}")
        return "\n".join(lines) or "nothing"

    def _name(self, section: Section) -> str:
        heading = " > ".join(section.heading_path[-2:])
        if section.id not in self._names:
            self._names[section.id] = f"s{len(self._names) + 1}"
            self._new.append(heading)
        return f"{self._names[section.id]} {heading}"
