"""Vectors from an endpoint: what is sent, what is refused of what comes back, and what is said when nothing does."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_endpoint import FakeEndpoint, Step, fake_endpoint, refusal, whole
from index_kit import QuickDisk, put, vault
from pydantic import SecretStr

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import ConfigError, IndexMismatch, ModelError
from ingest.index.read import open_index
from ingest.vectors import endpoint as module
from ingest.vectors.embed import load_embeddings
from ingest.vectors.endpoint import BATCH, EndpointEmbeddings

KEY = "sk-embedding-secret"


def vectors(*rows: Sequence[float]) -> list[Step]:
    """An answer with these vectors, the last of the texts first."""
    data = [{"object": "embedding", "index": place, "embedding": list(row)} for place, row in enumerate(rows)]
    return whole({"object": "list", "model": "m", "data": data[::-1]})


ONE = vectors([3, 4])


def at(endpoint: FakeEndpoint, model: str = "bge-m3", **more: Any) -> EndpointEmbeddings:
    return EndpointEmbeddings(endpoint.base_url, model, SecretStr(KEY), **more)


def test_vectors_come_in_the_order_of_the_texts_and_have_unit_length() -> None:
    with fake_endpoint(ONE, vectors([3, 4], [0, -2], [1e-3, 0])) as endpoint:
        embeddings = at(endpoint)
        found = embeddings.encode_passages(["a", "", "\ud800 b"])
        assert np.allclose(found, [[0.6, 0.8], [0, -1], [1, 0]]) and found.dtype == np.float32
        assert embeddings.model_id == "bge-m3@2" and embeddings.dimension == 2
        sent = endpoint.requests[-1]
        assert sent.head.startswith("POST /v1/embeddings ") and f"authorization: bearer {KEY}" in sent.head.lower()
        assert sent.body == {"model": "bge-m3", "input": ["a", " ", "? b"], "encoding_format": "float"}
        assert len(endpoint.requests) == 2  # the dimension is asked for once
        assert embeddings.encode_passages([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("model", "prompts", "sent"),
    [
        ("intfloat/multilingual-e5-large", None, ["query: q", "passage: p"]),
        ("multilingual-e5-small:latest", None, ["query: q", "passage: p"]),
        ("bge-m3", None, ["q", "p"]),
        ("e5-mistral-7b-instruct", None, ["q", "p"]),
        ("served-under-another-name", True, ["query: q", "passage: p"]),
        ("intfloat/e5-base-v2", False, ["q", "p"]),
    ],
)
def test_prompts_are_those_of_e5_and_of_no_other(model: str, prompts: bool | None, sent: list[str]) -> None:
    with fake_endpoint(ONE) as endpoint:
        embeddings = at(endpoint, model, prompts=prompts)
        embeddings.encode_queries(["q"])
        embeddings.encode_passages(["p"])
        assert [request.body["input"] for request in endpoint.requests[1:]] == [[text] for text in sent]
        assert embeddings.model_id == f"{model}@2" + ("-prompts" if sent[0] != "q" else "")


def test_many_texts_go_in_batches_and_each_is_told() -> None:
    rows = [[1.0, float(n)] for n in range(BATCH + 3)]
    with fake_endpoint(ONE, vectors(*rows[:BATCH]), vectors(*rows[BATCH:])) as endpoint:
        told: list[tuple[int, int]] = []
        found = at(endpoint).encode_passages(["t"] * len(rows), lambda done, total: told.append((done, total)))
        assert told == [(n, len(rows)) for n in range(1, len(rows) + 1)]
        assert np.allclose(found[:, 1] / found[:, 0], range(len(rows)))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (vectors([1, 2]), "1 vectors for 2 texts"),
        (vectors([1, 2], [1, 2], [1, 2]), "3 vectors for 2 texts"),
        (whole({"data": [{"index": 0, "embedding": [1, 2]}, {"index": 0, "embedding": [1, 2]}]}), "2 vectors for 2"),
        (vectors([1, 2], [1]), "a vector has 1 numbers and not 2"),
        (vectors([1, 2, 3], [1, 2, 3]), "a vector has 3 numbers and not 2"),
        (vectors([1, 2], []), "a vector has 0 numbers"),
        (vectors([1, float("nan")], [1, 2]), "not of finite numbers"),
        (vectors([1, 2], [1, float("inf")]), "not of finite numbers"),
        (vectors([1, 2], [0, 0]), "not of finite numbers"),
        (whole({"data": [{"index": 0, "embedding": "AACAPw=="}, {"index": 1, "embedding": [1, 2]}]}), "not of finite"),
        (whole({"data": [{"index": n, "embedding": [None, True]} for n in range(2)]}), "not of finite numbers"),
        (whole({"error": {"message": f"model is no embedder, {KEY}"}}), r"model is no embedder, …\)"),
        (whole(["?"]), "no list of vectors"),
        ([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>welcome</html>"], "no list of vectors"),
    ],
)
def test_what_is_no_batch_of_vectors_is_refused(answer: list[Step], reason: str) -> None:
    with fake_endpoint(ONE, answer) as endpoint:
        embeddings = at(endpoint)
        assert embeddings.dimension == 2
        with pytest.raises(ModelError, match=reason) as told:
            embeddings.encode_passages(["a", "b"])
        assert "127.0.0.1:" in str(told.value) and KEY not in str(told.value) and "\n" not in str(told.value)
        assert len(endpoint.requests) == 2  # another try would bring the same


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_is_waited_for_and_the_wait_can_be_broken_off(status: str) -> None:
    with fake_endpoint(ONE, refusal(status, Retry_After="0.6"), ONE, refusal(status, Retry_After="30")) as endpoint:
        embeddings = at(endpoint)
        told: list[int] = []
        assert embeddings.encode_passages(["a"], lambda done, total: told.append(done)).shape == (1, 2)
        _, first, second = endpoint.requests
        assert 0.6 <= second.came - first.came < 3 and told.count(0) >= 2 and told[-1] == 1

        def cancel(done: int, total: int) -> None:
            raise KeyboardInterrupt

        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            embeddings.encode_passages(["a"], cancel)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("answer", "attempts", "said"),
    [
        (refusal("500 Internal Server Error", '{"error": "out of memory"}'), 4, "again and again (500: out of memory)"),
        (refusal("429 Too Many Requests", Retry_After="3600"), 1, "too busy"),
        (refusal("429 Too Many Requests", '{"error": {"code": "insufficient_quota"}}'), 1, "no credit left"),
        (refusal("401 Unauthorized", f'{{"message": "wrong key {KEY}"}}'), 1, "ASKNOTES_EMBEDDING_KEY"),
        (refusal("403 Forbidden"), 1, "ASKNOTES_EMBEDDING_KEY"),
        (refusal("404 Not Found", '{"error": {"message": "no model bge-m3"}}'), 1, "does not know the model 'bge-m3'"),
        (refusal("413 Payload Too Large"), 1, "lower passage_chars"),
        (
            refusal("400 Bad Request", '{"message": "encoding_format?"}'),
            1,
            "rejects the request (400: encoding_format?)",
        ),
        (refusal("307 Temporary Redirect", Location="http://127.0.0.1:9/v1/embeddings"), 1, "rejects the request (307"),
        ([b""], 4, "cannot be reached"),
    ],
)
def test_a_refusal_is_one_sentence(
    answer: list[Step], attempts: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.endpoint._BACKOFF_SECONDS", 0.01)
    with fake_endpoint(answer) as endpoint:
        with pytest.raises(ModelError) as told:
            _ = at(endpoint).model_id
        assert said in str(told.value) and KEY not in str(told.value) and "\n" not in str(told.value)
        assert told.value.told("zh") != str(told.value)
        assert len(endpoint.requests) == attempts
        endpoint.scripts[:] = [ONE]
        assert at(endpoint).dimension == 2  # the next one works


def test_a_silent_endpoint_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    with fake_endpoint(["wait"]) as endpoint, pytest.raises(ModelError, match=r"did not answer within 0\.3 s"):
        _ = at(endpoint).dimension


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.endpoint._BACKOFF_SECONDS", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ModelError, match=rf"127\.0\.0\.1:{port} cannot be reached \(Connection refused\)"):
        _ = EndpointEmbeddings(f"http://127.0.0.1:{port}/v1", "m", SecretStr("")).dimension


def test_an_address_without_a_version_is_tried_with_one() -> None:
    with fake_endpoint(refusal("404 Not Found"), ONE) as endpoint:
        bare = endpoint.base_url.removesuffix("/v1")
        embeddings = EndpointEmbeddings(f" {bare}/ ", "m", SecretStr(""))
        embeddings.encode_queries(["q"])
        paths = [request.head.split()[1] for request in endpoint.requests]
        assert paths == ["/embeddings", "/v1/embeddings", "/v1/embeddings"]
        assert "authorization" not in endpoint.requests[0].head.lower()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"embedding_url": "http://h:1/v1"}, "embedding_model is not"),
        ({"embedding_url": "h:1/v1", "embedding_model": "m"}, "embedding_url is no address"),
        ({"embedding_url": "http://h:x/v1", "embedding_model": "m"}, "embedding_url is no address"),
    ],
)
def test_settings_that_name_no_endpoint(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_embeddings(Settings(**settings))


def test_an_index_is_good_at_another_address_and_for_no_other_dimension(tmp_path: Path) -> None:
    settings = vault(tmp_path, {"a.md": "# 甲\n\n一句话。\n"})

    def through(endpoint: FakeEndpoint) -> EndpointEmbeddings:
        named = settings.model_copy(update={"embedding_url": endpoint.base_url, "embedding_model": "bge-m3"})
        made = load_embeddings(named)
        assert isinstance(made, EndpointEmbeddings)
        return made

    with fake_endpoint(ONE) as endpoint:
        assert build(settings, through(endpoint), disk=QuickDisk()).embedded == 1
    manifest = open_index(settings.index, "bge-m3@2").manifest
    assert (manifest.model_id, manifest.dimension) == ("bge-m3@2", 2)
    put(settings.corpus / "b.md", "# 乙\n\n另一句。\n")
    with fake_endpoint(ONE) as elsewhere:
        assert build(settings, through(elsewhere), disk=QuickDisk()).embedded == 1
        assert [request.body["input"] for request in elsewhere.requests] == [["?"], ["乙\n乙\n另一句。"]]
    with fake_endpoint(vectors([1, 2, 3])) as other, pytest.raises(IndexMismatch):
        open_index(settings.index, through(other).model_id)
