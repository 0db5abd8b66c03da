"""Six states of the page at two widths, over our corpus: `python -m benchmarks.screenshots [--index DIR] [--out DIR]`.

The model is a script whose answer is in our own words; everything else is the product as it is run. `--index` is an
index of `corpus/` that is there already (brought up to date first); without it one is built.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from browser_support import Tab, chromium, served
from fake_endpoint import DONE, HEAD, Step, event, fake_endpoint
from playwright.sync_api import Browser

from ingest.build.run import build
from ingest.config import Settings
from ingest.vectors.embed import load_embeddings

QUESTION = "AdaLoRA 和 LoRA 有什么区别？"
ANSWER = (
    "AdaLoRA 不给每层同样的秩，",
    "而是把总的秩预算按重要性动态分给各个权重矩阵：重要的多留，不重要的剪掉。",
    "它把增量写成类似 SVD 的形式，便于逐个剪掉奇异值。",
    "AdaLoRA 比 LoRA 快 40 倍。",
)
WIDE, NARROW = (1440, 900), (390, 844)


def script(pause: float) -> list[Step]:
    """The answer, `pause` seconds before each piece."""
    pieces = [step for text in ANSWER for step in (pause, event(text))]
    return [HEAD, *pieces, event(finish="stop"), DONE]


def first(tab: Tab) -> None:
    """The first visit."""
    tab.page.locator(".st-key-examples button").first.wait_for()


def writing(tab: Tab) -> None:
    """The evidence, while the model reads."""
    tab.ask(QUESTION)
    tab.page.locator(".an-ev").first.wait_for()


def answered(tab: Tab) -> None:
    """A checked answer."""
    tab.answered()
    tab.page.get_by_role("button", name="重新回答").wait_for()


def cited(tab: Tab) -> None:
    """The source of a citation, marked in its note."""
    tab.page.locator(".an-part-body .an-cite").first.click()
    tab.until("document.querySelector('.an-pane')?.dataset.shown")


def why(tab: Tab) -> None:
    """Why these sources."""
    tab.page.get_by_label("回到回答").click()
    tab.page.get_by_text("为什么是这些来源？").click()
    tab.page.locator(".an-why tbody tr").first.scroll_into_view_if_needed()
    tab.page.locator(".an-why thead").evaluate("head => head.scrollIntoView({block: 'center'})")


def notes(tab: Tab) -> None:
    """The notes page, with a note open."""
    tab.page.goto(tab.page.url.partition("?")[0] + "?view=notes&note=微调/LoRA.md")
    tab.page.locator(".an-pane").wait_for()


STATES: tuple[Callable[[Tab], None], ...] = (first, writing, answered, cited, why, notes)


def take(browser: Browser, address: str, size: tuple[int, int], out: Path) -> None:
    """Go through the states and keep a picture of each: `STATE-WIDTH.png`."""
    tab = Tab(browser, *size, locale="zh-CN")
    tab.page.set_default_timeout(60_000)
    tab.page.goto(address)
    for state in STATES:
        state(tab)
        tab.page.wait_for_timeout(800)  # what slides or fades has done so
        tab.page.screenshot(path=str(out / f"{state.__name__}-{size[0]}.png"))
    tab.close()
    assert tab.foreign_requests == [] and tab.complaints == []


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=options.index or Path(folder, "index"))
        build(settings, load_embeddings(settings))
        for size in (WIDE, NARROW):
            with fake_endpoint(script(2.5), script(0.1)) as endpoint, chromium() as browser:
                values = {"INDEX": str(settings.index.resolve()), "DATA": f"{folder}/data-{size[0]}", "LLM": "endpoint"}
                values |= {"BASE_URL": endpoint.base_url, "MODEL": "scripted-model", "CORPUS": "corpus"}
                with served("app.py", **{f"ASKNOTES_{name}": value for name, value in values.items()}) as address:
                    take(browser, address, size, options.out)


if __name__ == "__main__":
    main()
