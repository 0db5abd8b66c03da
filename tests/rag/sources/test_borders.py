"""What is quoted and what no longer is, on both sides of each number of `quotes.py` and `relevance.py`.

`tests/project/test_thresholds.py` moves every such number by a fifth; a case here must then fail. A paragraph's score is
the share of the question's words that it holds, and how its passage was found: the cosine, and the rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from citing import near_by_words, source

from ingest.schema import Passage
from ingest.text.tokens import Tokenizer
from rag.records import Hit, Source
from rag.sources.quotes import extract, gather
from rag.sources.relevance import RankedUnit, Relevance


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a section, found as a passage of its own at this rank; in no passage that was found when that is None."""

    text: str
    rank: int | None = 0
    cosine: float = 0.9


def quotes(question: str, *sections: Sequence[Paragraph]) -> list[str]:
    """What is quoted of sections, each a source."""
    sources = [_source(n, section) for n, section in enumerate(sections, start=1)]
    return [quote.text for quote in extract(_gathered(question, sources))]


def gathered(question: str, *sections: Sequence[Paragraph]) -> list[str]:
    """What is shown of the sections, quoted or beside a quote."""
    sources = [_source(n, section) for n, section in enumerate(sections, start=1)]
    return [one.unit.text for one in _gathered(question, sources)]


def _gathered(question: str, sources: Sequence[Source]) -> list[RankedUnit]:
    relevance = Relevance(Tokenizer().tokenize, lambda term: 1.0, near_by_words)
    terms = relevance.terms(question)
    return gather(relevance.rank(terms, sources), terms)


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


@pytest.mark.parametrize(("cosine", "quoted"), [(0.885, True), (0.878, False)])
def test_another_section_that_says_the_same_is_quoted_when_it_is_nearly_as_good(cosine: float, quoted: bool) -> None:
    best, other = "Weight decay will pull parameters towards zero.", "Weight decay can pull parameters towards zero."
    found = quotes("How does weight decay pull parameters?", [Paragraph(best)], [Paragraph(other, 1, cosine)])
    assert found == [best, other][: 2 if quoted else 1]


@pytest.mark.parametrize("other", ["Dropout will drop units.", "Label smoothing will soften targets."])
def test_a_section_on_the_rest_of_the_question_is_quoted_too(other: str) -> None:
    best, question = (
        "Weight decay will pull parameters towards zero.",
        "Does dropout drop units, does weight decay pull?",
    )
    assert (
        quotes(question, [Paragraph(best)], [Paragraph(other, rank=1)]) == [best, other][: 2 if "unit" in other else 1]
    )


def test_three_sections_answer_together_at_most() -> None:
    said = [f"{name} is a method that saves memory." for name in ("Pruning", "Offloading", "Distillation", "Paging")]
    sections = [[Paragraph(text, rank)] for rank, text in enumerate(said)]
    assert quotes("Pruning, offloading, distillation, paging?", *sections) == said[:3]


def test_a_section_leaves_half_of_the_room_to_the_next() -> None:
    """Of 600 characters; its sentences have 50 each."""
    steps = [f"微调的步骤 {n}".ljust(49, "做") + "。" for n in range(1, 15)]
    other = "量化先要校准。"
    said = quotes("微调和量化的步骤？", [Paragraph("\n".join(f"- {step}" for step in steps))], [Paragraph(other, 1)])
    assert said == [*steps[:6], other]


@pytest.mark.parametrize("place", [2, 3])
def test_the_three_best_sentences_tell_what_a_section_covers(place: int) -> None:
    """The second section is quoted for the one word that the first has not; it stands in this sentence."""
    first = "Weight decay will pull the parameters of a network towards zero."
    sentences = [f"Weight decay pulls parameters of the network towards zero, part {n}." for n in range(place)]
    told = "Momentum and weight decay pull parameters."
    second = [Paragraph(text, 1 + rank, 0.87) for rank, text in enumerate([*sentences, told])]
    said = quotes("Momentum, weight decay, network parameters towards zero?", [Paragraph(first)], second)
    assert (told in said) is (place == 2)


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ("Activations are computed again going backward.", True),  # four words of nine
        ("Activations are computed again.", False),  # three
    ],
)
def test_what_is_shown_beside_the_quotes(other: str, shown: bool) -> None:
    assert gathered(AGAIN, [Paragraph(BEST), Paragraph(other, rank=1)]) == [BEST, other][: 2 if shown else 1]


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


@pytest.mark.parametrize(("place", "quoted"), [(30, True), (35, False)])
def test_only_the_units_of_the_best_passages_are_read(place: int, quoted: bool) -> None:
    told = "Momentum is kept in memory."
    found = [
        Paragraph(told if n == place else f"Sentence number {n} says nothing{' at all' * 12}.", rank=n)
        for n in range(40)
    ]
    assert (told in quotes("Momentum in memory?", found)) is quoted


def test_a_word_that_all_notes_hold_counts_a_little() -> None:
    """In a vault of a few notes one is on pruning, and all name the other ways as well."""
    relevance = Relevance(Tokenizer().tokenize, lambda term: 0.5 if term == "剪枝" else 0.0, near_by_words)
    terms = relevance.terms("剪枝和量化、蒸馏、缓存？")
    assert terms.coverage(["剪枝"]) == pytest.approx(0.5 / 0.8) and terms.coverage(["量化"]) == pytest.approx(0.1 / 0.8)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        # The front matter lacks one word of six, then two of ten.
        ("weight decay momentum warmup optimizer dropout", True),
        ("weight decay momentum warmup optimizer dropout clipping batch schedule epoch", False),
    ],
)
def test_front_matter_counts_less_than_what_the_note_says(question: str, quoted: bool) -> None:
    named = question.split()
    tags = f"tags: {' '.join(named[: -1 if quoted else -2])}"
    said = f"{', '.join(named)} are explained."
    front = Paragraph(f"---\n{tags}\n---", rank=1)
    assert quotes(question, [front, Paragraph(said)]) == ([tags, said] if quoted else [said])


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
