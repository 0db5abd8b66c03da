"""The source pane beside the conversation."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ingest.errors import NoteError
from ingest.schema import Note, Section
from ingest.text.printable import printable
from rag.history.freshness import Freshness
from rag.records import Source
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.render.source import Cited, Opened, PaneContent, linked_note, pane_data, spans_of
from ui.words import Words


def draw_pane(backend: Backend, library: Library, opened: Opened, cited: Cited, words: Words) -> None:
    """Draw the pane for what is opened; a note that the index does not have says so."""
    content = _content(backend, library, opened, cited, words)

    def act(what: Mapping[str, Any]) -> None:
        if what["do"] == "close":
            state.open_source(None)
        elif what["do"] == "switch":
            state.open_source(replace(opened, now=not opened.now))
        elif what["do"] == "step" and opened.cite in content.order:
            at = content.order.index(opened.cite) + int(what["by"])
            if 0 <= at < len(content.order):
                state.open_source(replace(opened, cite=content.order[at], now=False))
        elif what["do"] == "mark" and content.source:
            _mark(backend, cited.question, _as_now(content.source, content.section), what["what"] == "good", words)
        elif what["do"] == "edit" and content.note.path in library.notes:
            backend.open_file(content.note.path)
        elif what["do"] == "note":
            found = linked_note(library, content.note.path, str(what["target"]))
            if found:
                state.open_source(replace(found, turn=opened.turn))

    with st.container(key="pane"):
        data = pane_data(content, backend.settings.corpus, state.link_to(opened), words)
        components.pane("source-pane", data, act)


def _content(backend: Backend, library: Library, opened: Opened, cited: Cited, words: Words) -> PaneContent:
    source = cited.source(opened.cite) if opened.cite else None
    order = tuple(cited.order(opened.cite)) if source else ()
    now = cited.fate(opened.cite, library)
    path = now.section.path if now and now.section else source.path if source else opened.path
    note = library.notes.get(path)
    if note is None or (now and now.state is Freshness.GONE):
        text = source.text if source else ""
        lost = Note(path=path, title=source.heading_path[0] if source else path, text=text, sha256="")
        notice = words("pane_gone" if source else "not_in_index", path=printable(path))
        return PaneContent(lost, (), opened, order, source, notice=notice)
    notice, switch = freshness(backend, note, words)
    if opened.now and switch:
        note, notice, switch = backend.current_note(path), words("now_shown"), words("show_indexed")
    elif source and now and now.state is not Freshness.UNCHANGED:
        notice = f"{words(f'pane_{now.state}', path=printable(source.path))} {notice}".strip()
    spans = spans_of(cited, opened.cite, note) if source else ()
    outline = tuple(s for s in library.sections_of(path) if s.end > library.notes[path].body_start)
    section = now.section if now else None
    marks = _marks(backend, cited.question, _as_now(source, section), words) if source and cited.question else ()
    return PaneContent(note, spans, opened, order, source, outline, notice, switch, backend.opener, section, marks)


def _marks(backend: Backend, question: str, source: Source, words: Words) -> tuple[tuple[str, str, bool], ...]:
    """What the reader may say of a source, and what is said."""
    said = _said(backend, question, source)
    return tuple((what, words(f"mark_{what}"), said is (what == "good")) for what in ("good", "wrong"))


def _said(backend: Backend, question: str, source: Source) -> bool | None:
    marks = backend.marks.listed()
    return next((m.good for m in marks if (m.question, m.section_id) == (question, source.section_id)), None)


def _as_now(source: Source, section: Section | None) -> Source:
    """The source under the section that has its words now."""
    return replace(source, section_id=section.id) if section else source


def _mark(backend: Backend, question: str, source: Source, good: bool, words: Words) -> None:
    """Keep what the reader says of a source; said again it is taken back."""
    if _said(backend, question, source) is good:
        backend.marks.remove(question, source.section_id)
        st.toast(words("mark_removed"))
    else:
        backend.marks.keep(question, source, good)
        st.toast(words("marked_good" if good else "marked_wrong"))


def freshness(backend: Backend, note: Note, words: Words) -> tuple[str, str]:
    """What is to be said when the file has changed since it was indexed, and the button to see it as it is."""
    try:
        now = backend.current_hash(note.path)
    except NoteError as error:
        return error.told(words.language), ""
    if now == note.sha256:
        return "", ""
    return (words("stale"), words("show_now")) if now else (words("gone"), "")
