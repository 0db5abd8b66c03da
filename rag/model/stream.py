"""One answer of an endpoint as a stream of text, within time limits, that can be stopped at any moment.

`ChatOpenAI`'s own stream cannot be stopped while it waits, and knows one limit for every wait. So each answer is
read on an event loop in a thread of its own: there every wait has its limit, and stopping closes the connection.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ingest.errors import EndpointError
from rag.model.endpoint import RETRIES, Endpoint, open_chat
from rag.model.endpoint_errors import broken_off, explain, retry_after, too_slow

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_openai import ChatOpenAI

_POLL_SECONDS = 0.1
_CLOSE_SECONDS = 2.0
_AFTER_END_SECONDS = 2.0  # for what may follow the last token: token counts, the end mark
_CHARS_A_TOKEN = 20  # an answer of more characters for each token asked for ends: the endpoint ignores the limit


class TextStream(Iterator[str]):
    """One answer, piece by piece. Ends early when it is closed, dropped, or `cancel` is set (seen within 0.1 s).

    Iterating raises `EndpointError`, after the pieces that came. Nothing is sent before the first `next`.
    """

    def __init__(self, reader: "_Reader", cancel: threading.Event | None) -> None:
        self._reader = reader
        self._pieces = _take(reader, cancel)

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        """Stop: when this returns (2 s at the most) the connection is closed."""
        self._pieces.close()

    @property
    def finish_reason(self) -> str:
        """Why it ended: `stop`, `length` (the token limit), `cancelled`, or what else the endpoint says; '' before."""
        return self._reader.finish_reason

    @property
    def tokens(self) -> Mapping[str, int]:
        """`prompt`, `cached` (of the prompt, not read again) and `answer` tokens, when the endpoint tells."""
        return self._reader.tokens


def open_stream(
    endpoint: Endpoint,
    messages: "Sequence[BaseMessage]",
    *,
    max_tokens: int,
    stop: Sequence[str] = (),
    cancel: threading.Event | None = None,
) -> TextStream:
    """Ask for an answer of at most `max_tokens` tokens, ended before any of the texts in `stop`."""
    return TextStream(_Reader(endpoint, messages, max_tokens, stop), cancel)


def _take(reader: "_Reader", cancel: threading.Event | None) -> Generator[str]:
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
    """The endpoint's side: puts the pieces of one answer in a queue, None at the end, and keeps how it ended."""

    def __init__(self, endpoint: Endpoint, messages: "Sequence[BaseMessage]", max_tokens: int, stop: Sequence[str]):
        super().__init__(name="language-model-answer", daemon=True)
        self.pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.error: EndpointError | None = None
        self.finish_reason = ""
        self.tokens: dict[str, int] = {}
        self._endpoint, self._messages = endpoint, list(messages)
        self._max_tokens, self._stop_texts = max_tokens, list(stop)
        self._chars = 0  # of the answer that have come
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
            self.error = broken_off(self._endpoint, self._chars > 0)
        self.pieces.put(None)

    async def _main(self) -> None:
        with self._guard:
            self._task = None if self._stopped else asyncio.current_task()
        try:
            if self._task is None:
                raise asyncio.CancelledError
            async with _in_turn(self._endpoint.turn):
                self.error = await self._read()
        except asyncio.CancelledError:
            self.finish_reason = "cancelled"
        finally:
            with self._guard:
                self._task = None
            self._end()  # here already: the loop may have to wait for a name server when it closes

    async def _read(self) -> EndpointError | None:
        """Read the answer; the error that ended it before its time, if any."""
        import httpx2
        import openai

        chat = open_chat(self._endpoint, retries=0)
        try:
            async with contextlib.aclosing(self._chunks(chat)) as chunks:
                await self._follow(chunks)
        except TimeoutError:
            error = too_slow(self._endpoint, self._chars > 0)
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, LookupError, TypeError, AttributeError) as fault:
            # The last four: JSON that is broken, or not of the shape that the client library relies on.
            error = explain(fault, self._endpoint, self._chars > 0)
        else:
            error = broken_off(self._endpoint, self._chars > 0)
        finally:
            chat.root_client.close()
            await chat.root_async_client.close()
        return None if self.finish_reason else error

    async def _follow(self, chunks: "AsyncGenerator[AIMessageChunk]") -> None:
        """Pass the text on, each wait within its limit."""
        limits, clock = self._endpoint.limits, asyncio.get_running_loop().time
        deadline = clock() + limits.first_token
        while True:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            if text := str(chunk.text):
                self._chars += len(text)
                self.pieces.put(text)
                deadline = clock() + limits.between_tokens
            if reason := chunk.response_metadata.get("finish_reason"):
                self.finish_reason = str(reason)
            elif self._chars > self._max_tokens * _CHARS_A_TOKEN:
                self.finish_reason = "length"
                return
            if self.finish_reason:
                deadline = clock() + _AFTER_END_SECONDS
            if usage := chunk.usage_metadata:
                cached = usage.get("input_token_details", {}).get("cache_read", 0)
                self.tokens = {"prompt": usage["input_tokens"], "cached": cached, "answer": usage["output_tokens"]}

    async def _chunks(self, chat: "ChatOpenAI") -> "AsyncGenerator[AIMessageChunk]":
        """The chunks of the first attempt that brings any; a refused one is repeated when and if that may help."""
        import openai

        clock = asyncio.get_running_loop().time
        deadline = clock() + self._endpoint.limits.first_token
        body = {**self._endpoint.body, "max_tokens": self._max_tokens}
        options: dict[str, Any] = {"extra_body": body, "stop": self._stop_texts or None}
        attempt, begun = 0, False
        while True:
            try:
                answer = cast("AsyncGenerator[AIMessageChunk]", chat.astream(self._messages, **options))
                async with contextlib.aclosing(answer):
                    async for chunk in answer:
                        begun = True
                        yield chunk
                return
            except openai.APIError as error:
                if begun:
                    raise
                if not _adapt(error, options):
                    wait = retry_after(error, attempt)
                    if attempt == RETRIES or wait is None or clock() + wait > deadline:
                        raise
                    attempt += 1
                    await asyncio.sleep(wait)


def _adapt(error: Exception, options: dict[str, Any]) -> bool:
    """Whether the request could be changed to the model's wish: newer ones rename the limit, or fix the temperature."""
    import openai

    if not isinstance(error, openai.BadRequestError):
        return False
    body: dict[str, object] = options["extra_body"]
    if error.param == "max_tokens" and "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
        return True
    if error.param == "temperature" and "temperature" not in options:
        options["temperature"] = openai.omit
        return True
    return False


@contextlib.asynccontextmanager
async def _in_turn(turn: "threading.Lock | None") -> AsyncIterator[None]:
    if turn is None:
        yield
        return
    while not turn.acquire(blocking=False):
        await asyncio.sleep(_POLL_SECONDS / 2)
    try:
        yield
    finally:
        turn.release()
