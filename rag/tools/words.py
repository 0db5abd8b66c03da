"""What a request about the notes names: a topic, a folder."""

import re
from collections.abc import Callable, Collection, Iterable

from ingest.text.folding import fold

Spans = Callable[[str], Iterable[tuple[str, int, int]]]  # the tokens of a text with their places in it
_BETWEEN = re.compile(r"[\s\-_/.'#+的之の]*")


def topic_in(question: str, spans: Spans, content: Collection[str], weight: Callable[[str], float]) -> str:
    """The words of a request that are its `content`: of several runs of them the one of the most weight; '' without."""
    runs: list[tuple[float, int, int]] = []
    last = -1
    for token, start, end in spans(question):
        if token not in content:
            continue
        if runs and _BETWEEN.fullmatch(question, last, max(start, last)):
            heavy, first, _ = runs[-1]
            runs[-1] = (heavy + weight(token), first, max(end, last))
        else:
            runs.append((weight(token), start, end))
        last = runs[-1][2]
    return question[slice(*max(runs)[1:])] if runs else ""


def folder_in(question: str, paths: Iterable[str]) -> str:
    """The folder that a question names, as `papers/`: the longest of those whose name stands in it; '' without."""
    said, best = fold(question), ""
    for folder in {path[: at + 1] for path in paths for at, sign in enumerate(path) if sign == "/"}:
        name = fold(folder.rstrip("/").rpartition("/")[2])
        if _stands(name, said) and (len(name), folder) > (len(best.rstrip("/").rpartition("/")[2]), best):
            best = folder
    return best


def _stands(name: str, said: str) -> bool:
    words = re.escape(name)
    return bool(re.search(rf"(?<![a-z0-9]){words}(?![a-z0-9])" if name.isascii() else words, said))
