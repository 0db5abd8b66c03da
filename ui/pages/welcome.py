"""What the page shows before the first question, and when it cannot answer yet."""

import html

import streamlit as st

from ingest.config import Settings
from ingest.errors import AskNotesError, IndexMissing, NotesIndexError
from ingest.notes.read import find_notes
from ingest.passages.overview import Overview
from ingest.text.printable import printable
from ingest.text.scripts import has_han
from ui.backend.protocol import Backend, Library
from ui.jobs.answers import Jobs
from ui.pages.index import draw_build
from ui.pages.vault.folder import draw_drop, draw_folder, tell_folder
from ui.render.safe import label
from ui.words import Words

EXAMPLES = 4


def draw_welcome(library: Library, words: Words, *, restricted: bool = False) -> str:
    """The first visit: what the notes are about and questions to try (of all notes, so none when `restricted`).

    Returns the question that was chosen, or ''.
    """
    facts = words("about", notes=f"{len(library.notes):,}", sections=f"{len(library.sections):,}")
    st.html(f'<div class="an-welcome"><h1>{html.escape(words("welcome"))}</h1><p>{html.escape(facts)}</p></div>')
    if restricted:
        return ""
    with st.container(key="topics", horizontal=True, gap="small"):
        for i, topic in enumerate(library.overview.topics):
            if st.button(label(printable(topic)), key=f"topic-{i}", help=words("topics") if i == 0 else None):
                return words("ask_about", heading=topic)
    questions = examples(library.overview, words)
    if not questions:
        return ""
    st.html(f'<h2 class="an-side">{html.escape(words("try"))}</h2>')
    with st.container(key="examples", gap="small"):
        for i, question in enumerate(questions):
            if st.button(label(question), key=f"example-{i}", width="stretch"):
                return question
    return ""


def draw_unready(backend: Backend, jobs: Jobs, error: AskNotesError, words: Words) -> None:
    """Why one cannot ask yet, and the one button that mends it."""
    title, text, can_build = _unready(backend.settings, error, words)
    st.html(f'<div class="an-welcome"><h1>{html.escape(words(title))}</h1><p>{html.escape(text)}</p></div>')
    tell_folder(backend, words)
    if jobs.build and not jobs.build.done:
        draw_build(jobs, "main", words)
    elif can_build and st.button(words("build"), key="build", type="primary", icon=":material/auto_stories:"):
        jobs.start_build(backend.build)
        st.rerun()
    if jobs.build and jobs.build.error:
        st.warning(label(words("build_failed", why=jobs.build.error.told(words.language))))
    if title == "not_ready_title" and st.button(words("try_again"), key="try-again", icon=":material/refresh:"):
        st.rerun()
    if title == "no_notes_title":
        draw_drop(backend, jobs, words)
    if title in ("no_notes_title", "no_folder_title"):
        draw_folder(backend, words, opened=title == "no_folder_title")


def examples(overview: Overview, words: Words) -> tuple[str, ...]:
    """Questions that the notes answer, those in the page's language first; else questions about what they name."""
    own = [question for question in overview.questions if has_han(question) == (words.language == "zh")]
    about = [words("ask_about", heading=heading) for heading in overview.headings]
    return tuple(dict.fromkeys([*own, *overview.questions, *about]))[:EXAMPLES]


def _unready(settings: Settings, error: AskNotesError, words: Words) -> tuple[str, str, bool]:
    """Title, text, and whether a build would help."""
    if not isinstance(error, NotesIndexError):
        return "not_ready_title", error.told(words.language), False
    if not settings.corpus.is_dir():
        return "no_folder_title", words("no_folder", folder=settings.corpus), False
    if not find_notes(settings.corpus, settings).paths:
        return "no_notes_title", words("no_notes", folder=settings.corpus), True
    if isinstance(error, IndexMissing):
        return "no_index_title", words("no_index"), True
    return "bad_index_title", error.told(words.language), True
