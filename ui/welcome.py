"""What the page shows before the first question, and when it cannot answer yet."""

import html
import re
from collections import Counter
from collections.abc import Iterable

import streamlit as st

from ingest.config import Settings
from ingest.errors import IndexMissing, NotesIndexError
from ingest.load import find_notes
from ingest.schema import Section
from ui.backend import Backend, Library
from ui.index import draw_build
from ui.jobs import Jobs
from ui.safe import label
from ui.words import Language, Words

EXAMPLES, TOPICS = 4, 12
_QUESTION = re.compile(r"[？?]\s*$|什么|如何|怎么|怎样|为什么|哪些|区别|^(?:how|what|why|when|which)\b", re.IGNORECASE)
_NUMBER = re.compile(r"^[\s\d.、)）(（#*一二三四五六七八九十Q：:-]+(?=\S)")
_HAN = re.compile("[\u4e00-\u9fff]")


def draw_welcome(library: Library, words: Words, *, restricted: bool = False) -> str:
    """The first visit: what the notes are about and questions to try (of all notes, so none when `restricted`).

    Returns the question that was chosen, or ''.
    """
    facts = words("about", notes=f"{len(library.notes):,}", sections=f"{len(library.sections):,}")
    topics = "".join(f"<li>{html.escape(topic)}</li>" for topic in topics_of(library))
    st.html(
        f'<div class="an-welcome"><h1>{html.escape(words("welcome"))}</h1><p>{html.escape(facts)}</p>'
        f'<ul class="an-topics" aria-label="{html.escape(words("topics"))}">{topics}</ul></div>'
    )
    if restricted:
        return ""
    examples = example_questions(library.sections.values(), words.language)
    if not examples:
        return ""
    st.html(f'<h2 class="an-side">{html.escape(words("try"))}</h2>')
    with st.container(key="examples", gap="small"):
        for i, question in enumerate(examples):
            if st.button(label(question), key=f"example-{i}", width="stretch"):
                return question
    return ""


def draw_unready(backend: Backend, jobs: Jobs, error: NotesIndexError, words: Words) -> None:
    """Why one cannot ask yet, and the one button that mends it."""
    title, text, can_build = _unready(backend.settings, error, words)
    st.html(f'<div class="an-welcome"><h1>{html.escape(words(title))}</h1><p>{html.escape(text)}</p></div>')
    if jobs.build and not jobs.build.done:
        draw_build(jobs, "main", words)
    elif can_build and st.button(words("build"), key="build", type="primary", icon=":material/auto_stories:"):
        jobs.start_build(backend.build)
        st.rerun()
    if jobs.build and jobs.build.error:
        st.warning(label(words("build_failed", why=jobs.build.error)))


def example_questions(sections: Iterable[Section], language: Language) -> tuple[str, ...]:
    """Headings that are questions, which these notes then answer: of the page's language first, from many notes."""
    asked: dict[str, list[str]] = {}
    for section in sections:
        heading = _NUMBER.sub("", section.heading_path[-1]).strip(" *_`")
        if len(section.heading_path) > 1 and 5 <= len(heading) <= 40 and _QUESTION.search(heading):
            asked.setdefault(section.path, []).append(heading)
    turns = max((len(headings) for headings in asked.values()), default=0)
    mixed = [headings[i] for i in range(turns) for headings in asked.values() if i < len(headings)]
    own = [question for question in mixed if bool(_HAN.search(question)) == (language == "zh")]
    return tuple(dict.fromkeys([*own, *mixed]))[:EXAMPLES]


def topics_of(library: Library) -> tuple[str, ...]:
    """The folders with the most notes, else the titles of the notes with the most sections."""
    folders = Counter(path.rpartition("/")[0].rpartition("/")[2] for path in library.notes if "/" in path)
    if len(folders) > 2:
        return tuple(name for name, _ in folders.most_common(TOPICS))
    sizes = Counter(section.path for section in library.sections.values())
    return tuple(library.notes[path].title for path, _ in sizes.most_common(TOPICS) if path in library.notes)


def _unready(settings: Settings, error: NotesIndexError, words: Words) -> tuple[str, str, bool]:
    """Title, text, and whether a build would help."""
    if not settings.corpus.is_dir():
        return "no_notes_title", words("no_folder", folder=settings.corpus), False
    if not find_notes(settings.corpus, settings).paths:
        return "no_notes_title", words("no_notes", folder=settings.corpus), True
    if isinstance(error, IndexMissing):
        return "no_index_title", words("no_index"), True
    return "bad_index_title", str(error), True
