"""BM25 over the postings of blocks is the one of the strings, whatever was carried over and wherever a block ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from okapi import build

from ingest.index.blocks.postings import Carried, Postings
from ingest.index.blocks.records import terms_bytes, terms_of
from ingest.index.bm25 import Bm25Index

LISTS = st.lists(st.lists(st.sampled_from(["的", "模型", "lora", "a", "b", "z\ud800", ""]), max_size=8), max_size=8)
ARRAYS = ("starts", "rows", "counts", "lengths")


def same(a: Postings, b: Postings) -> bool:
    """Whether they are the same to the last bit, types included."""
    pairs = [(getattr(a, name), getattr(b, name)) for name in ARRAYS]
    return list(a.terms) == list(b.terms) and all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)


def by_term(index: Bm25Index) -> dict[str, list[tuple[int, float]]]:
    """The passages of each term with how often they have it."""
    spans = {term: slice(index.starts[row], index.starts[row + 1]) for term, row in index.vocabulary.items()}
    return {
        term: [*zip(index.passages[s].tolist(), index.counts[s].tolist(), strict=True)] for term, s in spans.items()
    }


@given(lists=LISTS, cuts=st.sets(st.integers(0, 8)))
def test_it_is_what_rank_bm25_gives(lists: list[list[str]], cuts: set[int]) -> None:
    ends = [*sorted(cut for cut in cuts if cut < len(lists)), len(lists)]
    blocks = [Postings.of(lists[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    found, right = Bm25Index.over(blocks, 1.5, 0.75), build(lists, 1.5, 0.75)
    assert by_term(found) == by_term(right)
    np.testing.assert_array_equal(found.lengths, right.lengths)
    terms = list(right.vocabulary)
    for tokens in ([term] for term in terms):
        np.testing.assert_allclose(found.scores(tokens), right.scores(tokens), rtol=1e-12, atol=1e-12)
    assert [found.passages.dtype, found.counts.dtype, found.starts.dtype] == [np.int32, np.float32, np.int64]


@given(before=LISTS, data=st.data())
def test_what_is_carried_over_is_what_it_was(before: list[list[str]], data: st.DataObject) -> None:
    base = Postings.of(before)
    pieces: list[Carried | list[str]] = []
    lists: list[list[str]] = []
    for _ in range(data.draw(st.integers(0, 5))):
        if data.draw(st.booleans()):
            first = data.draw(st.integers(0, len(before)))
            last = data.draw(st.integers(first, len(before)))
            pieces.append(Carried(base, first, last))
            lists += before[first:last]
        else:
            lists.append(data.draw(st.lists(st.sampled_from(["new", "a", "模型"]), max_size=4)))
            pieces.append(lists[-1])
    assert same(Postings.of(pieces), Postings.of(lists))


@given(terms=st.lists(st.text(st.characters(exclude_characters="\n")) | st.sampled_from(["", "\ud800", "\u2028"])))
def test_terms_come_back_as_they_were(terms: list[str]) -> None:
    assert terms_of(memoryview(terms_bytes(terms))) == terms
