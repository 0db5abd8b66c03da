"""Several vaults in real Chromium: from one to another by the keyboard, Back, and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import CHROMIUM, SETTLED, Tab, served
from playwright.sync_api import Browser

from ingest.vaults import remember, vault_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]

BIRDS = "# Swifts\n\n## Where do swifts sleep?\n\nSwifts sleep in the air, for months on end.\n"
TREES = "# Larches\n\n## Do larches keep their needles?\n\nLarches drop their needles in autumn.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    home = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home.items():
            patch.setenv(name, value)
        for name, text in (("birds", BIRDS), ("trees", TREES)):
            (folder / name).mkdir()
            (folder / name / "note.md").write_text(text, encoding="utf-8")
            remember(vault_of(folder / name))
    with served("tests/support/vaults_app.py", **home) as running:
        yield running


def test_from_one_to_another_and_back(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("combobox", name="Vault").wait_for()
    tab.ask("Where do swifts sleep?")
    tab.answered()
    asked = page.url
    page.get_by_role("combobox", name="Vault").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Ask your notes", exact=True).wait_for()
    tab.until(SETTLED)
    assert "vault=trees-" in page.url and "c=" not in page.url
    tab.ask("Do larches keep their needles?")
    tab.answered()
    assert "Larches drop their needles" in page.locator(".an-turn").inner_text()
    assert page.locator("[class*='st-key-go-']").count() == 1, "its own conversations alone"
    page.goto(asked)
    tab.answered()
    assert "Swifts sleep in the air" in page.locator(".an-turn").inner_text()
    assert tab.serious_barriers() == [] and tab.foreign_requests == [] and tab.complaints == []


def test_a_folder_is_added_on_a_phone(browser: Browser, address: str, folder: Path) -> None:
    (folder / "stones").mkdir()
    tab = Tab(browser, 390, 844)
    tab.page.goto(address)
    tab.page.get_by_test_id("stExpandSidebarButton").click()
    tab.page.get_by_role("button", name="Add a folder of notes").click()
    tab.page.get_by_label("Notes folder", exact=True).fill(str(folder / "stones"))
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tab.page.get_by_role("button", name="Use this folder").click()
    tab.until("location.search.startsWith('?vault=stones-')")
    tab.page.get_by_text("There are no notes in the folder yet").wait_for(state="attached")
    tab.close()
