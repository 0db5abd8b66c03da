"""Words: what is Han, and which English words meet."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.text.scripts import count_han, has_han, language
from ingest.text.tokens import Tokenizer
from ingest.text.words import bigrams, latin_terms, stem, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("quantization", "quantize"),
        ("running", "runs"),
        ("batches", "batch"),
        ("caches", "caching"),
        ("llms", "llm"),
        ("gpus", "gpu"),
        ("apis", "api"),
        ("a100s", "a100"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("https", "http"), ("css", "cs"), ("general", "generate"), ("int4", "int8"), ("class", "clas")]
)
def test_other_words_do_not_meet(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_only_english_words_have_endings() -> None:
    assert stems(["量化", "fp16", "p-tuning", "c++", "naïves"]) == {"量化", "fp16", "p-tuning", "c++", "naïves"}


def test_stems_in_many_threads() -> None:
    """The library's stemmer keeps the word that it works on."""
    words = [f"{first}{second}izations" for first in "bcdfglmnprst" for second in ("a", "e", "ine", "anda", "oro") * 8]
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem.__wrapped__, words * 4)) == alone * 4


@pytest.mark.parametrize("character", ["中", "㐀", "﨎", "豈", "𠮷", "𰻝"])  # also rare and compatibility characters
def test_han_is_the_same_everywhere(character: str) -> None:
    assert has_han(character) and count_han(f"a{character}b{character}") == 2
    assert language(character * 3) == "zh"
    assert bigrams(f"{character}字") != set()
    assert Tokenizer().tokenize(f"llm{character}") != [f"llm{character}"]


@pytest.mark.parametrize("character", ["a", "あ", "한", "，", "䷀", "🙂"])
def test_what_is_not_han(character: str) -> None:
    assert not has_han(character)


def test_latin_terms() -> None:
    assert latin_terms("The 8x7B 模型, GPT-3.5 与 c++ of 1234x") == ["8x7b", "gpt-3.5", "c++", "1234x"]
