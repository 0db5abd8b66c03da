"""Plain search in notes: is a note that answers first, or among the first three, by BM25 and by counting the words?

    python -m benchmarks.plain_search

What is typed is made from each question by a rule: its Latin names, its two rarest words, its rarest word. Counted are
queries that find several notes, one of which may answer. Nothing is embedded; it takes seconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.retrieval import SETS, SHARED, Set
from ingest.config import Settings
from ingest.notes.read import find_notes, load_note
from ingest.schema import Note
from ingest.text.tokens import Tokenizer
from rag.evaluate.retrieval import Question, read_questions, same_file
from rag.search.plain import FoundNote, NoteFinder

JAVA = Set("java_guide", SHARED / "vaults" / "JavaGuide", SHARED / "eval" / "java_guide.jsonl")
_NAME = re.compile(r"(?=[a-z0-9]*[A-Z])[A-Za-z0-9][\w+#]*(?:[-./][\w+#]+)*", re.ASCII)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_notes(folder: Path) -> dict[str, Note]:
    """The notes of a folder, by path."""
    return {path: load_note(folder, path, Settings()) for path in find_notes(folder, Settings()).paths}


def names_of(question: str) -> list[str]:
    """The Latin names in a Chinese question; an English one has capitals for other reasons."""
    return list(dict.fromkeys(_NAME.findall(question))) if _HAN.search(question) else []


def rarest_of(question: str, notes: Mapping[str, Note], tokenizer: Tokenizer, n: int) -> list[str]:
    """The `n` words of a question that the fewest notes hold, of those that any holds."""
    texts = [f"{note.title}\n{note.text}".lower() for note in notes.values()]
    words = {word for word in tokenizer.tokenize(question) if len(word) > 1}
    held = {word: sum(word in text for text in texts) for word in words}
    return sorted((word for word in words if held[word]), key=lambda word: (held[word], word))[:n]


def by_count(found: Sequence[FoundNote], words: Sequence[str]) -> list[FoundNote]:
    """The order before BM25: notes named so first, then who holds the words most often."""

    def rank(one: FoundNote) -> tuple[bool, int, str]:
        name = "\n".join([one.note.title, one.note.path, *one.note.aliases]).lower()
        return not all(word.lower() in name for word in words), -one.count, one.note.path

    return sorted(found, key=rank)


def figures(
    questions: Sequence[Question], finder: NoteFinder, typed: Callable[[Question], Sequence[str]]
) -> dict[str, list[int]]:
    """For each order how many queries there are, and for how many a note that answers is first, and in the first three."""
    rows = {"count": [0, 0, 0], "BM25": [0, 0, 0]}
    for question in questions:
        words = typed(question)
        found = finder.find(" ".join(words)) if words else []
        if len(found) < 2:
            continue
        for name, order in (("count", by_count(found, words)), ("BM25", found)):
            right = [any(same_file(one.note.path, gold.file) for gold in question.gold) for one in order[:3]]
            rows[name] = [rows[name][0] + 1, rows[name][1] + right[0], rows[name][2] + any(right)]
    return rows


def main() -> None:
    """Print the table, a row for each set, way of typing and order."""
    tokenizer = Tokenizer()
    print(f"{'notes':18s} {'typed':12s} {'order':6s} {'n':>4s} {'first':>6s} {'in 3':>6s}")
    for one in (*SETS, JAVA):
        if one.blanked or not (one.notes.exists() and one.questions.exists()):
            continue
        notes = read_notes(one.notes)
        finder = NoteFinder(notes)
        questions = [q for q in read_questions(one.questions) if q.gold and not q.history]
        for kind, typed in (
            ("names", lambda q: names_of(q.text)),
            ("two rarest", lambda q, notes=notes: rarest_of(q.text, notes, tokenizer, 2)),
            ("rarest", lambda q, notes=notes: rarest_of(q.text, notes, tokenizer, 1)),
        ):
            for order, (n, first, three) in figures(questions, finder, typed).items():
                print(f"{one.name:18s} {kind:12s} {order:6s} {n:4d} {first:6d} {three:6d}")


if __name__ == "__main__":
    main()
