"""The process that converts one file: its bytes on stdin, one JSON object on stdout."""

import json
import sys
from importlib import import_module

from ingest.errors import NoteError
from ingest.schema import Converted


def main(name: str, cpu_seconds: str, memory_mb: str, most_chars: str) -> None:
    """Convert stdin by `ingest.notes.formats.<name>`, within the limits."""
    _limit(int(cpu_seconds), int(memory_mb) * 2**20)
    try:
        made: Converted = import_module(f"ingest.notes.formats.{name}").convert(sys.stdin.buffer.read())
        if len(made.text) > int(most_chars):
            raise NoteError(f"holds more than {most_chars} characters (the setting 'max_note_mb')")
        answer = {
            "text": made.text,
            "title": made.title,
            "unit": made.places.unit,
            "starts": made.places.starts,
            "missing": made.missing,
        }
    except NoteError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": f"needs more than {memory_mb} MB of memory to read"}
    except RecursionError:
        answer = {"error": "is nested too deeply to be read"}
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
