"""The embeddings that the index is built with, on the real default model."""

import socket
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from ingest.config import Settings
from ingest.errors import ModelError
from ingest.models import e5_folder
from ingest.models.defaults import default_embedding_folder
from ingest.models.wheels import cache_dir
from ingest.vectors.embed import NoteEmbeddings, _Runner, load_embeddings

TEXTS = [
    "什么是检索增强生成？",
    "检索增强生成先找到相关的段落，再让语言模型据此写出答案。" * 6,
    "LoRA trains two small matrices beside each frozen weight.",
    "",
    "a",
    "用 8 卡 A100 训练 7B 模型需要多少显存？" * 12,
    "The capital of France is Paris.",
]


@pytest.fixture(scope="session")
def embeddings() -> NoteEmbeddings:
    return NoteEmbeddings()


class _Suite:
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return NoteEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "default"}


class TestUnit(_Suite, EmbeddingsUnitTests):
    """LangChain's own suite."""


class TestIntegration(_Suite, EmbeddingsIntegrationTests):
    """LangChain's own suite, on one loaded model."""

    @pytest.fixture
    def model(self, embeddings: NoteEmbeddings) -> Embeddings:
        return embeddings


def test_a_vector_has_the_same_bits_in_whatever_company(embeddings: NoteEmbeddings) -> None:
    together = embeddings.encode_passages(TEXTS)
    alone = np.concatenate([embeddings.encode_passages([text]) for text in TEXTS])
    backwards = embeddings.encode_passages(TEXTS[::-1])[::-1]
    twice = embeddings.encode_passages(TEXTS * 2)
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()
    assert twice.tobytes() == together.tobytes() * 2


def test_texts_of_every_length_have_the_same_bits_in_whatever_company(embeddings: NoteEmbeddings) -> None:
    words = "一个 passage 的长短 decides how many 行 its matrix has 。".split()
    texts = [" ".join(words[i % len(words)] for i in range(length)) for length in (*range(40), 60, 90, 130, 190, 260)]
    alone = np.concatenate([embeddings.encode_passages([text]) for text in texts])
    for order in (slice(None), slice(None, None, -1), slice(1, None, 2)):
        assert embeddings.encode_passages(texts[order]).tobytes() == alone[order].tobytes()


def test_a_vector_has_the_same_bits_whatever_number_of_threads(embeddings: NoteEmbeddings) -> None:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        model = embeddings._load()
        vectors = _Runner(model.model, "again").encode_texts(TEXTS, model.passage_prompt, None)
        assert torch.get_num_threads() == 3  # as the process had it; a new thread, too
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert seen == [3]
    finally:
        torch.set_num_threads(threads)
    assert vectors.tobytes() == embeddings.encode_passages(TEXTS).tobytes()


def test_several_threads_may_embed_at_once(embeddings: NoteEmbeddings) -> None:
    texts = TEXTS[:4]
    expected = embeddings.encode_queries(texts).tobytes()
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(embeddings.encode_queries(texts).tobytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_vectors_are_float32_of_unit_length_with_the_prompts(embeddings: NoteEmbeddings) -> None:
    passages, queries = embeddings.encode_passages(TEXTS), embeddings.encode_queries(TEXTS)
    assert passages.shape == queries.shape == (len(TEXTS), embeddings.dimension) == (len(TEXTS), 384)
    assert passages.dtype == queries.dtype == np.float32
    assert np.abs(np.linalg.norm(passages, axis=1) - 1).max() < 1e-6
    without_prompts = embeddings._load().encode_texts(["query: " + TEXTS[0], "passage: " + TEXTS[0]], "", None)
    assert without_prompts.tobytes() == queries[0].tobytes() + passages[0].tobytes()
    assert embeddings.embed_query(TEXTS[0]) == queries[0].tolist()
    assert embeddings.embed_documents(TEXTS[:2]) == passages[:2].tolist()
    assert embeddings.encode_passages([]).shape == (0, 384)


def test_a_question_is_nearest_to_its_answer_in_either_language(embeddings: NoteEmbeddings) -> None:
    scores = embeddings.encode_queries(
        ["How does retrieval-augmented generation work?", "法国的首都是哪里？", "How does LoRA work?"]
    )
    nearest = (scores @ embeddings.encode_passages([TEXTS[1], TEXTS[6], TEXTS[2]]).T).argmax(axis=1)
    assert nearest.tolist() == [0, 1, 2]


def test_progress_counts_each_text_and_may_interrupt(embeddings: NoteEmbeddings) -> None:
    seen: list[tuple[int, int]] = []
    embeddings.encode_passages(TEXTS[:3], lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embeddings.encode_passages(["a"] * 500, interrupt)
    assert embeddings.encode_passages(["a"]).shape == (1, 384)


def test_a_question_does_not_wait_for_the_texts_of_a_build(embeddings: NoteEmbeddings) -> None:
    texts, begun = ["a"] * 300, threading.Event()
    embedded = 0

    def progress(done: int, total: int) -> None:
        nonlocal embedded
        embedded = done
        begun.set()

    build = threading.Thread(target=embeddings.encode_passages, args=(texts, progress))
    build.start()
    assert begun.wait(30)
    embeddings.encode_queries(["?"])
    assert embedded < len(texts) / 2
    build.join()
    assert embedded == len(texts)


def test_text_that_is_not_quite_text(embeddings: NoteEmbeddings) -> None:
    vectors = embeddings.encode_passages(["\ud800 lone surrogate", "nul \0 byte", "\ufeff", "🙂" * 2000])
    assert np.isfinite(vectors).all()


def test_the_model_id_tells_revisions_apart(embeddings: NoteEmbeddings, tmp_path: Path) -> None:
    assert embeddings.model_id.startswith("multilingual-e5-small+finder@")
    assert load_embeddings(Settings()).model_id == embeddings.model_id
    folder = tmp_path / "some-model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "1_Pooling" / "config.json").write_text("{}", "utf-8")
    first = NoteEmbeddings(str(folder), tmp_path).model_id
    assert first.startswith("some-model@")
    (folder / "README.md").write_text("no part of it", "utf-8")
    assert NoteEmbeddings(str(folder), tmp_path).model_id == first
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', "utf-8")
    assert NoteEmbeddings(str(folder), tmp_path).model_id != first


def test_loading_touches_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    folder = default_embedding_folder(cache_dir(), print)
    assert NoteEmbeddings(str(folder)).dimension == 384


def test_a_name_that_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"'no such thing' cannot be got \(no such folder, and no name on the"):
        NoteEmbeddings("no such thing", tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", _unreachable)
    with pytest.raises(ModelError, match="the model hub cannot be reached or has no such model"):
        NoteEmbeddings("someone/something-that-is-not-there", tmp_path)


def _unreachable(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match=r"has pickled weights \(.*pytorch_model.bin\); name one with safetensors"):
        NoteEmbeddings(str(tmp_path), tmp_path)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path, embeddings: NoteEmbeddings) -> None:
    folder = _copy(embeddings.folder, tmp_path)
    modules = folder / "modules.json"
    modules.write_text(modules.read_text("utf-8").replace("sentence_transformers.models.Pooling", "mine.Mine"), "utf-8")
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Mine: pass\n", "utf-8")
    with pytest.raises(ModelError, match=r"cannot be loaded \(.*executes third-party code"):
        _ = NoteEmbeddings(str(folder)).dimension
    assert not (tmp_path / "ran").exists()


def test_a_damaged_folder_is_an_error_of_one_sentence(tmp_path: Path, embeddings: NoteEmbeddings) -> None:
    folder = _copy(embeddings.folder, tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 10**12))
    with pytest.raises(ModelError, match=r"^The embedding model copy in .* cannot be loaded \([^\n]*\)\.$"):
        _ = NoteEmbeddings(str(folder)).dimension


def _copy(folder: Path, tmp_path: Path) -> Path:
    """The folder again, its large files as links."""
    copy = tmp_path / "copy"
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif path.stat().st_size > 1_000_000:
            target.symlink_to(path)
        elif path.name != e5_folder.RECEIPT:
            target.write_bytes(path.read_bytes())
    return copy
