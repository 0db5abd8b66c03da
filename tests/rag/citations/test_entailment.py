"""Natural language inference: what is kept, and what the checker that ships can tell."""

from collections.abc import Sequence

import pytest

from ingest.vectors.embed import NoteEmbeddings
from rag.citations.entailment import Entailment, Reader, Verdict
from rag.open import entailment


class Counting:
    """A reader that counts what it reads."""

    def __init__(self) -> None:
        self.read_windows: list[str] = []

    def read(self, sentence: str, windows: Sequence[str]) -> list[Verdict]:
        self.read_windows += windows
        return [Verdict(0.0, float(sentence in window), float(sentence not in window)) for window in windows]


def test_a_pair_is_read_once_and_nothing_is_loaded_before() -> None:
    reader, loads = Counting(), []

    def load() -> Reader:
        loads.append(1)
        return reader  # type: ignore[return-value]

    entailment = Entailment(load)
    assert loads == []
    first = entailment.verdicts("a", ["ab", "b", "ab"])
    assert [one.held for one in first] == [1, 0, 1]
    assert entailment.verdicts("a", ["b", "ac"])[1].held == 1
    assert reader.read_windows == ["ab", "b", "ac"]
    assert len(loads) == 1


NOTE = """QLoRA › 做法
QLoRA 把底座模型量化成 4 位，再在上面训练 LoRA，所以一张 24 GB 的卡就能微调 33B 的模型。
它比 LoRA 慢约三成，因为每一步都要把权重反量化。
奖励模型可以和底座模型不同，通常小一些。"""
DENIED = [
    "QLoRA 比 LoRA 快约三成",
    "LoRA 比 QLoRA 慢三成",
    "奖励模型必须和底座模型一样",
    "奖励模型通常比底座模型大",
    "QLoRA 先训练 LoRA，再把结果量化成 4 位",
    "QLoRA 因为减少了参数量所以训练更快",
]


@pytest.mark.model
def test_turned_sentences_are_told_from_a_true_one(embeddings: NoteEmbeddings) -> None:
    reader = Reader.over(*embeddings.encoder())
    (true,) = reader.read("QLoRA 要慢三成左右，原因是每步都得反量化权重", [NOTE])
    assert true.held > 0.7
    for sentence in DENIED:
        (turned,) = reader.read(sentence, [NOTE])
        assert turned.held < 0.3 < turned.denied, sentence
        assert turned.held + turned.denied + turned.elsewhere == pytest.approx(1, abs=1e-5)


@pytest.mark.model
def test_all_who_check_share_one_reader(embeddings: NoteEmbeddings) -> None:
    assert entailment(embeddings) is entailment(embeddings)


@pytest.mark.model
def test_the_embedding_model_stays_as_it_is(embeddings: NoteEmbeddings) -> None:
    before = embeddings.encode_queries(["旋转位置编码"])
    reader = Reader.over(*embeddings.encoder())
    reader.read("a", ["b"])
    assert (embeddings.encode_queries(["旋转位置编码"]) == before).all()
    model, _ = embeddings.encoder()
    words, layer = "embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.weight"
    assert reader._encode.weights[words] is model.weights[words], "the vocabulary is held once"
    assert reader._encode.weights[layer] is not model.weights[layer]
