"""The page in real Chromium: what a person does and sees, over a scripted backend."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import CHROMIUM, Tab, served, until
from fake_endpoint import DONE, HEAD, event, fake_endpoint
from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]

EVIL = (
    "![p](https://evil.example/pixel.png?leak=1) <img src='https://evil.example/tag.png'> "
    "[click](javascript:alert(1)) [more](https://evil.example/page?leak=2) <https://evil.example/auto>"
)
NOTES = {
    "attention.md": "# Attention\n\n## What is attention?\n\nAttention lets a model look at all of its input at every "
    "step and weigh it by relevance.\n\n"
    + "\n\n".join(f"## Section {i}\n\nFilling text number {i}." for i in range(60)),
    "rope.md": "# RoPE\n\n## What does RoPE rotate?\n\nRoPE rotates queries and keys by an angle that grows with "
    "the position.\n\n| a | b |\n|---|---|\n| 1 | $x^2$ |\n",
    "evil.md": f"# Evil\n\n## What does the evil note say?\n\nThe evil note says that pixels leak: {EVIL}\n",
}


# Keeps, from the first paint of the evidence to the end, its boxes, its words and its links, and the lengths that the
# model's text had.
WATCH = """() => {
    window.seen = new Set();
    window.lengths = new Set();
    const look = () => {
        const parts = [...document.querySelectorAll(".an-turn")].at(-1)?.querySelectorAll(".an-ev, .an-part-sources") || [];
        if (parts.length) window.seen.add(JSON.stringify([...parts].map(part => {
            const box = part.getBoundingClientRect(), turn = part.closest(".an-turn").getBoundingClientRect();
            return [Math.round(box.top - turn.top), Math.round(box.height), Math.round(box.width), part.innerText];
        })));
        else if (window.seen.size) window.seen.add("gone");
        const body = document.querySelector(".an-part-body");
        if (body) window.lengths.add(body.innerText.length);
        if (!parts.length || !document.querySelector(".an-part-foot")) requestAnimationFrame(look);
        else window.ended = true;
    };
    look();
}"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(corpus: Path) -> Iterator[str]:
    with served("tests/support/scripted_app.py", str(corpus), "0.05", EVIL) as running:
        yield running


def test_ask_read_and_open_a_citation(tab: Tab, tmp_path: Path) -> None:
    page = tab.page
    page.evaluate(WATCH)
    tab.ask("What is attention in a model?")
    tab.answered()
    tab.until("window.ended")
    states = page.evaluate("[...window.seen]")
    assert len(states) == 1, states  # one state: nothing came, went, moved or changed
    assert "weigh it by relevance" in states[0]
    assert page.evaluate("window.lengths.size") > 2, "the model's text streams beneath"
    assert page.locator(".an-ev mark.an-evidence").first.is_visible()

    page.locator(".an-cite").first.hover()
    assert "weigh it by relevance" in page.locator(".an-card").inner_text()
    clicked = time.monotonic()
    page.locator(".an-cite").first.click()
    mark = page.locator(".an-pane mark.an-evidence").first
    mark.wait_for()
    assert time.monotonic() - clicked < 5
    assert "Attention lets a model look at all of its input" in mark.inner_text()
    assert "attention.md · line 5" in page.locator(".an-pane-path").inner_text()
    tab.until("document.querySelector('.an-pane').dataset.shown")
    assert _inside(page.locator(".an-pane mark").first.bounding_box(), page.locator(".an-scroll").bounding_box())
    page.screenshot(path=str(tmp_path / "wide.png"))
    assert (tmp_path / "wide.png").stat().st_size > 20_000

    page.get_by_label("Next citation").click()
    tab.until("document.querySelector('.an-count').textContent.startsWith('2 /')")
    page.get_by_label("Back to the answer").click()
    page.locator(".an-pane").wait_for(state="detached")


def test_a_source_is_marked_and_unmarked_in_its_pane(tab: Tab) -> None:
    page = tab.page
    tab.ask("What does RoPE rotate?")
    tab.answered()
    page.locator(".an-ev-head").first.click()
    for pressed in ("true", "false"):
        page.get_by_role("button", name="This section fits").click()
        tab.until(f"document.querySelector('.an-pane [aria-pressed={pressed}][title^=This]')")


def test_one_types_at_once_and_copies_the_answer(tab: Tab) -> None:
    page = tab.page
    tab.until("document.activeElement.dataset.testid === 'stChatInputTextArea'")
    page.keyboard.type("What does RoPE rotate?")
    page.keyboard.press("Enter")
    tab.answered()
    page.get_by_role("button", name="Copy as Markdown").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[[rope#What does RoPE rotate?]]" in copied and "> RoPE rotates queries and keys" in copied
    page.get_by_role("button", name="Copy as text").click()
    tab.until("async () => !(await navigator.clipboard.readText()).includes('[[')")


def test_nothing_leaves_the_machine(tab: Tab) -> None:
    page = tab.page
    tab.ask("What does the evil note say about pixels that leak?")
    tab.answered()
    targets = page.eval_on_selector_all(".an-turn a", "links => links.map(link => link.getAttribute('href'))")
    assert all(target == "#" or target.startswith("https://evil.example/") for target in targets)
    assert page.locator(".an-part-body .an-host", has_text="evil.example").count() >= 3
    assert page.locator(".an-part-body img").count() == 0
    page.locator(".an-ev-head", has_text="Evil").first.click()
    page.locator(".an-pane mark").first.wait_for()
    assert page.locator(".an-pane img").count() == 0
    assert page.locator(".an-scroll a[href^='javascript']").count() == 0
    # The second line of defence, should the first ever fail: the browser itself refuses.
    refused = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", event => done(event.blockedURI));
            new Image().src = "https://evil.example/direct.png";
        })"""
    )
    assert refused.startswith("https://evil.example")
    tab.complaints.clear()  # the refusal, and the request, that were asked for
    tab.requests.remove("https://evil.example/direct.png")


def test_the_keyboard_alone_asks_opens_and_comes_back(tab: Tab) -> None:
    page = tab.page
    page.get_by_test_id("stChatInputTextArea").focus()
    page.keyboard.type("What does RoPE rotate?")
    page.keyboard.press("Enter")
    tab.answered()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.an-cite')"):
            break
    opened = page.evaluate("document.activeElement.dataset.cite")
    assert page.locator(".an-card").is_visible()
    page.keyboard.press("Enter")
    page.locator(".an-pane mark").first.wait_for()
    tab.until("document.activeElement.closest('.an-pane')")
    page.keyboard.press("Escape")
    page.locator(".an-pane").wait_for(state="detached")
    tab.until("document.activeElement.dataset.cite")
    assert page.evaluate("document.activeElement.dataset.cite") == opened


def test_reload_in_mid_answer_and_stop(tab: Tab) -> None:
    page = tab.page
    tab.ask("What does RoPE rotate, and what is attention?")
    page.locator(".an-part-body .an-cite").first.wait_for()
    before = page.locator(".an-part-body").inner_text()
    page.reload()
    page.locator(".an-part-body .an-cite").first.wait_for()
    assert len(page.locator(".an-part-body").inner_text()) >= len(before)
    page.get_by_role("button", name="Stop").click()
    tab.answered()
    assert "broke off: stopped" in page.locator(".an-part-remarks").inner_text()


def test_a_closed_tab_ends_the_answer_and_keeps_what_came(browser: Browser, address: str, corpus: Path) -> None:
    tab = Tab(browser)
    tab.page.goto(address)
    tab.page.locator(".an-welcome").wait_for()
    question, ended = "What is attention when nobody looks?", Path(f"{corpus}.answered")
    tab.ask(question)
    tab.page.locator(".an-ev").first.wait_for()
    link = tab.page.url
    tab.close()
    until(lambda: ended.exists() and question in ended.read_text(encoding="utf-8"))
    later = Tab(browser)
    later.page.goto(link)
    later.answered()
    assert "stopped" in later.page.locator(".an-part-remarks, .an-part-body").first.inner_text()
    later.close()


def test_a_link_to_a_citation_opens_it(tab: Tab, browser: Browser) -> None:
    tab.ask("What does RoPE rotate?")
    tab.answered()
    tab.page.locator(".an-cite").first.click()
    tab.page.locator(".an-pane mark").first.wait_for()
    tab.page.get_by_label("More actions").last.click()
    tab.page.get_by_role("button", name="Copy link").click()
    link = tab.page.evaluate("navigator.clipboard.readText()")
    other = Tab(browser)
    other.page.goto(link)
    other.page.locator(".an-pane mark", has_text="RoPE rotates queries").wait_for()
    other.close()


def test_on_a_phone_everything_fits(browser: Browser, address: str, tmp_path: Path) -> None:
    tab = Tab(browser, 390, 844, "zh-CN")
    page = tab.page
    page.goto(address)
    page.get_by_text("问问你的笔记").wait_for()
    tab.ask("What is attention in a model?")
    tab.answered()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.serious_barriers() == []
    page.locator(".an-cite").first.click()
    page.locator(".an-pane mark").first.wait_for()
    box = page.locator(".an-pane").bounding_box()
    assert box is not None and box["x"] >= 0 and box["width"] <= 390 and box["y"] + box["height"] <= 845
    small = page.eval_on_selector_all(
        ".an-pane button, .an-pane summary", "all => all.filter(e => e.offsetHeight && e.offsetHeight < 40).length"
    )
    assert small == 0, "buttons are large enough for a finger"
    page.screenshot(path=str(tmp_path / "narrow.png"))
    tab.close()
    assert tab.foreign_requests == [] and tab.complaints == []


def test_from_an_empty_folder_to_a_cited_answer(browser: Browser, tmp_path: Path) -> None:
    """The product as it is run, with the real embedding model; only what the language model says is scripted."""
    _need_embedding_model()
    notes = tmp_path / "notes"
    notes.mkdir()
    words = [
        "RoPE rotates queries and keys by an angle ",
        "that grows with the position. [1]",
        " Bananas are blue. [1]",
    ]
    steps = [HEAD, *(step for text in words for step in (event(text), 0.5)), event(finish="stop"), DONE]
    with fake_endpoint(steps) as endpoint:
        settings = {"CORPUS": str(notes), "INDEX": str(tmp_path / "index"), "DATA": str(tmp_path / "data")}
        settings |= {"BASE_URL": endpoint.base_url, "MODEL": "scripted", "LLM": "endpoint"}
        with served("app.py", **{f"ASKNOTES_{name}": value for name, value in settings.items()}) as address:
            tab = Tab(browser)
            page = tab.page
            page.set_default_timeout(120_000)
            page.goto(address)
            page.get_by_text("There are no notes in the folder yet").wait_for()
            for name, text in NOTES.items():
                (notes / name).write_text(text, encoding="utf-8")
            page.reload()
            page.get_by_role("button", name="Build the index").click()
            page.get_by_text("There are 3 notes").wait_for()
            tab.ask("What does RoPE rotate?")
            tab.answered()
            assert page.locator(".an-unsupported").inner_text().strip() == "Bananas are blue."
            page.locator(".an-cite").first.click()
            mark = page.locator(".an-pane mark.an-evidence").first
            mark.wait_for()
            assert "RoPE rotates queries and keys by an angle that grows with the position" in mark.inner_text()
            assert "scripted" in page.locator(".an-foot").inner_text()
            page.get_by_text("Why these sources?").click()
            page.locator(".an-why tbody tr").first.wait_for()
            tab.close()
            assert tab.foreign_requests == [] and tab.complaints == []
    assert len(endpoint.requests) == 1


def _need_embedding_model() -> None:
    from ingest.models.e5_file import E5_FOLDER
    from ingest.models.wheels import cache_dir

    if not (cache_dir() / E5_FOLDER).is_dir():
        pytest.skip("the default embedding model is not in the cache; get it with `python -m ingest.models`")


def _inside(inner: object, outer: object) -> bool:
    assert isinstance(inner, dict) and isinstance(outer, dict)
    return bool(outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"])
