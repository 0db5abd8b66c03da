"""The index: what it holds, what has changed since, building it, and watching for changes."""

import html
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from ingest.build.run import BuildReport
from ingest.errors import AskNotesError
from ingest.messages import told
from ingest.text.printable import printable
from rag.history.gaps import Gap
from rag.history.pinned import Impact
from rag.records import Source
from ui import state
from ui.backend.protocol import Backend, Library
from ui.components.ticking import ticking
from ui.jobs.answers import Jobs
from ui.jobs.builds import BuildJob
from ui.pages.vault.folder import draw_drop, draw_folder
from ui.render.safe import label
from ui.users import owns
from ui.words import Words

TICK = 0.4  # seconds between two looks at a build
WATCH_TICK = 1.5  # and at the watch
PATHS_SHOWN = 12  # of each kind of change
_PLANNED, _SEEN = "planned", "updates-seen"


def draw_status(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """A few lines in the sidebar: what is indexed, which model answers, and what is going on."""
    st.html(f'<h2 class="an-side">{words("index")}</h2>')
    if library:
        st.html(_facts([(words("index_facts"), _counts(library, words)), *_model(backend, words)]))
        for notice in library.notices:
            st.warning(label(notice.told(words.language)))
    if state.view() != "index" and jobs.building:
        draw_build(jobs, "side", words)
    elif jobs.watch:
        ticking(partial(_draw_watch, jobs, words), WATCH_TICK)


def draw_index_page(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """The page of the index: facts, changes, rebuild, watch, and what the last build did."""
    with st.container(key="index-page"):
        st.html(f'<div class="an-page-head"><h1>{html.escape(words("index_page"))}</h1></div>')
        if library:
            st.html(_facts(_all_facts(backend, library, words)))
        if not owns(backend.user):
            return
        _controls(backend, library, jobs, words)
        if jobs.building:
            draw_build(jobs, "page", words)
        else:
            _outcome(jobs, words)
            _changes(backend, library, words)
        draw_drop(backend, jobs, words)
        draw_folder(backend, words)


def draw_build(jobs: Jobs, key: str, words: Words) -> None:
    """The progress of the build that is going on, with a button to cancel it."""
    if jobs.build:
        draw_job(jobs.build, key, jobs.cancel_build, words)


def draw_job(job: BuildJob[Any], key: str, stop: Callable[[], None], words: Words) -> None:
    """The progress of a job; the page is drawn anew when it has ended."""

    def watch() -> None:
        if job.done:
            st.rerun()
        step = job.step
        text = words(f"stage_{step.what}") if step.what else words("building")
        if step.what == "fetching":
            text += f" {step.done} %"
        elif step.total > 1:
            text += f" {step.done:,} / {step.total:,}"
        if step.left >= 1:
            text += " · " + words("about_left", time=words.seconds(step.left))
        st.progress(min(step.done / step.total, 1.0) if step.total else 0.0, text=label(text))
        stopping = job.stopping
        name = words("stopping" if stopping else "cancel")
        st.button(name, key=f"cancel-build-{key}", type="tertiary", on_click=stop, disabled=stopping)

    ticking(watch, TICK)


def _draw_watch(jobs: Jobs, words: Words) -> None:
    """The watch in one quiet line; the page is drawn anew when it has built, or builds."""
    watch = jobs.watch
    if watch is None:
        return
    if jobs.building or watch.updates != st.session_state.get(_SEEN, 0):
        st.session_state[_SEEN] = watch.updates
        st.rerun()
    if watch.error:
        st.caption(label(words("build_failed", why=watch.error.told(words.language))))
    elif watch.last:
        when = f"{datetime.fromtimestamp(watch.at):%H:%M}"
        st.caption(label(words("watched", when=when, what=_summary(watch.last, words))))
    else:
        st.caption(words("watching"))


def _controls(backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
    """Rebuild, and the switch of the watch."""

    def switch() -> None:
        if st.session_state["watch"]:
            jobs.start_watch(backend.settings, backend.changes, backend.build)
        else:
            jobs.stop_watch()

    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        name = words("rebuild" if library else "build")
        if st.button(name, key="rebuild", type="primary", icon=":material/sync:", disabled=jobs.building):
            jobs.start_build(backend.build)
            st.session_state.pop(_PLANNED, None)
            st.rerun()
        st.session_state["watch"] = jobs.watch is not None and jobs.watch.on
        st.toggle(words("watch"), key="watch", on_change=switch, help=words("watch_help"))


def _outcome(jobs: Jobs, words: Words) -> None:
    """What the last build did, until the next."""
    if jobs.build is None:
        return
    if jobs.build.error:
        st.warning(label(words("build_failed", why=jobs.build.error.told(words.language))))
    elif rebuilt := jobs.build.result():
        report = rebuilt.report
        st.success(words("unchanged" if report.unchanged else "built") + "  \n" + label(_done(report, words)))
        st.html(_listed(report, words))
        _impacts(rebuilt.impacts, words)
        _closed(rebuilt.closed, words)


def _impacts(impacts: Sequence[Impact], words: Words) -> None:
    """The pinned questions that cite other sections since the build."""
    if not impacts:
        return
    st.html(f'<h2 class="an-side">{html.escape(words("impact", n=len(impacts)))}</h2>')
    for i, impact in enumerate(impacts):
        with st.container(key=f"impact-{i}", gap=None):
            if st.button(label(impact.question), key=f"impact-go-{i}", type="tertiary", icon=":material/keep:"):
                state.show(impact.conversation)
                st.rerun()
            rows = [("entered", impact.entered), ("left", impact.left)]
            items = "".join(f"<li>{_place(name, source, words)}</li>" for name, group in rows for source in group)
            st.html(f'<ul class="an-impact">{items}</ul>')


def _closed(gaps: Sequence[Gap], words: Words) -> None:
    """The questions once refused that the notes answer since the build, each with the section."""
    if not gaps:
        return
    rows = "".join(
        f"<li>{html.escape(printable(gap.question))} → {html.escape(printable(gap.closed_by))}</li>" for gap in gaps
    )
    st.html(
        f'<h2 class="an-side">{html.escape(words("gaps_closed", n=len(gaps)))}</h2><ul class="an-impact">{rows}</ul>'
    )


def _place(name: str, source: Source, words: Words) -> str:
    heading = printable(" › ".join(source.heading_path))
    return f'<b class="an-{html.escape(name)}">{html.escape(words(name))}</b> {html.escape(heading)}'


def _changes(backend: Backend, library: Library | None, words: Words) -> None:
    """What has changed on the disk, and what a rebuild would do; looked at once for each visit and generation."""
    generation = library.generation if library else ""
    kept: tuple[str, BuildReport] | None = st.session_state.get(_PLANNED)
    with st.container(horizontal=True, vertical_alignment="center", key="changes"):
        st.html(f'<h2 class="an-side">{html.escape(words("changes"))}</h2>')
        again = st.button(words("check_changes"), key="check", type="tertiary", icon=":material/refresh:")
    if again or kept is None or kept[0] != generation:
        try:
            with st.spinner(words("checking")):
                kept = generation, backend.changes()
        except AskNotesError as error:
            st.warning(label(error.told(words.language)))
            return
        st.session_state[_PLANNED] = kept
    report = kept[1]
    if report.unchanged:
        st.write(words("no_changes"))
        return
    plan = words("would_do", counts=_totals(report.notes, report.sections, report.passages, words), n=report.embedded)
    st.write(label(f"{plan} {words('would_take', time=words.seconds(backend.seconds_of(report)))}"))
    st.html(_listed(report, words))


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in rows)
    return f'<dl class="an-facts">{items}</dl>'


def _all_facts(backend: Backend, library: Library, words: Words) -> list[tuple[str, str]]:
    settings = backend.settings
    size = [f"{library.size / 1e6:,.1f} MB"] if library.size else []
    where = owns(backend.user)  # names of folders of this machine are not for others
    return [
        *([(words("notes_folder"), str(settings.corpus))] if where else []),
        (words("index_facts"), _counts(library, words)),
        (words("index_size"), " · ".join([*size, *([str(settings.index)] if where else [])])),
        (words("embedding_model"), library.embedding_model.partition("@")[0]),
        *_model(backend, words),
    ]


def _counts(library: Library, words: Words) -> str:
    counts = _totals(len(library.notes), len(library.sections), len(library.passages), words)
    if not library.built:
        return counts
    return (
        f"{counts} · {words('built_at', when=f'{datetime.fromisoformat(library.built).astimezone():%Y-%m-%d %H:%M}')}"
    )


def _totals(notes: int, sections: int, passages: int, words: Words) -> str:
    return words("counts", notes=f"{notes:,}", sections=f"{sections:,}", passages=f"{passages:,}")


def _model(backend: Backend, words: Words) -> list[tuple[str, str]]:
    """`name · where it runs`, or that there is none, and why when one is wanted."""
    info = backend.language_model()
    if info.kind == "none":
        why = "" if backend.settings.llm == "none" else told(info.where, words.language)
        return [(words("language_model"), f"{words('no_language_model')} {why}".strip())]
    return [(words("language_model"), f"{info.name} · {told(info.where, words.language)}")]


def _groups(report: BuildReport, words: Words) -> list[tuple[str, list[str]]]:
    """The changes of a report by kind, those that there are."""
    groups = [
        ("added", list(report.added)),
        ("edited", list(report.changed)),
        ("moved", [f"{old} → {new}" for old, new in report.renamed]),
        ("removed", list(report.removed)),
        ("skipped", [skip.told(words.language) for skip in (*report.stale, *report.skipped)]),
        ("meanwhile", list(report.edited)),
    ]
    return [(name, paths) for name, paths in groups if paths]


def _listed(report: BuildReport, words: Words) -> str:
    parts = []
    for name, paths in _groups(report, words):
        shown = "".join(f"<li>{html.escape(printable(path))}</li>" for path in paths[:PATHS_SHOWN])
        more = f"<li>… {len(paths) - PATHS_SHOWN}</li>" if len(paths) > PATHS_SHOWN else ""
        parts.append(
            f'<div class="an-changes"><b>{html.escape(words(name))} {len(paths)}</b><ul>{shown}{more}</ul></div>'
        )
    return "".join(parts)


def _summary(report: BuildReport, words: Words) -> str:
    return " · ".join(f"{words(name)} {len(paths)}" for name, paths in _groups(report, words))


def _done(report: BuildReport, words: Words) -> str:
    told = [_summary(report, words), words("embedded", n=report.embedded, reused=report.reused)]
    return " · ".join([one for one in told if one] + [words("took", n=f"{report.seconds:.1f}")])
