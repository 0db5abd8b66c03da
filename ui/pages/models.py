"""Models that are not on this machine yet: getting them, with progress."""

import html

import streamlit as st

from ui import state
from ui.backend.protocol import Backend
from ui.jobs.answers import Jobs
from ui.pages.index import draw_job
from ui.render.safe import label
from ui.words import Words


def draw_first_model(backend: Backend, jobs: Jobs, words: Words) -> None:
    """In the place of the page: nothing can be searched without the embedding model, so it is fetched at once."""
    with st.container(key="first-model"):
        title, text = words("getting_model"), words("getting_embedding")
        st.html(f'<div class="an-welcome"><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p></div>')
        if jobs.fetch is None:
            jobs.start_fetch(backend.fetch_model)
        _fetch(backend, jobs, "try_again", words)
        if st.button(words("settings"), key="first-settings", type="tertiary", icon=":material/tune:"):
            state.go("settings")
            st.rerun()


def draw_missing_model(backend: Backend, jobs: Jobs, words: Words) -> None:
    """In the sidebar: answers are quotes only until the language model is here; a button gets it."""
    if backend.missing_model() == "language":
        _fetch(backend, jobs, "get_language", words)


def _fetch(backend: Backend, jobs: Jobs, button: str, words: Words) -> None:
    job = jobs.fetch
    if job and not job.done:
        draw_job(job, "fetch", job.stop, words)
        return
    if job and job.error:
        st.warning(label(job.error.told(words.language)))
    if st.button(words(button), key="fetch", icon=":material/download:"):
        jobs.start_fetch(backend.fetch_model)
        st.rerun()
