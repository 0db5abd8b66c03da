"""How long a build will take: learnt from the builds before it."""

import time
from typing import TYPE_CHECKING

from ingest.progress import ProgressCall

if TYPE_CHECKING:
    from ingest.build.run import BuildReport

PER_SECOND = 10.0  # passages embedded on two cores without a GPU, until a build has shown better (docs/benchmarks.md)
ENOUGH = 16  # passages from which a build tells something


class Speed:
    """Passages that this machine embeds in a second, from the progress of builds."""

    def __init__(self) -> None:
        self.per_second = PER_SECOND

    def watched(self, progress: ProgressCall) -> ProgressCall:
        """The same progress call, looked at on its way."""
        first: tuple[float, int] | None = None

        def look(stage: str, done: int, total: int) -> None:
            nonlocal first
            if stage == "embedding":
                now = time.monotonic()
                first = first or (now, done)
                if done - first[1] >= ENOUGH and now > first[0]:
                    self.per_second = (done - first[1]) / (now - first[0])
            progress(stage, done, total)

        return look

    def seconds(self, planned: "BuildReport") -> float:
        """About how long the build that a dry run planned will take: what it read is also written."""
        return 0.0 if planned.unchanged else 2 * planned.seconds + planned.embedded / self.per_second
