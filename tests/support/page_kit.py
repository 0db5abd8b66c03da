"""The page, headless: opened over a scripted back end, and what it drew."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.config import Settings

NOTE = """# 注意力

## 什么是注意力机制？

注意力机制让模型在每一步都看到全部输入，并按相关性给它们加权。

## How does RoPE encode positions?

RoPE rotates queries and keys by an angle that grows with the position. See [[other]].
"""


class HeldBackend(ScriptedBackend):
    """Stops half way, in the middle of an answer, a build, a download or a check, until it may `go` on or is told to end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.held, self.go = threading.Event(), threading.Event()

    def half_way(self, stop: threading.Event) -> None:
        self.held.set()
        while not (stop.is_set() or self.go.wait(0.01)):
            pass


def script(backend):  # runs as a file of its own, without this one's imports
    import app

    app.main(lambda: backend)


def opened(backend: ScriptedBackend, **address: str) -> AppTest:
    at = AppTest.from_function(script, args=(backend,), default_timeout=30)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def settings(corpus: Path) -> Settings:
    return Settings(corpus=corpus, language="en", llm="none")


def until(at: AppTest, holds: Callable[[], bool], seconds: float = 30) -> AppTest:
    """Run the page again until something holds of it."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not come; the page says {texts(at)}"
        time.sleep(0.02)
        at.run()
    return at


def until_answered(at: AppTest, turns: int = 1) -> AppTest:
    return until(at, lambda: len(bodies(at)) >= turns and "an-foot" in json.dumps(turn(at, turns - 1)))


def drawn(at: AppTest, name: str) -> list[dict[str, Any]]:
    assert not at.exception
    return [json.loads(e.proto.json) for e in at.get("bidi_component") if e.proto.component_name == f"asknotes_{name}"]


def bodies(at: AppTest) -> list[dict[str, str]]:
    return [dict(data["parts"]) for data in drawn(at, "turn")]


def texts(at: AppTest) -> str:
    return " ".join(
        [*(e.value for e in at.warning), *(e.value for e in at.info), *(e.proto.body for e in at.get("html"))]
    )


def said(at: AppTest) -> str:
    """What Streamlit's own elements say, without the signs that keep it from being Markdown."""
    elements = (*at.caption, *at.success, *at.error, *at.warning, *at.markdown)
    return " ".join(e.value for e in elements).replace("\\", "").replace("\u2060", "")


def turn(at: AppTest, i: int) -> dict[str, str]:
    return bodies(at)[i]


def places(shown: dict[str, str]) -> str:
    """Where an answer comes from: the evidence and the list of what else was found."""
    return shown["evidence"] + shown["sources"]
