"""Work in a thread of its own. Errors stay in its future until the page shows them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
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
    """Run `work` in a thread of its own. An error that is nobody's message goes to the log with its traceback.

    The server's end does not wait for it, as it would for the threads of an executor: what writes is made to be cut off.
    """
    future: Future[Result] = Future()
    future.add_done_callback(_log)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - the future passes it on, as that of an executor does
            future.set_exception(error)
        else:
            future.set_result(result)

    future.set_running_or_notify_cancel()
    threading.Thread(target=run, name="job", daemon=True).start()
    return future


def _log(future: Future[Result]) -> None:
    import logging

    error = future.exception()
    if error is not None and not isinstance(error, AskNotesError):
        logging.getLogger(__name__).error("a job failed", exc_info=error)
