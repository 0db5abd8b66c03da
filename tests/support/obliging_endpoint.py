"""An endpoint on loopback that answers any chat completion in the form that was asked for: text, calls of tools, JSON.

Values are made up from the schema and the last message: numbers are the first one in it, texts its words.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
# A text, or its pieces as they come; or a call of the tool of this name with these arguments, or what stands for them.
Reply = str | Iterable[str] | tuple[str, Json | str]


@dataclass
class Obliging:
    """Where it listens and what it was asked; `replies` are said first, one a request, before it makes any up."""

    base_url: str = ""
    asked: list[Json] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def reply(self, body: Json) -> Reply:
        """What is said to a request."""
        self.asked.append(body)
        if self.replies:
            return self.replies.pop(0)
        last = body["messages"][-1]
        words = last["content"] if isinstance(last.get("content"), str) else "…"
        choice, tools = body.get("tool_choice"), body.get("tools") or []
        if tools and choice != "none" and (choice or last["role"] == "user"):
            wanted = choice["function"]["name"] if isinstance(choice, dict) else tools[0]["function"]["name"]
            called = next(tool["function"] for tool in tools if tool["function"]["name"] == wanted)
            return wanted, filled(called["parameters"], words)
        form = body.get("response_format") or {}
        if form.get("type") == "json_schema":
            return json.dumps(filled(form["json_schema"]["schema"], words))
        if form.get("type") == "json_object":
            return json.dumps({"setup": words, "punchline": words})
        return f"You said: {words}"


def filled(schema: Json, words: str) -> Any:
    """A value of a JSON schema."""
    match schema.get("type"):
        case "object":
            return {name: filled(part, words) for name, part in schema.get("properties", {}).items()}
        case "integer" | "number":
            return int(next(iter(re.findall(r"\d+", words)), 0))
        case "array":
            return [filled(schema["items"], words)]
    return words


@contextmanager
def obliging_endpoint(*replies: Reply) -> Iterator[Obliging]:
    """It listens while the context lasts."""
    obliging = Obliging(replies=list(replies))
    with saying(obliging.reply) as obliging.base_url:
        yield obliging


@contextmanager
def saying(reply: Callable[[Json], Reply]) -> Iterator[str]:
    """The address of an endpoint that says to each request what `reply` tells, while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            with suppress(OSError):  # nobody reads on
                for chunk in chunks(body, reply(body)):
                    self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
                self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def chunks(body: Json, reply: Reply) -> Iterator[Json]:
    """A reply as the chunks of a streamed completion."""
    if isinstance(reply, tuple):
        name, arguments = reply
        written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        call = {"index": 0, "id": "call_1", "type": "function"}
        deltas: Iterable[Mapping[str, Any]] = [
            {"content": None, "tool_calls": [call | {"function": {"name": name, "arguments": ""}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": written}}]},
        ]
    else:
        half = len(reply) // 2 if isinstance(reply, str) else 0
        pieces = (reply[:half], reply[half:]) if isinstance(reply, str) else reply
        deltas = ({"content": piece} for piece in pieces)
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    for delta in deltas:
        yield head | {"choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}]}
    ended = "tool_calls" if isinstance(reply, tuple) else "stop"
    yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": ended}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield head | {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}
