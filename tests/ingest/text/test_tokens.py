"""Tokens: findable as typed, one form for search, offsets into the text as it stands."""

import logging
import random
import unicodedata

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.blocks.postings import Postings
from ingest.index.bm25 import Bm25Index
from ingest.text.folding import _one_form, fold, fold_with_offsets
from ingest.text.markup import plain
from ingest.text.scripts import HAN_RANGES
from ingest.text.tokens import _STOP, Tokenizer, is_word

tokenize = Tokenizer().tokenize


@pytest.mark.parametrize(
    "typed", ["fp16", "bf16", "fp16/bf16", "P-tuning", "v2", "A100", "8卡A100", "C++", "GPT-3.5", "3.5"]
)
def test_findable_as_typed(typed: str) -> None:
    passage = tokenize("fp16/bf16 与 P-tuning v2，8卡A100，C++，GPT-3.5")
    assert set(tokenize(typed)) <= set(passage)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("檢索增強生成", "检索增强生成"),
        ("ＲＡＧ（检索）", "rag(检索)"),
        ("LLM\u00a0模型", "llm 模型"),
        ("注意\u200b力机制", "注意力机制"),
        ("**注意**力", "注意力"),
    ],
)
def test_one_form_for_search(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


def test_addresses_do_not_count_but_link_and_alt_texts_do() -> None:
    text = (
        "[量化笔记](https://example.com/quant) ![显存图](img/a.png) <img src='b.png' alt='流程'> https://example.org/x"
    )
    tokens = tokenize(text)
    assert {"量化", "笔记", "显存", "流程"} <= set(tokens)
    assert not {"https", "example", "img", "png", "com", "src"} & set(tokens)


def test_a_question_of_stop_words_still_has_tokens() -> None:
    assert tokenize("的 了") == ["的", "了"]


def test_spans_are_as_they_stand_in_the_text() -> None:
    text = "**檢索**增強ＲＡＧ"
    assert [(token, text[a:b]) for token, a, b in Tokenizer().spans(text)] == [
        ("检索", "檢索"),
        ("增强", "增強"),
        ("rag", "ＲＡＧ"),
    ]


TERMS = ("低秩适配", "参数高效微调", "机制在")


@pytest.fixture(scope="module", params=[(), TERMS], ids=["its dictionary", "and terms"])
def python_jieba(request: pytest.FixtureRequest) -> tuple[tuple[str, ...], jieba.Tokenizer]:
    """jieba in Python, which gave the tokens before, and the terms that were added to its dictionary."""
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    for term in request.param:
        segmenter.add_word(term)
    return request.param, segmenter


def test_the_words_are_those_of_jieba(python_jieba: tuple[tuple[str, ...], jieba.Tokenizer]) -> None:
    terms, segmenter = python_jieba
    rng = random.Random(0)
    simplified = [c for first, last in HAN_RANGES for c in map(chr, range(ord(first), ord(last) + 1)) if fold(c) == c]
    words = sorted(word for word, count in segmenter.FREQ.items() if count > 20 and fold(word) == word)
    sentence = "低秩适配是参数高效微调的一种做法注意力机制在每一层里都有优化器状态要分片到多张显卡上"
    runs = [sentence, *("".join(rng.choices(simplified, k=rng.randint(1, 12))) for _ in range(500))]
    runs += ["".join(rng.choices(words, k=rng.randint(1, 8))) for _ in range(1000)]
    spans = Tokenizer(terms).spans
    assert [spans(run) for run in runs] == [list(segmenter.tokenize(run, mode="search")) for run in runs]
    assert all(is_word(word) is bool(count) for word, count in segmenter.FREQ.items() if word not in TERMS)


@given(st.text())
def test_folding_is_translation(text: str) -> None:
    """Most texts are not translated; those that are have the same form."""
    translated = unicodedata.normalize("NFKC", text).translate(_one_form()).lower()
    assert fold(text) == translated
    assert fold(text + "檢索\u200b增強") == translated + "检索增强"


@given(st.text())
def test_folding_with_offsets_is_folding(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert len(folded) == len(offsets)
    assert all(0 <= offset < len(text) for offset in offsets)
    assert offsets == sorted(offsets)


@pytest.mark.parametrize("text", ["《ＬＬＭ》的檢索：① fi\u00a0é", "ﾓﾃﾞﾙとﾊﾟﾝ", unicodedata.normalize("NFD", "빵 반죽")])
def test_folding_with_offsets_agrees_on_east_asian_text(text: str) -> None:
    assert fold_with_offsets(text)[0] == fold(text)


def test_plain_keeps_less_than_signs() -> None:
    assert plain("若 a < b 且 c > d") == "若 a < b 且 c > d"


def bm25(lists: list[list[str]]) -> Bm25Index:
    return Bm25Index.over([Postings.of(lists)], k1=1.5, b=0.75)


def test_bm25_is_rank_bm25s() -> None:
    from rank_bm25 import BM25Okapi

    lists = [["a", "b", "a"], ["b", "c"], ["c", "d", "e", "a"], []]
    ours = bm25(lists)
    theirs = BM25Okapi(lists, k1=1.5, b=0.75, epsilon=0.25)
    for query in (["a"], ["b", "d"], ["a", "a", "zzz"]):
        assert ours.scores(query) == pytest.approx(theirs.get_scores(query))


def test_bm25_of_nothing() -> None:
    assert bm25([]).scores(["a"]).tolist() == []
    assert bm25([[], []]).scores(["a"]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("RAGは便利", ["rag", "便利"]),
        ("ﾓﾃﾞﾙをGPUで", ["モデ", "デル", "gpu"]),
        ("らーめんとカレー", ["らー", "ーめ", "めん", "んと", "カレ", "レー"]),
        ("LoRA를 학습", ["lora", "학습"]),
        ("책 한 권", ["책", "한", "권"]),
        ("は", ["は"]),
        ("人々", ["人", "々"]),
    ],
)
def test_a_word_ends_with_its_script(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens
    assert [token for token, _, _ in Tokenizer().spans(text) if token in tokens] == tokens


@given(st.text("注意力机制的了𠀀㐀\u9fd6々カらー학습 \n，。aQ1+#/-_.", max_size=60))
def test_tokens_are_those_of_the_spans(text: str) -> None:
    """jieba cuts a text's runs all at once for one, one by one for the other."""
    found = [token for token, _, _ in Tokenizer().spans(plain(text))]
    left = [token for token in found if token not in _STOP]
    assert tokenize(text) == (left or found)


def test_chinese_and_latin_words_are_as_ever() -> None:
    assert tokenize("注意力机制用 fp16/bf16") == ["注意", "注意力", "机制", "用", "fp16/bf16", "fp16", "bf16"]


NOTES = {
    "ja-tea": "緑茶は低い温度のお湯で淹れると渋みが出にくい。急須は先に温めておく。",
    "ja-bike": "自転車のチェーンは月に一度、汚れを落としてから油を差す。雨の日のあとは早めに手入れをする。",
    "ko-bread": "빵 반죽은 따뜻한 곳에서 한 시간 정도 발효시킨다. 소금은 나중에 넣는다.",
    "ko-plant": "선인장은 겨울에 물을 거의 주지 않는다. 햇빛이 잘 드는 창가에 둔다.",
    "zh": "绿茶用八十度的水泡，第一泡三十秒。自行车链条每月上一次油。",
}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("緑茶のお湯の温度は？", "ja-tea"),
        ("チェーンの手入れはいつする？", "ja-bike"),
        ("急須", "ja-tea"),
        ("반죽의 발효 시간은?", "ko-bread"),
        ("겨울에 선인장에 물을 주나요", "ko-plant"),
        ("绿茶第一泡多久", "zh"),
    ],
)
def test_japanese_and_korean_notes_are_found(question: str, found: str) -> None:
    index = bm25([tokenize(text) for text in NOTES.values()])
    assert list(NOTES)[int(index.scores(tokenize(question)).argmax())] == found
