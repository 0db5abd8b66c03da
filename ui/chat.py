"""The conversation: its turns, the one that is being answered, and what one can do with an answer."""

import functools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rag.history import as_history
from rag.records import Answer, Event
from ui import components, state
from ui.answer import TurnView, draft_view, finished_view
from ui.backend import Backend, Library
from ui.jobs import AnswerJob, Jobs
from ui.source import Cited, Opened, linked_note
from ui.why import why_html
from ui.whynot import draw_why_not
from ui.words import Language, Words

TICK = 0.2  # seconds between two looks at an answer that is being written
STOP_SECONDS = 2.0  # how long a new question waits for the answer before it to end


class Chat:
    """One conversation on one run of the page."""

    def __init__(self, backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
        self.backend, self.library, self.jobs, self.words = backend, library, jobs, words
        self.id = state.conversation()
        self.job = jobs.answer(self.id) if self.id else None
        if self.job and self.job.done and not self.job.draft().error:
            jobs.drop_answer(self.id)
            self.job = None
        self._read_turns()  # after the look at the job: an answer is kept before its job is done

    @property
    def empty(self) -> bool:
        """Whether nothing has been asked yet."""
        return not self.turns and self.job is None

    @property
    def only(self) -> tuple[str, ...]:
        """What the next question is restricted to: what was chosen, or else as the last one was."""
        chosen = state.only()
        if chosen is None:
            return self.turns[-1].only if self.turns else ()
        return chosen

    def ask(self, question: str) -> None:
        """Start to answer a question; a new conversation begins with its first."""
        only = self.only
        conversations = self.backend.conversations
        if self.job and not self.job.done:
            self.job.stop()
            self.job.wait(STOP_SECONDS)
            self._read_turns()
        if not self.id or self.missing:
            self.id = conversations.start(question)
            state.show(self.id, state.only())
        history = as_history(self.turns)
        conversation = self.id

        def events(stop: threading.Event) -> Iterator[Event]:
            return self.backend.answer(question, history, stop, only)

        self.job = AnswerJob(question, events, lambda answer: conversations.add(conversation, answer), _is_open)
        self.jobs.start_answer(conversation, self.job)

    def ask_again(self) -> None:
        """Answer the last question once more."""
        if self.job:
            self.ask(self.job.question)
        elif self.turns:
            question = self.turns[-1].question
            self.backend.conversations.drop_last(self.id)
            self._read_turns()
            state.open_source(None)
            self.ask(question)

    def _read_turns(self) -> None:
        found = self.backend.conversations.turns(self.id) if self.id else ()
        self.turns: Sequence[Answer] = found or ()
        self.missing = found is None and self.job is None  # the address names a conversation that does not exist

    def cited(self, turn: int) -> Cited:
        """What the citations of a turn point to; the turn after the last is the one being answered."""
        if 0 <= turn < len(self.turns):
            return Cited(self.turns[turn].sentences, (), self.turns[turn].sources)
        if self.job and turn == len(self.turns):
            draft = self.job.draft()
            return Cited(draft.sentences, draft.extract, draft.sources or ())
        return Cited()

    def draw(self) -> None:
        """Draw every turn."""
        for i, answer in enumerate(self.turns):
            with st.container(key=f"turn-{i}"):
                self._turn(i, _view(_Shown(self.id, i, answer.text, str(answer.timings), self.words.language, answer)))
                self._below(i, answer)
        if self.job:
            with st.container(key=f"turn-{len(self.turns)}"):
                st.fragment(self._draw_job, run_every=None if self.job.done else TICK)()

    def _draw_job(self) -> None:
        """The answer that is being written; a fragment, drawn again every `TICK` while it is."""
        job = self.job
        if job is None:
            return
        job.seen_by(_this_tab())
        ended = job.done
        draft = job.draft()
        if st.session_state.pop("redraw", False) or (ended and not draft.error):
            st.rerun()
        self._turn(len(self.turns), draft_view(job.question, draft, self.words), live=not ended, redraw=True)
        if not ended:
            st.button(self.words("stop"), key="stop", icon=":material/stop_circle:", on_click=job.stop)
        elif st.button(self.words("ask_again"), key="ask-again", icon=":material/refresh:"):
            self.ask_again()
            st.rerun()

    def _turn(self, i: int, view: TurnView, *, live: bool = False, redraw: bool = False) -> None:
        """Draw a turn. In a fragment (`redraw`) a click runs the fragment alone: it then asks for the whole page."""
        opened = state.opened()

        def open_citation(cite: str) -> None:
            state.open_source(Opened(turn=i, cite=cite))
            st.session_state["redraw"] = redraw

        def open_note(target: str) -> None:
            found = linked_note(self.library, "", target) if self.library else None
            if found:
                state.open_source(found)
                st.session_state["redraw"] = redraw

        components.turn(
            f"turn-{self.id}-{i}",
            str(i),
            view,
            opened=opened.cite if opened and opened.turn == i else "",
            live=live,
            on_open=open_citation,
            on_note=open_note,
        )

    def _below(self, i: int, answer: Answer) -> None:
        """What one can do with an answer: rate it, ask again, see why these sources."""
        words, last = self.words, i == len(self.turns) - 1
        with st.container(horizontal=True, key=f"actions-{i}", vertical_alignment="center"):
            if last and not self.job:
                again = st.button(words("again"), key=f"again-{i}", type="tertiary", icon=":material/refresh:")
                if again:
                    self.ask_again()
                    st.rerun()
            given = st.feedback("thumbs", key=f"rating-{self.id}-{i}", on_change=self._rate, args=(i,))
            if given == 0:
                reason = st.text_input(
                    words("reason"),
                    key=f"reason-{self.id}-{i}",
                    placeholder=words("reason"),
                    label_visibility="collapsed",
                )
                if reason:
                    self.backend.conversations.rate(self.id, i, False, reason)
                    st.caption(words("thanks"))
        if answer.sources:
            with st.expander(words("why"), key=f"why-{i}", on_change="rerun") as panel:
                st.caption(words("why_caption"))
                st.html(why_html(answer.sources, words))
                if self.library and panel.open:  # its list of notes is long
                    draw_why_not(self.backend, self.library, answer, f"{self.id}-{i}", words)

    def _rate(self, i: int) -> None:
        given = st.session_state.get(f"rating-{self.id}-{i}")
        if given is not None:
            self.backend.conversations.rate(self.id, i, given == 1)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An answer as it is shown: what tells it apart, so that it is rendered once and not on every click."""

    conversation: str
    turn: int
    text: str
    timings: str
    language: Language
    answer: Answer = field(compare=False)


@functools.lru_cache(maxsize=200)
def _view(shown: _Shown) -> TurnView:
    return finished_view(shown.answer, Words(shown.language))


def _this_tab() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _is_open(tab: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(tab)
