"""Who is answered next by a model that takes one question at a time, and what those who wait are told."""

import dataclasses
import gc
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_endpoint import HEAD, WAIT, FakeEndpoint, answer, event, fake_endpoint
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage

from ingest.config import Settings
from ingest.messages import Message
from rag.model.language_model import LanguageModel, ModelInfo, endpoint_of
from rag.model.stream import TextStream
from rag.model.waiting import Line, Ticket

MOMENT = 10.0  # seconds


def served_in_order(line: Line, tickets: dict[Ticket, str]) -> str:
    """Answer all that are in line; their names in the order in which they came to be answered."""
    order = ""
    while len(line):
        (now,) = (ticket for ticket in tickets if line.place(ticket) == 0)
        order += tickets.pop(now)
        line.leave(now)
    return order


def test_who_asks_three_times_keeps_nobody_waiting() -> None:
    line, tickets = Line(), {}
    for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
        tickets[line.join(name[0])] = name
    assert [line.place(ticket) for ticket in tickets] == [0, 3, 5, 1, 4, 2]
    assert served_in_order(line, tickets) == "a1b1c1a2b2a3"
    assert len(line) == 0


def test_who_comes_in_the_middle_stands_before_the_second_question_of_the_one_being_answered() -> None:
    line, tickets = Line(), {}
    for name in ("a1", "a2", "b1"):
        tickets[line.join(name[0])] = name
    for name in ("a3", "c1", "b2"):
        tickets[line.join(name[0])] = name
    assert served_in_order(line, tickets) == "a1b1c1a2b2a3"


def test_who_leaves_is_gone_wherever_they_stood() -> None:
    line = Line()
    first, second, third, other = (line.join(who) for who in ("a", "a", "b", "b"))
    line.leave(third)
    assert [line.place(ticket) for ticket in (first, other, second)] == [0, 1, 2]
    line.leave(second)
    line.leave(first)
    assert line.place(other) == 0
    line.leave(other)
    assert len(line) == 0 and line.place(line.join("a")) == 0


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["join", "join", "answered", "leave"])), max_size=60)
)
def test_nobody_waits_for_two_answers_of_another(steps: list[tuple[str, str]]) -> None:
    """Whoever comes and goes: from when one begins to wait until one is answered, no other is answered twice."""
    line, waiting = Line(), dict[Ticket, str]()
    since: dict[str, Counter[str]] = {}  # who waits -> what others were answered since
    now: Ticket | None = None

    def look() -> None:
        nonlocal now
        places = sorted(line.place(ticket) for ticket in waiting)
        assert places == list(range(len(waiting)))  # one is answered whenever somebody is there, all others wait behind
        called = next((ticket for ticket in waiting if line.place(ticket) == 0), None)
        if called is now:
            return
        now = called
        if called is not None:
            since.pop(waiting[called], None)
            for others in since.values():
                others[waiting[called]] += 1
                assert max(others.values()) < 2
            if list(waiting.values()).count(waiting[called]) > 1:
                since[waiting[called]] = Counter()

    for who, what in steps:
        mine = [ticket for ticket, name in waiting.items() if name == who]
        if what == "join":
            waiting[line.join(who)] = who
            since.setdefault(who, Counter())
        elif what == "answered" and now is not None:
            line.leave(now)
            del waiting[now]
        elif what == "leave" and mine:
            line.leave(mine[-1])
            del waiting[mine[-1]]
        since = {name: others for name, others in since.items() if name in waiting.values()}
        look()


@contextmanager
def model_with_a_line(*scripts: list[bytes | float | str]) -> Iterator[tuple[LanguageModel, Line, FakeEndpoint]]:
    """An endpoint that takes one question at a time, as the local model does."""
    line = Line()
    with fake_endpoint(*scripts) as fake:
        settings = Settings(base_url=fake.base_url, model="m", first_token_seconds=30, between_tokens_seconds=30)
        upstream = dataclasses.replace(endpoint_of(settings), line=line)
        yield LanguageModel(ModelInfo("local", "m", Message("model.here")), lambda: upstream, 50), line, fake


def asked(model: LanguageModel, who: str, cancel: threading.Event | None = None) -> TextStream:
    return model.stream([HumanMessage(who)], 50, who=who, cancel=cancel)


def until(line: Line, n: int) -> None:
    """Wait until so many are in line."""
    end = time.monotonic() + MOMENT
    while len(line) != n:
        assert time.monotonic() < end, f"{len(line)} are in line"
        time.sleep(0.01)


def test_each_is_told_their_place_and_then_answered() -> None:
    with model_with_a_line([HEAD, event("一"), WAIT], answer("二"), answer("三")) as (model, line, fake):
        first, told = asked(model, "a"), dict[str, list[int | str]]()
        assert next(first) == "一" and first.place == 0

        def read(name: str) -> None:
            stream, told[name] = asked(model, name[0]), []
            for piece in stream:
                told[name].append(piece or stream.place)

        readers = []
        for n, name in enumerate(("a2", "b1"), start=2):
            readers.append(threading.Thread(target=read, args=(name,)))
            readers[-1].start()
            until(line, n)
        end = time.monotonic() + MOMENT
        while (told["a2"], told["b1"]) != ([1, 2], [1]):
            assert time.monotonic() < end, told
            time.sleep(0.01)
        first.close()
        for reader in readers:
            reader.join(MOMENT)
        assert told["b1"] == [1, 0, "二"]
        assert told["a2"] in ([1, 2, 1, 0, "三"], [1, 2, 0, "三"])  # a short answer may be over between two looks
        assert len(line) == 0 and len(fake.requests) == 3


@pytest.mark.parametrize("how", ["stopped", "closed", "dropped"])
def test_who_leaves_while_waiting_is_out_of_the_line_at_once_and_asks_nothing(how: str) -> None:
    with model_with_a_line([HEAD, event("一"), WAIT]) as (model, line, fake):
        first, cancel = asked(model, "a"), threading.Event()
        assert next(first) == "一"
        waits: TextStream | None = asked(model, "b", cancel)
        assert waits is not None and next(waits) == "" and waits.place == 1
        if how == "stopped":
            cancel.set()
            assert list(waits) == [] and waits.finish_reason == "cancelled"
        elif how == "closed":
            waits.close()
        else:
            waits = None
            gc.collect()
        until(line, 1)  # while the one before is still answered
        first.close()
        until(line, 0)
        assert len(fake.requests) == 1
