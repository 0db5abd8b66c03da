"""The sentences of passages as vectors: what is embedded, how exactly it is kept, and what it changes in a search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from index_kit import DIMENSION, FakeEmbedder, NoEmbedder, QuickDisk, index_bytes, put, unit, vault
from rag.search.dense_correction import DenseCorrection, Levers

import ingest.index.sentence_vectors
from ingest.build.run import build
from ingest.index.read import open_index
from ingest.index.sentence_vectors import SentenceVectors, pack, sentences_from, to_files
from ingest.passages.split import split
from ingest.passages.text import SENTENCE_CHARS, sentences
from ingest.schema import Kind, Note

FIRST, SECOND = "第一句足够长，说的是显存怎样随长度增长。", "第二句也足够长，说的是计算怎样省下来。"
NOTES = {"a.md": f"# 甲\n\n{FIRST}{SECOND}\n", "b.md": "# 乙\n\n只有一句话而且足够长，所以不另外计算。\n"}


def of(text: str) -> list[str]:
    """The sentences of the only passage of a note."""
    (passage,) = split(Note("a.md", "a", text, ""), 400).passages
    return sentences(passage)


def test_sentences_are_the_passage_s_words_without_markup_or_labels() -> None:
    link = "[显存怎样随长度增长](https://example.org/a)"
    text = (
        f"# 关于显存和计算的一些笔记和说明\n\n**{FIRST}** {SECOND}\n\n对策：\n\n- An English sentence, {link}. Done.\n"
    )
    found = of(text)
    assert found == ["关于显存和计算的一些笔记和说明", FIRST, SECOND, "An English sentence, 显存怎样随长度增长."]
    assert all(len(sentence) >= SENTENCE_CHARS for sentence in found)


def test_lists_of_questions_and_single_sentences_have_none() -> None:
    text = "- 为什么要把显存都省下来给缓存？ 怎样才能把显存都省下来给缓存呢？\n"
    (passage,) = split(Note("a.md", "a", text, ""), 400).passages
    assert passage.kind is Kind.QUESTIONS
    assert sentences(passage) == []
    assert len(sentences(replace(passage, kind=Kind.PROSE))) == 2
    assert of(FIRST) == []


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_nearest_sentence_is_found_whatever_the_blocks(counts: list[int], block: int, rng) -> None:  # type: ignore[no-untyped-def]
    rows = np.random.default_rng(rng.randrange(2**32))
    passages = [rows.standard_normal((count, DIMENSION)).astype(np.float32) for count in counts]
    packed = SentenceVectors.of([pack(vectors) for vectors in passages], DIMENSION)
    question = unit("question")
    items = np.array(rng.sample(range(len(counts)), rng.randint(0, len(counts))), np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.index.sentence_vectors, "_BLOCK", block)
        nearest = packed.nearest(question, items)
    for item, found in zip(items, nearest, strict=True):
        if counts[item]:
            assert found == pytest.approx((passages[item] @ question).max(), abs=0.05)
            scales, codes = packed.passage(item)
            assert found == pytest.approx((codes * scales[:, np.newaxis] @ question).max(), abs=1e-5)
        else:
            assert np.isnan(found)


def test_a_number_is_kept_to_half_a_step() -> None:
    vectors = np.array([unit("a"), unit("b"), np.zeros(DIMENSION)], np.float32)
    scales, codes = pack(vectors)
    error = np.abs(codes * scales[:, np.newaxis] - vectors)
    assert (error <= scales[:, np.newaxis] / 2 + 1e-7).all()
    assert (np.abs(codes[:2]).max(axis=1) == 127).all()


def test_files_that_do_not_fit_together_are_refused() -> None:
    files = to_files(SentenceVectors.of([pack(np.array([unit("a")], np.float32))], DIMENSION))
    assert sentences_from(files).starts.tolist() == [0, 1]
    other = to_files(SentenceVectors.of([pack(np.array([unit("a"), unit("b")], np.float32))], DIMENSION))
    for name in files:
        with pytest.raises(ValueError, match="do not fit"):
            sentences_from(files | {name: other[name]})


def test_a_build_keeps_the_sentences_of_what_did_not_change(tmp_path: Path) -> None:
    config = vault(tmp_path, NOTES)
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    assert np.diff(index.sentences.starts).tolist() == [2, 0]
    _, codes = index.sentences.passage(0)
    np.testing.assert_array_equal(codes, pack(np.array([unit(FIRST), unit(SECOND)]))[1])
    put(config.corpus / "0.md", f"# 零\n\n{SECOND}{FIRST}\n")
    build(config, FakeEmbedder(), disk=QuickDisk())
    assert np.diff(open_index(config.index).sentences.starts).tolist() == [2, 2, 0]
    (config.corpus / "0.md").unlink()
    build(config, NoEmbedder(), disk=QuickDisk())
    again = config.model_copy(update={"index": tmp_path / "again"})
    build(again, FakeEmbedder(), disk=QuickDisk())
    assert index_bytes(config.index) == index_bytes(again.index)


def test_the_best_sentence_lifts_its_passage(tmp_path: Path) -> None:
    config = vault(tmp_path, NOTES | {"c.md": f"# 丙\n\n{SECOND}第三句足够长，说的是别的什么事情。\n"})
    build(config, FakeEmbedder(), disk=QuickDisk())
    index = open_index(config.index)
    items = np.arange(len(index.passages))
    question = unit(FIRST)
    inner = index.vectors() @ question

    def corrected(share: float) -> np.ndarray:
        return DenseCorrection.of(index, replace(Levers(), sentence=share)).corrected(question, inner, items)

    without, lifted = corrected(0.0), corrected(0.3) - corrected(0.0)
    near = index.sentences.nearest(question, items)
    gain = near - without
    assert near[0] == pytest.approx(1, abs=0.01)
    assert lifted[1] == 0  # it has no sentences of its own
    np.testing.assert_allclose(lifted[[0, 2]], 0.3 * (gain - gain[[0, 2]].mean())[[0, 2]], atol=1e-6)
    assert lifted[0] > 0 > lifted[2]
