"""The notes, index and settings pages in real Chromium: what a person does and sees."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import CHROMIUM, Tab, served
from fake_endpoint import answer, fake_endpoint
from playwright.sync_api import Browser, Page

from ui.state import LATE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]

ROPE = (
    "---\ntags: [attention]\n---\n# RoPE\n\n## What does RoPE rotate?\n\nRoPE rotates queries and keys by an angle that "
    "grows with the position.\n\n"
    + "\n".join(f"- point {i}: the angle of pair {i} is its own frequency times the position" for i in range(12))
    + "\n\n"
    + "\n\n".join(f"## Section {i}\n\nFilling text number {i} about something else." for i in range(30))
)
NOTES = {
    "papers/rope.md": ROPE,
    "papers/old/lora.md": "# LoRA\n\n## Why does LoRA save memory?\n\nLoRA trains two small matrices, so that few "
    "optimizer states are kept in memory.\n",
    "diary.md": "# Diary\n\n## What did I do in May?\n\nIn May I walked in the mountains and read about positions.\n",
}


def write(corpus: Path) -> None:
    for name, text in NOTES.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    corpus = tmp_path_factory.mktemp("notes")
    write(corpus)
    with served("tests/support/scripted_app.py", str(corpus), "0.02") as running:
        yield running


OWN = (
    "RoPE rotates queries and keys by an angle that grows with the position.\n"
    "In May I not walked in the mountains and read about positions.\nCats sleep all day <b>long</b>.\n"
)


def test_a_text_of_ones_own_is_checked_and_its_places_open(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Check my text").click()
    box = page.locator(".st-key-check-page textarea")
    box.fill(OWN)
    page.get_by_role("button", name="Check each sentence").click()
    page.get_by_text("3 checked: 1 supported, 1 contradicted, 1 not found").wait_for()
    assert tab.serious_barriers() == []
    page.locator(".an-is-contradicted .an-quote").click()
    page.locator(".st-key-pane mark", has_text="I walked in the mountains").wait_for()
    page.get_by_role("button", name="Previous citation").click()
    page.locator(".st-key-pane mark", has_text="RoPE rotates queries").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Next citation").click()
    tab.until(
        "document.querySelector('.an-is-contradicted').getBoundingClientRect().bottom"
        " < document.querySelector('.an-pane').getBoundingClientRect().top"
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Notes", exact=True).click()
    page.locator(".an-tree").wait_for()
    page.get_by_role("button", name="Check my text").click()
    page.locator(".an-checked").wait_for()
    assert box.input_value() == OWN and page.locator(".an-pane").count() == 0


def test_notes_are_found_and_read_with_the_keyboard(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Notes", exact=True).click()
    page.locator(".an-tree a", has_text="Diary").wait_for()
    assert page.locator(".an-tree summary").all_inner_texts()[:2] == ["papers 2", "old 1"]
    assert tab.serious_barriers() == []
    page.get_by_label("Search titles, text or #tags").focus()
    typed = time.monotonic()
    page.keyboard.type("small matrices")
    page.locator(".an-excerpt mark").first.wait_for()
    assert time.monotonic() - typed < 3, "search is at hand while one types"
    assert page.locator(".an-tree a").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".st-key-note .an-pane-title", has_text="LoRA").wait_for()
    page.get_by_label("Search titles, text or #tags").fill("")
    page.locator(".an-tree a", has_text="RoPE").click()
    page.locator(".st-key-note .an-pane-title", has_text="RoPE").wait_for()
    tab.until("document.activeElement.closest('.an-pane')")
    assert "note=papers%2Frope.md" in page.url
    numbers = page.locator(".an-cut-n")
    assert numbers.count() > 30 and numbers.first.is_visible()
    assert str(numbers.first.get_attribute("title")).startswith("Passage 1 · lines 1–")
    page.get_by_role("button", name="Passages").click()
    assert not numbers.first.is_visible()
    page.locator(".an-toc button", has_text="Section 20").click()
    tab.until("document.querySelector('.an-toc .an-here').textContent.startsWith('Section 2')")
    assert page.get_by_text("Filling text number 20 about").is_visible()
    assert tab.serious_barriers() == []
    page.locator(".an-pane").focus()
    page.keyboard.press("Escape")
    page.locator(".an-pane").wait_for(state="detached")
    tab.until("document.activeElement.dataset.path === 'papers/rope.md'")


def test_from_note_to_note_and_back(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Notes", exact=True).click()
    page.locator(".an-tree a", has_text="RoPE").click()
    page.locator(".an-pane-title", has_text="RoPE").wait_for()
    page.locator(".an-pane [data-act*=related]").locator("visible=true").first.click()
    page.locator(".an-pane-path", has_text="diary.md").wait_for()
    page.wait_for_timeout(1000 * LATE)
    page.go_back()
    page.locator(".an-pane-path", has_text="papers/rope.md").wait_for()
    page.go_forward()
    page.locator(".an-pane-path", has_text="diary.md").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.locator(".an-section").first.wait_for()
    assert "Sections with a counterpart: 1" in page.locator(".an-counts").inner_text()
    assert tab.serious_barriers() == []
    page.locator(".an-section").first.click()
    page.locator(".an-pane-path", has_text="diary.md").wait_for()


def test_ask_about_a_note_and_then_about_all(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Notes", exact=True).click()
    page.locator(".an-tree a", has_text="RoPE").click()
    page.get_by_role("button", name="Ask about this note").click()
    page.locator(".st-key-scope-box", has_text="papers/rope.md").wait_for()
    tab.ask("What does RoPE rotate by the position?")
    tab.answered()
    assert {"papers/rope.md"} == {text.split(" ·")[0] for text in page.locator(".an-lines").all_text_contents()}
    assert "Only in papers/rope.md" in page.locator(".an-foot").inner_text()
    page.reload()
    page.locator(".st-key-scope-box").get_by_role("button").click()
    page.get_by_test_id("stMultiSelect").locator("input").fill("diary")
    page.keyboard.press("Enter")
    page.get_by_text("Notes in this range: 2.").wait_for()
    page.get_by_role("button", name="Clear all").click()
    page.locator(".st-key-scope-box", has_text="All notes").wait_for()
    page.keyboard.press("Escape")
    tab.ask("And what did I do in May in the mountains?")
    tab.answered(1)
    assert "diary.md" in " ".join(page.locator('[data-turn="1"] .an-lines').all_text_contents())


def test_the_pages_on_a_phone(browser: Browser, address: str) -> None:
    tab = Tab(browser, 390, 844, "zh-CN")
    page = tab.page
    page.goto(f"{address}/?view=notes")
    page.locator(".an-tree a", has_text="RoPE").click()
    page.locator(".an-pane-title", has_text="RoPE").wait_for()
    assert not page.locator(".an-tree").is_visible(), "list or note, not both"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("关闭笔记").click()
    page.locator(".an-tree a", has_text="RoPE").wait_for()
    for view, words in (("index", "更新索引"), ("settings", "测试接口")):
        page.goto(f"{address}/?view={view}")
        page.get_by_role("button", name=words).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.serious_barriers() == []
    tab.close()
    assert tab.foreign_requests == [] and tab.complaints == []


def test_the_index_follows_the_notes(browser: Browser, tmp_path: Path) -> None:
    """The product as it is run: rebuild, watch, pinned questions, an endpoint that is down, a dark page."""
    notes = tmp_path / "notes"
    write(notes)
    (notes / "diary.md").unlink()
    with fake_endpoint(answer("yes")) as endpoint:
        settings = {"CORPUS": notes, "INDEX": tmp_path / "index", "DATA": tmp_path / "data", "THEME": "dark"}
        settings |= {"LLM": "endpoint", "BASE_URL": "http://127.0.0.1:9/v1", "MODEL": "m", "CONNECT_SECONDS": 2}
        with served("app.py", **{f"ASKNOTES_{name}": str(value) for name, value in settings.items()}) as address:
            tab = Tab(browser)
            page = tab.page
            page.set_default_timeout(120_000)
            page.goto(address)
            page.get_by_role("button", name="Build the index").click()
            page.get_by_text("There are 2 notes").wait_for()
            assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == (
                "rgb(24, 26, 24)"
            )
            _ask_while_the_endpoint_is_down(tab)
            page.locator('[class*="st-key-menu-"] button').first.click()
            page.get_by_role("button", name="Pin", exact=True).click()
            _rebuild_and_watch(page, notes)
            _test_the_endpoint(page, endpoint.base_url)
            tab.close()
            assert tab.foreign_requests == [] and tab.complaints == []


def _ask_while_the_endpoint_is_down(tab: Tab) -> None:
    tab.ask("Why does LoRA save memory?")
    tab.answered()
    warning = tab.page.locator(".an-part-remarks").inner_text()
    assert "127.0.0.1:9 cannot be reached (Connection refused); check that it runs" in warning
    assert "LoRA trains two small matrices" in tab.page.locator(".an-part-evidence").inner_text()


def _rebuild_and_watch(page: Page, notes: Path) -> None:
    (notes / "more.md").write_text(
        "# More\n\n## Why does LoRA save memory?\n\nLoRA saves memory: few states are kept.\n"
    )
    page.get_by_role("button", name="Index", exact=True).click()
    page.get_by_text("passages to embed: ").wait_for()
    page.get_by_role("button", name="Update the index").click()
    page.get_by_text("The index is up to date.").wait_for()
    page.locator(".an-impact", has_text="Entered More › Why does LoRA save memory?").wait_for()
    page.get_by_text("Update by itself", exact=True).click()
    page.get_by_text("Watching the notes.").wait_for()
    (notes / "more.md").unlink()
    page.get_by_text("Updated by itself at").wait_for()
    page.locator(".an-impact", has_text="Left More › Why does LoRA save memory?").wait_for()
    assert "2 notes" in page.locator(".st-key-index-page .an-facts").inner_text()
    page.get_by_text("Update by itself", exact=True).click()
    page.get_by_text("Updated by itself at").wait_for(state="detached")


def _test_the_endpoint(page: Page, base_url: str) -> None:
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Test the endpoint").click()
    page.get_by_text("cannot be reached (Connection refused)").wait_for()
    page.get_by_label("Model endpoint").fill(base_url)
    page.get_by_role("button", name="Test the endpoint").click()
    page.get_by_text("answered within").wait_for()
