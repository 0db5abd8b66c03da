"""What a model's stream gives: the text that came, and the sentence of what ended it."""

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from ingest.errors import EndpointError
from rag.model.language_model import LanguageModel


def read_stream(
    model: LanguageModel, messages: Sequence[BaseMessage], key: str, *, asked: bool = True
) -> tuple[str, str]:
    """(text, the error's sentence or ''); an error never holds the key, and when the server was `asked` not the client's
    error either, which holds the request."""
    text = ""
    try:
        for piece in model.stream(messages, max_tokens=50):
            text += piece
    except EndpointError as error:
        assert error.__cause__ is None and (error.__context__ is None or not asked)
        assert key not in str(error) + error.told("zh")
        return text, str(error)
    return text, ""
