"""What the finder is trained on, and what it is judged by, as two files that need nothing of this project to be read.

    python -m training.finder_data OUT

OUT/pairs.json.gz: `[{"question", "parents", "heading", "body", "note", "key"}]`, from the headings of the notes (a heading
becomes a question; its passages, the heading taken out, are what it must find) and from the questions written by hand.
OUT/sets.json.gz: `{name: {"passages": [text], "questions": [[id, kind, text, [right passages]]]}}`, of notes and questions that
no pair comes from. Pairs of equal `key` answer each other's question.
"""

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opencc import OpenCC

from ingest.config import Settings
from ingest.notes.read import find_notes, make_note
from ingest.passages.split import split
from ingest.passages.text import body_text, embedding_text, heading_text
from ingest.schema import Kind, Passage
from rag.evaluate.retrieval import Question as Asked
from rag.evaluate.retrieval import answers_by, read_questions
from rag.question.followup import with_context
from training.data_files import folder_of, write
from training.questions import ROOT, SHARED, VAULTS, Place, Question, passages_at, questions

Pair = dict[str, str]

SEED = 3
TRAINED_ON = ("corpus", "LLMForEverybody", "JavaGuide-rest")
TEMPLATES = ("{}", "{}", "什么是{}？", "{}是什么", "介绍一下{}", "{}怎么理解", "说说{}", "如何理解{}？")
PER_HEADING = 3  # passages of a section at most
TRADITIONAL = 0.08  # of the pairs have their question in Traditional script, half as many their passage
_ASKS = re.compile(r"[？?]|什么|如何|怎么|为什么|哪些|区别")
_EMPTY = re.compile(r"参考|推荐|总结|小结|目录|前言|README|链接|end|作者|公众号|面试|星球|写在", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_NUMBER = re.compile(r"^\s*[\(（]?[\d一二三四五六七八九十]+(?:\.\d+)*[\)）]?[\.、．:：]?\s*|[⭐️🌟*`#]")


def held_out() -> frozenset[str]:
    """The notes whose headings `llm_for_everybody.jsonl` asks for: never trained on."""
    asked = read_questions(SHARED / "eval" / "llm_for_everybody.jsonl")
    return frozenset(f"LLMForEverybody/{gold.file}" for question in asked for gold in question.gold)


def heading_pairs(random_: random.Random) -> Iterator[Pair]:
    """A heading asks for each of its first passages."""
    settings, out = Settings(), held_out()
    for vault in TRAINED_ON:
        for path in find_notes(VAULTS[vault], settings).paths:
            if f"{vault}/{path}" in out:
                continue
            note = make_note(path, (VAULTS[vault] / path).read_bytes(), settings)
            sections: dict[str, list[Passage]] = {}
            for passage in split(note, settings.passage_chars).passages:
                sections.setdefault(passage.section_id, []).append(passage)
            for section in sections.values():
                yield from _of_section(section, f"{vault}/{path}", random_)


def _of_section(section: list[Passage], note: str, random_: random.Random) -> Iterator[Pair]:
    trail = section[0].heading_path
    heading = _NUMBER.sub("", _LINK.sub(r"\1", trail[-1])).strip() if len(trail) > 1 else ""
    if not 3 <= len(heading) <= 40 or _EMPTY.search(heading):
        return
    bodies = [body for p in section if p.kind is Kind.PROSE and len(body := body_text(p)) > 50]
    question = heading if _ASKS.search(heading) else random_.choice(TEMPLATES).format(heading)
    for body in bodies[:PER_HEADING]:
        yield _pair(question, trail[:-1], trail[-1], body.replace(trail[-1], ""), note, f"{note}#{heading}")


def asked_pairs() -> Iterator[Pair]:
    """A question written by hand asks for each passage that holds a piece of its answer."""
    for question in questions("corpus", "llm_for_everybody", "java_guide"):
        text = alone(question)
        seen: set[str] = set()
        for place in question.gold:
            for passage in passages_at(place):
                if passage.id not in seen:
                    seen.add(passage.id)
                    trail, body = passage.heading_path, body_text(passage)
                    yield _pair(text, trail[:-1], trail[-1], body, place.file, question.id) | {"asked": question.kind}


def alone(question: Question) -> str:
    """What the product searches for it when it needs its conversation."""
    return with_context(question.text, question.history[-1][0] if question.history else "")


def _pair(question: str, parents: tuple[str, ...], heading: str, body: str, note: str, key: str) -> Pair:
    return {
        "question": question,
        "parents": heading_text(parents),
        "heading": heading,
        "body": body[:500],
        "note": note,
        "key": key,
    }


def in_both_scripts(pairs: list[Pair], random_: random.Random) -> list[Pair]:
    """Some questions, and fewer passages, in Traditional script."""
    convert = OpenCC("s2twp").convert
    for pair in pairs:
        for name, share in (("question", TRADITIONAL), ("body", TRADITIONAL / 2)):
            if random_.random() < share:
                pair[name] = convert(pair[name])
    return pairs


def sets() -> dict[str, Any]:
    """The sets that judge: passages as the product embeds them, and for each question the right ones."""
    made = {}
    for name, notes, file, blanked in (
        ("notes_dev", SHARED / "notes", SHARED / "eval" / "notes_dev.jsonl", False),
        ("corpus", ROOT / "corpus", ROOT / "tests" / "eval" / "corpus.jsonl", False),
        ("llm_blanked", VAULTS["LLMForEverybody"], SHARED / "eval" / "llm_for_everybody.jsonl", True),
        ("java_blanked", VAULTS["JavaGuide"], SHARED / "eval" / "java_guide.jsonl", True),
        ("en_over_zh", VAULTS["system-design-zh"], SHARED / "eval" / "system_design_en_zh.jsonl", False),
    ):
        with tempfile.TemporaryDirectory() as scratch:
            if blanked:
                command = [sys.executable, str(SHARED / "eval" / "blank_headings.py"), str(notes), str(file), scratch]
                subprocess.run(command, check=True)
            passages = _passages(Path(scratch) if blanked else notes)
        made[name] = _set(passages, [q for q in read_questions(file) if q.gold])
    for name, vaults in (("test_java", ("JavaGuide",)), ("test_llm", ("LLMForEverybody", "system-design-zh"))):
        asked = [q for q in questions(name) if q.gold]
        for vault in vaults:
            mine = [q for q in asked if q.gold[0].file.startswith(f"{vault}/")]
            passages = _passages(VAULTS[vault])
            rows = [[q.id, q.kind, alone(q), _holding(passages, q.gold)] for q in mine]
            made[f"{name}:{vault}"] = {"passages": [embedding_text(p) for p in passages], "questions": rows}
    return made


def _passages(notes: Path) -> list[Passage]:
    settings = Settings()
    found = find_notes(notes, settings).paths
    read = (make_note(path, (notes / path).read_bytes(), settings) for path in found)
    return [passage for note in read for passage in split(note, settings.passage_chars).passages]


def _set(passages: list[Passage], asked: list[Asked]) -> dict[str, Any]:
    rows = []
    for question in asked:
        right = [n for n, passage in enumerate(passages) if any(answers_by(passage, gold) for gold in question.gold)]
        before = [turn.content for turn in question.history if turn.role == "user"]
        rows.append([question.id, question.kind, with_context(question.text, before[-1] if before else ""), right])
    return {"passages": [embedding_text(passage) for passage in passages], "questions": rows}


def _holding(passages: list[Passage], gold: tuple[Place, ...]) -> list[int]:
    ids = {passage.id for place in gold for passage in passages_at(place)}
    return [n for n, passage in enumerate(passages) if passage.id in ids]


def main() -> None:
    """Write both files."""
    out = folder_of(__doc__)
    random_ = random.Random(SEED)
    pairs = in_both_scripts([*heading_pairs(random_), *asked_pairs()], random_)
    write(out, pairs=pairs, sets=sets())
    print(f"{len(pairs)} pairs, {sum('asked' in pair for pair in pairs)} of them of questions written by hand")


if __name__ == "__main__":
    main()
