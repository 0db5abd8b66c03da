"""Does the endpoint or the provider answer, and which models has it? Asked once, and told plainly."""

import contextlib
import time
from dataclasses import dataclass

from ingest.config import ModelSettings
from ingest.endpoint import quoted, words_of
from ingest.errors import AnswerCut, ConfigError, EndpointError
from ingest.messages import Message, Text
from rag.model.endpoint import Endpoint, open_chat
from rag.model.language_model import endpoint_of, language_model

LONGEST = 20.0  # seconds to wait for the token, or the list


@dataclass(frozen=True, slots=True)
class Probed:
    """An endpoint that answered: its model, its host, and the seconds until the end of its answer."""

    model: str
    where: Text
    seconds: float


def probe(settings: ModelSettings) -> Probed:
    """Ask the endpoint of the settings for one token.

    Raises:
        ConfigError: the address or the model's name is missing or wrong.
        EndpointError: it cannot be reached, refuses, or does not answer in time.
    """
    from langchain_core.messages import HumanMessage

    wanted = {"llm": "endpoint", "first_token_seconds": min(settings.first_token_seconds, LONGEST)}
    model = language_model(settings.model_copy(update=wanted), None)
    started = time.monotonic()
    with contextlib.suppress(AnswerCut):
        for _ in model.stream([HumanMessage("Say yes.")], max_tokens=1):
            pass
    return Probed(model.info.name, model.info.where, time.monotonic() - started)


def models_at(settings: ModelSettings) -> tuple[str, ...]:
    """The names of the models that the endpoint of the settings lists (`GET …/models`), sorted.

    Raises:
        ConfigError: the address is missing or wrong, or it is a provider's package, which has no list.
        EndpointError: it cannot be reached, refuses, or has no list.
    """
    if settings.provider:
        raise ConfigError("settings.provider_lists_none", provider=settings.provider)
    wanted = {"first_token_seconds": min(settings.first_token_seconds, LONGEST)}
    endpoint = endpoint_of(settings.model_copy(update=wanted))
    try:
        body = _listing(endpoint)
    except endpoint.faults as error:
        raise _no_list(error, endpoint) from None
    listed = body.get("data", body.get("models")) if isinstance(body, dict) else body
    if not isinstance(listed, list):
        raise EndpointError("endpoint.no_list", name=endpoint.name, said=Message("endpoint.no_reason"))
    names = {str(one.get("id") or one.get("name") or "") if isinstance(one, dict) else str(one) for one in listed}
    return tuple(sorted(names - {""}, key=str.casefold))


def _listing(endpoint: Endpoint) -> object:
    """The body of the answer; an address without a version is tried with one too, as for a question."""
    import openai

    chat = open_chat(endpoint, retries=0)
    client = chat.root_client
    try:
        return client.get("/models", cast_to=object)
    except (openai.NotFoundError, ValueError):
        if endpoint.has_version:
            raise
        client.base_url = f"{endpoint.base_url}/v1"
        return client.get("/models", cast_to=object)
    finally:
        client.close()


def _no_list(error: Exception, endpoint: Endpoint) -> EndpointError:
    import openai

    if isinstance(error, openai.APIStatusError) and error.status_code not in (404, 405, 501):
        return endpoint.explain(error, begun=False)
    if isinstance(error, openai.APIConnectionError):
        return endpoint.explain(error, begun=False)
    said = words_of(error.body) if isinstance(error, openai.APIError) else ""
    reason = quoted(said, endpoint.api_key) if said else Message("endpoint.no_reason")
    return EndpointError("endpoint.no_list", name=endpoint.name, said=reason)
