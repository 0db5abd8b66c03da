"""What the checker is trained on, and what it is judged by, as files that need nothing of this project to be read.

    python -m training.checker_data OUT

OUT/claims.json.gz: `[[window, sentence, verdict, kind, weight]]`, verdict 0: the window says nothing of the kind, 1: it
holds the sentence, 2: it denies it. OUT/claim_sets.json.gz: `{name: [[window, sentence, supported, kind]]}`, over notes that
no training pair comes from.
"""

import json
import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from opencc import OpenCC

from ingest.config import Settings
from ingest.passages.split import split
from ingest.schema import Section
from ingest.text.folding import simplified
from ingest.text.scripts import language
from rag.citations.windows import ACROSS, Window, terms_of, window
from rag.records import Source
from rag.sources.sections import source_of
from rag.sources.units import units_of
from training.data_files import folder_of, write
from training.finder_data import SEED
from training.own_words import LEAST, MOST, held, stating, turned
from training.questions import HERE, Place, Question, note, questions

ELSEWHERE, HELD, DENIED = range(3)
DENYING = frozenset("role_swap figure antonym direction negation quantity order cause_effect name".split())
BY_HAND = 2  # times that a sentence is read beside its own place in an epoch; beside another, once
TRADITIONAL = 0.1  # of the sentences
DEVELOPMENT = 12  # one note in so many is kept to choose by


class Pair(NamedTuple):
    """A line of the file."""

    window: str
    sentence: str
    verdict: int
    kind: str
    weight: int = 1


@lru_cache(maxsize=2000)
def sections(file: str) -> tuple[Section, ...]:
    """The sections of a note, as the product cuts them."""
    return split(note(file), Settings().passage_chars).sections


@lru_cache(maxsize=20_000)
def source(file: str, number: int) -> Source:
    """One of them, as the product shows it."""
    return source_of(1, note(file), sections(file)[number], ())


def section_at(place: Place) -> int:
    """The section in which a place begins."""
    return next(n for n, one in enumerate(sections(place.file)) if one.start <= place.start < one.end)


def window_at(sentence: str, place: Place) -> Window:
    """What the product would read beside the sentence, of the section of a place."""
    of = source(place.file, section_at(place))
    units = units_of(of)
    nearest = max(range(len(units)), key=lambda n: min(units[n].end, place.end) - max(units[n].start, place.start))
    return _window(sentence, of, nearest)


def _window(sentence: str, of: Source, nearest: int) -> Window:
    if language(sentence) == language(of.text):
        return window(terms_of(sentence), of, nearest)
    return window(frozenset(), of, nearest, ACROSS)


def _elsewhere(sentence: str, place: Place, random_: random.Random) -> Iterator[Pair]:
    """A neighbouring section of the same note does not hold it, unless it says much the same."""
    own = section_at(place)
    others = [n for n in range(max(0, own - 3), min(len(sections(place.file)), own + 4)) if n != own]
    if not others:
        return
    of = source(place.file, random_.choice(others))
    found = _window(sentence, of, random_.randrange(max(1, len(units_of(of)))))
    if found.units and found.own < 0.7 * len(terms_of(sentence)):
        yield Pair(found.text, sentence, ELSEWHERE, "elsewhere")


def about(sentence: str, place: Place, kind: str, random_: random.Random) -> Iterator[Pair]:
    """The pairs that a sentence held by a place makes: beside it, and beside a neighbouring section."""
    yield Pair(window_at(sentence, place).text, sentence, HELD, kind, BY_HAND)
    yield from _elsewhere(sentence, place, random_)


def _denied(text: str, place: Place, kind: str) -> Pair:
    return Pair(window_at(text, place).text, text, DENIED if kind in DENYING else ELSEWHERE, kind, BY_HAND)


def of_questions(asked: Question, random_: random.Random) -> Iterator[Pair]:
    """The answer's sentences that one section holds, and the true and the turned sentence."""
    for sentence in asked.answer:
        places = [asked.gold[n] for n in sentence.gold]
        if len({(place.file, section_at(place)) for place in places}) == 1:
            yield from about(sentence.text, places[0], "answer", random_)
    if asked.true and asked.gold:
        yield from about(asked.true, asked.gold[0], "true", random_)
        yield _denied(asked.turned, asked.gold[0], asked.turned_kind)


def of_sentences(row: dict[str, Any], random_: random.Random) -> Iterator[Pair]:
    """What was written by hand about a passage."""
    place = Place(row["file"], row["from"], row["to"])
    for text in row["true"]:
        yield from about(text, place, "true", random_)
    for text, kind in row["turned"]:
        yield _denied(text, place, kind)
        if random_.random() < 0.2:
            yield from _elsewhere(text, place, random_)


def of_own_words(place: Place, random_: random.Random) -> Iterator[Pair]:
    """Two sentences of a passage as it puts them, and one of them turned."""
    of = source(place.file, section_at(place))
    units = stating(of, place.start, place.end)
    said = [text for unit in random_.sample(units, min(2, len(units))) for text in held(unit, random_)]
    fitting = [text for text in dict.fromkeys(said) if LEAST <= len(text) <= MOST]
    for text in random_.sample(fitting, min(2, len(fitting))):
        yield Pair(window_at(text, place).text, text, HELD, "own words")
    twins = [twin for text in fitting if (twin := turned(text, random_))]
    for text, kind in random_.sample(twins, min(1, len(twins))):
        yield Pair(window_at(text, place).text, text, DENIED, kind)


def by_hand() -> list[dict[str, Any]]:
    """The sentences of `sentences.jsonl`: `{"file", "from", "to", "true": […], "turned": [[text, kind]]}`."""
    return [json.loads(line) for line in (HERE / "sentences.jsonl").read_text("utf-8").splitlines()]


def kept_to_choose_by(file: str) -> bool:
    """Whether a note's sentences choose, and do not train: the same for each run."""
    return sum(file.encode()) % DEVELOPMENT == 0


def sets() -> dict[str, list[list[Any]]]:
    """What judges: sentences over notes that nothing is trained on."""
    made: dict[str, list[list[Any]]] = {"development": [], "own words": []}
    for row in by_hand():
        if kept_to_choose_by(row["file"]):
            place = Place(row["file"], row["from"], row["to"])
            for text, kind in [*((text, "true") for text in row["true"]), *row["turned"]]:
                made["development"].append([window_at(text, place).text, text, kind == "true", kind])
            for pair in of_own_words(place, random.Random(row["from"])):
                made["own words"].append([pair.window, pair.sentence, pair.verdict == HELD, pair.kind])
    for name in ("test_java", "test_llm"):
        rows = made[name] = []
        for asked in questions(name):
            if asked.true:
                kind = f"true {asked.true_kind}"
                rows.append([window_at(asked.true, asked.gold[0]).text, asked.true, True, kind])
                rows.append([window_at(asked.turned, asked.gold[0]).text, asked.turned, False, asked.turned_kind])
    return made


def pairs() -> Iterator[Pair]:
    """All pairs to train on."""
    random_, traditional = random.Random(SEED), OpenCC("s2twp")

    def made() -> Iterator[Pair]:
        for asked in questions("corpus", "llm_for_everybody", "java_guide"):
            if not any(kept_to_choose_by(place.file) for place in asked.gold):
                yield from of_questions(asked, random_)
        for row in by_hand():
            if not kept_to_choose_by(row["file"]):
                yield from of_sentences(row, random_)
                yield from of_own_words(Place(row["file"], row["from"], row["to"]), random_)

    for pair in made():
        if random_.random() < TRADITIONAL:
            yield pair._replace(sentence=traditional.convert(pair.sentence))
        else:
            yield pair


def main() -> None:
    """Write both files."""
    out = folder_of(__doc__)
    claims = [[simplified(one.window), simplified(one.sentence), *one[2:]] for one in pairs()]
    judged = {
        name: [[simplified(row[0]), simplified(row[1]), *row[2:]] for row in rows] for name, rows in sets().items()
    }
    write(out, claims=claims, claim_sets=judged)
    print(len(claims), {name: len(rows) for name, rows in judged.items()})


if __name__ == "__main__":
    main()
