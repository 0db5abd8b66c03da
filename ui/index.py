"""The index: what it holds, what has changed since, and building it."""

import html
from datetime import datetime

import streamlit as st

from ingest.build import BuildReport
from ingest.clean import printable
from ingest.errors import AskNotesError
from ui.backend import Backend, Library
from ui.jobs import BuildJob, Jobs
from ui.safe import label
from ui.words import Words

TICK = 0.4  # seconds between two looks at a build
PATHS_SHOWN = 8  # of each kind of change


def draw_index(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """The panel in the sidebar."""
    st.html(f'<h2 class="an-side">{words("index")}</h2>')
    if library:
        st.html(_facts(backend, library, words))
        for notice in library.notices:
            st.warning(label(notice))
    if jobs.build and not jobs.build.done:
        draw_build(jobs, "side", words)
        return
    _outcome(jobs, words)
    if library:
        with st.container(horizontal=True, gap="small"):
            if st.button(words("rebuild"), key="rebuild", icon=":material/sync:"):
                start_build(backend, jobs)
                st.rerun()
            with st.popover(words("check_changes"), type="tertiary", key="changes", on_change="rerun") as changes:
                if changes.open:
                    _changes(backend, words)


def start_build(backend: Backend, jobs: Jobs) -> None:
    """Begin to bring the index up to date, unless that is going on."""
    if jobs.build is None or jobs.build.done:
        jobs.build = BuildJob(backend.build)


def draw_build(jobs: Jobs, key: str, words: Words) -> None:
    """The progress of the build that is going on, with a button to cancel it."""
    job = jobs.build
    if job is None:
        return

    @st.fragment(run_every=TICK)
    def watch() -> None:
        if job.done:
            st.rerun()
        step = job.step
        known = words(f"stage_{step.what}") if step.what else words("building")
        counted = f"{known} {step.done} / {step.total}" if step.total > 1 else known
        st.progress(min(step.done / step.total, 1.0) if step.total else 0.0, text=counted)
        st.button(words("cancel"), key=f"cancel-build-{key}", type="tertiary", on_click=job.stop)

    watch()


def _outcome(jobs: Jobs, words: Words) -> None:
    """What the last build did, until the next."""
    if jobs.build is None:
        return
    if jobs.build.error:
        st.warning(label(words("build_failed", why=jobs.build.error)))
    elif report := jobs.build.result():
        st.success(words("built") + "  \n" + label(_summary(report, words)))


def _facts(backend: Backend, library: Library, words: Words) -> str:
    counts = words(
        "counts",
        notes=f"{len(library.notes):,}",
        sections=f"{len(library.sections):,}",
        passages=f"{library.passages:,}",
    )
    built = f"{datetime.fromisoformat(library.built).astimezone():%Y-%m-%d %H:%M}" if library.built else ""
    lines = [
        (words("notes_folder"), str(backend.settings.corpus)),
        (words("index_facts"), counts + (" · " + words("built_at", when=built) if built else "")),
        (words("embedding_model"), library.embedding_model.partition("@")[0]),
        (words("language_model"), _model(backend, words)),
    ]
    rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in lines)
    return f'<dl class="an-facts">{rows}</dl>'


def _model(backend: Backend, words: Words) -> str:
    """`name · where it runs`, or that there is none, and why when one is wanted."""
    info = backend.language_model()
    if info.kind == "none":
        why = "" if backend.settings.llm == "none" else info.where
        return f"{words('no_language_model')} {why}".strip()
    return f"{info.name} · {words('this_machine') if info.kind == 'local' else info.where}"


def _changes(backend: Backend, words: Words) -> None:
    try:
        with st.spinner(words("checking")):
            report = backend.changes()
    except AskNotesError as error:
        st.warning(label(str(error)))
        return
    groups = [
        ("added", list(report.added)),
        ("edited", list(report.changed)),
        ("moved", [f"{old} → {new}" for old, new in report.renamed]),
        ("removed", list(report.removed)),
        ("skipped", [f"{skip.path}: {skip.reason}" for skip in (*report.stale, *report.skipped)]),
    ]
    if report.unchanged:
        st.write(words("no_changes"))
    for name, paths in groups:
        if paths:
            shown = "".join(f"<li>{html.escape(printable(path))}</li>" for path in paths[:PATHS_SHOWN])
            more = f"<li>… {len(paths) - PATHS_SHOWN}</li>" if len(paths) > PATHS_SHOWN else ""
            st.html(f'<div class="an-changes"><b>{html.escape(words(name))}</b><ul>{shown}{more}</ul></div>')
    if report.embedded:
        st.caption(words("to_embed", n=report.embedded))


def _summary(report: BuildReport, words: Words) -> str:
    counts = [
        ("added", len(report.added)),
        ("edited", len(report.changed)),
        ("moved", len(report.renamed)),
        ("removed", len(report.removed)),
        ("skipped", len(report.stale) + len(report.skipped)),
    ]
    told = [f"{words(name)} {n}" for name, n in counts if n]
    return " · ".join([*told, words("took", n=f"{report.seconds:.1f}")])
