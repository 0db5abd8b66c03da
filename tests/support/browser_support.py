"""A running page and a real browser for tests: Streamlit in a process of its own, Debian's Chromium."""

import functools
import hashlib
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from paths import ROOT
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from ingest.models.wheels import cache_dir

CHROMIUM = Path("/usr/bin/chromium")
AXE_VERSION = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
SETTLED = """() => document.querySelector('[data-test-script-state="notRunning"]')
    && !document.querySelector('[data-stale="true"]')"""  # what is drawn again is pale meanwhile
CHECK = """async () => {
    const moving = document.getAnimations().filter(a => a.effect.getTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map(animation => animation.finished));  // text that fades in is pale for a moment
    return (await axe.run()).violations;
}"""
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def served(script: str, *arguments: str, **environment: str) -> Iterator[str]:
    """Run a Streamlit script of this project on a free loopback port; its address."""
    with serving(script, *arguments, **environment) as (address, _):
        yield address


@contextmanager
def serving(script: str, *arguments: str, **environment: str) -> Iterator[tuple[str, int]]:
    """The same; address and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / script),
        "--server.port",
        str(port),
        "--",
        *arguments,
    ]
    env = (
        os.environ
        | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")]), "OMP_NUM_THREADS": "1"}
        | environment
    )
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which asks nobody anything of its own accord."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_QUIET)
        yield browser
        browser.close()


class Tab:
    """A page of the browser that keeps what it was asked to load and what it complained about."""

    def __init__(self, browser: Browser, width: int = 1440, height: int = 900, locale: str = "en-US") -> None:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("console", self._complain)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def foreign_requests(self) -> list[str]:
        """What was asked of another machine."""
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1"
        ]

    def ask(self, question: str) -> None:
        """Type a question and send it."""
        self.page.get_by_test_id("stChatInputTextArea").fill(question)
        self.page.keyboard.press("Enter")

    def answered(self, turn: int = 0) -> None:
        """Wait until an answer is complete."""
        part = f'.an-turn[data-turn="{turn}"] .an-part'
        self.page.locator(f"{part}-foot, {part}-error").first.wait_for()
        errors = self.page.locator(f"{part}-error").all_inner_texts()
        assert not errors, errors

    def serious_barriers(self) -> list[str]:
        """What axe-core finds that keeps people from using the page, once nothing fades or slides any more."""
        self.until(SETTLED)
        self.page.evaluate(accessibility_checker())
        found = self.page.evaluate(CHECK)
        return [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    def until(self, script: str) -> None:
        """Wait until an expression (or function) of JavaScript holds; Playwright's own way needs a page that evaluates."""
        until(lambda: bool(self.page.evaluate(script)))

    def close(self) -> None:
        """Close the tab and its context."""
        self.page.context.close()

    def _complain(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@functools.cache
def accessibility_checker() -> str:
    """axe-core's source (MPL-2.0), from the npm registry by way of the cache; skips the test where npm cannot get it."""
    kept = cache_dir() / f"axe-core-{AXE_VERSION}.min.js"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", f"axe-core@{AXE_VERSION}", "--pack-destination", folder]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=120)
            except (OSError, subprocess.SubprocessError):
                pytest.skip("axe-core is not in the cache and npm cannot get it")
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
                script = package.extractfile("package/axe.min.js")
                assert script is not None
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(script.read())
    data = kept.read_bytes()
    assert hashlib.sha256(data).hexdigest() == AXE_SHA256, f"{kept} is not axe-core {AXE_VERSION}; remove it"
    return data.decode("utf-8")


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what happens outside the page."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the page's server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:  # it answers, though not to who has not signed in
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the page's server did not start within 60 s")
