"""The chat model that `LanguageModel.chat` gives to LangChain code, by LangChain's own suites.

Left out, by their own switches: pictures, sound, PDF and Anthropic's forms of them (notes are text, and what an endpoint
takes of these is its own); reading a key from the environment (only ours counts: `ASKNOTES_API_KEY`); being written down
and loaded again by LangChain (`is_lc_serializable`: it holds a key, and is of a class that the loader does not know).
`test_stream_time` wants a recording of a real service.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from obliging_endpoint import Obliging, obliging_endpoint
from pydantic import SecretStr

from ingest.messages import Message
from rag.model.endpoint import Endpoint, Limits, open_chat
from rag.model.endpoint_wire import chat_class


@pytest.fixture(scope="module")
def obliging() -> Iterator[Obliging]:
    with obliging_endpoint() as running:
        yield running


class TestUnit(ChatModelUnitTests):
    """The class alone."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return chat_class()

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "m", "api_key": "none", "base_url": "http://127.0.0.1:9/v1"}


# langchain-openai dumps the client library's records with a parsed object in a field that was declared empty.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
@pytest.mark.filterwarnings("ignore:Received a Pydantic BaseModel V1 schema:UserWarning")
class TestAnswers(ChatModelIntegrationTests):
    """The model as it is opened for an endpoint, and its answers as they come over the wire."""

    @pytest.fixture(autouse=True)
    def _asks(self, obliging: Obliging) -> None:
        self._endpoint = Endpoint(
            base_url=obliging.base_url,
            model="m",
            api_key=SecretStr(""),
            name=Message("endpoint.local"),
            limits=Limits(2, 5, 5),
            temperature=0,
            counts_tokens=True,
        )

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return chat_class()

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "m", "api_key": "none", "base_url": self._endpoint.base_url, "streaming": True}

    @pytest.fixture
    def model(self, request: Any) -> BaseChatModel:
        return open_chat(self._endpoint).model_copy(update=getattr(request, "param", {}))

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "another"
