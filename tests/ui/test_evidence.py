"""How the evidence looks: the note's own list and table, marked, folded where it is long, and numbered as it is read."""

import base64
import re
from dataclasses import replace
from pathlib import Path

from ingest.schema import Section
from rag.records import EXTRACTIVE, Answer, Excerpt, Piece, Sentence, Source
from ui.backend.protocol import Library
from ui.render.evidence import evidence_html, numbers_of, short_name
from ui.render.export import answer_markdown, answer_text
from ui.render.follow import follow_ups
from ui.render.turn import Shown, answer_html, finished_view
from ui.words import Words

EN = Words("en")


def source(text: str, n: int = 1, path: str = "a.md", *headings: str) -> Source:
    return Source(n, f"s{n}", path, headings or ("Note", "Part"), text, 0, len(text), 1, 1 + text.count("\n"), "")


def excerpt(of: Source, *shown: str, marked: str, more: bool = False) -> Excerpt:
    """The pieces in order; what lies between two is folded."""
    pieces = []
    for i, words in enumerate(shown):
        start = of.text.index(words)
        pieces.append(Piece(start, start + len(words), "\n" if i else "", i > 0))
    start = of.text.index(marked)
    return Excerpt(of.n, 0, len(of.text), tuple(pieces), ((start, start + len(marked)),), more)


def shown(one: Excerpt, of: Source) -> str:
    return evidence_html([one], [of], None, EN, {})


def test_a_list_keeps_its_numbers_over_a_fold_and_its_emphasis() -> None:
    of = source("Ways:\n1. **first**: a\n2. second: b\n3. **third**: c\n4. fourth: d")
    markup = shown(excerpt(of, "Ways:\n1. **first**: a", "3. **third**: c", marked="**third**: c", more=True), of)
    brief = markup.partition('an-brief">')[2].partition("</div>")[0]
    assert brief.count("<ol>") == 1 and '<li value="3">' in brief and "**" not in brief and "second" not in brief
    assert "<mark" in brief.partition("third")[0][-40:] and brief.count("an-fold") == 2
    whole = markup.partition("hidden>")[2]
    assert "second" in whole and "Show the whole section" in whole


def test_a_table_keeps_its_head_and_a_note_its_name() -> None:
    of = source("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", 2, "b.md", "Tables", "Sizes")
    markup = shown(excerpt(of, "| a | b |\n|---|---|", "| 3 | 4 |", marked="| 3 | 4 |"), of)
    assert "<th>a</th>" in markup and re.search(r"<td><mark[^>]*>3", markup)
    assert 'data-cite="e0.2"' in markup and ">Tables<" in markup and ">Sizes<" in markup


def test_what_is_whole_has_no_button() -> None:
    of = source("One sentence alone.")
    assert "an-unfold" not in shown(excerpt(of, of.text, marked=of.text), of)


def test_nothing_of_a_note_becomes_markup_of_the_page() -> None:
    of = source(
        '<button class="an-unfold" onclick="x()">y</button> <a data-cite="e0.1" href="#">z</a> \ue100forged\ue900'
    )
    markup = shown(excerpt(of, of.text, marked="z"), of)
    assert "<button" not in markup and markup.count("data-cite") == 1


def test_sources_are_counted_as_they_are_read() -> None:
    sources = [source("x", n) for n in (1, 2, 3)]
    assert numbers_of([excerpt(sources[2], "x", marked="x")], sources) == {3: 1, 1: 2, 2: 3}


def test_a_citation_has_its_note_s_name() -> None:
    named, hashed = source("x", 1, "a.md", "Attention", "Heads"), source("x", 2, "b.md", "003_c14bfeaf169b6fab", "LoRA")
    assert (short_name(named), short_name(hashed)) == ("Attention", "LoRA")
    show = Shown(EN, (named, hashed), {1: 2, 2: 1})
    markup = answer_html([Sentence("Said.", "", (2,), True)], "", "s", show)
    assert '>1<span class="an-name"> LoRA</span>' in markup and 'aria-label="1 LoRA"' in markup


def test_a_figure_that_the_notes_do_not_hold_is_marked_and_both_stand() -> None:
    of = source("It takes 80 GB.")
    said = Sentence("It takes 92 GB, in 192 parts.", "", (), False)
    kept = Answer("How much?", "", of.text, False, (), (of,), EXTRACTIVE, "g", {"total_ms": 900.0})
    parts = dict(
        finished_view(
            replace(
                kept, excerpts=(excerpt(of, of.text, marked=of.text),), asked="m", written=(said,), differs=("92",)
            ),
            EN,
        ).parts
    )
    assert "80 GB" in parts["evidence"] and re.search(
        r'<mark class="an-differs"[^>]*>92</mark> GB, in 192', parts["body"]
    )
    assert "Figures that the notes do not hold: 92." in parts["remarks"] and "m was asked" in parts["foot"]


def test_a_picture_of_the_notes_is_shown(tmp_path: Path) -> None:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    (tmp_path / "p.png").write_bytes(base64.b64decode(pixel))
    of = source("![one](p.png) shows it.")
    assert "data:image/png" in evidence_html([excerpt(of, of.text, marked="shows it.")], [of], tmp_path, EN, {})


def test_what_one_may_ask_next_are_the_headings_beside_the_evidence() -> None:
    def section(name: str, path: str, *headings: str) -> Section:
        return Section(name, path, headings, 0, 1, 1, 1)

    sections = [
        section("far", "a.md", "A", "Training", "What is a warm-up?"),
        section("shown", "a.md", "A", "LoRA", "What is LoRA?"),
        section("near", "a.md", "A", "LoRA", "Choosing the rank"),
        section("asked", "a.md", "A", "LoRA", "Why does it work?"),
        section("other", "b.md", "B", "Elsewhere"),
    ]
    library = Library("g", "", {}, {one.id: one for one in sections}, (), "m")
    of = replace(source("LoRA is small."), section_id="shown")
    answer = Answer("What is LoRA?", "", "", False, (), (of,), EXTRACTIVE, "g", {})
    answer = replace(answer, excerpts=(excerpt(of, of.text, marked=of.text),))
    assert follow_ups(answer, ["What is LoRA?", "why does it work"], library, EN) == (
        "What do the notes say about “Choosing the rank”?",
        "What is a warm-up?",
    )


def test_an_answer_is_copied_with_links_or_as_plain_text() -> None:
    of = source("**Two** small matrices.\n\n- one", 1, "d/a.md", "Note", "Part")
    said = Sentence("Few weights.", "", (1,), True)
    kept = Answer("What?", "", "Few weights.", False, (said,), (of,), "m", "g", {})
    kept = replace(kept, excerpts=(excerpt(of, of.text, marked="Two"),), asked="m", verdict="stands", written=(said,))
    assert answer_markdown(kept, EN, {}) == (
        "[[d/a#Part]]\n\n> **Two** small matrices.\n>\n> - one\n\n**Summed up by m**\n\nFew weights.[^1-1]\n\n"
        "[^1-1]: [[d/a#Part]] · lines 1–3"
    )
    assert answer_text(kept) == "Two small matrices.\n\none\n\nFew weights."


def test_the_nearest_section_of_a_refusal_is_copied_as_no_answer() -> None:
    of = source("LoRA is small.")
    said = Sentence("The notes do not answer this.")
    refused = Answer("Weather?", "", said.text, True, (said,), (of,), EXTRACTIVE, "g", {})
    refused = replace(refused, excerpts=(excerpt(of, of.text, marked=of.text),))
    assert answer_markdown(refused, EN, {}).startswith("The notes do not answer this.\n\n[[a#Part]]\n\n> LoRA")
    assert answer_text(refused).startswith("The notes do not answer this.")
    assert "The notes do not answer this." in dict(finished_view(refused, EN).parts)["notice"]
