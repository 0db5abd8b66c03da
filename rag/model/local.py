"""The local language model: llama.cpp's own server in this process, one for all threads and pages.

`xllamacpp` loads a GGUF file and serves it, OpenAI-compatible, on a free loopback port behind a random key.
Nothing here opens a socket to anywhere else.
"""

import atexit
import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import ModelError
from rag.model.gguf import chat_template
from rag.model.waiting import Line

PROMPT_BATCH = 128  # tokens read between two looks at whether the request was stopped: 2 to 4 s at 60 to 30 tokens/s
PROMPT_CACHE_MB = 256  # prompts read earlier, kept outside the context: about 28 KB a token
SEED = 42

LINE = Line()  # one context takes one answer at a time


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running server. `base_url` ends in `/v1`; requests without `api_key` are refused."""

    gguf: Path
    adapter: Path | None
    context_tokens: int
    base_url: str
    api_key: str = field(repr=False)


class _Running:
    """The one native server of this process, and the lock of who starts or stops it."""

    lock = threading.Lock()
    server: LocalServer | None = None
    native: Any = None


def local_server(gguf: Path, context_tokens: int, adapter: Path | None = None) -> LocalServer:
    """The server of `gguf`, with a LoRA `adapter` or without, started when it does not run yet; another's is stopped.

    Loading takes 1 s (file in memory) to several (from disk), and holds Python's global lock meanwhile.

    Raises:
        ModelError: the file is missing, no GGUF, or llama.cpp cannot load it.
    """
    with _Running.lock:
        running = _Running.server
        if running is not None and (running.gguf, running.adapter, running.context_tokens) == (
            gguf,
            adapter,
            context_tokens,
        ):
            return running
        _stop()
        _Running.native, _Running.server = _start(gguf, adapter, context_tokens)
        return _Running.server


def stop_local_server() -> None:
    """Stop the server and free its memory; answers that it is writing break off. Nothing when none runs."""
    with _Running.lock:
        _stop()


def _stop() -> None:
    # xllamacpp's server ends, and frees the model, when its last reference goes.
    _Running.server = _Running.native = None


atexit.register(stop_local_server)


def _start(gguf: Path, adapter: Path | None, context_tokens: int) -> tuple[Any, LocalServer]:
    template = chat_template(gguf)  # a clear error for a missing or wrong file, before the native loader sees it
    xllamacpp = _load_library()
    api_key = secrets.token_urlsafe(32)
    try:
        params = _params(xllamacpp.CommonParams(), gguf, context_tokens, api_key, template)
        if adapter is not None:
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        native = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError("gguf.unloadable", name=gguf.name) from error
    native.handle_metrics()  # answered by the server's loop: one stopped before its loop runs would hang for ever
    return native, LocalServer(gguf, adapter, context_tokens, f"{native.listening_address}/v1", api_key)


def _load_library() -> Any:
    """Import xllamacpp, whose wheel expects the GNU OpenMP library on the machine; torch brings one along."""
    try:
        import xllamacpp
    except ImportError:
        import torch  # noqa: F401

        try:
            import xllamacpp
        except ImportError as error:
            raise ModelError("gguf.no_library", reason=error) from error
    return xllamacpp


def _params(params: Any, gguf: Path, context_tokens: int, api_key: str, template: str) -> Any:
    """Fill llama.cpp's parameters, for a processor with few cores and no GPU."""
    params.model.path = str(gguf)
    params.n_ctx = context_tokens
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = physical_cores()
    params.n_batch = params.n_ubatch = PROMPT_BATCH
    params.cache_ram_mib = PROMPT_CACHE_MB  # the library's default is 8 GB
    params.fit_params = False  # it guesses a smaller context from free GPU memory
    params.no_extra_bufts = True  # no second, repacked copy of the weights: 600 MB and 2 s less, as fast
    params.warmup = False  # the first prompt does it, without Python's global lock
    params.sampling.seed = SEED
    # One of llama.cpp's own formats, by name. Without a name the file's template would be run on loading, even
    # with `use_jinja` off.
    params.use_jinja = False
    params.chat_template = template
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # a free one
    params.api_keys = [api_key]
    params.cors_origins = ""
    params.ui = params.endpoint_slots = params.endpoint_props = False
    params.endpoint_metrics = True
    params.sse_ping_interval = 1  # a server that stops waits for one
    params.offline = True
    params.verbosity = 0  # the error says it
    return params


def physical_cores() -> int:
    """Cores that this process may use, two hyper-threads counted as one; -1 (llama.cpp decides) off Linux."""
    if not hasattr(os, "sched_getaffinity"):
        return -1
    usable = os.sched_getaffinity(0)
    siblings = set()
    for cpu in usable:
        topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings.add(topology.read_text() if topology.exists() else str(cpu))
    return max(1, min(len(siblings), _cpu_quota()))


def _cpu_quota() -> int:
    """Whole processors that the container's quota allows (control groups v2); many when there is none."""
    quota = Path("/sys/fs/cgroup/cpu.max")
    words = quota.read_text().split() if quota.exists() else []
    if len(words) != 2 or words[0] == "max":
        return 10_000
    return max(1, int(words[0]) // int(words[1]))
