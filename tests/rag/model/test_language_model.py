"""Which model is used and how it is asked; the local server, with a tiny model of made-up weights."""

import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_endpoint import Step, answer, cut, fake_endpoint, refusal
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from paths import ROOT
from tiny_gguf import write_tiny_gguf

from ingest.config import Settings
from ingest.errors import ConfigError, EndpointError, ModelError
from ingest.messages import Message, told
from ingest.models.defaults import GGUF
from rag.model import local
from rag.model.gguf import chat_template
from rag.model.language_model import LanguageModel, ModelInfo, chat_model, language_model
from rag.model.local import LINE, local_server, physical_cores, stop_local_server
from rag.model.token_count import estimate_tokens
from rag.model.waiting import PerMinute
from rag.question.routing import hard

KEY = "sk-1234567890-secret"
MESSAGES: list[BaseMessage] = [SystemMessage("Answer from the notes."), HumanMessage("什么是量化？")]
# Endless when it is run, and an error in the end.
HOSTILE = (
    "{% for a in range(2000000000) %}{% for b in range(2000000000) %}{% endfor %}{% endfor %}{{ raise_exception('') }}"
)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("rag.model.local.physical_cores", lambda: 1)  # two threads crawl when others use the cores
    yield write_tiny_gguf(tmp_path / "tiny.gguf")
    stop_local_server()


def remote(base_url: str, **changes: object) -> LanguageModel:
    return language_model(Settings(base_url=base_url, model="m", api_key=KEY, first_token_seconds=20, **changes), None)


def test_the_setting_chooses_the_model() -> None:
    gguf = Path("models/qwen-1.5b.gguf")
    there = {"base_url": "https://user:pw@api.example.org/v1?x=1", "model": "big"}
    assert language_model(Settings(), gguf).info == ModelInfo("local", "qwen-1.5b", Message("model.here"))
    assert language_model(Settings(), gguf.with_name(GGUF.name)).info.learned  # the adapter fits this file alone
    assert language_model(Settings(**there), gguf).info.where == "api.example.org"
    routed = language_model(Settings(routing=True, **there), gguf)
    assert routed.info.kind == "local" and routed.harder and routed.harder.info.kind == "endpoint"
    assert language_model(Settings(routing=True, **there), None).info.kind == "endpoint"
    assert language_model(Settings(llm="local", **there), gguf).info.kind == "local"
    assert language_model(Settings(llm="none", **there), gguf).info.kind == "none"


def test_no_model_says_why_and_what_to_do() -> None:
    for settings, hint in ((Settings(), "python -m ingest.models"), (Settings(llm="none"), "llm")):
        model = language_model(settings, None)
        assert (
            model.info.kind == "none" and hint in told(model.info.where, "en") and hint in told(model.info.where, "zh")
        )
        with pytest.raises(ModelError, match=hint):
            model.stream(MESSAGES, max_tokens=5)
        model.warm(MESSAGES)  # nothing to warm, no error
        model.close()


def test_half_an_endpoint_is_a_config_error() -> None:
    for given, missing in (({"llm": "endpoint"}, "base_url"), ({"base_url": "http://h/v1"}, "model")):
        with pytest.raises(ConfigError, match=missing):
            language_model(Settings(**given), None)
    with pytest.raises(ConfigError, match="no address"):
        language_model(Settings(base_url="localhost", model="m"), None)


def test_the_request_holds_the_settings_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "ORGANIZATION", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "from-the-environment")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    with fake_endpoint(answer("好")) as endpoint:
        stream = remote(endpoint.base_url, temperature=0.25).stream(MESSAGES, max_tokens=77, stop=["\n\n问"])
        assert "".join(stream) == "好" and stream.finish_reason == "stop"
    (request,) = endpoint.requests
    assert "from-the-environment" not in request.head
    assert f"authorization: bearer {KEY}" in request.head.lower()
    assert request.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Answer from the notes."},
            {"role": "user", "content": "什么是量化？"},
        ],
        "max_tokens": 77,
        "stop": ["\n\n问"],
        "stream": True,
        "temperature": 0.25,
    }


def test_the_key_is_nowhere_to_be_read(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with fake_endpoint(answer("好"), refusal("400 Bad Request")) as endpoint:
        model = remote(endpoint.base_url)
        stream = model.stream(MESSAGES, max_tokens=5)
        list(stream)
        with pytest.raises(EndpointError) as error:
            list(model.stream(MESSAGES, max_tokens=5))
    for thing in (model, model.info, model.chat, stream, model._reach(), error.value):
        assert KEY not in repr(thing) + str(thing) + repr(vars(thing) if hasattr(thing, "__dict__") else "")
    assert caplog.records and KEY not in caplog.text + "".join(capfd.readouterr())


def test_newer_models_get_the_fields_that_they_ask_for() -> None:
    scripts: list[list[Step]] = [
        refusal("400 Bad Request", '{"error": {"message": "Use max_completion_tokens.", "param": "max_tokens"}}'),
        refusal("400 Bad Request", '{"error": {"message": "Only the default.", "param": "temperature"}}'),
        answer("好"),
    ]
    with fake_endpoint(*scripts) as endpoint:
        assert list(remote(endpoint.base_url).stream(MESSAGES, max_tokens=7)) == ["好"]
    last = endpoint.requests[-1].body
    assert last["max_completion_tokens"] == 7 and not {"max_tokens", "temperature"} & set(last)


def test_no_more_requests_a_minute_than_allowed() -> None:
    with fake_endpoint(answer("好")) as endpoint:
        settings = Settings(base_url=endpoint.base_url, model="m", requests_per_minute=1, first_token_seconds=0.5)
        model = language_model(settings, None)
        assert list(model.stream(MESSAGES, max_tokens=5)) == ["好"]  # the first goes at once
        with pytest.raises(EndpointError):
            list(model.stream(MESSAGES, max_tokens=5))
    assert len(endpoint.requests) == 1


def test_the_pace_is_that_of_a_sliding_window() -> None:
    pace = PerMinute(2, seconds=0.3)
    assert pace.acquire() and pace.acquire() and not pace.acquire(blocking=False)
    began = time.monotonic()
    assert pace.acquire() and 0.15 < time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("question", "foreign", "is_hard"),
    [
        ("int4 占多少内存？", False, False),
        ("缓解幻觉有哪些方法？", False, False),
        ("LoRA 和 QLoRA 有什么区别？", False, True),
        ("为什么 SFT 之后模型变傻？", False, True),
        ("GGUF 是什么格式，由谁定义，又有什么好处？", False, True),
        ("What is GGUF?", True, True),
        ("What is GGUF?", False, False),
    ],
)
def test_the_rule_of_routing(question: str, foreign: bool, is_hard: bool) -> None:
    assert hard(question, foreign) is is_hard


def test_chat_model_is_an_ordinary_langchain_model() -> None:
    with fake_endpoint(answer("4-bit ", "is small.")) as endpoint:
        chat = chat_model(Settings(base_url=endpoint.base_url, model="m", answer_tokens=99), None)
        chain = ChatPromptTemplate.from_template("What is {topic}?") | chat | StrOutputParser()
        assert "".join(chain.stream({"topic": "INT4"})) == "4-bit is small."
    assert endpoint.requests[0].body["max_tokens"] == 99


def test_importing_loads_nothing_heavy() -> None:
    heavy = {"langchain_openai", "openai", "httpx2", "xllamacpp", "torch", "transformers"}
    code = f"import sys, rag.model.language_model; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# True counts of Qwen2.5's tokenizer.
COUNTED = {
    "什么是量化？": 3,
    "P-tuning v2 在每一层都加入了可训练的连续提示，因此比只在输入层加提示的方法更有效。": 28,
    "The key-value cache grows linearly with the length of the context.": 14,
    "显存占用 = 参数量 × 每个参数的字节数，7B 模型用 fp16 约 14GB。": 34,
}


@pytest.mark.parametrize("text, tokens", COUNTED.items())
def test_token_estimate_is_near(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == pytest.approx(tokens, rel=0.25, abs=1)


def test_one_server_for_all_threads(tiny: Path) -> None:
    servers = []
    threads = [threading.Thread(target=lambda: servers.append(local_server(tiny, 1024))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(servers) == 8 and all(server is servers[0] for server in servers)
    assert servers[0].base_url.startswith("http://127.0.0.1:")
    assert servers[0].api_key not in repr(servers[0])


def test_the_server_refuses_who_has_not_the_key(tiny: Path) -> None:
    server = local_server(tiny, 1024)
    stranger = remote(server.base_url)
    with pytest.raises(EndpointError, match="refuses the API key"):
        cut(stranger.stream(MESSAGES, max_tokens=5))


def test_local_answers_wait_for_each_other(tiny: Path) -> None:
    model = language_model(Settings(llm="local", context_tokens=1024), tiny)
    texts: list[str] = []

    def ask() -> None:
        texts.append("".join(cut(model.stream(MESSAGES, max_tokens=30))))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(texts)) == 1 and texts[0]  # seed and temperature are fixed
    assert len(LINE) == 0


def test_local_prompt_is_read_once(tiny: Path) -> None:
    model = language_model(Settings(llm="local", context_tokens=1024), tiny)
    model.warm(MESSAGES[:1])
    stream = model.stream(MESSAGES, max_tokens=5)
    cut(stream)
    assert stream.tokens["answer"] <= 5 and stream.finish_reason == "length"
    assert stream.tokens["cached"] > len("<|im_start|>system\nAnswer from the notes.")  # a token is a byte here


def tokens_written() -> int:
    """By the server since it started."""
    metrics = str(local._Running.native.handle_metrics())
    return int(re.search(r"tokens_predicted_total (\d+)", metrics).group(1))  # type: ignore[union-attr]


def test_stopped_local_answer_frees_the_model(tiny: Path) -> None:
    model = language_model(Settings(llm="local", context_tokens=4096), tiny)
    stream = model.stream(MESSAGES, max_tokens=3500)
    next(stream)
    before = tokens_written()
    stream.close()
    assert cut(model.stream(MESSAGES, max_tokens=5))
    assert tokens_written() - before < 3000


def test_the_server_can_be_stopped_at_any_moment(tiny: Path) -> None:
    """Right after it started, and while it writes: both hang in llama.cpp, the second for 30 s, if nothing is done."""
    for _ in range(10):
        local_server(tiny, 1024)
        stop_local_server()
    model = language_model(Settings(llm="local"), tiny)
    stream = model.stream(MESSAGES, max_tokens=3500)
    next(stream)
    began = time.monotonic()
    model.close()
    with pytest.raises(EndpointError, match="broke off in the middle"):
        list(stream)
    assert time.monotonic() - began < 5
    assert cut(model.stream(MESSAGES, max_tokens=5))  # it comes back when it is asked


def test_too_long_a_prompt_is_told(tiny: Path) -> None:
    model = language_model(Settings(llm="local", context_tokens=1024), tiny)
    with pytest.raises(EndpointError, match=r"too long .* source_tokens"):
        list(model.stream([HumanMessage("字" * 1024)], max_tokens=5))
    assert cut(model.stream(MESSAGES, max_tokens=5))


def test_another_model_replaces_the_first(tiny: Path, tmp_path: Path) -> None:
    first = language_model(Settings(llm="local", context_tokens=1024), tiny)
    assert cut(first.stream(MESSAGES, max_tokens=5))
    other = local_server(write_tiny_gguf(tmp_path / "other.gguf"), 1024)
    assert local_server(other.gguf, 1024) is other
    assert cut(first.stream(MESSAGES, max_tokens=5))


def test_the_template_of_the_file_is_not_run(tiny: Path) -> None:
    model = language_model(Settings(llm="local"), write_tiny_gguf(tiny, HOSTILE))
    assert cut(model.stream(MESSAGES, max_tokens=5))


def test_the_chat_format_is_llama_cpps_own_of_the_family(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    families = {
        None: "chatml",
        "{{ '<|im_start|>' + role }}": "chatml",
        "{{ '<|start_header_id|>' }}": "llama3",
        "{{ '<start_of_turn>' }}": "gemma",
        HOSTILE: "chatml",
    }
    assert {text: chat_template(write_tiny_gguf(path, text)) for text in families} == families


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    sound = write_tiny_gguf(tmp_path / "sound.gguf").read_bytes()
    files = {"text": b"# notes", "cut in the header": sound[:300], "cut in the weights": sound[:-20_000], "empty": b""}
    files["lengths"] = sound[:24] + b"\xff" * 8 + sound[32:]
    for name, data in files.items():
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(data)
        with pytest.raises(ModelError, match=name) as error:
            local_server(path, 1024)
        assert "请" in error.value.told("zh") and "GGUF" in error.value.told("zh")
    with pytest.raises(ModelError, match="No such file"):
        local_server(tmp_path / "missing.gguf", 1024)


def test_a_process_ends_in_the_middle_of_an_answer(tiny: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from langchain_core.messages import HumanMessage\n"
        "from ingest.config import Settings; from rag.model.language_model import language_model\n"
        "model = language_model(Settings(llm='local'), Path(sys.argv[1]))\n"
        "stream = model.stream([HumanMessage('hi')], max_tokens=4000); next(stream); print('first')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "first\n", "")


def test_there_is_a_core() -> None:
    assert physical_cores() == -1 or physical_cores() >= 1


@pytest.mark.llm
def test_the_real_model_answers_in_the_language_of_the_question(real_gguf: Path) -> None:
    settings = Settings(llm="local", first_token_seconds=240, between_tokens_seconds=60)
    model = language_model(settings, real_gguf)
    try:
        system = SystemMessage("只根据资料回答，一句话。")
        source = "资料：INT4 量化把每个权重存成 4 位，7B 模型的权重只需约 3.5 GB 显存。"
        stream = model.stream([system, HumanMessage(source + "\n问题：7B 模型 INT4 量化后需要多少显存？")], 80)
        text = "".join(stream)
    finally:
        model.close()
    assert "3.5" in text and stream.finish_reason == "stop"
    assert any("\u4e00" <= char <= "\u9fff" for char in text)
