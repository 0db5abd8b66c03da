"""What the writer is trained on, and what it is judged by: questions in the product's own prompt, with their answers.

    python -m training.writer_data OUT

Each question goes through the product's own search over its notes, so that the sources and the distractors are real.
OUT/answers.json.gz: `[[kind, [{"role", "content"}, …], answer]]`; OUT/answer_sets.json.gz: `{name: [[id, kind, messages,
must_include]]}` of questions that nothing is trained on, to be graded by `must_include` (null: the notes do not answer).
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.build.run import build
from ingest.config import Settings
from ingest.index.read import open_index
from ingest.text.scripts import language
from ingest.vectors.embed import NoteEmbeddings
from rag.answer.answerer import relevance_over
from rag.answer.prompt import fit, learned_messages
from rag.evaluate.answers import read_cases
from rag.model.token_count import estimate_tokens
from rag.records import Source, Turn
from rag.search.retriever import HybridRetriever
from rag.sources.relevance import RankedUnit
from rag.sources.sections import PASSAGES, build_sources
from training.data_files import folder_of, write
from training.finder_data import SEED
from training.questions import ROOT, SHARED, VAULTS, Place, Question, questions

FILES = {"corpus": "corpus", "llm_for_everybody": "LLMForEverybody", "java_guide": "JavaGuide-rest"}
NO = {"zh": "笔记里没有说明。", "en": "The notes do not say."}
BUDGETS = (250, 300, 350, 350, 400, 500)  # tokens of sources: mostly what the product gives, sometimes more or less
HITS = 50  # ranked passages, of which those of a section that is taken away are left out
TAKEN_OUT = 0.05  # of the answerable questions are asked once more with their section taken away
PUT_IN = 0.6  # of those whose passage was not found get it all the same
REFUSED = 0.4  # of the others are kept, to be refused


class Notes:
    """One folder of notes with the product's search over it."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self.retriever = retriever
        self.relevance = relevance_over(retriever)

    def found(self, question: str, without: Sequence[Place] = (), put_in: Sequence[Place] = ()) -> list[RankedUnit]:
        """The ranked units of the sources that the product finds; sections of `put_in` come first, of `without` never."""
        hits = self.retriever.search(question, HITS)
        hits = [hit for hit in hits if not any(_touches(place, hit.passage) for place in without)]
        if put_in:
            passages = self.retriever.index.passages
            added = [p for p in passages if any(_touches(place, p) for place in put_in)]
            like = hits[0] if hits else self.retriever.search(question, 1)[0]
            hits = [type(like)(p, like.score + 1, like.ranks, like.scores) for p in added] + hits
        index = self.retriever.index
        sources = build_sources(hits[:PASSAGES], index.notes, index.sections, Settings().sources)
        return self.relevance.rank(self.relevance.terms(question), sources)


def _touches(place: Place, passage: Any) -> bool:
    return place.file.partition("/")[2] == passage.path and place.start < passage.end and passage.start < place.end


def shown(place: Place, units: Sequence[RankedUnit]) -> Source | None:
    """The source of the prompt that shows at least half of a place."""
    for source in {one.source.n: one.source for one in units}.values():
        if source.path != place.file.partition("/")[2]:
            continue
        spans = [(one.unit.start, one.unit.end) for one in units if one.source.n == source.n]
        held = sum(max(0, min(end, place.end) - max(start, place.start)) for start, end in spans)
        if 2 * held >= place.end - place.start:
            return source
    return None


def answer(asked: Question, units: Sequence[RankedUnit]) -> tuple[str, bool]:
    """The written answer as far as the shown sources hold it, each sentence cited; and whether that is all of it."""
    lines = []
    for sentence in asked.answer:
        cited = [shown(asked.gold[n], units) for n in sentence.gold]
        if all(cited):
            numbers = sorted({source.n for source in cited if source})
            lines.append(f"{sentence.text} {''.join(f'[{n}]' for n in numbers)}")
    as_list = asked.kind in ("list", "howto") and len(lines) > 2
    text = "\n".join(f"- {line}" for line in lines) if as_list else " ".join(lines)
    return text, len(lines) == len(asked.answer)


def examples(asked: Question, notes: Notes, random_: random.Random) -> Iterator[list[Any]]:
    """The rows that one question makes."""
    history = [turn for q, a in asked.history for turn in (Turn("user", q), Turn("assistant", a))]
    question, no = (
        notes.retriever.understood(asked.text, history).question,
        NO["en" if language(asked.text) == "en" else "zh"],
    )
    budget = random_.choice(BUDGETS)
    units = fit(notes.found(question), estimate_tokens, budget)
    text, whole = answer(asked, units)
    if asked.gold and not whole and random_.random() < PUT_IN:
        units = fit(notes.found(question, put_in=asked.gold), estimate_tokens, max(BUDGETS))
        text, whole = answer(asked, units)
    if text or not asked.gold or random_.random() < REFUSED:
        yield [asked.kind, _chat(question, units), text or no]
    if asked.gold and random_.random() < TAKEN_OUT:
        units = fit(notes.found(question, without=asked.gold), estimate_tokens, budget)
        yield ["taken out", _chat(question, units), no]


def _chat(question: str, units: Sequence[RankedUnit]) -> list[dict[str, str]]:
    roles = {"system": "system", "human": "user"}
    return [{"role": roles[one.type], "content": str(one.content)} for one in learned_messages(question, units)]


def judged(name: str, file: Path, notes: Notes, budget: int) -> list[list[Any]]:
    """A question set in the product's prompt."""
    rows = []
    for case in read_cases(file):
        question = notes.retriever.understood(case.question.text, case.question.history).question
        units = fit(notes.found(question), estimate_tokens, budget)
        groups = [list(group) for group in case.groups] if case.answerable else None
        rows.append([case.question.id, case.question.kind, _chat(question, units), groups])
    return rows


def opened(corpus: Path, folder: Path) -> Notes:
    """Notes with the product's index of them, built when it is not there."""
    settings = Settings(corpus=corpus, index=folder)
    embeddings = NoteEmbeddings()
    build(settings, embeddings)
    return Notes(HybridRetriever(index=open_index(folder), embeddings=embeddings))


def main() -> None:
    """Write both files."""
    out = folder_of(__doc__)
    write_all(out, {name: opened(VAULTS[name], out / f"index-{name}") for name in FILES.values()})


def write_all(out: Path, vaults: dict[str, Notes]) -> None:
    """Write the files from the opened folders of notes."""
    random_ = random.Random(SEED)
    rows = [
        row
        for name, vault in FILES.items()
        for asked in questions(name)
        for row in examples(asked, vaults[vault], random_)
    ]
    sets = {}
    for name, corpus, file in (
        ("corpus", ROOT / "corpus", ROOT / "tests" / "eval" / "corpus.jsonl"),
        ("notes_dev", SHARED / "notes", SHARED / "eval" / "notes_dev.jsonl"),
    ):
        notes = vaults.get(name) or opened(corpus, out / f"index-{name}")
        sets[name] = judged(name, file, notes, Settings().source_tokens)
    write(out, answers=rows, answer_sets=sets)
    print(len(rows), {name: len(data) for name, data in sets.items()})


if __name__ == "__main__":
    main()
