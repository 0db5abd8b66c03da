"""What is quoted and what no longer is, on both sides of each number of `quotes.py` and `relevance.py`.

`tests/project/test_thresholds.py` moves every such number by a fifth; a case here must then fail. A paragraph's score is
the share of the question's words that it holds, and how its passage was found: the cosine, and the rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from citing import source

from ingest.schema import Passage
from ingest.text.tokens import Tokenizer
from rag.records import Hit, Source
from rag.sources.quotes import extract
from rag.sources.relevance import Idf, Relevance


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a section, found as a passage of its own at this rank; in no passage that was found when that is None."""

    text: str
    rank: int | None = 0
    cosine: float = 0.9


def quotes(question: str, *sections: Sequence[Paragraph], idf: Idf = lambda term: 1.0) -> list[str]:
    """What is quoted of sections, each a source."""
    sources = [_source(n, section) for n, section in enumerate(sections, start=1)]
    relevance = Relevance(Tokenizer().tokenize, idf)
    return [quote.text for quote in extract(relevance.rank(relevance.terms(question), sources))]


def _source(n: int, section: Sequence[Paragraph]) -> Source:
    bare, hits = source("\n\n".join(paragraph.text for paragraph in section), n), []
    for paragraph in section:
        if paragraph.rank is not None:
            start = bare.text.index(paragraph.text)
            span = (start, start + len(paragraph.text), 1, 1)
            passage = Passage(f"{n}-{start}", bare.section_id, bare.path, bare.heading_path, paragraph.text, *span)
            hits.append(Hit(passage, -paragraph.rank, {}, {"dense": paragraph.cosine}))
    return replace(bare, hits=tuple(hits))


AGAIN = "Which activations does gradient checkpointing drop in the forward pass, when are they computed again in the backward pass?"
BEST = "Gradient checkpointing can drop activations in the forward pass; they are computed again in the backward pass."


@pytest.mark.parametrize(
    ("other", "quoted"),
    [
        ("Activations of the forward pass are computed again when gradients flow backward.", True),  # six words of nine
        ("Activations of the forward pass are computed again.", False),  # five
    ],
)
def test_what_holds_much_less_of_the_question_than_the_best_is_left_out(other: str, quoted: bool) -> None:
    assert quotes(AGAIN, [Paragraph(BEST), Paragraph(other, rank=1)]) == [BEST, other][: 2 if quoted else 1]


@pytest.mark.parametrize(
    ("question", "other", "quoted"),
    [
        # It lacks one word of seven, then one of five.
        (
            "How does weight decay pull parameters towards zero in training?",
            "Weight decay will pull parameters towards zero.",
            True,
        ),
        ("What does weight decay pull towards zero?", "Weight decay will pull parameters to zero.", False),
    ],
)
def test_another_source_is_quoted_too_when_it_is_nearly_as_good(question: str, other: str, quoted: bool) -> None:
    best = "Weight decay will pull parameters towards zero in training."
    assert quotes(question, [Paragraph(best)], [Paragraph(other, rank=1)]) == [best, other][: 2 if quoted else 1]


@pytest.mark.parametrize(("cosine", "quoted"), [(0.6, True), (0.55, False)])
def test_of_two_paragraphs_with_the_same_words_the_nearer_is_quoted(cosine: float, quoted: bool) -> None:
    other = "Weight decay and dropout pull parameters towards zero in training."
    best = "Weight decay will pull parameters towards zero in training."
    found = [Paragraph(best), Paragraph(other, rank=1, cosine=cosine)]
    assert quotes("How does weight decay pull parameters?", found) == [best, other][: 2 if quoted else 1]


@pytest.mark.parametrize(("rank", "quoted"), [(13, True), (15, False)])
def test_of_two_paragraphs_with_the_same_words_the_one_found_first_is_quoted(rank: int, quoted: bool) -> None:
    best, other = "Weight decay will pull parameters towards zero.", "Weight decay does pull parameters."
    between = [Paragraph(f"Something else that was found, number {n}.", n, 0.7) for n in range(1, rank)]
    found = [Paragraph(best), *between, Paragraph(other, rank)]
    assert quotes("How does weight decay pull parameters?", found) == [best, other][: 2 if quoted else 1]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        # It lacks one word of twelve, then one of eight.
        ("Does decoupled weight decay of the AdamW optimizer pull parameters towards zero at every single step?", True),
        ("Does weight decay pull parameters towards zero at each single step?", False),
    ],
)
def test_what_stands_beside_the_passages_that_were_found(question: str, quoted: bool) -> None:
    best = "Decoupled weight decay of the AdamW optimizer will pull parameters towards zero at every single step."
    beside = "Decoupled weight decay of the AdamW optimizer can pull parameters towards zero at every step."
    assert quotes(question, [Paragraph(best), Paragraph(beside, rank=None)]) == [best, beside][: 2 if quoted else 1]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [("剪枝和量化、蒸馏、缓存？", True), ("剪枝和量化、蒸馏、缓存、解码？", False)],
)
def test_a_word_that_all_notes_hold_counts_a_little(question: str, quoted: bool) -> None:
    """In a vault of a few notes one is on pruning, and all name the other ways as well."""
    best, other = "剪枝与量化、蒸馏、缓存、解码都能省显存。", "剪枝去掉不重要的权重。"
    found = [Paragraph(best), Paragraph(other)]
    said = quotes(question, found, idf=lambda term: 0.58 if term == "剪枝" else 0.0)
    assert said == [best, other][: 2 if quoted else 1]


def test_a_scrap_is_no_answer() -> None:
    assert quotes("量化有什么好处？", [Paragraph("量化的好处：\n\n- 省显存。\n- 更快。\n- 更省电。")]) == [
        "量化的好处：",
        "省显存。",
        "更省电。",
    ]


@pytest.mark.parametrize(
    ("steps", "characters", "whole"), [(10, 55, True), (13, 50, False), (13, 20, True), (16, 20, False)]
)
def test_a_list_is_quoted_whole_up_to_a_length(steps: int, characters: int, whole: bool) -> None:
    """550 characters are, 650 are not; thirteen short steps are, sixteen are not."""
    listed = [f"微调的第 {n} 步".ljust(characters - 1, "做") + "。" for n in range(1, steps + 1)]
    assert (len(quotes("微调有哪些步骤？", [Paragraph("\n".join(f"- {step}" for step in listed))])) == steps) is whole
