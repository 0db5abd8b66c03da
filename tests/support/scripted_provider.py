"""Providers' packages that do as a script tells them, under the names by which LangChain imports the real ones.

A script is a list of steps for one request: texts are sent, numbers slept (seconds), exceptions raised, dicts sent as
the metadata of an empty chunk, chunks as they are; `WAIT` waits until the other side leaves.
"""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ClassVar

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, SecretStr

from ingest.config import Settings
from rag.model.language_model import LanguageModel, language_model

KEY = "sk-1234567890-secret"
WAIT = object()
DONE = {"done_reason": "stop"}


@dataclass
class Asked:
    """A request: the model as it was made, the messages, and when the other side left (`time.monotonic`)."""

    chat: "ScriptedChat"
    messages: list[BaseMessage]
    stop: list[str] | None
    loop: asyncio.AbstractEventLoop | None = None
    left: float | None = None
    tools: Any = None


@dataclass
class Script:
    """What the requests of a test meet, one list each, the last for all further ones; and what they were."""

    scripts: list[list[Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)  # at the end of the test, for threads that block

    def begin(self, asked: Asked) -> list[Any]:
        self.asked.append(asked)
        return self.scripts[min(len(self.asked), len(self.scripts)) - 1]


class ScriptedChat(BaseChatModel):
    """What both packages' models share. `script` is of the test that runs."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: ClassVar[Script] = Script()

    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self.bind(tools=tools)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise AssertionError("answers are streamed")


def _chunk(step: Any) -> ChatGenerationChunk:
    if isinstance(step, dict):
        step = AIMessageChunk("", response_metadata=step)
    return ChatGenerationChunk(message=AIMessageChunk(step) if isinstance(step, str) else step)


class ChatOllama(ScriptedChat):
    """A package with calls of its own for an event loop."""

    num_predict: int | None = None

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        tools: Any = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        asked = Asked(self, messages, stop, asyncio.get_running_loop(), tools=tools)
        try:
            for step in self.script.begin(asked):
                if isinstance(step, Exception):
                    raise step
                if step is WAIT or isinstance(step, float):
                    await asyncio.sleep(30 if step is WAIT else step)
                else:
                    yield _chunk(step)
        except (asyncio.CancelledError, GeneratorExit):
            asked.left = time.monotonic()
            raise


class ChatBaseten(ScriptedChat):
    """A package with blocking calls only."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        tools: Any = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        asked = Asked(self, messages, stop, tools=tools)
        try:
            for step in self.script.begin(asked):
                if isinstance(step, Exception):
                    raise step
                if step is WAIT or isinstance(step, float):
                    self.script.released.wait(30 if step is WAIT else step)
                else:
                    yield _chunk(step)
        except GeneratorExit:
            asked.left = time.monotonic()
            raise


def scripted_providers(monkeypatch: pytest.MonkeyPatch, *scripts: list[Any]) -> Script:
    """Make `ollama` and `baseten` the scripted ones, and `scripts` what their requests meet."""
    ScriptedChat.script = Script(list(scripts))
    for kind in (ChatOllama, ChatBaseten):
        name = f"langchain_{kind.__name__.removeprefix('Chat').lower()}"
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        setattr(module, kind.__name__, kind)
        monkeypatch.setitem(sys.modules, name, module)
    return ScriptedChat.script


def settings(provider: str, **changes: Any) -> Settings:
    limits = {"first_token_seconds": 1, "between_tokens_seconds": 0.5}
    return Settings(**({"provider": provider, "model": "m", "api_key": KEY} | limits | changes))


def model_of(provider: str, **changes: Any) -> LanguageModel:
    return language_model(settings(provider, **changes), None)
