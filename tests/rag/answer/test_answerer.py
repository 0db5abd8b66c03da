"""From a question to a checked answer: real notes and embeddings, a scripted model at the seam."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest
from citing import by_words
from fake_endpoint import answer as endpoint_answer
from fake_endpoint import fake_endpoint, refusal
from scripted_provider import scripted_providers

from ingest.build.run import build
from ingest.config import Settings
from ingest.errors import EndpointError
from ingest.messages import Message
from ingest.vectors.embed import NoteEmbeddings
from rag.answer.answerer import Answerer
from rag.model.language_model import ModelInfo, language_model
from rag.open import open_retriever
from rag.records import Answer, Checked, Delta, Event, Finished, Found, Searched, Turn, Waiting
from rag.search.retriever import HybridRetriever

NOTES = {
    "缓存.md": "# KV 缓存\n\n## 为什么要缓存？\n\n缓存省去了对前文的重复计算，用显存换时间。\n\n## 它有多大？\n\n7B 模型每个词元约 0.5 MB，与层数成正比。\n",
    "蒸馏.md": "# 蒸馏\n\n学生模型学习教师模型的软标签，温度一般取 2 到 5。\n",
    "题目.md": "# 面试题\n\n1. 什么是 FlashMLA？\n2. FlashMLA 快在哪里？\n",
}


BROKE_OFF = {
    "zh": "本机的语言模型写到一半断开了；请再问一次。",
    "en": "The local model broke off in the middle of its answer; ask again.",
}


class Scripted:
    """A language model that says what it is told to, in chunks of three characters."""

    harder: "Scripted | None" = None
    restarts = place = 0
    waits: Sequence[int] = ()  # places in line, before it speaks

    def __init__(self, text: str, fails: bool = False, kind: Literal["local", "endpoint"] = "local") -> None:
        self.text, self.fails, self.closed = text, fails, False
        self.info = ModelInfo(kind, "scripted", "test")
        self.prompts: list[Sequence[Any]] = []

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(
        self, messages: Sequence[Any], max_tokens: int, *, cancel: threading.Event | None = None, who: str = ""
    ) -> "Scripted":
        self.prompts.append(messages)
        self.who = who
        self._chunks = self._speak(cancel)
        return self

    def _speak(self, cancel: threading.Event | None) -> Iterator[str]:
        for place in self.waits:
            self.place = place
            yield ""
        for start in range(0, len(self.text), 3):
            if cancel and cancel.is_set():
                return
            yield self.text[start : start + 3]
        if self.fails:
            raise EndpointError("endpoint.broke_off", name=Message("endpoint.local"))

    def __iter__(self) -> Iterator[str]:
        return self._chunks

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory, embeddings: NoteEmbeddings) -> HybridRetriever:
    folder = tmp_path_factory.mktemp("answers")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(corpus=folder, index=folder / "index")
    build(settings, embeddings)
    return open_retriever(settings, embeddings=embeddings)


def answer(retriever: HybridRetriever, model: object, question: str = "KV 缓存为什么省时间？") -> Answer:
    return Answerer(retriever, model, by_words, Settings(), 6).answer(question)  # type: ignore[arg-type]


def test_a_sentence_of_the_notes_is_cited_with_its_exact_span(retriever: HybridRetriever) -> None:
    result = answer(retriever, Scripted("缓存省去了对前文的重复计算[7]。"))
    (sentence,) = [s for s in result.sentences if s.supported]
    source = result.sources[sentence.citations[0] - 1]
    assert source.path == "缓存.md"
    note = retriever.index.notes[source.path]
    evidence = sentence.evidence[0]
    assert evidence.quote == note.text[evidence.start : evidence.end] == "缓存省去了对前文的重复计算，用显存换时间。"
    assert evidence.start_line == evidence.end_line == 5
    assert "[7]" not in result.text
    assert not result.refused and result.model == "scripted"


@pytest.mark.parametrize("claim", ["缓存省去了 37% 的重复计算。", "缓存由 Smith 在 1999 年提出，省去重复计算。"])
def test_a_figure_or_name_of_no_source_is_not_supported(retriever: HybridRetriever, claim: str) -> None:
    result = answer(retriever, Scripted("缓存用显存换时间，省去了对前文的重复计算。" + claim))
    assert [s.supported for s in result.sentences] == [True, False]
    assert result.sentences[1].citations == ()


def test_a_provider_answers_and_without_its_package_the_quotes_stand(
    retriever: HybridRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = answer(retriever, language_model(Settings(provider="ollama", model="m"), None))
    assert missing.model == "extractive" and "重复计算" in missing.text
    assert "pip install langchain-ollama" in missing.incomplete
    scripted_providers(monkeypatch, ["缓存省去了对前文的", "重复计算。", ConnectionResetError()])
    broken = answer(retriever, language_model(Settings(provider="ollama", model="m"), None))
    assert broken.model == "m" and broken.text.startswith("缓存省去了对前文的重复计算。")
    assert broken.incomplete == "模型服务（ollama）写到一半断开了；请再问一次。"


@pytest.mark.parametrize("said", ["巴黎是法国的首都，人口约二百万。", "笔记里没有说明。"])
def test_a_model_that_strays_or_says_no_beside_the_answer_leaves_the_quotes(
    retriever: HybridRetriever, said: str
) -> None:
    result = answer(retriever, Scripted(said))
    assert result.model == "extractive" and not result.refused
    assert "重复计算" in result.text and "巴黎" not in result.text


@pytest.mark.parametrize("said", ["巴黎是法国的首都，人口约二百万。", "笔记里没有说明。"])
def test_the_same_over_doubtful_evidence_is_a_refusal(
    retriever: HybridRetriever, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.answer.outcome.CERTAIN", 1.01)
    result = answer(retriever, Scripted(said))
    assert result.refused
    assert "没有" in result.sentences[0].text
    assert not any(s.citations for s in result.sentences)


@pytest.mark.parametrize("question", ["法国的首都是哪里？", "FlashMLA 快在哪里？", "Who won the 1998 World Cup?"])
def test_what_the_notes_do_not_hold_never_reaches_the_model(retriever: HybridRetriever, question: str) -> None:
    model = Scripted("随便说点什么。")
    result = answer(retriever, model, question)
    assert result.refused and not model.prompts
    assert result.sentences[0].text.endswith(("。", "."))


def test_without_a_model_the_quotes_are_the_answer(retriever: HybridRetriever) -> None:
    model = language_model(Settings(llm="none"), None)
    result = answer(retriever, model, "7B 模型的 KV 缓存有多大？")
    assert result.model == "extractive" and not result.refused
    assert "0.5 MB" in result.text
    assert all(s.evidence[0].quote.strip() == s.text for s in result.sentences)


def test_the_no_of_an_endpoint_counts(retriever: HybridRetriever) -> None:
    assert answer(retriever, Scripted("笔记里没有说明。", kind="endpoint")).refused
    strayed = answer(retriever, Scripted("巴黎是法国的首都，人口约二百万。", kind="endpoint"))
    assert strayed.model == "extractive" and not strayed.refused


def test_a_model_that_fails_leaves_the_quotes_and_says_why(retriever: HybridRetriever) -> None:
    result = answer(retriever, Scripted("", fails=True))
    assert result.model == "extractive"
    assert result.incomplete == BROKE_OFF["zh"]
    assert result.sentences
    answerer = Answerer(retriever, Scripted("", fails=True), by_words, Settings(), 6)  # type: ignore[arg-type]
    *_, last = answerer.stream("KV 缓存为什么省时间？", tongue="en")
    assert isinstance(last, Finished) and last.answer.incomplete == BROKE_OFF["en"]


def test_hard_questions_go_to_the_other_model(retriever: HybridRetriever) -> None:
    model = Scripted("缓存用显存换时间。")
    model.harder = Scripted("缓存用显存换时间。", kind="endpoint")
    answer(retriever, model, "KV 缓存用什么换时间？")
    assert len(model.prompts) == 1 and not model.harder.prompts
    answer(retriever, model, "KV 缓存为什么省时间？")
    assert len(model.prompts) == len(model.harder.prompts) == 1


def test_the_prompt_never_outgrows_the_context(retriever: HybridRetriever) -> None:
    turns = [Turn("user" if n % 2 == 0 else "assistant", "KV 缓存有多大？很长的话。" * 50) for n in range(20)]
    settings = Settings(context_tokens=1024, answer_tokens=128, source_tokens=5000)
    model = Scripted("缓存用显存换时间。")
    Answerer(retriever, model, by_words, settings, settings.sources).answer("它为什么省时间？", turns)  # type: ignore[arg-type]
    (prompt,) = model.prompts
    assert "<前面的对话>" in prompt[1].content
    assert sum(len(message.content) for message in prompt) <= 1024 - 128  # this model counts characters as tokens


def test_a_stream_that_breaks_keeps_the_part_that_came(retriever: HybridRetriever) -> None:
    result = answer(retriever, Scripted("缓存省去了对前文的重复计算。它用显", fails=True))
    assert result.incomplete == BROKE_OFF["zh"]
    assert result.text.startswith("缓存省去了对前文的重复计算。")
    assert result.model == "scripted"


def test_half_a_sentence_is_shown_and_not_checked(retriever: HybridRetriever) -> None:
    cut = answer(retriever, Scripted("缓存省去了对前文的重复计算。它用显存换", fails=True))
    assert [sentence.supported for sentence in cut.sentences] == [True, None]


def test_what_a_model_thought_first_is_no_answer(retriever: HybridRetriever) -> None:
    thought, said = "用户问的是缓存。它多大？", "缓存省去了对前文的重复计算。"
    with fake_endpoint(endpoint_answer(thought, "\n</think>\n", said)) as endpoint:
        model = language_model(Settings(base_url=endpoint.base_url, model="m"), None)
        assert answer(retriever, model).text == said


def test_too_long_a_prompt_is_asked_shorter(retriever: HybridRetriever) -> None:
    too_long = refusal("400 Bad Request", '{"error": {"message": "the input is too long"}}')
    with fake_endpoint(too_long, endpoint_answer("缓存省去了对前文的重复计算。")) as endpoint:
        model = language_model(Settings(base_url=endpoint.base_url, model="m"), None)
        assert answer(retriever, model).incomplete == ""
        first, second = (len(str(request.body["messages"])) for request in endpoint.requests)
        assert second < first
    with fake_endpoint(too_long) as endpoint:
        model = language_model(Settings(base_url=endpoint.base_url, model="m"), None)
        assert "endpoint_source_tokens" in answer(retriever, model).incomplete and len(endpoint.requests) == 3


def test_a_loop_is_ended_and_said_once(retriever: HybridRetriever) -> None:
    model = Scripted("缓存省去了对前文的重复计算。" * 50)
    result = answer(retriever, model)
    assert result.text.count("缓存省去了") == 1
    assert model.closed


def test_events_come_in_order_and_the_quotes_before_the_model(retriever: HybridRetriever) -> None:
    answerer = Answerer(retriever, Scripted("缓存用显存换时间。"), by_words, Settings(), 6)  # type: ignore[arg-type]
    events = list(answerer.stream("KV 缓存为什么省时间？"))
    assert [type(e) for e in (events[0], events[1], events[-1])] == [Searched, Found, Finished]
    found = events[1]
    assert isinstance(found, Found) and found.sources and found.extract
    deltas = "".join(e.text for e in events if isinstance(e, Delta))
    assert deltas == "缓存用显存换时间。"
    assert any(isinstance(e, Checked) for e in events)


def test_the_place_in_line_is_told_between_the_evidence_and_the_text(retriever: HybridRetriever) -> None:
    model = Scripted("缓存用显存换时间。")
    model.waits = (2, 1, 0)
    events: list[Event] = list(
        Answerer(retriever, model, by_words, Settings(), 6).stream("KV 缓存为什么省时间？", who="a")  # type: ignore[arg-type]
    )
    assert events[2:5] == [Waiting(2), Waiting(1), Waiting(0)] and isinstance(events[5], Delta)
    assert isinstance(events[-1], Finished) and events[-1].answer.text == "缓存用显存换时间。"
    assert model.who == "a"


def test_stopping_keeps_what_came_and_closes_the_model(retriever: HybridRetriever) -> None:
    model, cancel = Scripted("缓存省去了对前文的重复计算。" + "还有别的。" * 100), threading.Event()
    last: object = None
    for event in Answerer(retriever, model, by_words, Settings(), 6).stream("KV 缓存为什么省时间？", cancel=cancel):  # type: ignore[arg-type]
        if isinstance(event, Checked):
            cancel.set()
        last = event
    assert isinstance(last, Finished)
    assert last.answer.incomplete == "已停止。" and model.closed


def test_the_prompt_is_fenced_and_starts_with_what_never_changes(retriever: HybridRetriever) -> None:
    model = Scripted("缓存用显存换时间。")
    answer(retriever, model)
    answer(retriever, model, "蒸馏的温度取多少？")
    first, second = model.prompts
    assert first[0].content == second[0].content
    assert "<笔记>" in first[1].content and first[1].content.endswith("问题：KV 缓存为什么省时间？")


@pytest.mark.llm
def test_the_real_local_model(retriever: HybridRetriever) -> None:
    from ingest.models.defaults import local_gguf
    from ingest.models.wheels import cache_dir

    settings = Settings(llm="local", answer_tokens=80)
    model = language_model(settings, local_gguf(settings, cache_dir(), lambda line: None))
    try:
        result = Answerer(retriever, model, by_words, settings, settings.sources).answer("蒸馏时温度一般取多少？")
    finally:
        model.close()
    assert len(result.written) == 1 and result.written[0].citations  # its adapter writes short and cites
    assert result.incomplete == ""
    assert not result.refused and "2" in result.text and "5" in result.text
    cited = [s for s in result.sentences if s.citations]
    assert cited and result.sources[cited[0].citations[0] - 1].path == "蒸馏.md"
