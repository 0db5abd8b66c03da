"""Rankings and judgements in the files of trec_eval, which ranx reads too.

A line of `qrels.txt` is `question 0 passage 1`; one of `NAME.run` is `question Q0 passage rank score NAME`
(https://github.com/usnistgov/trec_eval). The score only keeps the order: trec_eval sorts by it, and ours may have ties.
"""

from collections.abc import Sequence
from pathlib import Path

from ingest.index.read import NotesIndex
from rag.evaluate.ranked import Search
from rag.evaluate.retrieval import DEPTH, RETRIEVERS, Question, answers_by

QRELS = "qrels.txt"


def export(questions: Sequence[Question], search: Search, index: NotesIndex, folder: Path) -> list[Path]:
    """Write the judgements and a run of each retriever into `folder`; returns the files. Raises OSError.

    Questions without gold are left out, as in our own figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked = [question for question in questions if question.gold]
    judged = [
        f"{_word(question.id)} 0 {passage.id} 1"
        for question in asked
        for passage in index.passages
        if any(answers_by(passage, gold) for gold in question.gold)
    ]
    files = {QRELS: judged}
    for name in RETRIEVERS:
        files[f"{name}.run"] = [
            f"{_word(question.id)} Q0 {hit.passage.id} {rank} {DEPTH + 1 - rank} {name}"
            for question in asked
            for rank, hit in enumerate(search(name, question)[:DEPTH], start=1)
        ]
    for file, lines in files.items():
        (folder / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [folder / file for file in files]


def _word(name: str) -> str:
    """A name without white space, which parts the columns."""
    return "_".join(name.split()) or "_"
