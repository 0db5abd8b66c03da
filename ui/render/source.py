"""What the source pane shows: which note, where it is marked, and how one gets from a citation to the next."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote, unquote

from ingest.schema import Note, Place, Section
from ingest.text.markup import heading_words, link_parts
from ingest.text.printable import printable
from ingest.text.words import bare
from rag.history.freshness import Fate, fate
from rag.records import Excerpt, Sentence, Source
from ui.backend.protocol import Library
from ui.render.images import NoteImages
from ui.render.markdown import inline
from ui.render.note import RenderedNote, Span, marked_html, render_note
from ui.render.turn import evidence_of, place
from ui.words import Words


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open in the pane: citation `cite` of turn `turn`, or the note `path` from `line` on.

    A citation is `s3.1` (sentence 3 of the text, source 1), `e0.2` (part 0 of the evidence, which is of source 2) or
    `n.2` (source 2 itself).
    `now` shows the file as it is on the disk instead of as it was indexed.
    """

    turn: int = -1
    cite: str = ""
    path: str = ""
    line: int = 1
    now: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """The sentences and sources that a turn's citations point to."""

    sentences: tuple[Sentence, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    sources: tuple[Source, ...] = ()
    generation: str = ""  # of the index that was asked
    question: str = ""  # that stands alone; '' while it is being answered

    def fate(self, cite: str, library: Library) -> Fate | None:
        """How the citation's source stands in `library`; None in the generation that was asked."""
        source = self.source(cite)
        if source is None or self.generation in ("", library.generation):
            return None
        return fate(source, library.notes, library.sections)

    def source(self, cite: str) -> Source | None:
        """The source that a citation leads to."""
        number = cite.rpartition(".")[2]
        return next((s for s in self.sources if str(s.n) == number), None)

    def sentence(self, cite: str) -> Sentence | None:
        """The sentence that a citation stands in, if it stands in one."""
        index = cite[1:].partition(".")[0]
        known = cite.startswith("s") and index.isdecimal() and int(index) < len(self.sentences)
        return self.sentences[int(index)] if known else None

    def excerpt(self, cite: str) -> Excerpt | None:
        """The part of the evidence that a citation stands over, if it does."""
        index = cite[1:].partition(".")[0]
        known = cite.startswith("e") and index.isdecimal() and int(index) < len(self.excerpts)
        return self.excerpts[int(index)] if known else None

    def order(self, cite: str) -> list[str]:
        """All citations of the same kind as `cite`, in the order of reading."""
        if cite.startswith("n"):
            return [f"n.{source.n}" for source in self.sources]
        if cite.startswith("e"):
            return [f"e{i}.{excerpt.n}" for i, excerpt in enumerate(self.excerpts)]
        return [f"s{i}.{n}" for i, sentence in enumerate(self.sentences) for n in dict.fromkeys(sentence.citations)]


def spans_of(cited: Cited, cite: str, note: Note) -> tuple[Span, ...]:
    """What to mark in `note` for a citation: the evidence, or else the passages that were found, or the whole source.

    The offsets are those of the generation that was asked; in a note that has changed since, the same words are looked
    for, and what is not there any more is not marked.
    """
    source = cited.source(cite)
    if source is None:
        return ()
    sentence = cited.sentence(cite)
    evidence = evidence_of(sentence, source.n) if sentence else ()
    if evidence:
        return _found_again(note, [(e.start, e.quote) for e in evidence], "evidence")
    if excerpt := cited.excerpt(cite):
        quoted = [(a, source.text[a - source.start : b - source.start]) for a, b in excerpt.marked]
        return _found_again(note, quoted, "evidence")
    passages = [(hit.passage.start, hit.passage.text) for hit in source.hits]
    return _found_again(note, passages or [(source.start, source.text)], "passage")


def _found_again(
    note: Note, wanted: Sequence[tuple[int, str]], kind: Literal["evidence", "passage"]
) -> tuple[Span, ...]:
    """Where each text stands in the note: at its offset, or else where the note has it first."""
    spans = []
    for start, text in wanted:
        at = start if note.text.startswith(text, start) else note.text.find(text)
        if at >= 0:
            spans.append(Span(at, at + len(text), kind))
    return tuple(spans)


def linked_note(library: Library, origin: str, target: str) -> Opened | None:
    """Where a link of a note leads: `other.md`, `../a/b.md#heading`, or Obsidian's `[[name#heading]]` and `[[name#^block]]`.

    Only notes of the index are found, so that no link leads out of the notes folder.
    """
    name, *below = link_parts(unquote(target))
    path = _find_path(library, origin, name) if name else origin
    if path not in library.notes:
        return None
    return Opened(path=path, line=_line_of(library, path, below) if below else 1)


def _line_of(library: Library, path: str, below: Sequence[str]) -> int:
    """The line of a heading, below others where they are named too, or of the block with an id; 1 when there is none."""
    if below[-1].startswith("^"):
        return _line_of_block(library.notes[path], below[-1])
    lines = library.notes[path].text.split("\n")
    for form in (_loose, bare):  # as it is written, or as addresses have it: in small letters with hyphens
        wanted = [form(heading_words(part)) for part in below]
        for section in library.sections_of(path):
            *above, heading = (form(part) for part in section.heading_path)
            if heading == wanted[-1] and set(wanted[:-1]) <= set(above):
                own = enumerate(lines[section.start_line - 1 : section.end_line], start=section.start_line)
                # Bare headings above the section's own may come first.
                return next((n for n, line in own if form(heading_words(line)) == heading), section.start_line)
    return 1


def _line_of_block(note: Note, block_id: str) -> int:
    """The line that ends with the id; the one before, where the id stands below its block."""
    match = re.search(rf"(?:^|[ \t]){re.escape(block_id)}[ \t]*$", note.text[note.body_start :], re.MULTILINE)
    return note.text[: note.body_start + match.start()].rstrip().count("\n") + 1 if match else 1


def _loose(text: str) -> str:
    return " ".join(text.casefold().split())


@functools.lru_cache(maxsize=24)
def rendered(note: Note, corpus: Path) -> RenderedNote:
    """A note, rendered; the last few stay in memory."""
    return render_note(note, NoteImages(corpus, note.path))


@dataclass(frozen=True, slots=True)
class PaneContent:
    """A note as the pane gets it, and what frames it."""

    note: Note
    spans: tuple[Span, ...]
    opened: Opened
    order: tuple[str, ...] = ()
    source: Source | None = None
    outline: tuple[Section, ...] = ()
    notice: str = ""
    switch: str = ""
    opener: bool = False  # whether the system can open the file
    section: Section | None = None  # where the source is now, when the notes have been indexed anew since
    marks: tuple[tuple[str, str, bool], ...] = ()  # what may be said of the source: action, label, whether it is said


def pane_data(content: PaneContent, corpus: Path, link: str, words: Words) -> Mapping[str, Any]:
    """The data of the pane's component (`ui/pane.js`)."""
    opened, note = content.opened, content.note
    line = _first_line(content)
    at = content.order.index(opened.cite) + 1 if opened.cite in content.order else 0
    where = [words.place(note.places.at(*_lines(content)))] if content.source else []
    head = {
        "title": inline(note.title),
        "place": inline(place(content.section or content.source, words)) if content.source else "",
        "path": " · ".join([printable(note.path), *where]),
        "count": len(content.order),
        "at": at,
        "notice": content.notice,
        "switch": content.switch,
        "section": next((s.start_line for s in reversed(content.outline) if s.start_line <= line), 0),
        "link": link,
        "editors": _editors(corpus, note.path, note.places.at(line, line), words),
        "system": words("open_system") if content.opener else "",
        "marks": [list(mark) for mark in content.marks],
        "outline": [_outline_item(section) for section in content.outline],
    }
    labels = ("pane", "back", "previous", "next", "outline", "more", "copy_link", "copied")
    return {
        "head": head,
        "html": marked_html(rendered(note, corpus), content.spans, NoteImages(corpus, note.path)),
        "line": line,
        "view": f"{opened.turn}/{opened.cite}/{printable(opened.path)}/{line}/{opened.now}",
        "turn": str(opened.turn),
        "focus": True,
        "labels": {label: words(label) for label in labels},
    }


def _outline_item(section: Section) -> list[int | str]:
    """Depth below the title, heading as HTML, line."""
    return [max(len(section.heading_path) - 2, 0), inline(section.heading_path[-1]), section.start_line]


def _first_line(content: PaneContent) -> int:
    if content.spans:
        return content.note.text.count("\n", 0, content.spans[0].start) + 1
    return (content.section or content.source).start_line if content.source else content.opened.line


def _lines(content: PaneContent) -> tuple[int, int]:
    """Lines of what is marked as evidence, else of the whole source."""
    evidence = [span for span in content.spans if span.kind == "evidence"]
    if evidence:
        text = content.note.text
        first = text.count("\n", 0, min(span.start for span in evidence)) + 1
        return first, text.count("\n", 0, max(span.end - 1 for span in evidence)) + 1
    where = content.section or content.source
    return (where.start_line, where.end_line) if where else (1, 1)


def _editors(corpus: Path, path: str, place: Place, words: Words) -> list[list[str]]:
    """Links that open the file in an editor of this machine: label and address."""
    line = f":{place.first}" if place.unit == "line" else ""
    file = str(corpus.resolve() / path)
    return [
        [words("open_obsidian"), f"obsidian://open?path={quote(file, safe='', errors='surrogateescape')}"],
        [words("open_vscode"), f"vscode://file{quote(file, errors='surrogateescape')}{line}"],
    ]


def _find_path(library: Library, origin: str, name: str) -> str:
    """The note that a link names: relative to the note that it stands in, to the folder, by its name or the end of its
    path, by an alias, or by its title."""
    near = _joined(PurePosixPath(origin).parent, name)
    for candidate in (near, _joined(PurePosixPath(), name)):
        for path in (candidate, candidate + ".md", candidate + ".txt"):
            if path in library.notes:
                return path
    wanted, notes = _loose(name), library.notes
    ways: tuple[Callable[[Note], bool], ...] = (
        lambda note: _ends_with(note.path, wanted),
        lambda note: wanted in map(_loose, note.aliases),
        lambda note: wanted == _loose(note.title),
    )
    found = (sorted((path for path in library.called(name) if way(notes[path])), key=len) for way in ways)
    return next((paths[0] for paths in found if paths), "")


def _ends_with(path: str, wanted: str) -> bool:
    """Whether a path, with or without its ending, is this or ends with it."""
    whole = _loose(path)
    return any(f"/{form}".endswith(f"/{wanted}") for form in (whole, whole.removesuffix(PurePosixPath(whole).suffix)))


def _joined(folder: PurePosixPath, name: str) -> str:
    """`folder/name` with `..` resolved; what climbs out of the corpus comes out as no note's path."""
    parts: list[str] = []
    for part in (folder / name.lstrip("/")).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
