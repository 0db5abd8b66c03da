"""Typed settings: defaults here, `notes.toml` over them, the environment (`ASKNOTES_…`) over both.

Only the entry points (`ingest/__main__.py`, `rag/__main__.py`, `app.py`) call `load_settings`; everything else
gets the settings, or the few values it needs, passed in.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.errors import ConfigError

SETTINGS_FILE = Path("notes.toml")


class Settings(BaseSettings):
    """All settings. Sizes are in the unit that the name or comment says."""

    model_config = SettingsConfigDict(env_prefix="ASKNOTES_", extra="forbid", frozen=True)

    # paths
    corpus: Path = Path("corpus")  # the folder of notes
    index: Path = Path("index")  # what `python -m ingest` writes
    data: Path = Path("data")  # conversations, feedback, the gap list: kept when the index is rebuilt
    ignore: tuple[str, ...] = ()  # more gitignore-style patterns, beside the built-in ones
    follow_links: bool = False  # symbolic links to files and folders outside of the corpus

    # splitting
    passage_chars: int = Field(default=200, ge=80, le=2000)  # characters of a passage, about
    max_note_mb: int = Field(default=20, ge=1)  # larger notes are listed as skipped
    encodings: tuple[str, ...] = ("gb18030",)  # tried after byte order mark and strict UTF-8

    # embeddings: "default", a sentence-transformers name, or a folder
    embedding_model: str = "default"
    hnsw_from: int = Field(default=200_000, ge=1)  # vectors from which the index is HNSW, not flat

    # retrieval
    bm25_k1: float = Field(default=0.9, ge=0)
    bm25_b: float = Field(default=0.4, ge=0, le=1)
    candidates: int = Field(default=50, ge=1)  # length of each retriever's list
    rrf_c: float = Field(default=60, gt=0)
    bm25_weight: float = Field(default=1, ge=0, le=3)  # what the ranking by words counts in the fusion
    dense_weight: float = Field(default=1, ge=0, le=3)  # and that by meaning
    sources: int = Field(default=6, ge=1, le=20)  # sections that the model and the reader get
    reranker: str = ""  # a CrossEncoder's name or folder; off when empty

    # language model
    llm: Literal["auto", "local", "endpoint", "none"] = "auto"  # auto: endpoint when base_url is set, else local
    local_model: Path | None = None  # a GGUF file; the default model when not set
    base_url: str = ""  # any OpenAI-compatible endpoint, e.g. http://127.0.0.1:11434/v1
    model: str = ""  # the model's name at the endpoint
    api_key: SecretStr = SecretStr("")  # only from the environment: ASKNOTES_API_KEY
    context_tokens: int = Field(default=4096, ge=1024)
    source_tokens: int = Field(default=500, ge=100)  # of source text in a prompt for the local model
    endpoint_source_tokens: int = Field(default=2000, ge=100)  # the same for an endpoint, which reads faster
    answer_tokens: int = Field(default=512, ge=32)
    temperature: float = Field(default=0.0, ge=0)
    requests_per_minute: int = Field(default=0, ge=0)  # to the endpoint (QPM); 0 is no limit
    routing: bool = False  # the local model for simple questions, the endpoint for hard ones (rag/route.py)
    connect_seconds: float = Field(default=10, gt=0)
    first_token_seconds: float = Field(default=120, gt=0)
    between_tokens_seconds: float = Field(default=30, gt=0)

    language: Literal["auto", "zh", "en"] = "auto"  # of the page
    theme: Literal["system", "light", "dark"] = "system"  # of the page

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then `notes.toml` in the current folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=SETTINGS_FILE)


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `overrides` (of the command line) win, and those that are None do not count.

    Raises:
        ConfigError: naming the setting that is wrong.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"The setting '{name}' is wrong ({first['msg']}); mend it in {SETTINGS_FILE} or in ASKNOTES_{name.upper()}."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{SETTINGS_FILE} is not valid TOML ({error}); mend or remove it.") from error
