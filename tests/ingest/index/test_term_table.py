"""BM25 out of a table of numbers is the one of the strings, whatever was carried over."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from okapi import build

from ingest.index.bm25 import Bm25Index
from ingest.index.term_table import TOKENS, TermTable, bm25_from, table_from, to_files

LISTS = st.lists(st.lists(st.sampled_from(["的", "模型", "lora", "a", "b", "z\ud800", ""]), max_size=8), max_size=8)


def equal(a: Bm25Index, b: Bm25Index) -> bool:
    """Whether two indexes are the same to the last bit, types included."""
    arrays = ("idf", "starts", "passages", "counts", "lengths")
    return (a.vocabulary, list(a.vocabulary), a.k1, a.b) == (b.vocabulary, list(b.vocabulary), b.k1, b.b) and all(
        getattr(a, name).dtype == getattr(b, name).dtype and np.array_equal(getattr(a, name), getattr(b, name))
        for name in arrays
    )


@given(lists=LISTS)
def test_it_is_what_rank_bm25_gives(lists: list[list[str]]) -> None:
    table = TermTable.of([-1] * len(lists), lists, None)
    assert equal(table.bm25(1.5, 0.75), build(lists, 1.5, 0.75))


@given(before=LISTS, data=st.data())
def test_what_is_carried_over_is_what_it_was(before: list[list[str]], data: st.DataObject) -> None:
    table = TermTable.of([-1] * len(before), before, None)
    numbers = st.integers(-1, len(before) - 1)
    rows = data.draw(st.lists(numbers, max_size=10))
    fresh = [data.draw(st.lists(st.sampled_from(["new", "a", "模型"]), max_size=4)) for row in rows if row < 0]
    supply = iter(fresh)
    lists = [before[row] if row >= 0 else next(supply) for row in rows]
    carried, direct = TermTable.of(rows, fresh, table), TermTable.of([-1] * len(lists), lists, None)
    assert to_files(carried, carried.bm25(1, 0.5)) == to_files(direct, direct.bm25(1, 0.5))


@given(lists=LISTS)
def test_files_hold_all_of_it(lists: list[list[str]]) -> None:
    table = TermTable.of([-1] * len(lists), lists, None)
    bm25 = table.bm25(1.2, 0.6)
    files = to_files(table, bm25)
    again = bm25_from(files, 1.2, 0.6)
    assert equal(again, bm25)
    back = table_from(files[TOKENS], again)
    assert [[back.terms[i] for i in back.ids[a:b]] for a, b in zip(back.starts, back.starts[1:], strict=False)] == lists
