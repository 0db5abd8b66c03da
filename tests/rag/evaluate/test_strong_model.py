"""The scripted strong model: right answers from the sources shown, through a real endpoint."""

from langchain_core.messages import HumanMessage

from benchmarks.strong_model import Reference, reply, strong_model
from ingest.config import Settings
from rag.model.language_model import language_model

PROMPT = "<笔记>\n[1] 缓存 > 分级\n- 缓存分三级，一级最快。\n[4] 内存\n- 内存断电后内容会丢失。\n</笔记>\n\n问题：{}\n有几点就用列表。"
REFERENCES = [
    Reference("缓存有几级？", "缓存分为三级，一级最快。断电后内存的内容会丢失。价格是一百元。"),
    Reference("内存多少钱？", ""),
]


def test_each_sentence_cites_the_source_that_holds_it_and_the_rest_is_left_out() -> None:
    assert (
        reply(PROMPT.format("缓存一共几级？"), REFERENCES) == "缓存分为三级，一级最快。[1]断电后内存的内容会丢失。[4]"
    )


def test_it_says_no_where_the_notes_do_not_answer() -> None:
    assert reply(PROMPT.format("内存多少钱"), REFERENCES) == "笔记里没有说明。"
    assert reply("<notes>\n[1] a\n- b\n</notes>\n\nQuestion: 内存多少钱", REFERENCES) == "The notes do not say."


def test_english_is_told_apart_too() -> None:
    references = [Reference("kv cache size", "It is 0.5 MB."), Reference("lora rank", "The rank is 8.")]
    assert (
        reply("<notes>\n[3] a\n- The rank is 8 or 16.\n</notes>\n\nQuestion: lora rank", references)
        == "The rank is 8.[3]"
    )


def test_it_answers_as_an_endpoint() -> None:
    with strong_model(REFERENCES) as base_url:
        model = language_model(Settings(base_url=base_url, model="m"), None)
        text = "".join(model.stream([HumanMessage(PROMPT.format("缓存有几级？"))], max_tokens=99))
    assert text.startswith("缓存分为三级，一级最快。[1]")
