"""Hostile text takes no function of text longer than its length explains: ten times the text, about ten times the time.

What a model or a note holds may be anything, and a pattern that starts anew at every bracket takes minutes for a page of
them.
"""

import time
from collections.abc import Callable

import pytest

from ingest.passages.split import split
from ingest.schema import Note
from ingest.text.citation_marks import mark_end, strip_marks, strip_written_marks
from ingest.text.code_spans import formulas
from ingest.text.folding import fold, fold_with_offsets
from ingest.text.lines import typed_lines
from ingest.text.markup import heading_words, link_name, link_spans, link_targets, linked_names, plain, without_links
from ingest.text.numbers import counts, numbers
from ingest.text.printable import for_terminal, for_terminal_json, printable
from ingest.text.scripts import language
from ingest.text.sentences import COARSE_END, sentence_spans
from ingest.text.tokens import Tokenizer
from ingest.text.words import bare, bigrams, latin_terms, stems
from rag.citations.check import says_nothing
from rag.citations.claims import Claims, Holdings
from rag.citations.conflicts import points_elsewhere
from rag.citations.splitter import Piece, Splitter, split_answer
from rag.citations.windows import terms_of, window
from rag.model.answer_text import AnswerText
from rag.model.token_count import estimate_tokens
from rag.question.followup import items_of
from rag.records import Source
from rag.sources.instructions import commands_the_model
from rag.sources.units import asks, units_of
from ui.render.export import _safe
from ui.render.markdown import targets_of
from ui.render.marks import decorate, insert, place
from ui.render.safe import clean, host_of, image_link, label

SHORT, LONG = 1_000, 10_000  # characters
MOST = 30  # times as long may ten times the text take, on a busy machine; a function of the square takes 100
NOTHING = 0.02  # seconds for the long text that need no look at the short one
# (before, again and again, behind): each once made some function slow, or has what such texts have in common.
SHAPES = [
    *(("", again, "") for again in ("a", "，", "[", "[1", "[1](", "(", "（", "（[1]", "【1†", "`", "$", "\\(", "\\[")),
    *(
        ("", again, "")
        for again in ("**", "_a", "<a ", "<!--", "<img alt='", "![", "![a](", "[[", "[a](", "1", "1,000")
    ),
    *(
        ("", again, "")
        for again in ("x.", "x.*", "x. ", "http://a. ", "a= ", "- a\n", "|", "~~~\n", "以下几点", "不能")
    ),
    *((before, again, "y") for before in ("", "x") for again in (" ", "\n")),
    *((before, " ", "y") for before in ("[1,", "：", "|-", "- ", "# a")),
    ("", "x.[1]", ""),
    ("", "?，", "y"),
    ("", " a. ".join("`" * length for length in range(140, 1, -1)), ""),
]


def source(text: str) -> Source:
    return Source(1, "s", "a.md", ("题",), text, 0, len(text), 1, 1, "")


def fed(text: str, size: int = 3) -> list[Piece]:
    splitter = Splitter()
    pieces = [piece for at in range(0, len(text), size) for piece in splitter.feed(text[at : at + size])]
    return pieces + splitter.finish()


def answer_of(text: str, size: int = 3) -> str:
    answer = AnswerText()
    return "".join(answer.feed(text[at : at + size]) for at in range(0, len(text), size)) + answer.finish()


def fed_as_one_sentence(text: str) -> list[Piece]:
    """Nothing is complete before the last chunk."""
    return fed("a`" + "".join(char for char in text if char not in "\n`。！？；.!?"))


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "strip_marks": strip_marks,
    "strip_written_marks": strip_written_marks,
    "mark_end": lambda text: mark_end(text, 0, final=False),
    "formulas": lambda text: list(formulas(text)),
    "fold": fold,
    "fold_with_offsets": fold_with_offsets,
    "typed_lines": lambda text: typed_lines(text, 0),
    "plain": plain,
    "link_spans": lambda text: list(link_spans(text)),
    "without_links": without_links,
    "numbers": numbers,
    "counts": counts,
    "printable": printable,
    "language": language,
    "sentence_spans": sentence_spans,
    "COARSE_END": COARSE_END.split,
    "Tokenizer.tokenize": Tokenizer().tokenize,
    "Tokenizer.spans": Tokenizer().spans,
    "bare": bare,
    "latin_terms": latin_terms,
    "stems": lambda text: stems(latin_terms(text)),
    "bigrams": bigrams,
    "split": lambda text: split(Note("a.md", "题", text, ""), 300),
    "split_answer": split_answer,
    "Splitter.feed": fed,
    "Splitter.feed, one sentence": fed_as_one_sentence,
    "Claims.of": Claims.of,
    "AnswerText": answer_of,
    "AnswerText, at once": lambda text: answer_of(text, len(text) + 1),
    "Holdings.of": Holdings.of,
    "points_elsewhere": lambda text: points_elsewhere(text, text),
    "window": lambda text: window(terms_of(text), source(text)),
    "says_nothing": says_nothing,
    "estimate_tokens": estimate_tokens,
    "items_of": items_of,
    "units_of": lambda text: units_of(source(text)),
    "asks": asks,
    "place": lambda text: place(text, 0, len(text)),
    "for_terminal": for_terminal,
    "for_terminal_json": for_terminal_json,
    "heading_words": heading_words,
    "link_targets": lambda text: list(link_targets(text)),
    "linked_names": lambda text: list(map(link_name, linked_names(text))),
    "targets_of": targets_of,
    "commands_the_model": commands_the_model,
    "label": label,
    "host_of": host_of,
    "image_link": lambda text: image_link(text, text),
    "clean": clean,
    "insert and decorate": lambda text: decorate(insert(text, [(0, 0, len(text))]), lambda _, run: run),
    "an export": lambda text: _safe(lambda unlink: unlink(text, frozenset())),
}


def hostile(shape: tuple[str, str, str], length: int) -> str:
    before, again, behind = shape
    return before + (again * (length // len(again) + 1))[:length] + behind


def seconds(function: Callable[[str], object], text: str, runs: int) -> float:
    """The best of several runs, of this thread alone."""
    best = float("inf")
    for run in range(runs):
        fresh = text + "\n" * (run + 1)  # what was kept of the run before is of no use
        began = time.thread_time()
        function(fresh)
        best = min(best, time.thread_time() - began)
    return best


def grows_faster(function: Callable[[str], object], shape: tuple[str, str, str]) -> bool:
    long = seconds(function, hostile(shape, LONG), 1)
    if long < NOTHING:
        return False
    short = seconds(function, hostile(shape, SHORT), 3)
    return long > MOST * short and seconds(function, hostile(shape, LONG), 2) > MOST * short


@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_grows_as_the_text(name: str) -> None:
    FUNCTIONS[name]("好")  # what is read once (dictionaries, tables) is read here
    assert [shape for shape in SHAPES if grows_faster(FUNCTIONS[name], shape)] == []


def test_the_rule_can_fail() -> None:
    assert grows_faster(lambda text: sum(text.count(text[at:]) for at in range(0, len(text), 3)), ("", "ab", ""))
