"""The addresses of the API. The application is to stand behind `asknotes.access.Guard`."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import chain, islice
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import iterate_in_threadpool

from asknotes.api.completions import chunks, completion
from asknotes.api.page import described
from asknotes.api.wire import MODELS, ChatRequest, Completion, Json
from asknotes.forms import CheckedSentences, FoundPassages, checked_form, passages_form
from asknotes.library import Library
from ingest.errors import AskNotesError, ConfigError, UnknownPlace
from rag.records import Answer, Event, Finished

OPEN_PATHS = ("/docs", "/openapi.json")  # the same on every machine


class SearchRequest(BaseModel):
    """A question, and which notes it is asked of."""

    question: Annotated[str, Field(min_length=1, max_length=4000)]
    k: Annotated[int, Field(ge=1, le=50)] = 10
    only: Annotated[list[str], Field(description="a folder `papers/`, a note, a glob, or a `#tag`")] = []


class CheckRequest(BaseModel):
    """A text, and what it answers when it answers a question."""

    text: Annotated[str, Field(min_length=1, max_length=50_000)]
    question: str = ""


class Model(BaseModel):
    """A name that `model` of a chat completion takes."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "asknotes"


class Models(BaseModel):
    """`asknotes` sums up as the settings say, `asknotes-quotes` answers in the words of the notes."""

    object: str = "list"
    data: list[Model]


def api(library: Library, version: str = "") -> FastAPI:
    """The application over a library."""
    app = FastAPI(title="AskNotes", version=version or "0", docs_url=None, redoc_url=None)
    app.add_exception_handler(AskNotesError, _stated)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.get("/v1/models")
    def models() -> Models:
        """The models that may be asked."""
        return Models(data=[Model(id=name) for name in MODELS])

    @app.post("/v1/chat/completions", response_model=Completion)
    def chat_completions(request: ChatRequest) -> Completion | StreamingResponse:
        """Answer the last message from the notes, every sentence checked; with `stream` as server-sent events."""
        if not request.question:
            raise ConfigError("api.no_question")
        cancel = threading.Event()
        write = False if request.model == "asknotes-quotes" else None
        events = library.notes().stream(
            request.question, request.history, only=request.only, cancel=cancel, write=write
        )
        begun = list(islice(events, 2))  # the search is done: what it says of the request has a status
        if request.stream:
            usage = request.stream_options is not None and request.stream_options.include_usage
            rows = chunks(request.model, chain(begun, events), usage)
            return StreamingResponse(_sent(rows, cancel), media_type="text/event-stream")
        return completion(request.model, _last(events))

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


def _last(events: Iterator[Event]) -> Answer:
    *_, last = events
    assert isinstance(last, Finished)
    return last.answer


async def _sent(rows: Iterator[Json], cancel: threading.Event) -> AsyncIterator[str]:
    """Server-sent events; when the other side leaves, the model's work ends."""
    try:
        async for row in iterate_in_threadpool(rows):
            yield f"data: {json.dumps(row, ensure_ascii=False)}\n\n"
        yield "data: [DONE]\n\n"
    finally:
        cancel.set()


def _stated(_: Request, error: Exception) -> JSONResponse:
    """A stated error: of the request (400), or of what is here (503)."""
    mistaken = isinstance(error, UnknownPlace | ConfigError)
    return _fault(400 if mistaken else 503, str(error), "invalid_request_error" if mistaken else "server_error")


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"][1:]))
    return _fault(400, f"{place}: {first['msg']}", "invalid_request_error")


def _fault(status: int, message: str, kind: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)
