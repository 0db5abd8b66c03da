"""The notes page: folders and notes, search as one types, and a note with its outline and its passages."""

import functools
import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from ingest.schema import Kind, Note, Passage
from ingest.text.printable import printable
from rag.question.scope import pattern_of, tags_of
from rag.search.plain import FoundNote
from rag.search.related import Related
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.jobs.answers import Jobs
from ui.pages.pane import freshness
from ui.pages.vault.folder import draw_drop
from ui.pages.vault.related import related_items, related_to
from ui.render.images import NoteImages
from ui.render.note import passages_html
from ui.render.safe import label
from ui.render.source import Opened, PaneContent, linked_note, pane_data, rendered
from ui.words import Words

MOST_FOUND = 100  # notes in the list of those that were found
OPEN_UNTIL = 80  # notes up to which all folders are open at first
_QUERY = "find-note"


def draw_notes(backend: Backend, library: Library, jobs: Jobs, words: Words) -> None:
    """Draw the page; on a narrow screen either the list or the note."""
    opened = state.note()
    with st.container(key="notes"):
        left, right = st.columns([2, 5], gap="medium")
        with left:
            st.fragment(_draw_tree)(library, words)
        with right:
            if opened.path:
                _draw_note(backend, library, opened, words)
            else:
                st.html(f'<p class="an-hint">{html.escape(words("choose_note"))}</p>')
                draw_drop(backend, jobs, words)


def tree_html(notes: Mapping[str, Note], words: Words) -> str:
    """Folders and notes as nested lists, folders first."""
    top: dict[str, Any] = {}
    for path in notes:
        *folders, _ = path.split("/")
        level = top
        for folder in folders:
            level = level.setdefault(folder + "/", {})
        level[path] = notes[path]
    return _level(top, "", len(notes) <= OPEN_UNTIL, words)


def found_html(found: Sequence[FoundNote], query: str, words: Words) -> str:
    """The notes that were found, each with the line that holds the words."""
    if not found:
        hint = f'<p class="an-hint" role="status">{html.escape(words("no_note_found"))}</p>'
        asked = f'<button type="button" class="an-ask" data-question="1">{html.escape(words("ask_instead"))}</button>'
        return hint + ("" if query.strip().startswith("#") else asked)
    head = words("notes_found", n=len(found))
    ask = _ask_button(query.strip(), words) if query.strip().startswith("#") and " " not in query.strip() else ""
    items = "".join(_found_item(one) for one in found[:MOST_FOUND])
    return f'<p class="an-hint" role="status">{html.escape(head)}</p>{ask}<ul>{items}</ul>'


def note_data(
    library: Library, content: PaneContent, related: Sequence[Related], backend: Backend, words: Words
) -> dict[str, Any]:
    """The data of the pane's component for a whole note with its passages outlined, and what is related to it."""
    note, corpus = content.note, backend.settings.corpus
    data = dict(pane_data(content, corpus, "", words))
    tools = [[words("ask_note"), "ask"], [words("compare"), "compare"]]
    indexed = note is library.notes.get(note.path)
    if indexed:
        passages = library.passages_of(note.path)
        names = tuple(_passage_name(i, passage, words) for i, passage in enumerate(passages, start=1))
        data["html"] = _outlined(note, tuple(passages), names, corpus)
        tools.append([words("passages_shown", n=len(passages)), "cuts"])
    head = data["head"] | {"tools": tools, "cuts": indexed, "place": _day_and_tags(note)}
    head["related"] = related_items(related, words)
    return data | {"head": head, "labels": data["labels"] | {"back": words("close_note"), "related": words("related")}}


@functools.lru_cache(maxsize=8)
def _outlined(note: Note, passages: tuple[Passage, ...], names: tuple[str, ...], corpus: Path) -> str:
    """The note with its passages; a long one takes a while, and is drawn again with every click."""
    return passages_html(rendered(note, corpus), passages, names, NoteImages(corpus, note.path))


def _draw_tree(library: Library, words: Words) -> None:
    """A fragment, so that searching redraws the list alone; a choice asks for the whole page."""
    query = str(st.session_state.get(_QUERY, ""))

    def open_note(target: str) -> None:
        line, _, path = target.partition(":")
        state.open_note(Opened(path=path, line=int(line)))
        st.session_state["redraw"] = True

    def ask(pattern: str) -> None:
        state.show("", [pattern])
        st.session_state["redraw"] = True

    def question(_: str) -> None:
        state.ask(query.strip())
        st.session_state["redraw"] = True

    def find(text: str) -> None:
        st.session_state[_QUERY] = text

    if st.session_state.pop("redraw", False):
        st.rerun()
    if query.strip():
        shown = found_html(library.finder.find(query), query, words)
    else:
        shown = tree_html(library.notes, words) + _tag_list(library, words)
    labels = {"search": words("search_notes"), "notes": words("notes")}
    data = {"html": shown, "query": query, "open": state.note().path, "labels": labels}
    components.tree("note-tree", data, {"find": find, "open": open_note, "ask": ask, "question": question})


def _draw_note(backend: Backend, library: Library, opened: Opened, words: Words) -> None:
    note = library.notes.get(opened.path)
    if note is None:
        st.info(label(words("not_in_index", path=printable(opened.path))))
        return
    notice, switch = freshness(backend, note, words)
    if opened.now and switch:
        note, notice, switch = backend.current_note(note.path), words("now_shown"), words("show_indexed")
    outline = tuple(s for s in library.sections_of(note.path) if s.end > library.notes[note.path].body_start)
    content = PaneContent(note, (), opened, (), None, outline, notice, switch)

    related = related_to(backend, note.path)

    def act(what: Mapping[str, Any]) -> None:
        if what["do"] == "related" and what["n"] in range(len(related)):
            section = related[what["n"]].section
            state.open_note(Opened(path=section.path, line=section.start_line))
        elif what["do"] == "compare":
            state.compare(note.path, related[0].section.path if related else "")
        elif what["do"] == "close":
            state.open_note(Opened())
        elif what["do"] == "switch":
            state.open_note(replace(opened, now=not opened.now))
        elif what["do"] == "ask":
            state.show("", [pattern_of(note.path)])
        elif what["do"] == "note":
            found = linked_note(library, note.path, str(what["target"]))
            if found:
                state.open_note(found)

    with st.container(key="note"):
        components.pane("note-pane", note_data(library, content, related, backend, words), act)


def _level(level: Mapping[str, Any], prefix: str, opened: bool, words: Words) -> str:
    parts = []
    folders = sorted(name for name, inner in level.items() if isinstance(inner, dict))
    for name in folders:
        folder = prefix + name
        count = f'<span class="an-count">{_size(level[name])}</span>'
        ask = f"<li>{_ask_button(pattern_of(folder), words)}</li>"
        inner = _level(level[name], folder, opened, words).replace("<ul>", f"<ul>{ask}", 1)
        parts.append(
            f'<li><details data-folder="{html.escape(folder)}"{" open" if opened else ""}>'
            f"<summary>{html.escape(printable(name[:-1]))} {count}</summary>{inner}</details></li>"
        )
    notes = sorted(((path, note) for path, note in level.items() if isinstance(note, Note)), key=lambda pair: pair[0])
    parts += [f"<li>{_link(note, html.escape(printable(note.title)))}</li>" for _, note in notes]
    return f"<ul>{''.join(parts)}</ul>"


def _size(level: Mapping[str, Any]) -> int:
    return sum(_size(inner) if isinstance(inner, dict) else 1 for inner in level.values())


def _link(note: Note, inner: str, line: int = 1) -> str:
    path, shown = html.escape(note.path), html.escape(printable(note.path))
    return f'<a href="#" data-path="{path}" data-line="{line}" title="{shown}">{inner}</a>'


def _found_item(found: FoundNote) -> str:
    text, at = "", 0
    for start, end in found.marks:
        text += html.escape(found.excerpt[at:start]) + f"<mark>{html.escape(found.excerpt[start:end])}</mark>"
        at = end
    text += html.escape(found.excerpt[at:])
    count = f' <span class="an-count">{found.count}</span>' if found.count else ""
    inner = f'{html.escape(printable(found.note.title))}{count}<span class="an-excerpt">{text}</span>'
    return f"<li>{_link(found.note, inner, max(found.line, 1))}</li>"


def _ask_button(pattern: str, words: Words) -> str:
    label = words("ask_tag" if pattern.startswith("#") else "ask_folder")
    return f'<button type="button" class="an-ask" data-ask="{html.escape(pattern)}">{html.escape(label)}</button>'


def _tag_list(library: Library, words: Words) -> str:
    tags = tags_of(library.notes)
    if not tags:
        return ""
    items = "".join(
        f'<button type="button" class="an-tag" data-find="#{html.escape(tag)}">#{html.escape(tag)}</button>'
        for tag in tags
        if " " not in tag
    )
    label = html.escape(words("tags"))
    return f'<details data-folder="#"><summary>{label} <span class="an-count">{len(tags)}</span></summary>{items}</details>'


def _day_and_tags(note: Note) -> str:
    day = [note.day.isoformat()] if note.day else []
    return html.escape(" ".join([*day, *(f"#{tag}" for tag in note.tags)]))


def _passage_name(i: int, passage: Passage, words: Words) -> str:
    """What a passage's number says when it is pointed at."""
    name = words("passage_name", n=i, lines=words.lines(passage.start_line, passage.end_line), chars=len(passage.text))
    return name if passage.kind is Kind.PROSE else f"{name} · {words(f'kind_{passage.kind}')}"
