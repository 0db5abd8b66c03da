"""The notes around an answer's sources in real Chromium: unfolded, walked by the keyboard, opened, on a phone and in the dark."""

from collections.abc import Iterator

import pytest
from browser_support import CHROMIUM, Tab, served
from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]

NOTES = {
    "yeast.md": "# Yeast ![p](https://evil.example/title.png)\n\n## What does yeast need?\n\nYeast needs warmth, water and [[flour|a meal]].\n",
    "flour.md": "# Flour\n\n## How fine?\n\nA fine flour binds more water. " + "It is said [once](salt.md) more. " * 9,
    "salt.md": "# Salt, and a title that is much too long for the margin of a telephone that is held upright\n\nTwo per cent.\n",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with served("tests/support/scripted_app.py", str(folder)) as running:
        yield running


def unfolded(tab: Tab) -> None:
    tab.ask("What does yeast need?")
    tab.answered()
    tab.page.get_by_text("Notes around these sources").click()
    tab.page.locator(".an-graph li").first.wait_for()


def test_by_the_keyboard_to_a_note_and_back(tab: Tab) -> None:
    unfolded(tab)
    nodes = tab.page.locator(".an-graph a")
    assert nodes.count() == 3
    nodes.first.focus()
    lit = "getComputedStyle(document.querySelector('.an-graph li:focus-within svg')).strokeWidth"
    assert tab.page.evaluate(lit) == "2.4px"
    tab.page.keyboard.press("Tab")
    name = tab.page.evaluate("document.activeElement.querySelector('.an-lines').textContent").rpartition(" · ")[2]
    tab.page.keyboard.press("Enter")
    tab.page.locator(".an-pane").wait_for()
    assert name in NOTES and name in tab.page.locator(".an-pane").inner_text()
    assert tab.page.locator(".an-graph a").count() == 3, "it stays unfolded"
    assert tab.foreign_requests == [] and tab.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_it_fits_and_can_be_read(browser: Browser, address: str, theme: str) -> None:
    tab = Tab(browser, 390, 844)
    tab.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    tab.page.goto(address)
    unfolded(tab)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.serious_barriers() == []
    for box in tab.page.evaluate(
        "[...document.querySelectorAll('.an-graph path')].map(p => p.getBoundingClientRect().left)"
    ):
        assert box >= 0
    tab.close()
