"""Which provider the settings name, and what is told when its package is not there or does not want them."""

import importlib.util
import subprocess
import sys
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from paths import ROOT
from scripted_provider import model_of, scripted_providers, settings

from ingest.errors import ConfigError, ModelError
from rag.model.language_model import ModelInfo, language_model

MESSAGES: list[BaseMessage] = [HumanMessage("什么是量化？")]


def test_the_setting_chooses_the_provider() -> None:
    assert model_of("anthropic").info == ModelInfo("endpoint", "m", "anthropic")
    assert model_of("ollama", base_url="http://127.0.0.1:11434").info.where == "127.0.0.1:11434"
    assert language_model(settings("anthropic", llm="none"), None).info.kind == "none"
    assert language_model(settings("anthropic", llm="local"), ROOT / "x.gguf").info.kind == "local"
    routed = language_model(settings("anthropic", routing=True), ROOT / "x.gguf")
    assert routed.info.kind == "local" and routed.harder and routed.harder.info.where == "anthropic"
    with pytest.raises(ConfigError, match="provider is set, but model is not"):
        model_of("anthropic", model="")


@pytest.mark.parametrize(
    ("provider", "package"),
    [
        ("anthropic", "langchain-anthropic"),
        ("google_genai", "langchain-google-genai"),
        ("bedrock_converse", "langchain-aws"),
        ("ollama", "langchain-ollama"),  # for which LangChain would take langchain_community's
    ],
)
def test_a_missing_package_is_named_with_its_install_line(provider: str, package: str) -> None:
    if importlib.util.find_spec(package.replace("-", "_")):
        pytest.skip(f"{package} is installed")
    for use in (lambda m: m.stream(MESSAGES, 5), lambda m: m.chat, lambda m: m.warm(MESSAGES)):
        with pytest.raises(ModelError, match=f"python -m pip install {package} ") as error:
            use(model_of(provider))
        assert package in error.value.told("zh") and error.value.__context__ is None
    assert not any(name.startswith("langchain_community.chat_models") for name in sys.modules)


def test_an_unknown_provider_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ModelError, match=r"no provider 'antropic'; set provider to one of these: anthropic, .*ollama"):
        model_of("antropic").stream(MESSAGES, 5)


def test_what_a_package_thinks_of_the_settings_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **given: Any) -> None:
        raise RuntimeError(f"You must specify a region, not {given['api_key']}.")

    monkeypatch.setattr("langchain.chat_models.init_chat_model", refuse)
    with pytest.raises(ModelError, match=r"The provider baseten cannot be used \(You must specify a region, not …\.\)"):
        model_of("baseten").stream(MESSAGES, 5)


def test_a_broken_package_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_providers(monkeypatch)

    def broken(*_: Any, **__: Any) -> None:
        raise ImportError("Initializing X requires … `pip install langchain-baseten`") from ImportError(
            "no opentelemetry"
        )

    monkeypatch.setattr("langchain.chat_models.init_chat_model", broken)
    with pytest.raises(ModelError, match=r"cannot be used \(no opentelemetry\)"):
        model_of("baseten").stream(MESSAGES, 5)


def test_importing_loads_no_package() -> None:
    code = "import sys, rag.model.language_model; print({'langchain', 'langchain_community'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
