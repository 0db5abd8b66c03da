"""What servers send in another form than the client library reads: one JSON instead of a stream, an error in a 200."""

import functools
import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx2

from ingest.endpoint import words_of

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_openai import ChatOpenAI

_DONE = re.compile(rb"[\r\n]data:[ \t]*\[DONE\]")
_KEPT = 32  # bytes: the end mark may come in two pieces


class EventStream:
    """Makes events of the bodies of one client's answers; `done` tells whether the last one had the end mark."""

    def __init__(self) -> None:
        self.done = False

    async def __call__(self, response: httpx2.Response) -> None:
        """A hook of the client, for each answer before its body is read."""
        self.done = False
        if response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Body(response.stream, self)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, body: httpx2.AsyncByteStream, stream: EventStream) -> None:
        self._body, self._stream = body, stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        whole, last = bytearray(), b"\n"
        begun = False
        async for data in self._body:
            piece = data if begun else data.lstrip()  # some send blanks while they work
            begun = begun or bool(piece)
            if whole or (last == b"\n" and piece.startswith(b"{")):
                whole += piece
            else:
                seen = last + piece
                self._stream.done = self._stream.done or bool(_DONE.search(seen))
                last = seen[-_KEPT:]
                yield piece
        if whole:
            yield self._as_event(bytes(whole))

    def _as_event(self, body: bytes) -> bytes:
        """One JSON on one line, as the only event; its message as the part of one that comes in parts."""
        try:
            completion = json.loads(body)
        except ValueError:
            return body
        choices = completion.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and "message" in choice:
                choice["delta"] = choice.pop("message")
        self._stream.done = True
        return b"data: " + json.dumps(completion).encode() + b"\n\n"

    async def aclose(self) -> None:
        await self._body.aclose()


@functools.cache
def chat_class() -> "type[ChatOpenAI]":
    """ChatOpenAI that also reads an error without a status, and what a model thinks. Loads the client library."""
    import openai
    from langchain_openai import ChatOpenAI

    class WireChat(ChatOpenAI):
        @classmethod
        def is_lc_serializable(cls) -> bool:
            """LangChain's loader would make another class of it."""
            return False

        def _convert_chunk_to_generation_chunk(
            self, chunk: dict[str, Any], default_chunk_class: "type[BaseMessageChunk]", base_generation_info: Any
        ) -> "ChatGenerationChunk | None":
            choices = chunk.get("choices")
            if not choices and (words := words_of(chunk)):
                raise openai.APIError(words, httpx2.Request("POST", str(self.openai_api_base)), body=chunk)
            read = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
            delta = choices[0]["delta"] if choices else None
            if read is not None and delta and (thought := delta.get("reasoning_content") or delta.get("reasoning")):
                read.message.additional_kwargs["reasoning_content"] = thought
            return read

    return WireChat
