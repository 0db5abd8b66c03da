"""A clock that a test sets."""


class Clock:
    """In the place of `time.monotonic`."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now
