"""What endpoints do otherwise than others: none of it may cost the answer, or it is told in the server's own words."""

import json
from pathlib import Path

import pytest
from fake_endpoint import (
    DONE,
    HEAD,
    WAIT,
    Step,
    answer,
    certificate,
    event,
    fake_endpoint,
    refusal,
    socks_proxy,
    whole,
)
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from reading import read_stream

from ingest.config import Settings
from ingest.errors import ConfigError, PromptTooLong
from rag.model.language_model import LanguageModel, language_model
from rag.model.probe import probe

MESSAGES: list[BaseMessage] = [SystemMessage("只看笔记。"), HumanMessage("缓存有几级？")]


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """The client library takes seconds to import; the time limits below are shorter."""
    import langchain_openai  # noqa: F401


def model_at(base_url: str, **changes: object) -> LanguageModel:
    values: dict[str, object] = {"connect_seconds": 2, "first_token_seconds": 5, "between_tokens_seconds": 2}
    return language_model(Settings(base_url=base_url, model="m", api_key="k-987654", **(values | changes)), None)


def read(model: LanguageModel) -> tuple[str, str]:
    return read_stream(model, MESSAGES, "k-987654", asked=False)


def bad(message: str, status: str = "400 Bad Request", **more: object) -> list[Step]:
    return refusal(status, json.dumps({"error": {"message": message, **more}}))


# Refusals of a field of the request: asked again without it, or with it in another form.


@pytest.mark.parametrize(
    "said",
    [
        "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        "this model wants max_completion_tokens, max_tokens is gone",
    ],
)
def test_a_renamed_limit_is_known_by_its_name_alone(said: str) -> None:
    with fake_endpoint(bad(said, param=None), answer("三级")) as endpoint:
        model = model_at(endpoint.base_url)
        assert read(model) == ("三级", "") and read(model) == ("三级", "")
    _, second, third = endpoint.requests
    for request in (second, third):  # what was learned holds for the next question
        assert request.body["max_completion_tokens"] == 50 and "max_tokens" not in request.body


@pytest.mark.parametrize(
    "status, said",
    [
        ("400 Bad Request", "System role not supported"),
        ("422 Unprocessable Entity", "messages: only the roles user and assistant are allowed"),
        ("400 Bad Request", "Conversation roles must alternate user/assistant/user/…"),
        ("400 Bad Request", "Developer instruction is not enabled for this model"),
        ("500 Internal Server Error", "template error: system role is unknown"),
        ("400 Bad Request", "该模型不支持 system 消息"),
    ],
)
def test_a_model_without_a_system_role_gets_the_rules_from_the_user(status: str, said: str) -> None:
    with fake_endpoint(bad(said, status), answer("三级")) as endpoint:
        assert read(model_at(endpoint.base_url)) == ("三级", "")
    assert endpoint.requests[1].body["messages"] == [{"role": "user", "content": "只看笔记。\n\n缓存有几级？"}]


def test_a_wish_that_is_met_already_is_told() -> None:
    with fake_endpoint(bad("System role not supported")) as endpoint:
        assert "400: System role not supported" in read(model_at(endpoint.base_url))[1]
    assert len(endpoint.requests) == 2


# The prompt is too long.

TOO_LONG = [
    refusal("400 Bad Request", '{"error": "The prompt has 5000 tokens, greater than the context length"}'),
    bad("Range of input length should be [1, 30720]"),
    bad("'max_tokens' is too large: 50. The maximum context length is 40 tokens, the request has 30 input tokens."),
    bad("prompt is too long: 9000 tokens > 8000 maximum"),
    bad("whatever", code="context_length_exceeded"),
    bad("输入长度超过模型上限"),
    bad("Request too large", "413 Payload Too Large"),
]


@pytest.mark.parametrize("script", TOO_LONG)
def test_too_long_a_prompt_is_told_with_the_setting_that_helps(script: list[Step]) -> None:
    with fake_endpoint(script) as endpoint:
        with pytest.raises(PromptTooLong, match="endpoint_source_tokens") as error:
            list(model_at(endpoint.base_url).stream(MESSAGES, max_tokens=50))
        assert "endpoint_source_tokens" in error.value.told("zh") and len(endpoint.requests) == 1


def test_a_size_of_another_thing_is_no_long_prompt() -> None:
    with fake_endpoint(bad("n must be smaller than 2")) as endpoint:
        assert "rejects the request" in read(model_at(endpoint.base_url))[1]


# Refusals of the account, and the server's own words wherever they stand.

REFUSED: dict[str, tuple[list[Step], str]] = {
    "no credit": (bad("Balance is empty", "402 Payment Required"), "no credit left (402: Balance is empty)"),
    "arrears": (bad("账户已欠费，请充值", "429 Too Many Requests"), "no credit left (429: 账户已欠费，请充值)"),
    "overdue": (bad("Account overdue", "403 Forbidden", code="Arrearage"), "no credit left (403: Account overdue)"),
    "region": (
        bad("Your country is not served", "403 Forbidden"),
        "does not let this account in (403: Your country is not served)",
    ),
    "key": (bad("Wrong token", "401 Unauthorized"), "refuses the API key (401: Wrong token)"),
    "blocked key": (bad("This API key was blocked", "403 Forbidden"), "refuses the API key (403: This API key was"),
    "detail": (refusal("400 Bad Request", '{"detail": "no such field"}'), "400: no such field"),
    "details": (refusal("400 Bad Request", '{"detail": [{"loc": ["body"], "msg": "field gone"}]}'), "400: field gone"),
    "a list": (refusal("400 Bad Request", '[{"error": {"code": 400, "message": "bad field"}}]'), "400: bad field"),
    "a word": (refusal("400 Bad Request", '{"error": "bad sampling"}'), "400: bad sampling"),
    "a code": (refusal("400 Bad Request", '{"error_code": 17, "error_msg": "no quota plan"}'), "400: no quota plan"),
    "text": (refusal("400 Bad Request", "upstream says no"), "400: upstream says no"),
    "a page": (refusal("400 Bad Request", "<html><p>nginx</p></html>"), "400: Bad Request"),
}


@pytest.mark.parametrize("script, sentence", REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_told_in_the_servers_words(script: list[Step], sentence: str) -> None:
    with fake_endpoint(script) as endpoint:
        assert sentence in read(model_at(endpoint.base_url))[1]
        assert len(endpoint.requests) == 1


IN_200: dict[str, tuple[list[Step], str]] = {
    "object": ([HEAD, b'data: {"error": {"message": "engine is gone"}}\n\n'], "engine is gone"),
    "string": ([HEAD, b'data: {"error": "engine is gone"}\n\n'], "engine is gone"),
    "flat": ([HEAD, b'data: {"object": "error", "message": "engine is gone", "code": 400}\n\n'], "engine is gone"),
    "one JSON": (whole({"error": {"message": "engine is gone"}}), "engine is gone"),
    "one flat JSON": (whole({"code": 1113, "msg": "engine is gone"}), "engine is gone"),
}


@pytest.mark.parametrize("script, words", IN_200.values(), ids=IN_200)
def test_an_error_inside_a_200_keeps_its_words(script: list[Step], words: str) -> None:
    with fake_endpoint(script) as endpoint:
        text, error = read(model_at(endpoint.base_url))
        assert text == "" and words in error


# Answers in other forms.


def test_a_server_that_answers_in_one_json_is_read() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "三级缓存"}, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": None}
    with fake_endpoint(whole(body), whole(body, indent=2)) as endpoint:
        model = model_at(endpoint.base_url)
        stream = model.stream(MESSAGES, max_tokens=50)
        assert "".join(stream) == "三级缓存" and stream.finish_reason == "stop"
        assert read(model) == ("三级缓存", "")


def test_done_ends_an_answer_without_a_finish_reason() -> None:
    with fake_endpoint([HEAD, event("三"), event("级"), DONE], [HEAD, event("三"), event("[DONE]")]) as endpoint:
        model = model_at(endpoint.base_url)
        assert read(model) == ("三级", "")
        assert "broke off" in read(model)[1]  # the text names the sign, and is none


# Thinking, and ends.


def thinks(text: str) -> bytes:
    return event(reasoning_content=text)


def test_thinking_is_no_answer_and_moves_the_limits() -> None:
    slow: list[Step] = [step for _ in range(6) for step in (0.3, thinks("嗯"))]
    with fake_endpoint([HEAD, *slow, event("三级"), event(finish="stop"), DONE]) as endpoint:
        assert read(model_at(endpoint.base_url, first_token_seconds=1, between_tokens_seconds=1)) == ("三级", "")


def test_a_model_that_stops_thinking_out_loud_is_paused() -> None:
    with fake_endpoint([HEAD, thinks("嗯"), WAIT]) as endpoint:
        error = read(model_at(endpoint.base_url, between_tokens_seconds=0.3))[1]
        assert "0.3 s" in error and "between_tokens_seconds" in error


def test_thinking_that_uses_up_the_tokens_gets_more_and_then_is_told() -> None:
    used_up: list[Step] = [HEAD, thinks("嗯"), event(finish="length"), DONE]
    with fake_endpoint(used_up, answer("三级"), answer("三级"), used_up) as endpoint:
        model = model_at(endpoint.base_url)
        assert read(model) == ("三级", "") and read(model) == ("三级", "")
        text, error = read(model)
        assert text == "" and "thinking" in error and "answer_tokens" in error
    limits = [int(str(request.body["max_tokens"])) for request in endpoint.requests]
    assert limits[0] == 50 and min(limits[1:]) > 1000 and len(limits) == 4  # what was seen once is known


@pytest.mark.parametrize("reason, sentence", [("length", "answer_tokens"), ("content_filter", "content filter")])
def test_an_answer_that_ends_before_its_time_says_so(reason: str, sentence: str) -> None:
    with fake_endpoint([HEAD, event("三级缓"), event(finish=reason), DONE]) as endpoint:
        text, error = read(model_at(endpoint.base_url))
        assert text == "三级缓" and sentence in error


def test_thinking_that_only_ends_is_held_back_once_it_is_known() -> None:
    with fake_endpoint(answer("用户问缓存。", "</think>", "三级")) as endpoint:
        model = model_at(endpoint.base_url)
        stream = model.stream(MESSAGES, max_tokens=50)
        seen = [(stream.restarts, piece) for piece in stream]
        assert "".join(piece for restarts, piece in seen if restarts == stream.restarts == 1) == "三级"
        assert read(model) == ("三级", "")


def test_probing_a_model_that_thinks_asks_once() -> None:
    with fake_endpoint([HEAD, thinks("嗯"), event(finish="length"), DONE]) as endpoint:
        assert probe(Settings(base_url=endpoint.base_url, model="m")).model == "m"
    assert len(endpoint.requests) == 1


# Addresses as people paste them.


@pytest.mark.parametrize("form", ["{}/", " {} ", "{}//", "{}/chat/completions", "{}/chat/completions/", '"{}"'])
def test_an_address_is_taken_as_people_paste_it(form: str) -> None:
    with fake_endpoint(answer("三级")) as endpoint:
        assert read(model_at(form.format(endpoint.base_url))) == ("三级", "")
        assert endpoint.requests[0].head.startswith("POST /v1/chat/completions ")


def test_doubled_slashes_are_one() -> None:
    with fake_endpoint(answer("三级")) as endpoint:
        assert read(model_at(endpoint.base_url.replace("/v1", "//v1"))) == ("三级", "")
        assert endpoint.requests[0].head.startswith("POST /v1/chat/completions ")


def test_a_missing_v1_is_tried_and_remembered() -> None:
    with fake_endpoint(refusal("404 Not Found"), answer("三级")) as endpoint:
        model = model_at(endpoint.base_url.removesuffix("/v1"))
        assert read(model) == ("三级", "") and read(model) == ("三级", "")
    paths = [request.head.split()[1] for request in endpoint.requests]
    assert paths == ["/chat/completions", "/v1/chat/completions", "/v1/chat/completions"]


def test_an_address_that_is_nowhere_right_names_v1() -> None:
    with fake_endpoint(refusal("404 Not Found")) as endpoint:
        assert "/v1" in read(model_at(endpoint.base_url.removesuffix("/v1") + "/api"))[1]
        assert len(endpoint.requests) == 2
        assert read(model_at(endpoint.base_url))[1].count("/v1") == 0 and len(endpoint.requests) == 3


def test_a_bare_path_is_still_no_address() -> None:
    with pytest.raises(ConfigError, match="no address"):
        model_at("/v1/chat/completions")


# Certificates and proxies.


def test_a_certificate_that_nobody_vouches_for_is_named_and_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    with fake_endpoint(answer("三级"), tls=pem) as endpoint:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        error = read(model_at(endpoint.base_url))[1]
        assert "certificate" in error and "self-signed" in error and "SSL_CERT_FILE" in error
        assert endpoint.connections == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert read(model_at(endpoint.base_url)) == ("三级", "")  # on loopback too


def test_https_where_none_is_spoken_is_told() -> None:
    with fake_endpoint(answer("三级")) as endpoint:
        error = read(model_at(endpoint.base_url.replace("http:", "https:")))[1]
        assert "speaks no TLS" in error and "http://" in error


def test_a_broken_certificate_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert "SSL_CERT_FILE" in read(model_at("https://127.0.0.1:9/v1"))[1]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_endpoint(answer("三级")) as endpoint, socks_proxy(endpoint.base_url) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://{proxy}")
        assert read(model_at("http://192.0.2.7/v1")) == ("三级", "")  # an address that leads nowhere


def test_a_proxy_of_an_unknown_kind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:1")
    assert "proxy" in (error := read(model_at("http://192.0.2.7/v1"))[1]) and "socks4" in error


def test_a_proxy_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
    error = read(model_at("http://192.0.2.7/v1"))[1]
    assert "proxy 127.0.0.1:9" in error and "secret" not in error
