"""The addresses of the API. The application is to stand behind `asknotes.access.Guard`."""

import functools
import json
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import chain, islice

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel

from asknotes.api.completions import chunks, completion
from asknotes.api.page import described
from asknotes.api.wire import MODELS, ChatRequest, Completion, Json
from asknotes.forms import (
    Answered,
    Best,
    CheckedSentences,
    FoundPassages,
    Only,
    QuestionText,
    TextToCheck,
    checked_form,
    passages_form,
)
from asknotes.library import Library
from ingest.errors import AskNotesError, UnknownPlace
from ingest.messages import Message
from rag.records import Event, Finished

MOST_ANSWERS = 200  # that are written or waited for at once; each has a thread, and none of those that all else needs
OPEN_PATHS = ("/docs", "/openapi.json")  # the same on every machine


class SearchRequest(BaseModel):
    """A question, and which notes it is asked of."""

    question: QuestionText
    k: Best = 10
    only: Only = []


class CheckRequest(BaseModel):
    """A text, and what it answers when it answers a question."""

    text: TextToCheck
    question: Answered = ""


class Model(BaseModel):
    """A name that `model` of a chat completion takes."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "asknotes"


class Models(BaseModel):
    """`asknotes` sums up as the settings say, `asknotes-quotes` answers in the words of the notes, and for `asknotes-agent` an
    endpoint's model looks further in the notes before it sums up."""

    object: str = "list"
    data: list[Model]


def api(library: Library, version: str = "") -> FastAPI:
    """The application over a library."""
    threads = CapacityLimiter(MOST_ANSWERS)
    app = FastAPI(title="AskNotes", version=version or "0", docs_url=None, redoc_url=None)
    app.add_exception_handler(AskNotesError, _stated)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.get("/v1/models")
    def models() -> Models:
        """The models that may be asked."""
        return Models(data=[Model(id=name) for name in MODELS])

    @app.post("/v1/chat/completions", response_model=Completion)
    def chat_completions(request: ChatRequest, http: Request) -> StreamingResponse | JSONResponse:
        """Answer the last message from the notes, every sentence checked; with `stream` as server-sent events."""
        if not request.question:
            return _fault(400, str(Message("api.no_question")), "invalid_request_error")
        notes = library.notes()
        write, agent = MODELS[request.model]
        cancel, who = threading.Event(), request.user or (http.client.host if http.client else "")
        events = notes.stream(
            request.question, request.history, only=request.only, cancel=cancel, write=write, agent=agent, who=who
        )
        begun = list(islice(events, 2))  # the search is done: what it says of the request has a status
        events = chain(begun, events)
        if not request.stream:
            return StreamingResponse(
                _sent(_whole(request.model, events), cancel, threads), media_type="application/json"
            )
        usage = request.stream_options is not None and request.stream_options.include_usage
        rows = chunks(request.model, events, usage)
        return StreamingResponse(_sent(_as_events(rows), cancel, threads), media_type="text/event-stream")

    @app.post("/v1/search")
    def search(request: SearchRequest) -> FoundPassages:
        """The passages that fit a question, best first."""
        return passages_form(library.notes().search(request.question, request.k, only=request.only))

    @app.post("/v1/check")
    def check(request: CheckRequest) -> CheckedSentences:
        """Each sentence of a text against the notes."""
        return checked_form(library.notes().check(request.text, request.question))

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        """The addresses for people, from the schema; no script, nothing from elsewhere."""
        return HTMLResponse(
            described(app.openapi()),
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )

    return app


def _whole(model: str, events: Iterator[Event]) -> Iterator[str]:
    *_, last = events
    assert isinstance(last, Finished)
    yield completion(model, last.answer).model_dump_json()


def _as_events(rows: Iterator[Json]) -> Iterator[str]:
    """Rows as server-sent events."""
    for row in rows:
        yield f"data: {json.dumps(row, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"


async def _sent(parts: Iterator[str], cancel: threading.Event, threads: CapacityLimiter) -> AsyncIterator[str]:
    """What is sent, as it comes; when the other side leaves, the model's work ends, and the wait for it.

    The thread that waits for the model is left to itself then: else nobody would come to tell it.
    """
    try:
        wait = functools.partial(to_thread.run_sync, next, parts, None, abandon_on_cancel=True, limiter=threads)
        while (part := await wait()) is not None:
            yield part
    finally:
        cancel.set()


def _stated(_: Request, error: Exception) -> JSONResponse:
    """A stated error: of the request (400), or of what is here, its settings too (503)."""
    mistaken = isinstance(error, UnknownPlace)
    return _fault(400 if mistaken else 503, str(error), "invalid_request_error" if mistaken else "server_error")


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"][1:]))
    return _fault(400, f"{place}: {first['msg']}", "invalid_request_error")


def _fault(status: int, message: str, kind: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)
