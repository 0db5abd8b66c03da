"""The page, headless: opened over a scripted back end, and what it drew."""

import json
import threading
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


def until_answered(at: AppTest, turns: int = 1) -> AppTest:
    for _ in range(100):
        if len(bodies(at)) >= turns and "an-foot" in json.dumps(turn(at, turns - 1)):
            return at
        threading.Event().wait(0.05)
        at.run()
    raise AssertionError("no answer came")


def drawn(at: AppTest, name: str) -> list[dict[str, Any]]:
    assert not at.exception
    return [json.loads(e.proto.json) for e in at.get("bidi_component") if e.proto.component_name == f"asknotes_{name}"]


def bodies(at: AppTest) -> list[dict[str, str]]:
    return [dict(data["parts"]) for data in drawn(at, "turn")]


def texts(at: AppTest) -> str:
    return " ".join(
        [*(e.value for e in at.warning), *(e.value for e in at.info), *(e.proto.body for e in at.get("html"))]
    )


def turn(at: AppTest, i: int) -> dict[str, str]:
    return bodies(at)[i]
