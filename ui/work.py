"""Work in a thread of its own. Errors stay in its future until the page shows them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ingest.errors import AskNotesError

Result = TypeVar("Result")

FAILED = "Something went wrong inside; the terminal that runs the chat says what."


def failure(future: Future[Result]) -> str:
    """Why the work failed, for a person: its own words when they are meant for people, else a general sentence."""
    error = future.exception() if future.done() else None
    if error is None:
        return ""
    return str(error) if isinstance(error, AskNotesError) else FAILED


def wait(future: Future[Result], seconds: float) -> bool:
    """Wait for the end, at most `seconds`; whether it came."""
    try:
        future.exception(timeout=seconds)
    except TimeoutError:
        return False
    return True


def start(work: Callable[[], Result]) -> Future[Result]:
    """Run `work` in a thread of its own. An error that is nobody's message goes to the log with its traceback."""
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(work)
    future.add_done_callback(_log)
    pool.shutdown(wait=False)
    return future


def _log(future: Future[Result]) -> None:
    import logging

    error = future.exception()
    if error is not None and not isinstance(error, AskNotesError):
        logging.getLogger(__name__).error("a job failed", exc_info=error)
