"""The notes around an answer's sources: which they are, and how they are drawn and opened."""

import re
from pathlib import Path

import pytest
from page_kit import bodies, opened, settings, until_answered
from scripted import ScriptedBackend

from ingest.schema import Section
from rag.records import Source
from rag.search.related import Related
from ui.backend.protocol import Library
from ui.pages.vault import graph as drawing
from ui.pages.vault.graph import Graph, around, graph_html
from ui.words import Words

NOTES = {
    "Tea.md": "# Tea\n\nGreen tea is steeped at 80 degrees. See [[Water#Hardness|hard water]] and [cups](kitchen/cups.md).\n",
    "Water.md": "# Water\n\n## Hardness\n\nHard water dulls the taste. Back to [[tea]], and [out](https://example.org/Tea.md).\n",
    "kitchen/cups.md": "---\naliases: [Bowls]\n---\n# Cups\n\nThin porcelain keeps the aroma.\n",
    "kitchen/shelf.md": "# Shelf\n\nOn it stand [the cups](cups.md), the [[Bowls]] and [tea](../Tea.md).\n",
    "code.md": "# Code\n\nAn array in an array: `[[Tea]]`.\n\n```\n[[Tea]]\n```\n",
    "other/Tea.md": "# Another\n\nNothing to do with it.\n",
    "coffee.md": "# Coffee <b onclick=alert(1)>\n\nCoffee is brewed hotter than tea.\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for name, text in NOTES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return ScriptedBackend(settings(tmp_path)).library()


def section(library: Library, path: str) -> Section:
    return next(section for section in library.sections.values() if section.path == path)


def sources(library: Library, *paths: str) -> list[Source]:
    return [
        Source(n, one.id, one.path, one.heading_path, "", one.start, one.end, one.start_line, one.end_line, "", ())
        for n, one in enumerate((section(library, path) for path in paths), start=1)
    ]


def graph_of(library: Library, *paths: str, near: str = "") -> Graph:
    def related(path: str) -> list[Related]:
        return [Related(section(library, near), section(library, path), 0.9)] if near else []

    cited = sources(library, *paths)
    return around(cited, {source.n: source.n for source in cited}, library, related)


def test_links_are_found_in_both_directions_and_in_both_forms(library: Library) -> None:
    graph = graph_of(library, "Tea.md")
    assert [(node.path, node.kind) for node in graph.nodes] == [
        ("Tea.md", "cited"),
        ("Water.md", "linked"),
        ("kitchen/cups.md", "linked"),
        ("kitchen/shelf.md", "linked"),
    ]
    assert graph.links == {
        ("Tea.md", "Water.md"),
        ("Water.md", "Tea.md"),
        ("Tea.md", "kitchen/cups.md"),
        ("kitchen/shelf.md", "Tea.md"),
    }
    by_alias = graph_of(library, "kitchen/cups.md")
    assert by_alias.links == {("Tea.md", "kitchen/cups.md"), ("kitchen/shelf.md", "kitchen/cups.md")}
    assert graph_of(library, "other/Tea.md").links == frozenset(), "a link means the nearest note of that name"


def test_a_note_is_looked_up_by_all_that_a_link_may_call_it(library: Library) -> None:
    assert library.called("x/TEA") == ["Tea.md", "other/Tea.md"] and library.called("tea.md") == library.called("Tea")
    assert list(library.called("bowls")) == list(library.called("Cups")) == ["kitchen/cups.md"]
    assert library.called("saucer") == () and list(library.linking("coffee.md")) == []


def test_what_is_near_stands_last_and_once(library: Library) -> None:
    graph = graph_of(library, "Tea.md", "kitchen/cups.md", near="coffee.md")
    assert [(node.path, node.kind) for node in graph.nodes if node.kind != "linked"] == [
        ("Tea.md", "cited"),
        ("kitchen/cups.md", "cited"),
        ("coffee.md", "near"),
    ]
    assert graph.near == {("Tea.md", "coffee.md"), ("kitchen/cups.md", "coffee.md")}
    linked_too = graph_of(library, "Tea.md", near="Water.md")
    assert linked_too.near == frozenset() and [node.path for node in linked_too.nodes].count("Water.md") == 1


def test_no_more_than_a_few_notes_are_drawn(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "LINKED", 1)
    graph = graph_of(library, "Tea.md", "kitchen/cups.md")
    assert [node.path for node in graph.nodes] == ["Tea.md", "kitchen/cups.md", "kitchen/shelf.md"]
    assert graph.more == 1 and "1 more notes are linked." in graph_html(graph, library, Words("en"))


def test_notes_that_are_gone_are_left_out(library: Library) -> None:
    cited = sources(library, "Tea.md", "Water.md")
    rest = Library("g", "", {"Water.md": library.notes["Water.md"]}, library.sections, library.passages, "")
    graph = around(cited, {1: 2, 2: 1}, rest, lambda path: [])
    assert [(node.path, node.numbers) for node in graph.nodes] == [("Water.md", (1,))] and not graph.links


def test_the_drawing_says_in_words_what_it_shows_and_runs_nothing(library: Library) -> None:
    markup = graph_html(graph_of(library, "Tea.md", near="coffee.md"), library, Words("en"))
    assert markup.count("<li") == markup.count("<a ") == markup.count("<svg") == 5
    assert "links to 1 · linked from 1 · Water.md" in markup and "near to 1 · coffee.md" in markup
    assert markup.count('class="an-link"') == 2 * 4 and markup.count('class="an-near"') == 2, "by both of their ends"
    assert "onclick" not in markup and not re.search(r"https?:|url\(|<script|style=", markup)
    heights = {float(y) for y in re.findall(r"C[^ ]* [^ ]* [\d.]+,(-?[\d.]+)", markup)}
    assert heights <= {24 + 48 * n for n in range(-4, 5)}


def test_every_arc_stays_in_the_margin() -> None:
    for rows in (2, 5, 20):
        for far in range(1, rows):
            start, control = map(float, re.findall(r"[MC](-?\d+),", drawing._arc(0, 0, far, "near", rows)))
            assert 0 <= start - 0.75 * (start - control) < start


def test_it_is_drawn_on_demand(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    at.chat_input[0].set_value("How does RoPE encode positions?").run()
    until_answered(at)
    assert not any("graph" in parts for parts in bodies(at))
    at.session_state["graph-c1-0-1234"] = True  # what the browser sends when the panel is opened
    (markup,) = (parts["graph"] for parts in bodies(at.run()) if "graph" in parts)
    assert "near to" not in markup, "it is linked already"
    assert "linked from 1, 3 · other.md" in markup
