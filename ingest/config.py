"""Typed settings: defaults here, `notes.toml` over them, the environment (`ASKNOTES_…`) over both.

Only the entry points (`ingest/__main__.py`, `rag/__main__.py`, `app.py`) call `load_settings`; everything else is handed
the group that it needs. `Settings` is all groups in one, as `notes.toml` names them, and serves as any of them.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.errors import ConfigError
from ingest.messages import MESSAGES, Message, Text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SETTINGS_FILE = Path("notes.toml")  # in the current folder, unless `ASKNOTES_SETTINGS` names another one


class _Group(BaseModel):
    """Sizes are in the unit that the name or comment says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IndexSettings(_Group):
    """What a note becomes in the index, and where that is."""

    corpus: Path = Path("corpus")  # the folder of notes
    index: Path = Path("index")  # what `python -m ingest` writes
    ignore: tuple[str, ...] = ()  # more gitignore-style patterns, beside the built-in ones
    follow_links: bool = False  # symbolic links to files and folders outside of the corpus
    picture_text: bool = False  # read the text in pictures too; needs the extra `ocr`
    max_note_mb: int = Field(default=20, ge=1)  # larger notes are listed as skipped
    encodings: tuple[str, ...] = ("gb18030",)  # likelier than others, after byte order mark and strict UTF-8
    passage_chars: int = Field(default=200, ge=80, le=2000)  # characters of a passage, about
    embedding_model: str = "default"  # "default", a sentence-transformers name, a folder; at an endpoint its name there
    embedding_url: str = ""  # an OpenAI-compatible endpoint that embeds, e.g. http://127.0.0.1:8080/v1
    embedding_key: SecretStr = SecretStr("")  # for it, only from the environment: ASKNOTES_EMBEDDING_KEY
    embedding_prompts: Literal["auto", "e5", "none"] = "auto"  # `query: `, `passage: ` there; auto: for E5 by its name
    bm25_k1: float = Field(default=0.9, ge=0)  # how much a word that comes again still counts
    bm25_b: float = Field(default=0.4, ge=0, le=1)  # how much a long passage is held against it
    store: str = ""  # a Milvus beside the index (docs/scale.md): http://host:19530, or a file x.db for Milvus Lite
    store_token: SecretStr = SecretStr("")  # only from the environment: ASKNOTES_STORE_TOKEN


class SearchSettings(_Group):
    """How a question finds its sources."""

    candidates: int = Field(default=50, ge=1)  # length of each retriever's list
    rrf_c: float = Field(default=60, gt=0)  # of reciprocal rank fusion; larger: the first ranks count less
    bm25_weight: float = Field(default=1, ge=0, le=3)  # what the ranking by words counts in the fusion
    dense_weight: float = Field(default=1, ge=0, le=3)  # and that by meaning
    sources: int = Field(default=6, ge=1, le=20)  # sections that the model and the reader get
    reranker: str = ""  # a CrossEncoder's name or folder; off when empty


class ModelSettings(_Group):
    """The language model, and what it may be asked."""

    llm: Literal["auto", "local", "endpoint", "none"] = "auto"  # auto: endpoint when base_url or provider is set
    write: Literal["auto", "ask", "never"] = "auto"  # sum up beneath the evidence: always, on a button's press, or not
    local_model: Path | None = None  # a GGUF file; the default model when not set
    base_url: str = ""  # any OpenAI-compatible endpoint, e.g. http://127.0.0.1:11434/v1
    provider: str = ""  # for a model without such an address, by its own package: anthropic, google_genai, ollama …
    model: str = ""  # the model's name at the endpoint or provider
    api_key: SecretStr = SecretStr("")  # only from the environment: ASKNOTES_API_KEY
    context_tokens: int = Field(default=4096, ge=1024)  # of the local model
    source_tokens: int = Field(default=350, ge=100)  # of source text in a prompt for the local model
    endpoint_source_tokens: int = Field(default=2000, ge=100)  # the same for an endpoint, which reads faster
    answer_tokens: int = Field(default=512, ge=32)  # at most
    temperature: float = Field(default=0.0, ge=0)  # 0: the same answer each time, as far as the model allows
    requests_per_minute: int = Field(default=0, ge=0)  # to the endpoint (QPM); 0 is no limit
    routing: bool = False  # the local model for simple questions, the endpoint for hard ones (rag/question/routing.py)
    agent: bool = False  # an endpoint's model looks in the notes itself, step by step, before it sums up
    agent_steps: int = Field(default=4, ge=1, le=20)  # of those steps, at most
    agent_tokens: int = Field(default=12_000, ge=1000)  # read and written in all steps together, at most
    connect_seconds: float = Field(default=10, gt=0)  # until the endpoint accepts
    first_token_seconds: float = Field(default=120, gt=0)  # until it begins to write
    between_tokens_seconds: float = Field(default=30, gt=0)  # and at most between two pieces

    @property
    def kind(self) -> Literal["local", "endpoint", "none"]:
        """Which model runs: `llm`, where `auto` is the endpoint when one is named (or a provider), else the local one."""
        if self.llm == "auto":
            return "endpoint" if self.base_url or self.provider else "local"
        return self.llm

    @property
    def runs_here(self) -> bool:
        """Whether the local model's file is wanted: alone, or for the simple questions."""
        return self.kind == "local" or (self.kind == "endpoint" and self.routing)


class PageSettings(_Group):
    """The page, and where it keeps what its readers leave."""

    data: Path = Path("data")  # conversations, feedback, the gap list: kept when the index is rebuilt
    language: Literal["auto", "zh", "en"] = "auto"  # of page and reports; auto: the browser's, or the questions'
    theme: Literal["system", "light", "dark"] = "system"  # of the page


class Settings(IndexSettings, SearchSettings, ModelSettings, PageSettings, BaseSettings):
    """All groups in one: what `notes.toml` and the environment set."""

    model_config = SettingsConfigDict(env_prefix="ASKNOTES_", extra="forbid", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the settings file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=cls.source())

    @classmethod
    def source(cls) -> Path:
        """The file that these settings were read from, and are written to; it need not be there."""
        return settings_file()


class _Where(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ASKNOTES_", frozen=True)

    settings: Path = SETTINGS_FILE


def settings_file() -> Path:
    """The settings file in use; it need not be there."""
    return _Where().settings


@functools.lru_cache(maxsize=64)
def _of(file: Path) -> type[Settings]:
    """`Settings` that have a file of their own: a process may show several vaults."""

    class _Settings(Settings):
        @classmethod
        def source(cls) -> Path:
            return file

    return _Settings


def load_settings(overrides: Mapping[str, Any] | None = None, file: Path | None = None) -> Settings:
    """Read the settings; `overrides` (of the command line) win, and those that are None do not count. `file` is read in
    place of `settings_file()`.

    Raises:
        ConfigError: naming the setting that is wrong.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    kind = _of(file) if file else Settings
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            "settings.wrong", name=name, reason=_reason(first), file=kind.source(), variable=name.upper()
        ) from error
    except ValueError as error:
        raise ConfigError("settings.not_toml", file=kind.source(), reason=error) from error


def _reason(wrong: "ErrorDetails") -> Text:
    """What pydantic finds wrong; in both languages when it is one of the usual faults."""
    kind, limits = wrong["type"], list(wrong.get("ctx", {}).values())
    if f"settings.{kind}" not in MESSAGES:
        return wrong["msg"]
    return Message(f"settings.{kind}", limit=limits[0]) if limits else Message(f"settings.{kind}")
