"""The notes around an answer's sources, when somebody wants to see them."""

from functools import partial

import streamlit as st

from rag.records import Answer
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.pages.vault.graph import Graph, around, graph_html
from ui.pages.vault.related import related_to
from ui.render.evidence import numbers_of
from ui.render.source import Opened
from ui.render.turn import TurnView, cited_numbers, summary_of
from ui.words import Words


def draw_around(backend: Backend, library: Library, answer: Answer, key: str, words: Words) -> None:
    """A folded picture of the notes that an answer cites with those around them; a click opens a note in the pane."""
    with st.expander(words("graph"), key=f"graph-{key}", on_change="rerun") as panel:
        st.caption(words("graph_caption"))
        if not panel.open:
            return
        graph = _graph((key, library.generation, backend.settings.data), backend, library, answer)

        def open_note(target: str) -> None:
            node = graph.nodes[int(target)]
            state.open_source(Opened(path=node.path, line=node.line))

        view = TurnView(parts=(("graph", graph_html(graph, library, words)),))
        components.turn(f"around-{key}", f"around-{key}", view, on_open=lambda _: None, on_note=open_note)


@st.cache_resource(max_entries=20, show_spinner=False)
def _graph(which: tuple[object, ...], _backend: Backend, _library: Library, _answer: Answer) -> Graph:
    """The graph of an answer; `which` tells it apart, so that it is found once and not on every click."""
    cited = {*(excerpt.n for excerpt in _answer.excerpts), *cited_numbers(summary_of(_answer))}
    sources = [source for source in _answer.sources if source.n in cited] or _answer.sources
    return around(sources, numbers_of(_answer.excerpts, _answer.sources), _library, partial(related_to, _backend))
