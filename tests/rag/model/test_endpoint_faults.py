"""What an endpoint can do wrong, and what must hold: visible errors in time, what came is kept, the next one works."""

import email.utils
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from fake_endpoint import DONE, HEAD, WAIT, FakeEndpoint, Step, answer, cut, event, fake_endpoint, refusal
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from reading import read_stream

from ingest.config import Settings
from rag.model.language_model import LanguageModel, language_model

KEY = "sk-1234567890-secret"
MESSAGES: list[BaseMessage] = [SystemMessage("Answer from the notes."), HumanMessage("什么是量化？")]


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """The client library takes seconds to import; the time limits below are shorter."""
    import langchain_openai  # noqa: F401


def model_at(base_url: str, **changes: object) -> LanguageModel:
    values: dict[str, object] = {"connect_seconds": 1, "first_token_seconds": 1, "between_tokens_seconds": 0.5}
    return language_model(Settings(base_url=base_url, model="m", api_key=KEY, **(values | changes)), None)


def read(model: LanguageModel) -> tuple[str, str]:
    return read_stream(model, MESSAGES, KEY)


def next_works(endpoint: FakeEndpoint, model: LanguageModel) -> bool:
    endpoint.scripts[:] = [answer("好", "的")]
    return read(model) == ("好的", "")


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_refused_connection_is_an_error_in_a_few_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    began = time.monotonic()
    text, error = read(model_at(f"http://127.0.0.1:{port}/v1", first_token_seconds=30))
    assert text == "" and "Connection refused" in error and f"127.0.0.1:{port}" in error and "base_url" in error
    assert time.monotonic() - began < 4


def test_full_backlog_is_an_error_after_the_connect_limit() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        held = [socket.socket() for _ in range(4)]  # nobody accepts: the queue is full, further ones wait
        try:
            for one in held:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            began = time.monotonic()
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            text, error = read(model_at(address, connect_seconds=0.5, first_token_seconds=30))
            assert text == "" and "no connection within 0.5 s" in error
            assert time.monotonic() - began < 4
        finally:
            for one in held:
                one.close()


HANGS: list[list[Step]] = [
    [WAIT],  # not even a status line
    [HEAD, WAIT],
    [HEAD, event(""), WAIT],  # the role comes first, without text
    [HEAD, *([b": keep-alive\n\n", 0.2] * 20)],  # signs of life, but no text
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", *([b"a", 0.2] * 20)],
]


@pytest.mark.parametrize("script", HANGS, ids=["nothing", "head", "role", "keep-alive", "drip"])
def test_hang_before_the_first_token_ends_at_its_limit(script: list[Step]) -> None:
    with fake_endpoint(script) as endpoint:
        model = model_at(endpoint.base_url)
        began = time.monotonic()
        text, error = read(model)
        assert text == "" and "nothing within 1 s" in error and "first_token_seconds" in error
        assert 0.9 < time.monotonic() - began < 2.5
        assert len(endpoint.requests) == 1  # the limit is used up: no second try
        assert next_works(endpoint, model)


@pytest.mark.parametrize("after", [[WAIT], [b": keep-alive\n\n", 0.2] * 10], ids=["silence", "keep-alive"])
def test_stall_in_the_middle_keeps_what_came(after: list[Step]) -> None:
    with fake_endpoint([HEAD, event("量化"), event("是"), *after]) as endpoint:
        model = model_at(endpoint.base_url)
        began = time.monotonic()
        text, error = read(model)
        assert text == "量化是" and "in the middle" in error and "0.5 s" in error
        assert time.monotonic() - began < 2
        assert next_works(endpoint, model)


def test_slow_answer_within_the_limits_is_whole() -> None:
    """Each wait has its own limit: the whole may take longer than the first token may."""
    with fake_endpoint([HEAD, *[0.3, event("字")] * 5, event(finish="stop"), DONE]) as endpoint:
        assert read(model_at(endpoint.base_url)) == ("字字字字字", "")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_is_honoured(status: str) -> None:
    with fake_endpoint(refusal(status, Retry_After="1.2"), answer("好")) as endpoint:
        assert read(model_at(endpoint.base_url, first_token_seconds=5)) == ("好", "")
        first, second = endpoint.requests
        assert 1.2 <= second.came - first.came < 3


def test_retry_after_may_be_a_date() -> None:
    later = email.utils.formatdate(time.time() + 2, usegmt=True)  # whole seconds: 1 to 2 from now
    with fake_endpoint(refusal("429 Too Many Requests", Retry_After=later), answer("好")) as endpoint:
        assert read(model_at(endpoint.base_url, first_token_seconds=5)) == ("好", "")
        first, second = endpoint.requests
        assert 0.7 <= second.came - first.came < 4


def test_too_long_a_retry_after_is_told_at_once() -> None:
    with fake_endpoint(refusal("429 Too Many Requests", Retry_After="3600")) as endpoint:
        began = time.monotonic()
        assert "wait 3600 s" in read(model_at(endpoint.base_url))[1]
        assert time.monotonic() - began < 1 and len(endpoint.requests) == 1


def test_endless_500_ends_after_three_attempts() -> None:
    with fake_endpoint(refusal("500 Internal Server Error", '{"error": {"message": "out of memory"}}')) as endpoint:
        model = model_at(endpoint.base_url, first_token_seconds=10)
        text, error = read(model)
        assert text == "" and "500: out of memory" in error
        assert len(endpoint.requests) == 3
        assert next_works(endpoint, model)


def test_used_up_quota_is_not_tried_again() -> None:
    body = '{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    with fake_endpoint(refusal("429 Too Many Requests", body)) as endpoint:
        assert "exceeded your quota" in read(model_at(endpoint.base_url))[1]
        assert len(endpoint.requests) == 1


def test_wrong_key_is_told_without_the_key() -> None:
    body = f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}'
    with fake_endpoint(refusal("401 Unauthorized", body), refusal("400 Bad Request", body)) as endpoint:
        assert "ASKNOTES_API_KEY" in read(model_at(endpoint.base_url))[1]  # `read` looks for the key
        assert "400: Incorrect API key provided: …" in read(model_at(endpoint.base_url))[1]


BROKEN: dict[str, tuple[list[Step], str, str]] = {
    "no end mark": ([HEAD, event("量化"), event("是")], "量化是", "broke off in the middle"),
    "cut event": ([HEAD, event("量化"), event("是")[:-20]], "量化", "broke off in the middle"),
    "cut character": (
        [HEAD, event("量化"), event("是")[: event("是").index("是".encode()) + 2]],
        "量化",
        "broken piece",
    ),
    "half a character in a whole event": (
        [HEAD, event("量化"), event("是").replace("是".encode(), "是".encode()[:2])],
        "量化",
        "broken piece",
    ),
    "no JSON": ([HEAD, event("量化"), b"data: {oops\n\n"], "量化", "broken piece"),
    "JSON of another shape": ([HEAD, event("量化"), b"data: 7\n\n"], "量化", "broken piece"),
    "error event": (
        [HEAD, event("量化"), b'data: {"error": {"message": "out of memory"}}\n\n'],
        "量化",
        "out of memory",
    ),
    "cut body": (
        [HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked"), b"ff\r\n", event("量化")],
        "量化",
        "broke off in the middle",
    ),
    "a web page": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"],
        "",
        "no stream of chat completions; check base_url",
    ),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.2\r\n"], "", "cannot be reached"),
    "closed at once": ([], "", "cannot be reached"),
}


@pytest.mark.parametrize("script, text, error", BROKEN.values(), ids=BROKEN)
def test_broken_stream_keeps_what_came(script: list[Step], text: str, error: str) -> None:
    with fake_endpoint(script) as endpoint:
        model = model_at(endpoint.base_url, first_token_seconds=5)
        came, sentence = read(model)
        assert came == text and error in sentence and sentence.count("\n") == 0
        assert next_works(endpoint, model)


def test_character_cut_in_two_on_the_way_is_put_together() -> None:
    data = event("量化是")
    middle = data.index("化".encode()) + 1
    with fake_endpoint([HEAD, data[:middle], 0.1, data[middle:], event(finish="stop"), DONE]) as endpoint:
        assert read(model_at(endpoint.base_url)) == ("量化是", "")


def test_what_follows_the_finish_cannot_spoil_the_answer() -> None:
    for rest in ([], [b"data: {oops\n\n"], [WAIT]):
        with fake_endpoint([HEAD, event("好"), event(finish="stop"), *rest]) as endpoint:
            assert read(model_at(endpoint.base_url, between_tokens_seconds=30)) == ("好", "")


def test_endpoint_that_ignores_the_token_limit_is_cut() -> None:
    with fake_endpoint([HEAD, *[event("长" * 100), 0.01] * 400]) as endpoint:
        stream = model_at(endpoint.base_url).stream(MESSAGES, max_tokens=50)
        assert 0 < len("".join(cut(stream))) < 2000 and stream.finish_reason == "length"


STOPS: dict[str, list[Step]] = {"writes": [HEAD, event("一"), WAIT], "hangs": [WAIT]}


def test_close_in_mid_answer_closes_upstream_in_2_s() -> None:
    with fake_endpoint(STOPS["writes"]) as endpoint:
        model = model_at(endpoint.base_url, between_tokens_seconds=30)
        stream = model.stream(MESSAGES, max_tokens=50)
        assert next(stream) == "一"
        began = time.monotonic()
        stream.close()
        assert wait_until(lambda: endpoint.requests[0].left is not None, 2)
        assert time.monotonic() - began < 2
        assert stream.finish_reason == "cancelled" and list(stream) == []
        assert next_works(endpoint, model)


def test_dropped_stream_closes_upstream_in_2_s() -> None:
    """A closed tab: the page's code is gone, nobody calls `close`."""
    with fake_endpoint(STOPS["writes"]) as endpoint:

        def events() -> Iterator[str]:
            yield from model_at(endpoint.base_url, between_tokens_seconds=30).stream(MESSAGES, max_tokens=50)

        page = events()
        assert next(page) == "一"
        del page
        gc.collect()
        assert wait_until(lambda: endpoint.requests[0].left is not None, 2)


@pytest.mark.parametrize("script", STOPS.values(), ids=STOPS)
def test_cancel_from_another_thread_closes_upstream_in_2_s(script: list[Step]) -> None:
    """Stop is pressed while the answer is waited for: nobody is there to call `close`."""
    with fake_endpoint(script) as endpoint:
        model = model_at(endpoint.base_url, first_token_seconds=30, between_tokens_seconds=30)
        cancel = threading.Event()
        stream = model.stream(MESSAGES, max_tokens=50, cancel=cancel)
        text, stopped = "", []

        def press() -> None:
            assert wait_until(lambda: bool(endpoint.requests and (text or script is STOPS["hangs"])), 20)
            stopped.append(time.monotonic())
            cancel.set()

        stop = threading.Thread(target=press)
        stop.start()
        for piece in stream:
            text += piece
        assert time.monotonic() - stopped[0] < 2
        assert wait_until(lambda: endpoint.requests[0].left is not None, 1)
        assert text == ("一" if script is STOPS["writes"] else "") and stream.finish_reason == "cancelled"
        stop.join()
        assert next_works(endpoint, model)


def test_stop_while_waiting_to_retry_sends_nothing_more() -> None:
    texts: list[str] = []
    with fake_endpoint(refusal("503 Service Unavailable", Retry_After="3")) as endpoint:
        cancel = threading.Event()
        stream = model_at(endpoint.base_url, first_token_seconds=30).stream(MESSAGES, max_tokens=50, cancel=cancel)
        asking = threading.Thread(target=lambda: texts.extend(stream))
        asking.start()
        assert wait_until(lambda: bool(endpoint.requests and endpoint.requests[0].answered), 20)
        cancel.set()
        asking.join()
        assert texts == []
        assert len(endpoint.requests) == 1


def test_many_at_once_do_not_disturb_each_other() -> None:
    scripts: list[list[Step]] = [answer("好", "的"), [HEAD, event("一"), WAIT], refusal("400 Bad Request")] * 8
    with fake_endpoint(*scripts) as endpoint:
        model = model_at(endpoint.base_url)
        results: list[tuple[str, str]] = []
        threads = [threading.Thread(target=lambda: results.append(read(model))) for _ in scripts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(text for text, _ in results) == [""] * 8 + ["一"] * 8 + ["好的"] * 8
    assert sum(error == "" for _, error in results) == 8
