"""One answer of a model as a stream of text, within time limits, that can be stopped at any moment.

The streams of LangChain's models cannot be stopped while they wait, and know one limit for every wait. So each answer is
read on an event loop in a thread of its own: there every wait has its limit, and stopping closes the connection.
"""

import asyncio
import contextlib
import queue
import re
import threading
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ingest.errors import AnswerCut, EndpointError
from ingest.messages import Message
from rag.model.answer_text import AnswerText
from rag.model.endpoint import Limits, Tool
from rag.model.endpoint_errors import too_slow
from rag.model.waiting import Line, in_line

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

_POLL_SECONDS = 0.1
_CLOSE_SECONDS = 2.0
_AFTER_END_SECONDS = 2.0  # for what may follow the last token: token counts, the end mark
_CHARS_A_TOKEN = 20  # an answer of more characters for each token asked for ends: the endpoint ignores the limit
_THINKING_TOKENS = 4096  # more than the answer's, for a model that was seen to think: it counts them as the answer's
_LEAST_TOKENS = 32  # of an answer that is wanted whole
_FILTERED = re.compile(r"filter|safety|sensitive|recitation|refus|block|prohibited|spii")


@dataclass(slots=True)
class Habits:
    """What a model was seen to do, kept from one answer to the next."""

    thinks: bool = False
    ends_thinking_only: bool = False  # it writes `</think>` and no `<think>`: its template does


class Upstream(Protocol):
    """Who writes the answers: `rag.model.endpoint.Endpoint`, or `rag.model.providers.Provider`."""

    @property
    def name(self) -> Message:
        """What errors call it."""

    @property
    def limits(self) -> Limits:
        """How long it is waited for."""

    @property
    def line(self) -> Line | None:
        """Where questions wait, when it takes one at a time."""

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What `chunks` raises when something is wrong with the answer."""

    def open(self, max_tokens: int | None = None) -> "BaseChatModel":
        """The model for LangChain code. Raises ModelError."""

    def chunks(
        self, messages: "Sequence[BaseMessage]", max_tokens: int, stop: Sequence[str], tools: Sequence[Tool] = ()
    ) -> "AsyncGenerator[AIMessageChunk]":
        """One answer, asked for with the first step; making ready for that counts for no limit. Closing it ends it."""

    def finished(self, chunk: "AIMessageChunk") -> str:
        """Why the answer ends with this chunk, as `TextStream.finish_reason` has it; '' when it goes on."""

    def explain(self, error: Exception | None, begun: bool) -> EndpointError:
        """The sentence for a fault, None for an answer that ended without its end mark; `begun`: text had come."""


class TextStream(Iterator[str]):
    """One answer, piece by piece. Ends early when it is closed, dropped, or `cancel` is set (seen within 0.1 s).

    Iterating raises `EndpointError`, after the pieces that came; `AnswerCut` when the limit of tokens ended it. Nothing is
    sent before the first `next`. When a piece has raised `restarts`, the pieces before it were thinking and no answer. While
    others are answered first, an empty piece tells that `place` is another: how many there are; 0 when it is one's turn.
    """

    def __init__(self, reader: "_Reader", cancel: threading.Event | None) -> None:
        self._reader = reader
        self._pieces = _take(reader, cancel)
        self.restarts = self.place = 0

    def __next__(self) -> str:
        taken = next(self._pieces)
        if isinstance(taken, int):
            self.place = taken
            return ""
        self.restarts, piece = taken
        return piece

    def close(self) -> None:
        """Stop: when this returns (2 s at the most) the connection is closed."""
        self._pieces.close()

    @property
    def finish_reason(self) -> str:
        """Why it ended: `stop`, `length` (the token limit), `cancelled`, or what else the endpoint says; '' before."""
        return self._reader.finish_reason

    @property
    def said(self) -> "AIMessageChunk | None":
        """All that came of an answer that was offered tools, the calls in it; None before, and without tools."""
        return self._reader.said

    @property
    def tokens(self) -> Mapping[str, int]:
        """`prompt`, `cached` (of the prompt, not read again) and `answer` tokens, when the endpoint tells."""
        return self._reader.tokens


def open_stream(
    upstream: Upstream,
    messages: "Sequence[BaseMessage]",
    *,
    max_tokens: int,
    stop: Sequence[str] = (),
    cancel: threading.Event | None = None,
    who: str = "",
    habits: Habits | None = None,
    tools: Sequence[Tool] = (),
) -> TextStream:
    """Ask for an answer of at most `max_tokens` tokens, ended before any of the texts in `stop`; it may call `tools`. See
    `LanguageModel`."""
    return TextStream(_Reader(upstream, messages, max_tokens, stop, who, habits or Habits(), tools), cancel)


def _take(reader: "_Reader", cancel: threading.Event | None) -> Generator[tuple[int, str] | int]:
    """The consumer's side. A generator, so that dropping the stream stops the reader, which knows nothing of it."""
    reader.start()
    try:
        while True:
            if cancel is not None and cancel.is_set():
                reader.finish_reason = reader.finish_reason or "cancelled"
                return
            with contextlib.suppress(queue.Empty):  # nothing yet: time to look at `cancel`
                piece = reader.pieces.get(timeout=None if cancel is None else _POLL_SECONDS)
                if piece is None:
                    break
                yield piece
        if reader.error is not None:
            raise reader.error
    finally:
        reader.stop()


class _Reader(threading.Thread):
    """The model's side: puts its place in line and the pieces of one answer in a queue, None at the end, and keeps how it
    ended."""

    def __init__(
        self,
        upstream: Upstream,
        messages: "Sequence[BaseMessage]",
        max_tokens: int,
        stop: Sequence[str],
        who: str,
        habits: Habits,
        tools: Sequence[Tool] = (),
    ):
        super().__init__(name="language-model-answer", daemon=True)
        self.pieces: queue.SimpleQueue[tuple[int, str] | int | None] = queue.SimpleQueue()  # (restarts, text), or place
        self.error: EndpointError | None = None
        self.finish_reason = ""
        self.tokens: dict[str, int] = {}
        self._upstream, self._messages = upstream, list(messages)
        self._max_tokens, self._stop_texts = max_tokens, list(stop)
        self._who, self._habits = who, habits
        self._tools = list(tools)
        self.said: AIMessageChunk | None = None
        self._chars = 0  # of the answer that have come
        self._thought = False  # whether anything came that was no answer
        self._guard = threading.Lock()  # of the two below
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Close the connection and wait for that; nothing when the answer has ended. For any thread."""
        with self._guard:
            if self._task is not None and not self._stopped:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)
            self._stopped = True
        if threading.current_thread() is not self:  # the collector may drop a stream in any thread
            self.join(timeout=_CLOSE_SECONDS)

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._end()

    def _end(self) -> None:
        """Let the consumer go on, whatever happened; a fault of ours is printed by the thread's hook."""
        if not self.finish_reason and self.error is None:
            self.error = self._upstream.explain(None, self._begun)
        self.pieces.put(None)

    async def _main(self) -> None:
        with self._guard:
            self._task = None if self._stopped else asyncio.current_task()
        try:
            if self._task is None:
                raise asyncio.CancelledError
            async with in_line(self._upstream.line, self._who, self.pieces.put):
                self.error = await self._read()
        except asyncio.CancelledError:
            self.finish_reason = "cancelled"
        finally:
            with self._guard:
                self._task = None
            self._end()  # here already: the loop may have to wait for a name server when it closes

    async def _read(self) -> EndpointError | None:
        """Read the answer; the error that ended it before its time, if any."""
        with_room = self._habits.thinks
        error = await self._read_once(_THINKING_TOKENS if with_room else 0)
        if self._used_up_by_thinking() and not with_room and self._max_tokens >= _LEAST_TOKENS:
            self.finish_reason = ""
            error = await self._read_once(_THINKING_TOKENS)
        return error or self._early_end()

    def _used_up_by_thinking(self) -> bool:
        return self.finish_reason == "length" and self._thought and not self._chars

    def _early_end(self) -> EndpointError | None:
        """What is to be said of an answer that ended before its time, by its own word."""
        name, reason = self._upstream.name, self.finish_reason
        if self._used_up_by_thinking():
            return AnswerCut("endpoint.thought_only", name=name, tokens=self._max_tokens)
        if reason == "length":
            return AnswerCut("endpoint.cut", name=name, tokens=self._max_tokens)
        return EndpointError("endpoint.filtered", name=name, reason=reason) if _FILTERED.search(reason) else None

    async def _read_once(self, room: int) -> EndpointError | None:
        """One request, with `room` for thinking; the error that ended it before its end mark, if any."""
        upstream, text = self._upstream, AnswerText(self._habits.ends_thinking_only)
        self.said = None
        try:
            async with contextlib.aclosing(
                upstream.chunks(self._messages, self._max_tokens + room, self._stop_texts, self._tools)
            ) as chunks:
                await self._follow(chunks, text)
        except TimeoutError:
            error = too_slow(upstream, self._begun)
        except EndpointError as told:
            error = told
        except upstream.faults as fault:
            error = upstream.explain(fault, self._begun)
        else:
            error = upstream.explain(None, self._begun)
        self._put(text.finish(), text)
        self._habits.thinks = self._habits.thinks or self._thought
        return None if self.finish_reason else error

    @property
    def _begun(self) -> bool:
        return self._chars > 0 or self._thought

    def _put(self, piece: str, text: AnswerText) -> None:
        self._thought = self._thought or text.thought
        self._habits.ends_thinking_only = self._habits.ends_thinking_only or text.restarts > 0
        if piece:
            self._chars += len(piece)
            self.pieces.put((text.restarts, piece))

    async def _follow(self, chunks: "AsyncGenerator[AIMessageChunk]", text: AnswerText) -> None:
        """Pass the answer on, each wait within its limit; a model that thinks is at work."""
        limits, clock = self._upstream.limits, asyncio.get_running_loop().time
        deadline = clock() + limits.first_token
        while True:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks, None)
            if self._stopped:  # a cancellation that meets a piece on its way is lost in the packages below
                raise asyncio.CancelledError
            if chunk is None:
                return
            thinks = _thinks(chunk)
            self._thought = self._thought or thinks
            if thinks or chunk.text or chunk.tool_call_chunks:
                deadline = clock() + limits.between_tokens
            if self._tools:
                self._chars += sum(len(part["args"] or "") for part in chunk.tool_call_chunks)
                self.said = chunk if self.said is None else self.said + chunk
            self._put(text.feed(str(chunk.text)), text)
            if reason := self._upstream.finished(chunk):
                self.finish_reason = self.finish_reason or reason
            elif self._chars > self._max_tokens * _CHARS_A_TOKEN:
                self.finish_reason = "length"
                return
            if self.finish_reason:
                deadline = clock() + _AFTER_END_SECONDS
            if usage := chunk.usage_metadata:
                cached = usage.get("input_token_details", {}).get("cache_read", 0)
                told = {"prompt": usage["input_tokens"], "cached": cached, "answer": usage["output_tokens"]}
                self.tokens = {name: max(count, self.tokens.get(name, 0)) for name, count in told.items()}


def _thinks(chunk: "AIMessageChunk") -> bool:
    """Whether a chunk holds thinking beside its text, in one of the places where packages put it."""
    blocks = chunk.content if isinstance(chunk.content, list) else ()
    kinds = {block.get("type") for block in blocks if isinstance(block, dict)}
    return bool(chunk.additional_kwargs.get("reasoning_content") or kinds & {"thinking", "reasoning"})
