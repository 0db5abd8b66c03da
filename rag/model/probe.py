"""Does the endpoint or the provider answer? Asked for one token, and told plainly."""

import contextlib
import time
from dataclasses import dataclass

from ingest.config import ModelSettings
from ingest.errors import AnswerCut
from ingest.messages import Text
from rag.model.language_model import language_model

LONGEST = 20.0  # seconds to wait for the token


@dataclass(frozen=True, slots=True)
class Probed:
    """An endpoint that answered: its model, its host, and the seconds until the end of its answer."""

    model: str
    where: Text
    seconds: float


def probe(settings: ModelSettings) -> Probed:
    """Ask the endpoint of the settings for one token.

    Raises:
        ConfigError: the address or the model's name is missing or wrong.
        EndpointError: it cannot be reached, refuses, or does not answer in time.
    """
    from langchain_core.messages import HumanMessage

    wanted = {"llm": "endpoint", "first_token_seconds": min(settings.first_token_seconds, LONGEST)}
    model = language_model(settings.model_copy(update=wanted), None)
    started = time.monotonic()
    with contextlib.suppress(AnswerCut):
        for _ in model.stream([HumanMessage("Say yes.")], max_tokens=1):
            pass
    return Probed(model.info.name, model.info.where, time.monotonic() - started)
