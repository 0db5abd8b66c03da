"""The notes around an answer: those that it cites, those that they are linked with, and those near to them by meaning.

Drawn as an arc diagram: each note is a line of a list, an arc in the margin joins two of them. So it is as legible in a
narrow window, and to a keyboard or a screen reader it is a list of links.
"""

import html
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from ingest.text.markup import link_parts
from ingest.text.printable import printable
from rag.records import Source
from rag.search.related import Related
from ui.backend.protocol import Library
from ui.render.markdown import inline, targets_of
from ui.render.source import linked_note
from ui.words import Words

LINKED, NEAR = 8, 6  # notes of each kind at most
WIDTH, ROW = 80, 48  # of the margin and of a line, in sixteenths of the size of the letters
_DOT, _LEAST = WIDTH - 10, 14  # where the dots are, and how far the shortest arc stands out
Kind = Literal["cited", "linked", "near"]


@dataclass(frozen=True, slots=True)
class Node:
    """A note; `line` is where it is opened, `numbers` are those of the sources that are in it."""

    path: str
    kind: Kind
    line: int = 1
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """`links` go from one note to another, `near` joins one that is cited with one that is near to it, by path; `more`
    notes are linked too and left out."""

    nodes: tuple[Node, ...]
    links: frozenset[tuple[str, str]]
    near: frozenset[tuple[str, str]]
    more: int = 0


def around(
    sources: Sequence[Source],
    numbers: Mapping[int, int],
    library: Library,
    related: Callable[[str], Sequence[Related]],
) -> Graph:
    """The graph around the cited `sources`; `numbers` are those that the page shows of them, `related` tells what is
    near to a note. Notes that are no longer in the index are left out."""
    cited: dict[str, list[Source]] = {}
    for source in sorted(sources, key=lambda source: numbers[source.n]):
        if source.path in library.notes:
            cited.setdefault(source.path, []).append(source)
    links = {pair for path in cited for pair in _links_with(library, path)}
    touched = Counter(one for one, _ in {(a, b) for pair in links for a, b in (pair, pair[::-1]) if a not in cited})
    linked = [path for path, _ in sorted(touched.items(), key=lambda item: (-item[1], item[0]))]
    shown = {*cited, *linked[:LINKED]}
    near: dict[str, list[tuple[str, Related]]] = {}
    for path in cited:
        for one in related(path):
            near.setdefault(one.section.path, []).append((path, one))
    fresh = [path for path in near if path not in {*cited, *linked}][:NEAR]
    shown.update(fresh)
    nodes = (
        *(Node(path, "cited", own[0].start_line, tuple(numbers[s.n] for s in own)) for path, own in cited.items()),
        *(Node(path, "linked") for path in linked[:LINKED]),
        *(Node(path, "near", near[path][0][1].section.start_line) for path in fresh),
    )
    return Graph(
        nodes,
        frozenset(pair for pair in links if shown.issuperset(pair)),
        frozenset(
            (origin, path)
            for path, found in near.items()
            for origin, _ in found
            if path in shown and not {(origin, path), (path, origin)} & links
        ),
        len(linked[LINKED:]),
    )


def graph_html(graph: Graph, library: Library, words: Words) -> str:
    """The graph as HTML; a click on a note tells its number in `nodes` (`data-note`): names of files need be no text."""
    row = {node.path: i for i, node in enumerate(graph.nodes)}
    numbers = {node.path: node.numbers for node in graph.nodes if node.numbers}
    lines = "".join(
        f'<li class="an-is-{node.kind}">{_arcs(graph, row, node.path)}{_node(graph, row[node.path], library, numbers, words)}</li>'
        for node in graph.nodes
    )
    more = f'<p class="an-hint">{html.escape(words("graph_more", n=graph.more))}</p>' if graph.more else ""
    return f'<ol class="an-graph">{lines}</ol>{more}'


def _links_with(library: Library, path: str) -> Iterator[tuple[str, str]]:
    """The links from a note and to it, as (from, to)."""
    for target in _targets(library, path):
        found = linked_note(library, path, target)
        if found and found.path != path:
            yield path, found.path
    for other in library.linking(path):
        if other != path and any(_leads_to(library, other, target, path) for target in _targets(library, other)):
            yield other, path


def _targets(library: Library, path: str) -> frozenset[str]:
    return targets_of(library.notes[path].text)


def _leads_to(library: Library, origin: str, target: str, path: str) -> bool:
    """Whether a link leads to the note at `path`."""
    if path not in library.called(link_parts(unquote(target))[0]):
        return False
    found = linked_note(library, origin, target)
    return found is not None and found.path == path


def _node(graph: Graph, row: int, library: Library, numbers: Mapping[str, Sequence[int]], words: Words) -> str:
    """What can be clicked: the note's title, and in words what the arcs say."""
    node = graph.nodes[row]
    joined = (
        ("graph_links_to", [to for origin, to in graph.links if origin == node.path]),
        ("graph_linked_from", [origin for origin, to in graph.links if to == node.path]),
        ("graph_near", [origin for origin, to in graph.near if to == node.path]),
    )
    counted = [(key, sorted(n for path in paths for n in numbers.get(path, ()))) for key, paths in joined]
    said = [words(key, n=", ".join(map(str, found))) for key, found in counted if found]
    cited = "".join(f'<b class="an-n">{number}</b>' for number in node.numbers)
    about = html.escape(" · ".join([*said, printable(node.path)]))
    return (
        f'<a href="#" data-note="{row}">'
        f'<span class="an-title">{cited}{inline(library.notes[node.path].title)}</span>'
        f'<span class="an-lines">{about}</span></a>'
    )


def _arcs(graph: Graph, row: Mapping[str, int], path: str) -> str:
    """The dot of a line, and all arcs that end at it; each arc is drawn by both of its ends, so that both can light it up."""
    shapes = [
        _arc(row[path], row[one], row[other], kind, len(row))
        for kind, pairs in (("near", graph.near), ("link", graph.links))
        for one, other in sorted(pairs)
        if path in (one, other)
    ]
    size = f'width="{WIDTH}" height="{ROW}" viewBox="0 0 {WIDTH} {ROW}"'
    dot = f'<circle cx="{_DOT}" cy="{ROW // 2}" r="5"/>'
    return f'<svg {size} aria-hidden="true" focusable="false">{"".join(shapes)}{dot}</svg>'


def _arc(here: int, start: int, end: int, kind: str, rows: int) -> str:
    """From the line `start` to the line `end`, as seen from the line `here`; a link has a head."""
    y, z = (ROW // 2 + (at - here) * ROW for at in (start, end))
    edge = _DOT - 6
    out = _LEAST + (edge * 4 // 3 - _LEAST) * abs(start - end) // rows  # a curve goes three quarters as far as this
    head = f'<path class="an-head" d="M{edge - 7},{z - 4} L{edge},{z} L{edge - 7},{z + 4}"/>' if kind == "link" else ""
    return f'<path class="an-{kind}" d="M{edge},{y} C{edge - out},{y} {edge - out},{z} {edge},{z}"/>{head}'
