"""Models by a provider's own package: the same visible errors in time, the same Stop, what came is kept."""

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fake_endpoint import cut
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers import StrOutputParser
from paths import ROOT, SUPPORT
from reading import read_stream
from scripted_provider import DONE, KEY, WAIT, ScriptedChat, model_of, scripted_providers, settings

from rag.model.language_model import LanguageModel
from rag.model.probe import probe

MESSAGES: list[BaseMessage] = [SystemMessage("Answer from the notes."), HumanMessage("什么是量化？")]
BOTH = pytest.mark.parametrize("provider", ["ollama", "baseten"])  # with an event loop's calls, and with blocking ones


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """It takes seconds to import; the time limits below are shorter."""
    import langchain.chat_models  # noqa: F401


@pytest.fixture(autouse=True)
def _released() -> Iterator[None]:
    yield
    ScriptedChat.script.released.set()


def read(model: LanguageModel) -> tuple[str, str]:
    return read_stream(model, MESSAGES, KEY)


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def refusal(status: int, message: str, **more: Any) -> Exception:
    """As Anthropic's and OpenAI's clients have them."""
    error = RuntimeError(f"Error code: {status} - {message}")
    vars(error).update({"status_code": status, "body": {"type": "error", "error": {"message": message}}}, **more)
    return error


@BOTH
def test_an_answer_is_streamed_as_the_settings_ask(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["量", 0.1, "化", DONE])
    stream = model_of(provider, base_url="http://127.0.0.1:11434", temperature=0.25).stream(MESSAGES, 77, stop=["\n问"])
    assert next(stream) == "量", "before the rest has come"
    assert "".join(stream) == "化" and stream.finish_reason == "stop"
    (asked,) = script.asked
    assert asked.messages == MESSAGES and asked.stop == ["\n问"]
    chat: Any = asked.chat
    assert (chat.model, chat.temperature, chat.base_url) == ("m", 0.25, "http://127.0.0.1:11434")
    assert chat.api_key.get_secret_value() == KEY
    assert (chat.num_predict, chat.max_tokens) == (77, None) if provider == "ollama" else chat.max_tokens == 77


@BOTH
def test_a_call_of_a_tool_comes_in_pieces_and_is_put_together(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = ({"name": "search", "args": '{"que', "id": "1"}, {"name": None, "args": 'stion": "多大"}', "id": None})
    calls = [AIMessageChunk("", tool_call_chunks=[tool_call_chunk(**piece, index=0)]) for piece in pieces]
    script = scripted_providers(monkeypatch, ["找", *calls, DONE])
    tool = {"type": "function", "function": {"name": "search", "parameters": {"type": "object", "properties": {}}}}
    stream = model_of(provider).stream(MESSAGES, 77, tools=[tool])
    assert "".join(stream) == "找" and stream.said
    (call,) = stream.said.tool_calls
    assert (call["name"], call["args"], call["id"]) == ("search", {"question": "多大"}, "1")
    assert script.asked[0].tools == [tool]


def test_what_is_not_set_is_left_to_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["好", DONE])
    assert read(model_of("ollama", api_key="")) == ("好", "")
    assert script.asked[0].chat.api_key is None and script.asked[0].chat.base_url is None


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"stop_reason": "end_turn"}, "stop"),
        ({"finish_reason": "STOP"}, "stop"),
        ({"stopReason": "max_tokens"}, "length"),
        ({"done_reason": "length"}, "length"),
    ],
)
def test_the_end_is_known_by_what_each_package_calls_it(
    metadata: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_providers(monkeypatch, ["好", metadata, WAIT])  # what may follow cannot spoil the answer
    stream = model_of("ollama", between_tokens_seconds=30).stream(MESSAGES, 50)
    assert "".join(cut(stream)) == "好" and stream.finish_reason == reason


def test_a_filter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_providers(monkeypatch, ["好", {"finish_reason": "SAFETY"}])
    text, error = read(model_of("ollama"))
    assert text == "好" and "content filter" in error and "(safety)" in error


def test_tokens_are_told_when_the_package_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(prompt: int, answer: int) -> AIMessageChunk:
        usage: Any = {"input_tokens": prompt, "output_tokens": answer, "total_tokens": prompt + answer}
        return AIMessageChunk("", usage_metadata=usage)

    scripted_providers(monkeypatch, [counted(12, 1), "好", DONE, counted(0, 3)])  # as Anthropic does, in two parts
    stream = model_of("ollama").stream(MESSAGES, 50)
    list(stream)
    assert stream.tokens == {"prompt": 12, "cached": 0, "answer": 3}


@BOTH
def test_hang_before_the_first_token_ends_at_its_limit(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, [WAIT], ["好", DONE])
    model = model_of(provider)
    model.warm(MESSAGES)
    began = time.monotonic()
    text, error = read(model)
    assert text == "" and f"The provider {provider} wrote nothing within 1 s" in error
    assert 0.9 < time.monotonic() - began < 3
    assert provider == "baseten" or script.asked[0].left is not None
    assert read(model) == ("好", "")


@BOTH
def test_stall_in_the_middle_keeps_what_came(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_providers(monkeypatch, ["量化", "是", WAIT], ["好", DONE])
    model = model_of(provider)
    text, error = read(model)
    assert text == "量化是" and "in the middle" in error and "0.5 s" in error
    assert read(model) == ("好", "")


@BOTH
def test_slow_answer_within_the_limits_is_whole(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_providers(monkeypatch, [*[0.3, "字"] * 5, DONE])
    assert read(model_of(provider)) == ("字字字字字", "")


REFUSALS: dict[str, tuple[Exception, str]] = {
    "key": (
        refusal(401, f"invalid key {KEY}"),
        "refuses the key (401: invalid key …); set the right one in ASKNOTES_API_KEY",
    ),
    "model": (refusal(404, "no such model"), "does not know the model 'm' (404: no such model)"),
    "busy": (refusal(429, "rate limit"), "takes no more questions for now (429: rate limit)"),
    "failing": (refusal(529, "overloaded"), "failed again and again (529: overloaded)"),
    "other": (
        refusal(400, f"bad field of {KEY}"),
        "rejects the request (400: bad field of …); check provider and model",
    ),
    "Google's": (type("ClientError", (Exception,), {"code": 403})("denied"), "let this account in (403: denied)"),
    "credit": (refusal(402, "balance is empty"), "no credit left (402: balance is empty)"),
    "blocked key": (refusal(403, "the key is blocked"), "refuses the key (403: the key is blocked)"),
    "httpx's": (type("E", (Exception,), {"response": SimpleNamespace(status_code=503)})("down"), "(503: down)"),
    "Amazon's": (
        type("ClientError", (Exception,), {"response": {"ResponseMetadata": {"HTTPStatusCode": 404}}})("no model"),
        "does not know the model",
    ),
    "no connection": (ConnectionRefusedError(111, "Connection refused"), "cannot be reached ([Errno 111]"),
    "no name": (type("ConnectError", (type("TransportError", (Exception,), {}),), {})("no host"), "cannot be reached"),
    "no credentials": (RuntimeError("Could not resolve authentication method"), "(Could not resolve authentication"),
    "without a word": (KeyError(), "broke off with an error (KeyError)"),
}


@pytest.mark.parametrize("fault, sentence", REFUSALS.values(), ids=REFUSALS)
@BOTH
def test_refused_is_told(provider: str, fault: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_providers(monkeypatch, [fault], ["好", DONE])
    model = model_of(provider)
    text, error = read(model)
    assert text == "" and sentence in error and f"The provider {provider}" in error
    assert read(model) == ("好", "")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), "broke off in the middle of its answer"),
        (refusal(500, "out of memory"), "out of memory"),
        (ValueError("unexpected event"), "broke off with an error (unexpected event)"),
    ],
)
@BOTH
def test_a_fault_in_the_middle_keeps_what_came(
    provider: str, fault: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_providers(monkeypatch, ["量化", fault])
    text, error = read(model_of(provider))
    assert text == "量化" and sentence in error


def test_an_answer_that_just_ends_is_broken_off_where_the_package_always_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted_providers(monkeypatch, ["量化"])
    assert read(model_of("ollama")) == ("量化", "The provider ollama broke off in the middle of its answer; ask again.")
    assert read(model_of("baseten")) == ("量化", "")


def test_a_model_that_fixes_the_temperature_is_asked_without(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, [refusal(400, "`temperature` is deprecated")], ["好", DONE])
    assert read(model_of("ollama")) == ("好", "")
    assert [asked.chat.temperature for asked in script.asked] == [0.0, None]
    script = scripted_providers(monkeypatch, [refusal(400, "`temperature` is deprecated")])
    assert "temperature" in read(model_of("ollama"))[1] and len(script.asked) == 2


@pytest.mark.parametrize("steps", [["一", WAIT], [WAIT]], ids=["writes", "hangs"])
@BOTH
def test_stop_ends_the_answer_in_2_s(provider: str, steps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, steps, ["好", DONE])
    model = model_of(provider, first_token_seconds=30, between_tokens_seconds=30)
    model.warm(MESSAGES)
    cancel = threading.Event()
    stream = model.stream(MESSAGES, max_tokens=50, cancel=cancel)
    threading.Timer(0.5, cancel.set).start()
    began = time.monotonic()
    assert "".join(stream) == "".join(step for step in steps if step is not WAIT)
    assert time.monotonic() - began < 2.5 and stream.finish_reason == "cancelled"
    assert provider == "baseten" or script.asked[0].left is not None
    assert read(model) == ("好", "")


def test_closing_or_dropping_the_stream_ends_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["一", WAIT])
    model = model_of("ollama", between_tokens_seconds=30)
    stream = model.stream(MESSAGES, max_tokens=50)
    assert next(stream) == "一"
    stream.close()
    assert script.asked[0].left is not None, "when `close` returns"

    def page() -> Iterator[str]:
        yield from model.stream(MESSAGES, max_tokens=50)

    closed_tab = page()
    assert next(closed_tab) == "一"
    del closed_tab
    gc.collect()
    assert wait_until(lambda: script.asked[1].left is not None, 2)


def test_blocking_calls_end_with_their_next_piece_once_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["一", 0.3, "二", WAIT])
    stream = model_of("baseten").stream(MESSAGES, max_tokens=50)
    assert next(stream) == "一"
    stream.close()
    assert wait_until(lambda: script.asked[0].left is not None, 2)


def test_blocking_calls_do_not_keep_the_process() -> None:
    code = (
        "import sys; sys.path[:0] = [sys.argv[1], '.']\n"
        "import pytest; from scripted_provider import WAIT, scripted_providers; from ingest.config import Settings\n"
        "from rag.model.language_model import language_model; from langchain_core.messages import HumanMessage\n"
        "scripted_providers(pytest.MonkeyPatch(), ['first', WAIT])\n"
        "stream = language_model(Settings(provider='baseten', model='m'), None).stream([HumanMessage('hi')], 50)\n"
        "print(next(stream)); stream.close()"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, str(SUPPORT)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "first\n", "")
    assert time.monotonic() - began < 25, "the blocked call waits 30 s"


def test_all_answers_share_one_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages keep their connections, which are of no use in another loop."""
    script = scripted_providers(monkeypatch, ["好", DONE])
    model = model_of("ollama")
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(read(model)[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["好"] * 8
    assert len({id(asked.loop) for asked in script.asked}) == 1


def test_no_more_requests_a_minute_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["好", DONE])
    model = model_of("ollama", requests_per_minute=1)
    assert read(model) == ("好", "")
    assert "nothing within 1 s" in read(model)[1] and len(script.asked) == 1


def test_it_is_an_ordinary_langchain_model_too(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["INT4 ", "是。", DONE])
    chat = model_of("baseten", answer_tokens=99).chat
    assert "".join((chat | StrOutputParser()).stream(MESSAGES)) == "INT4 是。"
    assert script.asked[0].chat.max_tokens == 99


def test_probing_asks_for_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted_providers(monkeypatch, ["Yes", DONE])
    probed = probe(settings("baseten", llm="none"))
    assert (probed.model, probed.where) == ("m", "baseten") and script.asked[0].chat.max_tokens == 1
