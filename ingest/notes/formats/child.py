"""The process that converts one file: its bytes on stdin, one JSON object on stdout."""

import json
import sys
from dataclasses import asdict
from importlib import import_module

from ingest.errors import NoteError
from ingest.messages import Message
from ingest.schema import Converted


def main(name: str, cpu_seconds: str, memory_mb: str, most_chars: str) -> None:
    """Convert stdin by `ingest.notes.formats.<name>`, within the limits."""
    _limit(int(cpu_seconds), int(memory_mb) * 2**20)
    try:
        made: Converted = import_module(f"ingest.notes.formats.{name}").convert(sys.stdin.buffer.read())
        if len(made.text) > int(most_chars):
            raise NoteError("note.too_long", limit=int(most_chars))
        answer: dict[str, object] = {
            "text": made.text,
            "title": made.title,
            "unit": made.places.unit,
            "starts": made.places.starts,
            "missing": made.missing and asdict(made.missing),
        }
    except NoteError as error:
        answer = {"error": asdict(error.message)}
    except MemoryError:
        answer = {"error": asdict(Message("note.memory", limit=int(memory_mb)))}
    except RecursionError:
        answer = {"error": asdict(Message("note.nested"))}
    sys.stdout.write(json.dumps(answer))


def _limit(cpu_seconds: int, memory: int) -> None:
    """Bind this process, where the system can; the parent's clock does in any case."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
