"""How a long build tells how far it is, and how it is told to stop."""

from collections.abc import Callable

from ingest.errors import BuildCancelled

ProgressCall = Callable[[str, int, int], None]  # stage, done, total
CancelCall = Callable[[], bool]


def check(cancel: CancelCall | None) -> None:
    """Raise BuildCancelled when the user wants to stop."""
    if cancel and cancel():
        raise BuildCancelled("The build was stopped; the index is as it was before.")
