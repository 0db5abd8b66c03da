"""Why not this section? Any section of the notes: where each retriever ranked it, and which cut dropped it."""

import html
from collections.abc import Sequence

import streamlit as st

from ingest.errors import AskNotesError
from ingest.text.markup import plain
from ingest.text.printable import printable
from rag.records import Answer, Standing
from rag.search.diagnose import source_cut
from rag.sources.sections import PASSAGES
from ui.backend.protocol import Backend, Library
from ui.render.safe import label
from ui.words import Words


def draw_why_not(backend: Backend, library: Library, answer: Answer, key: str, words: Words) -> None:
    """A note and one of its sections to choose, and what became of it."""
    st.html(f'<h3 class="an-label">{html.escape(words("why_not"))}</h3>')
    with st.container(horizontal=True):
        note = st.selectbox(
            words("why_not_note"), sorted(library.notes), index=None, key=f"why-not-note-{key}", format_func=printable
        )
        if note is None:
            return
        with_text = {passage.section_id for passage in library.passages_of(note)}
        sections = {one.start_line: one for one in library.sections_of(note) if one.id in with_text}
        line = st.selectbox(
            words("why_not_section"),
            list(sections),
            key=f"why-not-line-{key}-{note}",
            format_func=lambda line: printable(
                " › ".join(sections[line].heading_path[1:] or sections[line].heading_path)
            ),
        )
    try:
        standings = backend.why(answer.standalone_question, note, line, answer.only)
    except AskNotesError as error:
        st.warning(label(error.told(words.language)))
    else:
        st.html(why_not_html(standings, answer, backend.settings.candidates, words))


def why_not_html(standings: Sequence[Standing], answer: Answer, candidates: int, words: Words) -> str:
    """One row for each passage of the section; `candidates` is the length of a retriever's list."""
    columns = ("col_passage", "col_bm25", "col_dense", "col_fused", "col_cut")
    head = "".join(f'<th scope="col">{html.escape(words(column))}</th>' for column in columns)
    rows = "".join(_row(standing, answer, candidates, words) for standing in standings)
    return f'<div class="an-why"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(standing: Standing, answer: Answer, candidates: int, words: Words) -> str:
    passage = standing.passage
    cut = source_cut(standing, answer)
    said = words(f"cut_{cut}", candidates=candidates, passages=PASSAGES, sources=len(answer.sources))
    fused = f"#{standing.fused_rank}" if standing.fused_rank else "–"
    cells = [*(_rank(standing, name, words) for name in ("bm25", "dense")), fused, said]
    return (
        f'<tr><td><div class="an-why-text">{html.escape(" ".join(plain(passage.text).split())[:70])}</div>'
        f'<div class="an-why-terms">{html.escape(words.lines(passage.start_line, passage.end_line))}</div></td>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


def _rank(standing: Standing, retriever: str, words: Words) -> str:
    if retriever not in standing.ranks:
        return words("no_word")
    return words("rank_score", rank=standing.ranks[retriever], score=f"{standing.scores[retriever]:.3g}")
