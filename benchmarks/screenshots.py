"""Pictures of the page over our corpus: six states at two widths, and a tour in both languages.

    python -m benchmarks.screenshots [--index DIR] [--out DIR]

The model is a script whose answer is in our own words; everything else is the product as it is run. `--index` is an
index of `corpus/` that is there already (brought up to date first); without it one is built.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from browser_support import Tab, chromium, served
from fake_endpoint import DONE, HEAD, Step, event, fake_endpoint
from playwright.sync_api import Browser

from ingest.build.run import build
from ingest.config import Settings
from ingest.messages import Language
from ingest.vectors.embed import load_embeddings
from ui.words import Words

QUESTION = "AdaLoRA 和 LoRA 有什么区别？"
ANSWER = (
    "AdaLoRA 不给每层同样的秩，",
    "而是把总的秩预算按重要性动态分给各个权重矩阵：重要的多留，不重要的剪掉。",
    "它把增量写成类似 SVD 的形式，便于逐个剪掉奇异值。",
    "AdaLoRA 比 LoRA 快 40 倍。",
)
OWN_TEXT = "LoRA 只训练两个小矩阵。LoRA 训练时更新全部原始权重。LoRA 的作者住在巴黎。"  # what *Check my text* is given
WIDE, NARROW, OF_TOUR = (1440, 900), (390, 844), (1120, 720)
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}


def script(pause: float) -> list[Step]:
    """The answer, `pause` seconds before each piece."""
    pieces = [step for text in ANSWER for step in (pause, event(text))]
    return [HEAD, *pieces, event(finish="stop"), DONE]


def first(tab: Tab, words: Words) -> None:
    """The first visit."""
    tab.page.locator(".st-key-examples button").first.wait_for()


def writing(tab: Tab, words: Words) -> None:
    """The evidence, while the model reads."""
    tab.ask(QUESTION)
    tab.page.locator(".an-ev").first.wait_for()


def answered(tab: Tab, words: Words) -> None:
    """A checked answer."""
    tab.answered()
    tab.page.get_by_role("button", name=words("again")).wait_for()


def summed_up(tab: Tab, words: Words) -> None:
    """What the model made of it, checked."""
    answered(tab, words)
    tab.page.locator(".an-part-body").evaluate("body => body.scrollIntoView({block: 'center'})")


def cited(tab: Tab, words: Words) -> None:
    """The source of a citation, marked in its note."""
    tab.page.locator(".an-part-body .an-cite").first.click()
    tab.until("document.querySelector('.an-pane')?.dataset.shown")


def why(tab: Tab, words: Words) -> None:
    """Why these sources."""
    tab.page.get_by_label(words("back")).click()
    tab.page.get_by_text(words("why")).click()
    tab.page.locator(".an-why tbody tr").first.scroll_into_view_if_needed()
    tab.page.locator(".an-why thead").evaluate("head => head.scrollIntoView({block: 'center'})")


def around(tab: Tab, words: Words) -> None:
    """The notes around the sources."""
    tab.page.get_by_label(words("back")).click()
    tab.page.get_by_text(words("graph"), exact=True).click()
    tab.page.locator(".an-graph li").first.wait_for()
    tab.page.keyboard.press("Escape")  # the card of the citation that the focus went back to
    tab.page.mouse.move(0, 0)
    tab.page.locator(".an-graph").evaluate("graph => graph.closest('details').scrollIntoView()")


def notes(tab: Tab, words: Words) -> None:
    """The notes page, with a note open."""
    tab.page.goto(tab.page.url.partition("?")[0] + "?view=notes&note=微调/LoRA.md")
    tab.page.locator(".an-pane").wait_for()


def checked(tab: Tab, words: Words) -> None:
    """A text of one's own against the notes."""
    tab.page.goto(tab.page.url.partition("?")[0] + "?view=check")
    tab.page.get_by_label(words("check_hint")).fill(OWN_TEXT)
    tab.page.get_by_role("button", name=words("check_run")).click()
    tab.page.locator(".an-checked").wait_for()


State = Callable[[Tab, Words], None]
States = Mapping[str, State]  # by the name of the picture
STATES: States = {"first": first, "writing": writing, "answered": answered, "cited": cited, "why": why, "notes": notes}
TOUR: States = {
    "start": first,
    "evidence": writing,
    "summary": summed_up,
    "source": cited,
    "around": around,
    "check": checked,
}


def tour_picture(name: str, language: Language) -> str:
    """The file of a picture of the tour."""
    return f"tour-{name}-{language}.png"


def take(
    browser: Browser, address: str, size: tuple[int, int], language: Language, files: Mapping[State, Path]
) -> None:
    """Go through the states and keep a picture of each in its file."""
    tab, words = Tab(browser, *size, locale=LOCALES[language]), Words(language)
    tab.page.set_default_timeout(60_000)
    tab.page.goto(address)
    for state, file in files.items():
        state(tab, words)
        tab.page.wait_for_timeout(800)  # what slides or fades has done so
        tab.page.screenshot(path=str(file))
    tab.close()
    assert tab.foreign_requests == [] and tab.complaints == []


@contextmanager
def page_over(index: Path) -> Iterator[tuple[Browser, str]]:
    """A browser and the page with nothing asked yet, beside a model that is a script."""
    with (
        tempfile.TemporaryDirectory() as data,
        fake_endpoint(script(2.5), script(0.1)) as endpoint,
        chromium() as browser,
    ):
        values = {"INDEX": str(index.resolve()), "DATA": data, "LLM": "endpoint", "CORPUS": "corpus"}
        values |= {"BASE_URL": endpoint.base_url, "MODEL": "scripted-model"}
        with served("app.py", **{f"ASKNOTES_{name}": value for name, value in values.items()}) as address:
            yield browser, address


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    options = parser.parse_args()
    out: Path = options.out
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=options.index or Path(folder, "index"))
        build(settings, load_embeddings(settings))
        for size in (WIDE, NARROW):
            with page_over(settings.index) as (browser, address):
                files = {state: out / f"{name}-{size[0]}.png" for name, state in STATES.items()}
                take(browser, address, size, "zh", files)
        for language in LOCALES:
            with page_over(settings.index) as (browser, address):
                files = {state: out / tour_picture(name, language) for name, state in TOUR.items()}
                take(browser, address, OF_TOUR, language, files)


if __name__ == "__main__":
    main()
