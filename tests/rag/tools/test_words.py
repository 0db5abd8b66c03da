"""What a request names: a topic, a folder."""

import pytest

from ingest.text.tokens import Tokenizer
from ingest.text.words import ENGLISH_STOP
from rag.tools.intents import shipped
from rag.tools.words import folder_in, topic_in

PATHS = ["读书/a.md", "读书/小说/b.md", "work/log/c.md", "d.md"]


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("有哪些笔记是讲消息队列的？", "消息队列"),
        ("which of my notes are about vector databases", "vector databases"),
        ("列出和 Q-LoRA 有关的笔记", "Q-LoRA"),
        ("有哪些笔记", ""),
    ],
)
def test_the_topic_is_what_is_not_the_frame_of_a_request(question: str, topic: str) -> None:
    tokenizer = Tokenizer()
    content = set(tokenizer.tokenize(question)) - shipped().frame - ENGLISH_STOP
    assert topic_in(question, tokenizer.spans, content, len) == topic


@pytest.mark.parametrize(
    ("question", "folder"),
    [
        ("读书文件夹里有什么", "读书/"),
        ("「小说」目录下有几篇", "读书/小说/"),
        ("what is in Work", "work/"),
        ("workers", ""),
        ("有哪些文件夹", ""),
    ],
)
def test_the_folder_that_is_named(question: str, folder: str) -> None:
    assert folder_in(question, PATHS) == folder
