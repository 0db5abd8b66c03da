"""Look for input that breaks or stalls what reads the bytes of others: `python -m tools.fuzz TARGET [SECONDS]`.

Atheris (libFuzzer for Python) makes the bytes, led by which branches they reach. A stated error is right; any other exception,
and any input that takes more than SLOW seconds, ends the run and is kept in `runs/fuzz/TARGET/`, where the corpus is too. `make fuzz`
runs all of them.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest", "rag"], enable_loader_override=False):
    from benchmarks.rebuild import HashEmbedder
    from ingest.build.run import build
    from ingest.config import IndexSettings
    from ingest.errors import AskNotesError
    from ingest.index.blocks.block import Block
    from ingest.index.manifest import MANIFEST, generation_name, parse_manifest
    from ingest.notes.convert import convert, format_of
    from ingest.notes.read import make_note
    from ingest.passages.split import split
    from ingest.text.citation_marks import strip_marks, strip_written_marks
    from ingest.text.markup import plain
    from ingest.text.sentences import sentence_spans
    from rag.answer.own_text_files import read_texts
    from rag.citations.splitter import Splitter
    from rag.evaluate.retrieval import read_history, read_questions

    # Of the formats those whose converters are ours and read text.
    SUFFIXES = (".md", ".txt", ".org", ".csv", ".ipynb", ".html", ".mhtml", ".enex", ".json", ".canvas")
    FORMS = {suffix: form for suffix in SUFFIXES if (form := format_of(f"a{suffix}"))}
    for known in FORMS.values():
        import_module(f"ingest.notes.formats.{known.module}")

SLOW = 5  # seconds for one input
LONGEST = 20_000  # bytes
SECONDS = 1800
RUNS = Path("runs/fuzz")
SETTINGS = IndexSettings(max_note_mb=1)
NOTE = "---\ntags: [a]\n---\n# 题 title\n\n一句话。Some words with `code`.\n\n## 节\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
LINE = '{"id": "a", "text": "一句。", "question": "问？", "history": [{"role": "user", "content": "先"}]}\n'


def note(data: bytes) -> None:
    """A file becomes a note and passages of it; one of another format becomes Markdown."""
    suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ".md"
    form = FORMS.get(suffix)
    with suppress(AskNotesError):
        if form is not None and form.apart:  # but here, where its branches are seen, and not in a process of its own
            with suppress(RecursionError):  # told as a note that is nested too deeply
                convert(replace(form, apart=False), data[1:], SETTINGS.encodings, LONGEST)
            return
        made = make_note(f"a{suffix}", data[1:], SETTINGS)
        for passage in split(made, 300).passages:
            assert made.text[passage.start : passage.end] == passage.text


def answer(data: bytes) -> None:
    """An answer that comes in pieces loses no character, and its marks are taken out."""
    text, step = data[1:].decode("utf-8", "replace"), 1 + (data[0] if data else 0) % 9
    splitter = Splitter()
    pieces = [piece for at in range(0, len(text), step) for piece in splitter.feed(text[at : at + step])]
    assert "".join(piece.raw for piece in [*pieces, *splitter.finish()]) == text
    strip_written_marks(strip_marks(text)[0])


def text(data: bytes) -> None:
    """Markdown as people read it, and its sentences."""
    bare = plain(data.decode("utf-8", "replace"))
    assert all(0 <= start <= end <= len(bare) for start, end in sentence_spans(bare))


def block(data: bytes) -> None:
    """A block of the index whose checksum fits."""
    with suppress(AskNotesError):
        found = Block("block", data, [("a.md", hashlib.sha256(NOTE.encode()).hexdigest())])
        for row in range(len(found.passages)):
            assert found.passage(row).path == "a.md" and found.postings


def manifest(data: bytes) -> None:
    """A manifest that proves itself by its name."""
    with suppress(AskNotesError):
        parse_manifest(data, generation_name(data, ()))


def files(data: bytes) -> None:
    """What `check --batch`, `search --batch` and `ask --history` read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.jsonl"
        file.write_bytes(data)
        for read in (read_texts, read_questions, read_history):
            with suppress(AskNotesError):
                json.dumps([str(one) for one in read(file)])


def seeds() -> dict[str, bytes]:
    """What targets begin with that could not guess it: the files of an index of one note, and that note."""
    with tempfile.TemporaryDirectory() as folder:
        settings = IndexSettings(corpus=Path(folder) / "corpus", index=Path(folder) / "index")
        settings.corpus.mkdir()
        (settings.corpus / "a.md").write_text(NOTE, encoding="utf-8")
        name = build(settings, HashEmbedder()).generation
        (held,) = settings.index.glob("blocks/*.blk")
        made = (settings.index / name / MANIFEST).read_bytes()
        found = {"block": held.read_bytes(), "manifest": made, "note": b"\0" + NOTE.encode(), "text": NOTE.encode()}
        return found | {"files": LINE.encode()}


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (note, answer, text, block, manifest, files)
}


def main() -> None:
    """Run one target until its time is over."""
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else str(SECONDS)
    kept = RUNS / name
    kept.mkdir(parents=True, exist_ok=True)
    if name in (begun := seeds()):
        (kept / "seed").write_bytes(begun[name])
    # Tables that are made once are not the time of the input that needs them first.
    note(b"\1" + "字的常用程度".encode("gb18030"))
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOW}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={kept}/found-",
    ]
    atheris.Setup([sys.argv[0], str(kept), *options, "-print_final_stats=1"], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
