"""The list of an endpoint's models, over real connections."""

from collections.abc import Sequence

import pytest
from fake_endpoint import Step, fake_endpoint, refusal, whole

from ingest.config import Settings
from ingest.errors import ConfigError, EndpointError
from rag.model.probe import models_at

OPENAI: dict[str, object] = {"object": "list", "data": [{"id": "small"}, {"id": "Big"}, {"id": "small"}]}


@pytest.mark.parametrize("body", [OPENAI, {"models": [{"name": "Big"}, {"name": "small"}]}, ["small", "Big"]])
def test_the_models_are_listed_by_name(body: object) -> None:
    with fake_endpoint(whole(body)) as endpoint:
        assert models_at(Settings(base_url=endpoint.base_url, api_key="k")) == ("Big", "small")
    (request,) = endpoint.requests
    assert request.head.startswith("GET /v1/models ") and "Bearer k" in request.head


def test_an_address_without_a_version_is_tried_with_one() -> None:
    with fake_endpoint(refusal("404 Not Found"), whole(OPENAI)) as endpoint:
        assert models_at(Settings(base_url=endpoint.base_url.removesuffix("/v1"))) == ("Big", "small")
    assert [r.head.split()[1] for r in endpoint.requests] == ["/models", "/v1/models"]


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (refusal("401 Unauthorized", '{"error": {"message": "no such key: sk-1"}}'), "refuses the API key"),
        (refusal("404 Not Found", "<html></html>"), "no list of its models (no reason given); type"),
        (refusal("503 Service Unavailable", '{"detail": "starting"}'), "starting"),
        (whole({"greeting": "hello"}), "no list of its models"),
        ([b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"], "no list of its models"),
        ([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"], "no list of its models"),
    ],
)
def test_what_an_endpoint_says_instead_is_told(script: Sequence[Step], sentence: str) -> None:
    with fake_endpoint(list(script)) as endpoint:
        settings = Settings(base_url=endpoint.base_url, api_key="sk-1")
        with pytest.raises(EndpointError) as told:
            models_at(settings)
    assert sentence in str(told.value) and "sk-1" not in str(told.value)
    assert str(told.value) != told.value.told("zh")


def test_what_has_no_list_is_told() -> None:
    with pytest.raises(ConfigError, match="has no list of models"):
        models_at(Settings(provider="anthropic"))
    with pytest.raises(ConfigError, match="no address"):
        models_at(Settings(base_url="localhost"))
    with pytest.raises(EndpointError, match="cannot be reached"):
        models_at(Settings(base_url="http://127.0.0.1:9/v1"))
