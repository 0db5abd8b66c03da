"""A question becomes a cited answer.

1. `question`: made to stand alone, restricted, its kind. 2. `search`: ranked passages. 3. `sources`: numbered sections and
the sentences that answer. 4. `model`: prompt -> text. 5. `citations`: which source holds each sentence. `answer` tells the
story; `history` is what outlasts a session; `evaluate` gives the figures. `records` travel through every stage.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.open import Notes, open_notes
    from rag.records import Answer, Hit, Source

__all__ = ["Answer", "Hit", "Notes", "Source", "open_notes"]


def __getattr__(name: str) -> Any:
    """The public names, loaded when they are first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module("rag.open" if name in ("Notes", "open_notes") else "rag.records"), name)
