"""What other notes say of the same: sections beside a note, and two notes side by side."""

import html
from collections.abc import Sequence

from ingest.errors import AskNotesError
from ingest.passages.text import body_text
from ingest.schema import Kind, Section
from rag.search.related import Comparison, Related
from ui.backend.protocol import Backend, Library
from ui.render.markdown import inline
from ui.words import Words

_SHOWN = 180  # characters of a section


def related_to(backend: Backend, path: str) -> Sequence[Related]:
    """What is related to a note; nothing where the index cannot tell or is another by now, as the rest can be shown all the
    same."""
    try:
        return backend.related(path)
    except AskNotesError:
        return ()


def related_items(found: Sequence[Related], words: Words) -> list[list[str]]:
    """Each section with its note as HTML, and what it is near to, as text."""
    return [[_name(one.section), words("related_to", heading=one.beside.heading_path[-1])] for one in found]


def comparison_html(found: Comparison, library: Library, titles: tuple[str, str], words: Words) -> str:
    """Two notes side by side; a click on a section tells its id (`data-note`)."""
    counts = words("compared", pairs=len(found.pairs), one=len(found.only_one), other=len(found.only_other))
    heads = "".join(f'<h2 class="an-side-title">{inline(title)}</h2>' for title in titles)
    rows = "".join(
        f'<div class="an-pair">{_cell([one], library)}{_cell(others, library)}</div>' for one, others in found.pairs
    )
    if not found.pairs:
        rows = f'<p class="an-hint">{html.escape(words("no_pairs"))}</p>'
    only = "".join(
        _only(words("only_in", title=title), sections, library, words)
        for title, sections in zip(titles, (found.only_one, found.only_other), strict=True)
    )
    return (
        f'<p class="an-counts" role="status">{html.escape(counts)}</p><div>'
        f'<div class="an-pair">{heads}</div>{rows}</div><div class="an-pair an-only">{only}</div>'
    )


def _only(title: str, sections: Sequence[Section], library: Library, words: Words) -> str:
    inner = _cell(sections, library) if sections else f'<p class="an-hint">{html.escape(words("nothing_only"))}</p>'
    return f'<section><h2 class="an-side-title">{html.escape(title)}</h2>{inner}</section>'


def _cell(sections: Sequence[Section], library: Library) -> str:
    links = "".join(
        f'<a href="#" class="an-section" data-note="{html.escape(section.id)}"><b>{_heading(section)}</b>'
        f"<span>{html.escape(_beginning(section, library))}</span></a>"
        for section in sections
    )
    return f'<div class="an-cell">{links}</div>'


def _heading(section: Section) -> str:
    return inline(" › ".join(section.heading_path[1:]) or section.heading_path[0])


def _name(section: Section) -> str:
    return inline(" › ".join(section.heading_path))


def _beginning(section: Section, library: Library) -> str:
    """The first words of what it states."""
    own = (p for p in library.passages_of(section.path) if p.section_id == section.id and p.kind is Kind.PROSE)
    first = next(own, None)
    text = " ".join(body_text(first).split()) if first else ""
    for heading in section.heading_path:  # a passage begins with those that stand above it
        text = text.removeprefix(" ".join(heading.split())).strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
