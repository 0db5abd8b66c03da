"""The page's logic, headless: what is drawn in each state, and what a person's clicks lead to."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from page_kit import NOTE, HeldBackend, bodies, drawn, opened, places, settings, texts, turn, until, until_answered
from scripted import ScriptedBackend

from ingest.build.run import BuildReport
from ingest.config import Settings
from ingest.errors import EndpointError, IndexBusy, ModelError
from ingest.messages import Message
from ingest.models.missing import Missing
from ingest.notes.read import Skipped
from rag.history.pinned import Rebuilt
from rag.records import Event, Found, Turn, Waiting
from ui.backend.protocol import Library, Progress
from ui.words import Words


def test_first_visit_shows_what_there_is_and_questions_to_try(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)))
    assert "There are 2 notes" in texts(at) and "scripted-model" in texts(at)
    examples = [b.label for b in at.button if b.key and b.key.startswith("example-")]
    assert set(examples) == {"How does RoPE encode positions?", "What is a quantised model?", "什么是注意力机制？"}
    at.button(key="example-0").click().run()
    shown = until_answered(at)
    assert examples[0] in turn(shown, 0)["question"]


def test_an_answer_has_sources_citations_and_an_address(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    at = until_answered(at)
    data = drawn(at, "turn")[0]
    shown = turn(at, 0)
    assert (
        'data-cite="s0.1"' in shown["body"]
        and "an-unsupported" in shown["body"]
        and 'data-cite="e0.1"' in shown["evidence"]
    )
    assert data["cards"]["s0.1"]["quote"].startswith("RoPE rotates queries")
    assert at.query_params["c"] == "c1"
    again = opened(backend, c="c1")  # another tab, or after a reload
    assert turn(again, 0)["body"] == shown["body"]


def test_a_citation_opens_the_note_at_its_evidence(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    until_answered(at)
    (pane,) = drawn(opened(backend, c="c1", at="1:s0.1"), "pane")
    assert '<mark class="an-evidence">RoPE rotates queries and keys' in pane["html"]
    assert pane["head"]["path"] == "attention.md · line 9" and pane["head"]["at"] == 1
    assert pane["head"]["outline"][1][1:] == ["什么是注意力机制？", 1]
    assert pane["head"]["notice"] == "" and pane["head"]["link"] == "?c=c1&at=1:s0.1"
    (corpus / "attention.md").write_text(NOTE.replace("RoPE rotates", "It rotates"), encoding="utf-8")
    (pane,) = drawn(opened(backend, c="c1", at="1:s0.1"), "pane")
    assert "has changed since" in pane["head"]["notice"] and "RoPE rotates" in pane["html"]
    (corpus / "attention.md").unlink()
    (pane,) = drawn(opened(backend, c="c1", at="1:s0.1"), "pane")
    assert "no longer in the notes folder" in pane["head"]["notice"]


def test_an_old_answer_says_what_became_of_its_citations(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert "an-fresh" not in places(turn(until_answered(at), 0))
    (corpus / "rope.md").write_text("# RoPE\n\n" + NOTE.partition("## How")[1] + NOTE.partition("## How")[2])
    (corpus / "attention.md").write_text(
        NOTE.partition("## How")[0].replace("并按相关性", "再按相关性"), encoding="utf-8"
    )
    (corpus / "other.md").unlink()
    backend.build(lambda *_: None, threading.Event())
    again = opened(backend, c="c1", at="1:s0.1")
    fresh = re.findall(r'an-fresh-(\w+)">([^<]*)<', places(turn(again, 0)))
    assert dict(fresh) == {
        "moved": "moved to rope.md, line 1",
        "edited": "edited since",
        "gone": "gone from the notes",
    }
    assert re.search(r'aria-label="1 [^"]*, moved to rope.md', turn(again, 0)["body"])
    (pane,) = drawn(again, "pane")
    assert '<mark class="an-evidence">RoPE rotates queries and keys' in pane["html"]
    assert (
        pane["head"]["path"] == "rope.md · line 5"
        and "moved here (they were in attention.md)" in pane["head"]["notice"]
    )
    gone = next(c for c in re.findall(r'data-cite="(s\d\.\d)" aria-label="\d [^"]*, gone', turn(again, 0)["body"]))
    (pane,) = drawn(opened(backend, c="c1", at=f"1:{gone}"), "pane")
    assert "no longer in the notes (other.md)" in pane["head"]["notice"] and "few bits each" in pane["html"]


def test_follow_ups_carry_the_history(corpus: Path) -> None:
    asked: list[Sequence[Turn]] = []

    class Recording(ScriptedBackend):
        def answer(
            self,
            question: str,
            history: Sequence[Turn],
            stop: threading.Event,
            only: Sequence[str] = (),
            searched: str = "",
            write: bool | None = None,
            agent: bool | None = None,
            who: str = "",
        ) -> Iterator[Event]:
            asked.append(history)
            return super().answer(question, history, stop, only, searched)

    at = opened(Recording(settings(corpus)))
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    at = until_answered(at)
    at.chat_input[0].set_value("And why?").run()
    at = until_answered(at, 2)
    assert [t.role for t in asked[1]] == ["user", "assistant"] and asked[1][0].content == "What does RoPE rotate?"
    at.button(key="again-1").click().run()
    at = until_answered(at, 2)
    assert len(bodies(at)) == 2 and len(asked) == 3 and asked[2] == asked[1]


def test_the_searched_question_is_shown_and_can_be_edited(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert turn(until_answered(at), 0)["searched"] == ""
    at.chat_input[0].set_value("And why?").run()
    at = until_answered(at, 2)
    assert "Searched for: What does RoPE rotate? And why?" in turn(at, 1)["searched"]
    _, field = at.text_area
    assert field.value == "What does RoPE rotate? And why?"
    field.set_value("What is a quantised model?").run()
    next(b for b in at.button if b.label == "Search and answer again").click().run()
    at = until_answered(at, 2)
    assert (
        "Searched for: What is a quantised model?" in turn(at, 1)["searched"] and "And why?" in turn(at, 1)["question"]
    )
    assert "other.md" in turn(at, 1)["evidence"].split("</section>")[0]
    assert [a.question for a in backend.conversations.turns("c1") or ()] == ["What does RoPE rotate?", "And why?"]


def test_the_page_shows_an_answer_that_is_on_its_way(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert backend.held.wait(30)
    other = opened(backend, c="c1")  # a reload in mid-answer
    shown = turn(other, 0)
    assert "The model is reading" in shown["status"] and 'data-cite="e0.1"' in shown["evidence"]
    assert '<mark class="an-evidence">RoPE rotates queries' in shown["evidence"] and shown["body"] == ""
    other.button(key="stop").click().run()
    until_answered(other)
    (answer,) = backend.conversations.turns("c1") or ()
    assert answer.incomplete == "stopped"


def test_who_waits_for_the_model_sees_their_place_and_can_leave(corpus: Path) -> None:
    class Busy(HeldBackend):
        def answer(self, question: str, *rest: Any, **options: Any) -> Iterator[Event]:
            for event in super().answer(question, *rest, **options):
                yield event
                if isinstance(event, Found):
                    yield Waiting(2)

    backend = Busy(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What does RoPE rotate?").run()
    assert backend.held.wait(30)
    shown = turn(at.run(), 0)
    assert "your place in line is 2" in shown["status"] and 'data-cite="e0.1"' in shown["evidence"]
    at.button(key="stop").click().run()
    (answer,) = backend.conversations.turns("c1") or () if until_answered(at) else ()
    assert answer.incomplete == "stopped"


def test_a_place_in_line_is_told() -> None:
    assert "第 3 位" in Words("zh")("in_line", n=3) and "place in line is 3" in Words("en")("in_line", n=3)


def test_an_error_is_told_and_one_can_ask_again(corpus: Path) -> None:
    class Broken(ScriptedBackend):
        broken = True

        def answer(
            self,
            question: str,
            history: Sequence[Turn],
            stop: threading.Event,
            only: Sequence[str] = (),
            searched: str = "",
            write: bool | None = None,
            agent: bool | None = None,
            who: str = "",
        ) -> Iterator[Event]:
            if self.broken:
                raise EndpointError("endpoint.broke_off", name=Message("endpoint.local"))
            return super().answer(question, history, stop, only, searched)

    backend = Broken(settings(corpus))
    at = opened(backend)
    at.chat_input[0].set_value("What?").run()
    until(at, lambda: "error" in turn(at, 0))
    assert "The local model broke off in the middle of its answer; ask again." in turn(at, 0)["error"]
    backend.broken = False
    at.button(key="ask-again").click().run()
    assert "error" not in turn(until_answered(at), 0)


def test_without_an_index_one_button_builds_it(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus), indexed=False))
    assert "There is no index yet" in texts(at) and at.chat_input[0].disabled
    at.button(key="build").click().run()
    until(at, lambda: "There are 2 notes" in texts(at))
    assert not at.chat_input[0].disabled
    at.button(key="to-index").click().run()
    assert "The index is up to date" in at.success[0].value and "2 embedded" in at.success[0].value


def test_a_build_that_fails_says_why(corpus: Path) -> None:
    class Busy(ScriptedBackend):
        def build(self, progress: Progress, stop: threading.Event) -> Rebuilt:
            raise IndexBusy("index.busy", folder="index", holder=Message("index.holder", pid=1, host="m"))

    at = opened(Busy(settings(corpus)), view="index")
    at.button(key="rebuild").click().run()
    until(at, lambda: len(at.warning) > 0)
    assert "Another build is writing index" in at.warning[0].value.replace("\\", "")


def test_without_notes_the_page_says_where_to_put_them(tmp_path: Path) -> None:
    at = opened(ScriptedBackend(settings(tmp_path), indexed=False))
    assert "Put notes (Markdown" in texts(at) and str(tmp_path) in texts(at)
    at = opened(ScriptedBackend(settings(tmp_path / "gone"), indexed=False))
    assert "does not exist" in texts(at) and not [b for b in at.button if b.key == "build"]


def test_conversations_can_be_found_renamed_pinned_deleted_and_restored(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    for question in ("first", "second", "third", "fourth"):
        backend.conversations.start(question)
    at = opened(backend)

    def listed() -> list[str]:
        return [b.label for b in at.button if b.key and b.key.startswith("go-")]

    assert listed() == ["fourth", "third", "second", "first"]
    assert not at.get("download_button") and all(b.key != "pin-c1" for b in at.button), (
        "built only when it is looked at"
    )
    at.session_state["menu-c1"] = True  # what the browser sends when the menu is opened
    at.run()
    at.text_input(key="title-c1").set_value("<b>one</b>").run()
    at.button(key="pin-c1").click().run()
    assert listed()[0] == "\\<b\\>one\\</b\\>"
    at.button(key="go-c2").click().run()
    assert at.query_params["c"] == "c2"
    at.session_state["menu-c2"] = True
    at.run()
    at.button(key="delete-c2").click().run()
    assert "second" not in listed() and "c" not in at.query_params
    at.button(key="undo").click().run()
    assert "second" in listed()
    at.text_input(key="find-conversation").set_value("nowhere").run()
    assert listed() == []


def test_of_many_conversations_the_latest_are_listed_and_a_click_brings_older_ones(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    for number in range(20):
        backend.conversations.start(f"question {number}")
    at = opened(backend)

    def listed() -> list[str]:
        return [b.label for b in at.button if b.key and b.key.startswith("go-")]

    assert listed() == [f"question {number}" for number in range(19, 4, -1)]
    at.button(key="older").click().run()
    assert len(listed()) == 20 and all(b.key != "older" for b in at.button)


def test_an_address_that_leads_nowhere_says_so(corpus: Path) -> None:
    at = opened(ScriptedBackend(settings(corpus)), c="gone", at="7:s9.9")
    assert "This conversation does not exist" in texts(at)


def test_the_page_speaks_chinese(corpus: Path) -> None:
    at = opened(ScriptedBackend(Settings(corpus=corpus, language="zh", llm="none")))
    assert "这里有 2 篇笔记" in texts(at)


@pytest.mark.parametrize(
    ("language", "reason", "notice", "failure"),
    [
        (
            "zh",
            "scan.pdf: 只有图片，没有文字",
            "索引的文件 CURRENT 已损坏",
            "索引没有更新：另一个程序正在写 index（m 上的进程 1）",
        ),
        ("en", "scan.pdf: holds no text, only", "The file CURRENT of the index is damaged", "Another build is writing"),
    ],
)
def test_reasons_notices_and_errors_are_told_in_the_language_of_the_page(
    corpus: Path, language: Literal["zh", "en"], reason: str, notice: str, failure: str
) -> None:
    class Damaged(ScriptedBackend):
        def library(self) -> Library:
            return replace(super().library(), notices=(Message("index.current_damaged", file="CURRENT"),))

        def changes(self) -> BuildReport:
            skipped = (Skipped("scan.pdf", Message("note.pdf_scan")),)
            return replace(super().changes(), skipped=skipped, unchanged=False)

        def build(self, progress: Progress, stop: threading.Event) -> Rebuilt:
            raise IndexBusy("index.busy", folder="index", holder=Message("index.holder", pid=1, host="m"))

    at = opened(Damaged(Settings(corpus=corpus, language=language, llm="none")), view="index")
    assert reason in texts(at) and notice in texts(at).replace("\\", "")
    at.button(key="rebuild").click().run()
    at.run()
    assert failure in texts(at).replace("\\", "")


def test_an_error_that_ends_the_page_is_told_in_its_language(corpus: Path) -> None:
    class Broken(ScriptedBackend):
        def missing_model(self) -> Missing:
            raise ModelError("settings.local_model_other", path="x.gguf")

    at = opened(Broken(Settings(corpus=corpus, language="zh", llm="none")))
    assert "不是 GGUF 文件" in at.error[0].value.replace("\\", "")
