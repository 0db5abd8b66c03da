"""Work in a thread of its own. Errors stay in its future until the page shows them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ingest.errors import AskNotesError

Result = TypeVar("Result")

FAILED = AskNotesError("page.failed")


def failure(future: Future[Result]) -> AskNotesError | None:
    """Why the work failed, for a person: the error itself when it is meant for people, else a general one."""
    error = future.exception() if future.done() else None
    return error if error is None or isinstance(error, AskNotesError) else FAILED


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
