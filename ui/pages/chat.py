"""The conversation: its turns, the one that is being answered, and what one can do with an answer."""

import html
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit import runtime

from ingest.errors import NoteError
from ingest.messages import Language
from rag.history.freshness import fates
from rag.history.kept import as_history
from rag.records import Answer, Event, Found
from ui import components, state
from ui.backend.protocol import Backend, Library
from ui.components.ticking import ticking
from ui.jobs.answers import AnswerJob, Jobs
from ui.pages.vault.around import draw_around
from ui.pages.why_not import draw_why_not
from ui.render.export import answer_markdown, answer_text, file_name, note_markdown
from ui.render.follow import follow_ups
from ui.render.ranks import why_html
from ui.render.safe import label
from ui.render.source import Cited, Opened, linked_note
from ui.render.turn import TurnView, draft_view, finished_view, summary_of
from ui.users import owns
from ui.words import Words

TICK = 0.2  # seconds between two looks at an answer that is being written
FOUND_SECONDS = 0.5  # how long a run of the page waits for the evidence, so that it comes with it
STOP_SECONDS = 2.0  # how long a new question waits for the answer before it to end


class Chat:
    """One conversation on one run of the page."""

    def __init__(self, backend: Backend, library: Library | None, jobs: Jobs, words: Words) -> None:
        self.backend, self.library, self.jobs, self.words = backend, library, jobs, words
        self.id = state.conversation()
        self.job = jobs.answer(self.id) if self.id else None
        if self.job and self.job.kept:
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

    def ask(
        self, question: str, searched: str = "", summed_up: Answer | None = None, agent: bool | None = None
    ) -> None:
        """Start to answer a question, or what is `searched` for it; a new conversation begins with its first.

        With `summed_up` the model is to sum up what that answer shows already, with `agent` to look further before.
        """
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
        conversation, who = self.id, state.reader()

        def events(stop: threading.Event) -> Iterator[Event]:
            write = True if summed_up else None
            return self.backend.answer(question, history, stop, only, searched, write, agent=agent, who=who)

        def keep(answer: Answer) -> None:
            conversations.add(conversation, answer)

        writes = summed_up is not None or self.backend.settings.write == "auto"
        model = self.backend.language_model().name if writes else ""
        found = Found(summed_up.sources, (), summed_up.excerpts) if summed_up else None
        self.job = AnswerJob(question, events, keep, _is_open, model, found)
        self.jobs.start_answer(conversation, self.job)

    def ask_again(self, searched: str = "", question: str = "") -> None:
        """Answer the last question once more; `searched` is the stand-alone question when it was edited, `question`
        the question in other words."""
        if self.job:
            self.ask(self.job.question, searched)
        elif self.turns:
            question = question or self.turns[-1].question
            self.backend.conversations.drop_last(self.id)
            self._read_turns()
            state.open_source(None)
            self.ask(question, searched)

    def sum_up(self, agent: bool | None = None) -> None:
        """Have the model sum up what the last answer shows, with `agent` after it has looked further."""
        last = self.turns[-1]
        self.backend.conversations.drop_last(self.id)
        self._read_turns()
        self.ask(last.question, last.standalone_question, last, agent)

    def _read_turns(self) -> None:
        found = self.backend.conversations.turns(self.id) if self.id else ()
        self.turns: Sequence[Answer] = found or ()
        self._ratings = self.backend.feedback.ratings(self.id) if self.turns else {}
        self.missing = found is None and self.job is None  # the address names a conversation that does not exist

    def cited(self, turn: int) -> Cited:
        """What the citations of a turn point to; the turn after the last is the one being answered."""
        if 0 <= turn < len(self.turns):
            answer = self.turns[turn]
            question = answer.standalone_question or answer.question
            return Cited(summary_of(answer), answer.excerpts, answer.sources, answer.generation, question)
        if self.job and turn == len(self.turns):
            draft = self.job.draft()
            return Cited(draft.sentences, draft.excerpts, draft.sources or ())
        return Cited()

    def draw(self) -> None:
        """Draw every turn."""
        for i, answer in enumerate(self.turns):
            with st.container(key=f"turn-{i}"):
                with st.container():  # as a fragment has one: the turn keeps its place when its answer ends, and stays
                    self._turn(i, self._view(i, answer))
                self._below(i, answer)
        if self.job:
            with st.container(key=f"turn-{len(self.turns)}"):
                ticking(self._draw_job, None if self.job.done else TICK)

    def _view(self, i: int, answer: Answer) -> TurnView:
        generation = self.library.generation if self.library else ""
        which = (self.id, i, answer.text, str(answer.timings), generation)
        return _view(which, self.words.language, answer, self.library, self.backend.settings.corpus)

    def _draw_job(self) -> None:
        """The answer that is being written; a fragment, drawn again every `TICK` while it is."""
        job = self.job
        if job is None:
            return
        job.seen_by(state.tab())
        job.wait_found(FOUND_SECONDS)
        ended = job.done
        draft = job.draft()
        if st.session_state.pop("redraw", False) or (ended and not draft.error):
            st.rerun()
        self._turn(
            len(self.turns),
            draft_view(job.question, draft, self.words, self.backend.settings.corpus),
            live=not ended,
            redraw=True,
        )
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
                if self._can_sum_up(answer) and st.button(
                    words("sum_up"), key=f"sum-up-{i}", type="primary", icon=":material/summarize:"
                ):
                    self.sum_up()
                    st.rerun()
                if self._can_look_further(answer) and st.button(
                    words("look_further"), key=f"further-{i}", type="tertiary", icon=":material/travel_explore:"
                ):
                    self.sum_up(agent=True)
                    st.rerun()
                again = st.button(words("again"), key=f"again-{i}", type="tertiary", icon=":material/refresh:")
                if again:
                    self.ask_again()
                    st.rerun()
                self._edit_question(i, answer)
                self._edit_search(i, answer)
            if owns(self.backend.user):
                self._save(i, answer)
            self._opinion(i, answer)
        if last and not self.job and self.library:
            self._follow_ups(answer, self.library)
        if answer.sources:
            if self.library:
                draw_around(self.backend, self.library, answer, self._which(i, answer), words)
            with st.expander(words("why"), key=f"why-{i}", on_change="rerun") as panel:
                st.caption(words("why_caption"))
                if panel.open:
                    st.html(why_html(answer.sources, answer.standalone_question or answer.question, words))
                if self.library and panel.open:  # its list of notes is long
                    draw_why_not(self.backend, self.library, answer, f"{self.id}-{i}", words)

    def _follow_ups(self, answer: Answer, library: Library) -> None:
        """Questions that can be asked next with one click."""
        asked = [turn.standalone_question or turn.question for turn in self.turns]
        questions = follow_ups(answer, asked, library, self.words)
        if questions:
            st.html(f'<h2 class="an-side">{html.escape(self.words("follow"))}</h2>')
            with st.container(key="follow", gap="small"):
                for i, question in enumerate(questions):
                    if st.button(label(question), key=f"follow-{len(self.turns)}-{i}", width="stretch"):
                        self.ask(question, question)
                        st.rerun()

    def _save(self, i: int, answer: Answer) -> None:
        """Keep an answer as a new note."""
        words = self.words
        if not st.button(words("save_note"), key=f"save-{i}", type="tertiary", icon=":material/note_add:"):
            return
        notes = self.library.notes if self.library else {}
        text = note_markdown(answer, words, notes, datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            path = self.backend.save_note(file_name(answer.question), text)
        except NoteError as error:
            st.error(label(error.told(words.language)))
        else:
            st.toast(label(words("note_saved", path=path)))

    def _can_sum_up(self, answer: Answer) -> bool:
        waits = self.backend.settings.write == "ask" and not answer.asked and not answer.refused
        return waits and bool(answer.excerpts) and self.backend.language_model().kind != "none"

    def _can_look_further(self, answer: Answer) -> bool:
        asked = self.backend.settings.agent or answer.looks or answer.refused
        return not asked and bool(answer.excerpts) and self.backend.language_model().kind == "endpoint"

    def _which(self, i: int, answer: Answer) -> str:
        """What tells this answer's fields apart from those of another one to the same question."""
        return f"{self.id}-{i}-{answer.timings.get('total_ms', 0):.0f}"

    def _edit_question(self, i: int, answer: Answer) -> None:
        """The last question, to be put in other words; its answer gives way to the new one."""
        words, which = self.words, self._which(i, answer)
        with st.popover(words("edit_question"), key=f"reword-{which}", type="tertiary", icon=":material/edit_note:"):
            edited = st.text_area(
                words("edit_question"),
                answer.question,
                key=f"question-{which}",
                max_chars=2000,
                label_visibility="collapsed",
            )
            if st.button(words("ask_edited"), key=f"ask-edited-{which}", type="primary") and edited.strip():
                self.ask_again(question=edited.strip())
                st.rerun()

    def _edit_search(self, i: int, answer: Answer) -> None:
        """The question that was searched for, to be edited and searched again."""
        words, which = self.words, self._which(i, answer)
        with st.popover(words("edit_search"), key=f"edit-{which}", type="tertiary", icon=":material/edit:"):
            st.caption(words("edit_search_hint"))
            edited = st.text_area(
                words("edit_search"),
                answer.standalone_question or answer.question,
                key=f"searched-{which}",
                max_chars=2000,
                label_visibility="collapsed",
            )
            if st.button(words("search_again"), key=f"search-again-{which}", type="primary") and edited.strip():
                self.ask_again(edited.strip())
                st.rerun()

    def _opinion(self, i: int, answer: Answer) -> None:
        """Thumbs up or down, and why; kept at once and shown again after a reload."""
        words, which = self.words, self._which(i, answer)
        good, reason = self._ratings.get(i, (None, ""))

        def rate() -> None:
            given = st.session_state.get(f"rating-{which}")
            if given is not None:
                why = str(st.session_state.get(f"reason-{which}", "")).strip()
                self.backend.feedback.rate(self.id, i, given == 1, why)

        given = st.feedback(
            "thumbs", key=f"rating-{which}", default=None if good is None else int(good), on_change=rate
        )
        if given is not None:
            asked = words("reason_good" if given else "reason")
            st.text_input(
                asked,
                reason,
                key=f"reason-{which}",
                placeholder=asked,
                label_visibility="collapsed",
                on_change=rate,
                max_chars=1000,
                icon=":material/check:" if reason else None,
            )


@st.cache_resource(max_entries=200, show_spinner=False)
def _view(
    which: tuple[str | int, ...], language: Language, _answer: Answer, _library: Library | None, _corpus: Path
) -> TurnView:
    """A turn as it is shown; `which` tells it apart, so that it is rendered once and not on every click."""
    now = fates(_answer, _library.generation, _library.notes, _library.sections) if _library else {}
    words, notes = Words(language), _library.notes if _library else {}
    copies = {"markdown": answer_markdown(_answer, words, notes), "plain": answer_text(_answer)}
    return replace(finished_view(_answer, words, now, _corpus), copies=copies)


def _is_open(tab: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(tab)
