"""How fast the page is, in Debian's Chromium: `python -m benchmarks.page ready|pane [--corpus DIR] [--passages N]`.

`ready` measures from the start of loading the page to an input that takes a question: on the first visit to a fresh
server, and on later ones. `pane` asks a question and measures, in the browser, from the click on each source to the
frame in which its section is marked in the rendered note. Vectors come from a hash of the text (the index of 100,000
passages would take hours otherwise); all else is the product as it is run, without a language model.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from browser_support import Tab, chromium, served

from benchmarks.rebuild import PARAGRAPHS, HashEmbedder, write_vault
from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings

CLICK = """async (link) => {
    const shown = () => document.querySelector(".an-pane")?.dataset.shown;
    const before = shown(), begun = performance.now();
    link.click();
    while (shown() === before) await new Promise(requestAnimationFrame);
    const mark = document.querySelector(".an-pane mark");
    return [performance.now() - begun, mark ? mark.getBoundingClientRect().top : -1, innerHeight];
}"""


@contextmanager
def page_over(settings: Settings) -> Iterator[str]:
    """The page over this index in a process of its own; its address."""
    names = {"CORPUS": settings.corpus, "INDEX": settings.index, "DATA": settings.index.with_name("data")}
    environment = {f"ASKNOTES_{name}": str(value.resolve()) for name, value in names.items()}
    with served("app.py", ASKNOTES_LLM="none", **environment) as address:
        yield address


def ready(settings: Settings, visits: int) -> None:
    """Print the seconds to a page that takes a question, for each visit."""
    with page_over(settings) as address, chromium() as browser:
        for visit in range(1, visits + 1):
            tab = Tab(browser)
            started = time.monotonic()
            tab.page.goto(address)
            tab.page.locator(".an-welcome").wait_for(timeout=120_000)
            tab.page.locator("textarea:enabled").wait_for(timeout=120_000)
            print(f"visit {visit}: ready after {time.monotonic() - started:.2f} s", flush=True)
            tab.close()


def pane(settings: Settings, question: str, rounds: int) -> None:
    """Print the milliseconds from click to mark for each source of an answer."""
    with page_over(settings) as address, chromium() as browser:
        tab = Tab(browser)
        tab.page.set_default_timeout(120_000)
        tab.page.goto(address)
        tab.page.locator(".an-welcome").wait_for()
        tab.ask(question)
        tab.answered()
        sources = tab.page.locator(".an-ev-head, .an-source")
        tab.page.eval_on_selector_all("details", "all => all.forEach(box => { box.open = true; })")
        taken = []
        for i in [*range(sources.count())] * rounds:
            where = sources.nth(i).locator(".an-lines").inner_text()
            size = settings.corpus.joinpath(where.partition(" · ")[0]).stat().st_size
            milliseconds, top, height = sources.nth(i).evaluate(CLICK)
            assert 0 <= top < height, "the mark is in sight"
            taken.append(milliseconds)
            print(f"{where} ({size // 1000} kB): {milliseconds:.0f} ms", flush=True)
        print(f"median {median(taken):.0f} ms, longest {max(taken):.0f} ms")


def main() -> None:
    """Build the index, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ready", "pane"))
    parser.add_argument("--corpus", type=Path, help="these notes instead of made-up ones")
    parser.add_argument("--passages", type=int, default=100_000, help="of the made-up notes, about")
    parser.add_argument("--question", default="什么是 LLMs 复读机问题？")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = options.corpus or Path(folder, "corpus")
        if not options.corpus:
            corpus.mkdir()
            write_vault(corpus, options.passages // PARAGRAPHS)
        settings = Settings(corpus=corpus, index=Path(folder, "index"))
        report = build(settings, HashEmbedder(load_embeddings(settings).model_id))
        print(f"{report.notes} notes, {report.passages} passages", flush=True)
        if options.what == "ready":
            ready(settings, options.rounds)
        else:
            pane(settings, options.question, options.rounds)


if __name__ == "__main__":
    main()
