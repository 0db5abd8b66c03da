"""A scripted strong model: what the product makes of a model that answers rightly, from the sources it was shown.

    python -m benchmarks.strong_model INDEX QUESTIONS.jsonl [QUESTIONS.jsonl …]

An endpoint on this machine writes the reference answers of a question set, each sentence with the source that holds most
of it, leaves out what no source shown holds, and says no where the notes do. The whole product is asked by it and graded
as `python -m rag eval --answers` does: what is lost is lost by the search, the prompt or the citation check.
"""

import argparse
import json
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rag.__main__ import main as rag
from rag.citations.splitter import split_answer
from rag.citations.windows import terms_of

HELD = 0.3  # share of a sentence's terms that a source must hold: the reference answers are paraphrases
_CHUNK = 7  # characters
_NO = {"问题：": "笔记里没有说明。", "Question: ": "The notes do not say."}
_SOURCE = re.compile(r"^\[(\d+)\] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reference:
    """A question and what should be answered; '' when the notes do not."""

    question: str
    answer: str


def read_references(file: Path) -> list[Reference]:
    """The questions of a set with their `answer`: text, or sentences with a `text` each."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Reference(row["question"], _text(row["answer"]) if row.get("gold") else "") for row in rows]


def _text(answer: str | Sequence[dict[str, str]]) -> str:
    return answer if isinstance(answer, str) else "\n".join(sentence["text"] for sentence in answer)


def reply(prompt: str, references: Sequence[Reference]) -> str:
    """The cited answer to the question of a prompt of `rag.answer.prompt`."""
    label = max(_NO, key=prompt.rfind)
    notes, _, asked = prompt.rpartition(label)
    terms = terms_of(asked.split("\n")[0])
    meant = max(references, key=lambda one: _likeness(terms, terms_of(one.question)))
    _, *parts = _SOURCE.split(notes)
    sources = {int(n): terms_of(text) for n, text in zip(parts[::2], parts[1::2], strict=True)}
    said = []
    for piece in split_answer(meant.answer):
        words = terms_of(piece.text)
        if words and sources:
            best = max(sources, key=lambda n: len(words & sources[n]))
            if len(words & sources[best]) >= HELD * len(words):
                said.append(f"{piece.lead}{piece.text}[{best}]")
    return "".join(said).strip() or _NO[label]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


@contextmanager
def strong_model(references: Sequence[Reference]) -> Iterator[str]:
    """The address of an OpenAI-compatible endpoint that answers by `reply` while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = reply(asked["messages"][-1]["content"], references)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for start in range(0, len(text), _CHUNK):
                self._event({"content": text[start : start + _CHUNK]}, None)
            self._event({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
            chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

        def log_message(self, *_: object) -> None:
            """Quiet: the figures are printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    """Print the figures of each set."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("index", type=Path)
    options.add_argument("files", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    given = options.parse_args()
    for file in given.files:
        with strong_model(read_references(file)) as base_url:
            os.environ.update(ASKNOTES_LLM="endpoint", ASKNOTES_BASE_URL=base_url, ASKNOTES_MODEL="reference-answers")
            rag(["eval", "--answers", "--index", str(given.index), str(file)])


if __name__ == "__main__":
    main()
