"""OpenAI's chat completions: what is read of a request, and the objects that answers are made of."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from asknotes.forms import Look, NotesAnswer, Only, Span, note_uri
from rag.console import sentence_text
from rag.records import Sentence, Source, Turn

ModelName = Literal["asknotes", "asknotes-quotes", "asknotes-agent"]
# Whether a model sums up, and whether an endpoint's looks further before it does; None: as the settings say.
MODELS: Mapping[ModelName, tuple[bool | None, bool | None]] = {
    "asknotes": (None, None),
    "asknotes-quotes": (False, False),
    "asknotes-agent": (True, True),
}
Json = dict[str, Any]


class Part(BaseModel):
    """A piece of a message; only text is read."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One message. Those of a system are not read: what an answer may be made of is not for a request to say."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        parts = self.content or ""
        return parts if isinstance(parts, str) else "".join(part.text for part in parts)


class StreamOptions(BaseModel):
    """What a stream tells beside the text."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A question and the conversation before it. Other fields of OpenAI's, such as `temperature`, change nothing."""

    model: ModelName = "asknotes"
    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    only: Only = []
    user: str = Field("", max_length=200, description="who asks: the local model answers each in turn")

    @property
    def question(self) -> str:
        """The last message of the user; '' when the last one is of somebody else."""
        last = self.messages[-1]
        return last.text.strip() if last.role == "user" else ""

    @property
    def history(self) -> tuple[Turn, ...]:
        """What was said before it."""
        return tuple(
            Turn("user" if message.role == "user" else "assistant", message.text)
            for message in self.messages[:-1]
            if message.role in ("user", "assistant") and message.text
        )


class UrlCitation(Span):
    """A citation: `start_index` to `end_index` of the content is its mark `[n]`; the rest says where in the notes."""

    start_index: int
    end_index: int
    title: str
    url: str = Field(description="`note:///path#L3-L9`")
    heading_path: list[str]
    section_id: str


class Annotation(BaseModel):
    """As OpenAI's clients read it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AssistantMessage(BaseModel):
    """The answer: its text with marks `[1]`, a doubtful sentence with `[?]`, and what the marks stand for."""

    role: Literal["assistant"] = "assistant"
    content: str
    annotations: list[Annotation]


class Choice(BaseModel):
    """There is one."""

    index: int = 0
    message: AssistantMessage
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """About how many tokens question and answer have."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """`asknotes` is the answer in our own form: whether the notes answer, the evidence, all sources."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    asknotes: NotesAnswer


def annotated(sentence: Sentence, sources: Mapping[int, Source], at: int) -> tuple[str, list[Annotation]]:
    """A sentence with its marks, as it stands from character `at` of the content, and what they stand for."""
    text = sentence_text(sentence)
    found, end = [], len(sentence.lead + sentence.text)
    for n in sentence.citations:
        start, end = end, end + len(f"[{n}]")
        found.append(Annotation(url_citation=_citation(sentence, sources[n], at + start, at + end)))
    return text, found


def _citation(sentence: Sentence, source: Source, start: int, end: int) -> UrlCitation:
    span = next((one for one in sentence.evidence if one.n == source.n), None)
    first, last = (span.start_line, span.end_line) if span else (source.start_line, source.end_line)
    return UrlCitation(
        start_index=start,
        end_index=end,
        title=" > ".join(source.heading_path),
        url=f"{note_uri(source.path)}#L{first}-L{last}",
        n=source.n,
        path=source.path,
        heading_path=list(source.heading_path),
        section_id=source.section_id,
        start_line=first,
        end_line=last,
        quote=span.quote if span else "",
    )


class Chunks:
    """The chunks of one streamed answer."""

    def __init__(self, model: str) -> None:
        self._head = {
            "id": new_id(),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }

    def text(self, content: str, annotations: Sequence[Annotation]) -> Json:
        """More of the answer."""
        delta: Json = {"role": "assistant", "content": content}
        if annotations:
            delta["annotations"] = [one.model_dump() for one in annotations]
        return self._head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}

    def looked(self, look: Look) -> Json:
        """The model has looked further, one step: no text."""
        return self._head | {"choices": [], "looked": look.model_dump()}

    def waiting(self, place: int) -> Json:
        """The model answers others first; `place` is how many, 0 when the wait is over."""
        return self._head | {"choices": [{"index": 0, "delta": {}, "finish_reason": None}], "asknotes_place": place}

    def end(self, answer: NotesAnswer) -> Json:
        """The answer is whole."""
        ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
        return self._head | {"choices": [ended], "asknotes": answer.model_dump()}

    def usage(self, usage: Usage) -> Json:
        """The last one, when it was asked for."""
        return self._head | {"choices": [], "usage": usage.model_dump()}


def new_id() -> str:
    """The id of a completion."""
    return f"chatcmpl-{uuid.uuid4().hex}"
