"""Names in any spelling, typos and homophones, against the vocabulary of a few sentences."""

import random

import pytest

from ingest.text.tokens import Tokenizer
from rag.records import Correction
from rag.search.spelling import Vocabulary, _sounds, corrected

NOTES = (
    "QLoRA quantizes the frozen weights; LangChain and Spring Boot are libraries.",
    "Transformer models; the temperature of a softmax; P-Tuning; fine-tuning a model.",
    "模型会产生幻觉。提示学习把任务写成填空。微调，量化，都省显存。",
    "流水线并行把层分给几张卡，负载均衡由网关做。大海捞针测试。",
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    tokenizer = Tokenizer()
    terms = {term for text in NOTES for term in tokenizer.tokenize(text)}
    return Vocabulary.of(terms, lambda term: 1.0, tokenizer)


@pytest.mark.parametrize(
    ("question", "spelt"),
    [
        ("Q-LoRA 省多少", ["qlora"]),
        ("q_lora 省多少", ["qlora"]),
        ("Q LoRA 省多少", ["qlora"]),
        ("Lang Chain 是什么", ["langchain"]),
        ("springboot", ["spring", "boot"]),
        ("ptuning", ["p-tuning"]),
        ("finetune", ["fine-tuning"]),
        ("QLoRA", []),
        ("softmax temperature", []),
        ("it is", []),
    ],
)
def test_a_name_is_found_in_the_spelling_of_the_notes(vocabulary: Vocabulary, question: str, spelt: list[str]) -> None:
    assert vocabulary.spellings(question) == spelt
    assert vocabulary.corrections(question) == ()


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("transfomer 是什么", "transfomer", "transformer"),
        ("tempreature 设多少", "tempreature", "temperature"),
        ("什么是换觉", "换觉", "幻觉"),
        ("提式学习怎么做", "提式", "提示"),
        ("weitiao", "weitiao", "微调"),
        ("lianghua 呢", "lianghua", "量化"),
        ("大海捞真测试", "大海捞真", "大海捞针"),
    ],
)
def test_a_slip_is_taken_for_the_word_of_the_notes(
    vocabulary: Vocabulary, question: str, typed: str, meant: str
) -> None:
    assert vocabulary.corrections(question) == (Correction(typed, meant),)
    assert meant in corrected(question, vocabulary.corrections(question))


@pytest.mark.parametrize(
    "question",
    [
        "联邦学习",  # a word of the language that the notes do not hold
        "llama4",  # another figure is another thing
        "kransformer",  # the first letter is rarely mistyped
        "trensfermor",  # two wrong letters
        "QLoRA 的显存",
        "there and then",
        "https://example.org/a",
    ],
)
def test_what_is_no_slip_stays(vocabulary: Vocabulary, question: str) -> None:
    assert vocabulary.corrections(question) == ()


def test_the_question_keeps_its_letters_but_for_the_slip() -> None:
    assert corrected("Why does PPO use a Transfomer?", [Correction("transfomer", "transformer")]) == (
        "Why does PPO use a transformer?"
    )
    assert corrected("什麼是換覺", [Correction("换觉", "幻觉")]) == "什么是幻觉"


def test_a_sound_leads_to_the_most_frequent_term_of_all() -> None:
    """As a table of all sounds of all terms would tell, which takes a second for each hundred thousand terms."""
    terms = [
        "西安",
        "先",
        "显存",
        "现存",
        "县城",
        "线程",
        "限额",
        "重量",
        "冲量",
        "音乐",
        "银月",
        "行长",
        "长城",
        "常成",
        "西岸",
    ]
    for seed in range(40):
        order = random.Random(seed).sample([term for term in terms if len(term) > 1], 12)
        table: dict[str, str] = {}
        for term in order:
            for sound in _sounds(term):
                table.setdefault(sound, term)
        vocabulary = Vocabulary.of(order, {term: float(n) for n, term in enumerate(order)}.__getitem__, Tokenizer())
        for sound in (*table, "xian", "x", "", "zuang", "nothing"):
            assert vocabulary.by_sound.get(sound) == table.get(sound)
