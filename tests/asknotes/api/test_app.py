"""The API as its users' programs meet it: the official OpenAI client, LangChain, and plain HTTP."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from asknotes_kit import TOKEN, served
from history_kit import told
from obliging_endpoint import obliging_endpoint

from asknotes.access import Guard
from asknotes.library import Library
from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.vectors.embed import NoteEmbeddings
from rag.history.marks import MarkList
from rag.history.store import Store
from rag.records import Answer, Checked, Event, Finished, Found, Searched, Sentence, Waiting

pytest.importorskip("fastapi", reason="the extra 'api' is not installed: pip install 'asknotes[api]'")
import openai
from langchain_openai import ChatOpenAI

from asknotes.api.app import OPEN_PATHS, api

QUESTION = {"role": "user", "content": "缓存省去了什么？"}


@pytest.fixture(scope="module")
def address(library: Library) -> Iterator[str]:
    with served(Guard(api(library), TOKEN, OPEN_PATHS)) as running:
        yield running


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN, max_retries=0) as opened:
        yield opened


def post(address: str, path: str, body: object, **headers: str) -> httpx2.Response:
    with httpx2.Client() as http:
        return http.post(address + path, json=body, headers={"Authorization": f"Bearer {TOKEN}", **headers})


def test_the_openai_client_gets_a_cited_answer(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["asknotes", "asknotes-quotes", "asknotes-agent"]
    done = client.chat.completions.create(model="asknotes", messages=[QUESTION], temperature=0.3)  # type: ignore[list-item]
    message = done.choices[0].message
    assert message.content and "重复计算" in message.content
    cited = message.annotations[0].url_citation  # type: ignore[index]
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.url == "note:///%E6%8E%A8%E7%90%86/%E7%BC%93%E5%AD%98.md#L6-L6"
    extra = cited.model_extra or {}
    assert (extra["path"], extra["quote"]) == ("推理/缓存.md", "缓存省去了对前文的重复计算。")
    assert done.usage and done.usage.total_tokens > 5
    ours = (done.model_extra or {})["asknotes"]
    assert not ours["refused"] and ours["sources"][0]["path"] == "推理/缓存.md"


def test_a_stream_tells_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="asknotes", messages=[QUESTION]).choices[0].message  # type: ignore[list-item]
    content, annotations, usage = "", [], 0
    for chunk in client.chat.completions.create(
        model="asknotes",
        messages=[QUESTION],  # type: ignore[list-item]
        stream=True,
        stream_options={"include_usage": True},
    ):
        for choice in chunk.choices:
            content += choice.delta.content or ""
            annotations += (choice.delta.model_extra or {}).get("annotations", [])
        usage = chunk.usage.total_tokens if chunk.usage else usage
    assert content == whole.content and usage > 5
    assert [one["url_citation"]["url"] for one in annotations] == [
        one.url_citation.url for one in whole.annotations or ()
    ]


def test_langchain_openai_asks_the_notes_with_the_conversation(address: str) -> None:
    chat = ChatOpenAI(base_url=f"{address}/v1", api_key=TOKEN, model="asknotes-quotes", max_retries=0)  # type: ignore[arg-type]
    asked = [
        ("system", "be brief"),
        ("user", "KV 缓存是什么？"),
        ("assistant", "省计算的缓存。"),
        ("user", "它有多大？"),
    ]
    assert "与层数成正比" in chat.invoke(asked).text
    assert "与层数成正比" in "".join(chunk.text for chunk in chat.stream(asked))
    assert "没有" in chat.invoke("法国的首都是哪里？").text


@pytest.mark.parametrize(
    ("said", "stands"), [("缓存省去了对前文的重复计算。天上有云。", True), ("天上有云，地上有草。", False)]
)
def test_of_a_model_only_what_stands_is_streamed(
    asked_notes: Settings, embeddings: NoteEmbeddings, said: str, stands: bool
) -> None:
    with obliging_endpoint(said, said) as endpoint:
        changes = {"llm": "endpoint", "base_url": endpoint.base_url, "model": "m"}
        library = Library(asked_notes.model_copy(update=changes), embeddings=embeddings)
        with (
            served(Guard(api(library), TOKEN)) as address,
            openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN) as client,
        ):
            whole = client.chat.completions.create(model="asknotes", messages=[QUESTION])  # type: ignore[list-item]
            stream = client.chat.completions.create(model="asknotes", messages=[QUESTION], stream=True)  # type: ignore[list-item]
            streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert streamed == whole.choices[0].message.content
    assert ("天上有云。 [?]" in streamed) is stands and "缓存省去了对前文的重复计算。[1]" in streamed


def test_search_and_check(address: str) -> None:
    found = post(address, "/v1/search", {"question": "缓存省去了什么", "k": 1}).json()["passages"]
    assert [passage["path"] for passage in found] == ["推理/缓存.md"]
    checked = post(address, "/v1/check", {"text": "缓存省去了对前文的重复计算。"}).json()["sentences"]
    assert checked[0]["verdict"] == "supported" and checked[0]["evidence"][0]["path"] == "推理/缓存.md"


def test_a_model_looks_further_when_it_is_asked_for(asked_notes: Settings, embeddings: NoteEmbeddings) -> None:
    replies = ("search_notes", {"question": "蒸馏学什么标签？"}), "DONE", "缓存省去了对前文的重复计算[1]。"
    for stream in (False, True):
        with obliging_endpoint(*replies) as endpoint:
            settings = asked_notes.model_copy(
                update={"llm": "endpoint", "base_url": endpoint.base_url, "model": "m", "sources": 1}
            )
            library = Library(settings, embeddings=embeddings)
            with served(Guard(api(library), TOKEN, OPEN_PATHS)) as address:
                client = openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN)
                done = client.chat.completions.create(model="asknotes-agent", messages=[QUESTION], stream=stream)  # type: ignore[call-overload]
                rows = list(done) if stream else [done]
        extra = [row.model_extra or {} for row in rows]
        (look,) = extra[-1]["asknotes"]["looks"]
        assert look["tool"] == "search_notes" and "其他 > 蒸馏" in look["found"] and not look["fault"]
        assert [row["looked"] for row in extra if "looked" in row] == [look] * stream
        assert [source["path"] for source in extra[-1]["asknotes"]["sources"]] == ["推理/缓存.md", "其他.md"]


def test_a_mark_counts_at_once_and_is_told(address: str, library: Library) -> None:
    def found() -> list[tuple[str, float]]:
        rows = post(address, "/v1/search", {"question": "怎么让模型变小", "k": 3}).json()["passages"]
        return [(row["section_id"], row["mark"]) for row in rows]

    before, marks = found(), MarkList(Store(library.settings.data))
    section = before[-1][0]
    marks.keep("怎么让模型变小", replace(told("q").sources[0], section_id=section), True)
    try:
        assert found()[0][0] == section and found()[0][1] > 0
    finally:
        marks.remove("怎么让模型变小", section)
    assert found() == before and {mark for _, mark in before} == {0}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [QUESTION, {"role": "assistant", "content": "…"}]}, "put the question last"),
        ({"messages": [QUESTION], "model": "gpt-4"}, "model"),
        ({"messages": [QUESTION], "only": ["none/"], "stream": True}, "No note matches none/"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "messages.0.content"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(address: str, body: dict[str, object], said: str) -> None:
    answer = post(address, "/v1/chat/completions", body)
    assert answer.status_code == 400 and said in answer.json()["error"]["message"]


def test_nobody_gets_in_without_token_or_under_another_name(address: str) -> None:
    body = {"question": "缓存"}
    for token in ("", "Bearer", "Bearer x", TOKEN, f"bearer  {TOKEN}"):
        assert post(address, "/v1/search", body, Authorization=token).status_code == 401
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", ""):
        assert post(address, "/v1/search", body, Host=host).status_code == 403
    assert post(address, "/v1/search", body, Host="localhost:8602").status_code == 200
    with pytest.raises(openai.AuthenticationError, match="asknotes token"):
        openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0).models.list()


def test_the_page_of_the_api_needs_nothing_else(address: str) -> None:
    with httpx2.Client() as http:
        page, schema = http.get(f"{address}/docs"), http.get(f"{address}/openapi.json").json()
    assert set(schema["paths"]) == {"/v1/models", "/v1/chat/completions", "/v1/search", "/v1/check"}
    assert all(path in page.text for path in schema["paths"]) and "<script" not in page.text
    assert "http" not in page.text.replace("<!doctype html>", "")


def test_a_missing_index_is_told(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> None:
    nothing = Settings(index=tmp_path_factory.mktemp("none") / "index", llm="none")
    with served(Guard(api(Library(nothing, embeddings=embeddings)), TOKEN)) as address:
        answer = post(address, "/v1/search", {"question": "缓存"})
    assert answer.status_code == 503 and "python -m ingest" in answer.json()["error"]["message"]


class Slow:
    """A library whose model says nothing until it is told to stop."""

    def __init__(self) -> None:
        self.asked, self.stopped = threading.Event(), threading.Event()

    def notes(self) -> "Slow":
        return self

    def stream(self, question: str, *_: object, cancel: threading.Event, **__: object) -> Iterator[Event]:
        yield Searched(question, ())
        yield Found((), (), ())
        self.asked.set()
        if cancel.wait(20):
            self.stopped.set()


@pytest.mark.parametrize("stream", [True, False])
def test_the_model_stops_when_the_reader_leaves(stream: bool) -> None:
    slow, body = Slow(), json.dumps({"messages": [QUESTION], "stream": stream}).encode()
    with served(Guard(api(slow), TOKEN)) as address:  # type: ignore[arg-type]
        asked = http.client.HTTPConnection(address.removeprefix("http://"))
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        asked.request("POST", "/v1/chat/completions", body, headers)
        assert slow.asked.wait(5) and not slow.stopped.is_set()
        asked.close()
        assert slow.stopped.wait(5)


def test_many_who_wait_for_the_model_keep_nobody_from_anything_else() -> None:
    slow, body = Slow(), json.dumps({"messages": [QUESTION], "stream": True}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with served(Guard(api(slow), TOKEN)) as address, contextlib.ExitStack() as waiting:  # type: ignore[arg-type]

        def ask(method: str, path: str, body: bytes | None = None) -> int:
            """The status, within 10 s: an answer of the slow model takes 20."""
            asked = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
            waiting.enter_context(contextlib.closing(asked)).request(method, path, body, headers)
            return asked.getresponse().status

        for _ in range(50):  # more than the threads of a server
            assert ask("POST", "/v1/chat/completions", body) == 200
        assert ask("GET", "/v1/models") == 200


class Line:
    """A library whose model answers two others first."""

    def __init__(self) -> None:
        self.who: list[str] = []

    def notes(self) -> "Line":
        return self

    def stream(self, question: str, *_: object, who: str, **__: object) -> Iterator[Event]:
        self.who.append(who)
        yield Searched(question, ())
        yield Found((), (), ())
        yield from (Waiting(2), Waiting(1), Waiting(0))
        said = Sentence("缓存省时间。", "")
        yield Checked(said)
        yield Finished(Answer(question, question, said.text, False, (said,), (), "m", "g", {}))


def test_a_stream_tells_ones_place_in_line() -> None:
    line = Line()
    with (
        served(Guard(api(line), TOKEN)) as address,  # type: ignore[arg-type]
        openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN) as client,
    ):
        places, text = [], ""
        for chunk in client.chat.completions.create(
            model="asknotes",
            messages=[QUESTION],  # type: ignore[list-item]
            stream=True,
            user="anna",
        ):
            places += [(chunk.model_extra or {}).get("asknotes_place")]
            text += chunk.choices[0].delta.content or ""
        client.chat.completions.create(model="asknotes", messages=[QUESTION])  # type: ignore[list-item]
    assert places == [2, 1, 0, None, None] and "缓存省时间。" in text
    assert line.who == ["anna", "127.0.0.1"]  # each user is asked in turn, and each machine that names none


def test_settings_that_name_no_model_leave_the_notes_searched_and_quoted(
    asked_notes: Settings, embeddings: NoteEmbeddings
) -> None:
    wrong = asked_notes.model_copy(update={"llm": "endpoint", "base_url": "http://127.0.0.1:9/v1"})
    library = Library(wrong, embeddings=embeddings)
    with served(Guard(api(library), TOKEN)) as address:
        assert post(address, "/v1/search", {"question": "缓存"}).status_code == 200
        opened = library.notes()
        answer = post(address, "/v1/chat/completions", {"messages": [QUESTION]}).json()["asknotes"]
    assert library.notes() is opened and not answer["refused"]
    assert opened.model.info.kind == "none" and answer["incomplete"]


def test_settings_of_the_server_are_not_the_requests_fault() -> None:
    class Wrong:
        def notes(self) -> None:
            raise ConfigError("settings.no_model")

    with served(Guard(api(Wrong()), TOKEN)) as address:  # type: ignore[arg-type]
        answer = post(address, "/v1/search", {"question": "缓存"})
    assert answer.status_code == 503 and answer.json()["error"]["type"] == "server_error"
