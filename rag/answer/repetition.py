"""When a small model goes round in circles (复读): seen on the stream, ended, and what was good kept."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.text.folding import fold
from ingest.text.words import bare
from rag.records import Sentence
from rag.sources.units import asks

_TAIL = 400  # characters of the stream that are looked at
_CYCLE = re.compile(r"(.{2,60}?)\1{4,}$", re.DOTALL)
_BAR = re.compile(r"[-=_*|.~ \t\n]+")  # rules and table borders repeat by right
_SAME = 8  # characters from which on a sentence said twice is a loop


def goes_round(text: str) -> bool:
    """Whether the end of the text is the same piece five times in a row."""
    cycle = _CYCLE.search(text[-_TAIL:])
    return cycle is not None and not _BAR.fullmatch(cycle.group(1))


def repeats(sentences: Sequence[Sentence]) -> bool:
    """Whether the last sentence was said before."""
    said = [_key(s) for s in sentences if len(s.text.strip()) >= _SAME]
    return bool(said) and said[-1] in said[:-1]


def without_repeats(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Each sentence once, and no lead-in that a stopped loop left hanging."""
    seen: set[str] = set()
    kept = []
    for sentence in sentences:
        key = _key(sentence)
        if len(sentence.text.strip()) < _SAME or key not in seen:
            kept.append(sentence)
        seen.add(key)
    return kept


def without_echoes(sentences: Sequence[Sentence], questions: Iterable[str]) -> list[Sentence]:
    """No sentence that only says a question again, where there are others."""
    asked = {bare(question) for question in questions}
    kept = [s for s in sentences if not (asks(s.text) and bare(s.text) in asked)]
    if not any(s.text.strip() for s in kept):
        return list(sentences)
    return [replace(kept[0], lead=kept[0].lead.lstrip("\n")), *kept[1:]]


def _key(sentence: Sentence) -> str:
    return re.sub(r"\s+", "", fold(sentence.text))
