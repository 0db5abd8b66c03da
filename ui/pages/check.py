"""A text of one's own beside the notes: pasted, checked sentence by sentence, each citation opened in the pane."""

import html
import threading
from dataclasses import dataclass

import streamlit as st

from rag.judged import CheckedText
from ui import components, state
from ui.backend.protocol import Backend, Library, Progress
from ui.jobs.builds import BuildJob
from ui.pages.index import draw_job
from ui.pages.pane import draw_pane
from ui.render.checked import checked_view, cited_by
from ui.render.safe import label
from ui.render.source import Cited, Opened
from ui.words import Words

MOST = 20_000  # characters of a text: some minutes of work
_TEXT, _BOX, _CHECK = "own-text", "check-text", "check"


@dataclass(frozen=True, slots=True)
class Check:
    """A check that is going on or has ended, and the index generation that it began with."""

    job: BuildJob[CheckedText]
    generation: str

    @property
    def cited(self) -> Cited:
        """What the citations of its outcome point to."""
        checked = self.job.result()
        return cited_by(checked, self.generation) if checked else Cited()


def draw_check(backend: Backend, library: Library, words: Words) -> None:
    """Draw the page: the text and what the notes say of it, the source that is opened beside it."""
    with st.container(key="page"):
        left, right = st.columns(2, gap="medium")
        with left, st.container(key="check-page"):
            st.html(f'<div class="an-page-head"><h1>{html.escape(words("check"))}</h1></div>')
            _draw_box(backend, library, words)
            check: Check | None = st.session_state.get(_CHECK)
            if check:
                _draw_outcome(check, words)
        opened = state.opened()
        if check and opened and (opened.path or check.cited.source(opened.cite)):
            with right:
                draw_pane(backend, library, opened, check.cited, words)
    backend.warm()


def _draw_box(backend: Backend, library: Library, words: Words) -> None:
    """The text, which outlives a visit to another page, and the button."""
    if _BOX not in st.session_state:
        st.session_state[_BOX] = st.session_state.get(_TEXT, "")
    hint = words("check_hint")
    # No limit of the box's own: it would drop a text that is too long without a word.
    text = st.text_area(hint, key=_BOX, height=180, placeholder=hint, label_visibility="collapsed")
    st.session_state[_TEXT] = text
    if not st.button(words("check_run"), key="check-run", type="primary", icon=":material/fact_check:"):
        return
    before: Check | None = st.session_state.pop(_CHECK, None)
    if before:
        before.job.stop()
    state.open_source(None)
    if len(text) > MOST:
        st.warning(label(words("check_long", n=f"{len(text):,}", most=f"{MOST:,}")))
    elif not text.strip():
        st.info(words("check_empty"))
    else:

        def work(progress: Progress, stop: threading.Event) -> CheckedText:
            return backend.check(text, progress, stop)

        st.session_state[_CHECK] = Check(BuildJob(work, "checking"), library.generation)


def _draw_outcome(check: Check, words: Words) -> None:
    """How far the check is, why it failed, or each sentence with its standing."""
    job, checked = check.job, check.job.result()
    if job.error:
        st.error(label(job.error.told(words.language)))
    elif checked is None:
        draw_job(job, "text", job.stop, words)
    elif checked.sentences:
        opened = state.opened()
        components.turn(
            "checked-text",
            "-1",
            checked_view(checked, words),
            opened=opened.cite if opened else "",
            on_open=lambda cite: state.open_source(Opened(cite=cite)),
            on_note=lambda target: None,  # links to notes are taken out of the sentences
        )
    if checked and (job.stopping or not checked.sentences):
        st.info(words("check_stopped" if job.stopping else "check_empty"))
